"""Write the static site from the published marts: one self-contained page that opens from a file.

Belongs here: rendering the template and putting the file in its place. The page holds its own style and
script, names no network host, and forbids the browser to contact one (content security policy).
"""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.published import read_week
from reports.this_week import page_context

_HERE = Path(__file__).parent


def build_site(published: Path, site_dir: Path, *, currency: str | None = None) -> Path:
    """Build `index.html` ('This week') and return its path; the same published file gives the same bytes.

    Args:
        published: folder that holds `current.duckdb`, or the file itself.
        site_dir: folder to write to, made when absent.
        currency: upper-case ISO code of the reporting currency; None writes bare numbers.

    Raises:
        InputError: nothing is published yet, or the published file cannot be read.
    """
    page = render_this_week(published, currency=currency)
    site_dir.mkdir(parents=True, exist_ok=True)
    target = site_dir / "index.html"
    draft = site_dir / ".index.html.draft"
    draft.write_text(page, encoding="utf-8")
    # A reader sees the old page or the new one, never half of one.
    os.replace(draft, target)
    return target


def render_this_week(published: Path, *, currency: str | None = None) -> str:
    """The text of the page 'This week'; arguments and errors as `build_site`."""
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    style = (_HERE / "static" / "site.css").read_text(encoding="utf-8")
    script = (_HERE / "static" / "this_week.js").read_text(encoding="utf-8")
    return environment.get_template("this_week.html").render(
        **page_context(read_week(published), currency),
        style=Markup(style),
        script=Markup(script),
        style_hash=_source_hash(style),
        script_hash=_source_hash(script),
    )


def _source_hash(text: str) -> str:
    """SHA-256 source expression of a content security policy: only this very text may act in the page."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
