"""One spelling for table and column names: lower-cased snake_case.

Follows the loader rule `Product2Id` -> `product_2_id`, `Foo__c` -> `foo_c`; a leading underscore stays.
"""

import difflib
import re
from collections.abc import Collection, Iterable

_NOT_WORD = re.compile(r"[^0-9A-Za-z_]+")
_ACRONYM_THEN_WORD = re.compile(r"([A-Z]+)([A-Z][a-z])")
_LOWER_THEN_UPPER = re.compile(r"([a-z0-9])([A-Z])")
_LETTER_THEN_DIGIT = re.compile(r"([A-Za-z])([0-9])")
_UNDERSCORES = re.compile(r"_{2,}")


def snake_case(name: str) -> str:
    """Return `name` as lower-cased snake_case.

    A name without capitals is taken as snake_case already, so its digits are not split off (`q1_amount`
    stays).
    """
    stripped = name.strip().lstrip("\ufeff")
    leading = "_" if stripped.startswith("_") else ""
    words = _NOT_WORD.sub("_", stripped)
    if words != words.lower() and words != words.upper():
        words = _ACRONYM_THEN_WORD.sub(r"\1_\2", words)
        words = _LOWER_THEN_UPPER.sub(r"\1_\2", words)
        words = _LETTER_THEN_DIGIT.sub(r"\1_\2", words)
    return leading + _UNDERSCORES.sub("_", words).strip("_").lower()


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)` for the nearest candidate, or an empty string."""
    near = difflib.get_close_matches(name, sorted(set(candidates)), n=1, cutoff=0.6)
    return f" (did you mean '{near[0]}'?)" if near else ""


def contracted_name(name: str, known: Collection[str]) -> str:
    """Return the contract's spelling of a snake_case name.

    Some loaders write words together (`closedate`, `product2`); a name that differs by underscores only from
    exactly one contracted name is that name.
    """
    if name in known:
        return name
    bare = name.replace("_", "")
    alike = [other for other in known if other.replace("_", "") == bare]
    return alike[0] if len(alike) == 1 else name


def quoted(identifier: str) -> str:
    """Return a SQL identifier in double quotes."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a SQL string literal."""
    return "'" + text.replace("'", "''") + "'"
