"""What differs between companies: `company.yml`, read, checked and turned into dbt variables.

Belongs here: the keys of the file, their defaults and rules. Every value that ends up in SQL must match a
narrow pattern, because dbt variables are pasted into statements as they are.
"""

import re
import zoneinfo
from collections.abc import Collection, Iterable
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from orchestration.errors import InputError
from orchestration.landing.names import did_you_mean, snake_case

SOURCES = (
    "salesforce",
    "salesforce_history",
    "stripe",
    "zendesk",
    "product",
    "marketing",
    "finance",
    "crosswalk",
    "crm",
    "intent",
)

# One folder, or one per connector of the same kind.
Folders = str | tuple[str, ...]

FieldType = Literal["num", "bool", "str"]

# Deal signals that companies keep in custom fields of salesforce.opportunity, with the type that staging
# gives them.
OPPORTUNITY_FIELDS: dict[str, FieldType] = {
    "discount_pct": "num",
    "payment_terms_days": "num",
    "contract_term_months": "num",
    "customisation_requests": "num",
    "implementation_promises": "num",
    "services_amount": "num",
    "success_criteria_documented": "bool",
    "promised_onboarding_days": "num",
    "competitor": "str",
    "compliance_review": "bool",
    "security_review": "bool",
    "procurement_steps": "num",
    "integration_count": "num",
    "loss_reason": "str",
}
USER_FIELDS: dict[str, FieldType] = {"weekly_capacity_hours": "num"}
FIELD_HOME: dict[str, str] = {
    **dict.fromkeys(OPPORTUNITY_FIELDS, "opportunity"),
    **dict.fromkeys(USER_FIELDS, "user"),
}

# Column of raw_salesforce.opportunity that holds a deal signal which the company keeps in another table.
MAPPED_PREFIX = "mapped_"

_ALIASES = {
    "schemas": "raw_schemas",
    "raw_schema_names": "raw_schemas",
    "currency": "reporting_currency",
    "timezone": "reporting_timezone",
}
_COLUMN = re.compile(r"([a-z_][a-z0-9_]{0,127}\.)?[a-z_][a-z0-9_]{0,127}")
_FOLDER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,99}")
_METADATA_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]{0,39}")
# Zendesk shows time fields by title ("Total time spent (sec)") or by id; no quote, brace or semicolon is let
# through.
_TICKET_FIELD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ ().\-]{0,99}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_PATH = re.compile(r"[^'\"{};\\\x00-\x1f]+")


def _matching(value: str, pattern: re.Pattern[str], what: str) -> str:
    if not pattern.fullmatch(value):
        raise ValueError(f"{value[:60]!r} is not {what}")
    return value


class CompanyConfig(BaseModel):
    """The keys of `company.yml`; every key may be left out."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    company_name: str = "Company"
    raw_schemas: dict[str, Folders] = Field(default_factory=dict)
    reporting_currency: str = "USD"
    reporting_timezone: str = "UTC"
    mrr_policy: Literal["contracted", "invoiced", "stripe", "chartmogul", "list_price"] = "contracted"
    metadata_account_key: str = "salesforce_account_id"
    metadata_opportunity_key: str = "salesforce_opportunity_id"
    product_key: Literal["id", "code", "name"] = "id"
    ticket_time_field: str = "time_spent_total_sec"
    load_time_trusted_from: date | None = None
    field_map: dict[str, str] = Field(default_factory=dict)

    @field_validator("raw_schemas")
    @classmethod
    def _folders(cls, value: dict[str, Folders]) -> dict[str, Folders]:
        for source, given in value.items():
            folders = (given,) if isinstance(given, str) else given
            for folder in folders:
                _matching(folder, _FOLDER, f"a folder name (raw_schemas.{source})")
            if not folders or len(set(folders)) < len(folders):
                raise ValueError(f"raw_schemas.{source} names no folder, or one of them twice")
        return {
            source: given if isinstance(given, str) or len(given) > 1 else given[0] for source, given in value.items()
        }

    @field_validator("reporting_currency", mode="before")
    @classmethod
    def _currency(cls, value: Any) -> str:
        return _matching(str(value).strip().upper(), _CURRENCY, "a three-letter currency code such as USD")

    @field_validator("reporting_timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        known = zoneinfo.available_timezones()
        # a machine without time zone data cannot tell; the pattern still keeps the value safe in SQL
        if known and value not in known:
            raise ValueError(f"{value[:60]!r} is not a time zone name such as Europe/Berlin")
        return _matching(value, re.compile(r"[A-Za-z0-9_+\-/]{1,64}"), "a time zone name such as Europe/Berlin")

    @field_validator("metadata_account_key", "metadata_opportunity_key")
    @classmethod
    def _metadata_key(cls, value: str) -> str:
        return _matching(value, _METADATA_KEY, "a metadata key (letters, digits, _ and -, at most 40)")

    @field_validator("ticket_time_field", mode="before")
    @classmethod
    def _ticket_field(cls, value: Any) -> str:
        return _matching(str(value), _TICKET_FIELD, "a ticket field name")

    @field_validator("field_map")
    @classmethod
    def _columns(cls, value: dict[str, str]) -> dict[str, str]:
        for key, column in value.items():
            _matching(column, _COLUMN, f"a column name, or table.column (field_map.{key})")
        return value

    def folders(self, source: str) -> tuple[str, ...]:
        """Return the raw folders of a canonical source: one, or one per connector."""
        given = self.raw_schemas.get(source, source)
        return (given,) if isinstance(given, str) else given

    def folder(self, source: str) -> str:
        """Return the raw folder of a canonical source, the first where it has several."""
        return self.folders(source)[0]

    def columns_elsewhere(self) -> dict[str, tuple[str, str]]:
        """Return (table, column) of every `field_map` key that names another Salesforce table than the key's own."""
        named = {key: target.split(".") for key, target in sorted(self.field_map.items()) if "." in target}
        return {key: (table, column) for key, (table, column) in named.items()}

    def dbt_vars(self, as_of: date, predictions_dir: Path) -> dict[str, object]:
        """Return the variables of one dbt run, all JSON-able.

        `field_map` maps canonical key to column name only; every key except `weekly_capacity_hours`
        (salesforce.user) stands for a column of salesforce.opportunity. What lies in another table was put there by
        landing as `mapped_<key>`.

        Raises:
            InputError: `predictions_dir` holds a character that is unsafe in SQL.
        """
        folder = str(predictions_dir)
        if not _PATH.fullmatch(folder):
            raise InputError(
                f"The predictions folder {folder!r} holds a quote, brace, semicolon or backslash.",
                "Set SEGMENTS_HOME to a folder without such characters.",
            )
        trusted = self.load_time_trusted_from
        return {
            "as_of_date": as_of.isoformat(),
            "reporting_currency": self.reporting_currency,
            "reporting_timezone": self.reporting_timezone,
            "mrr_policy": self.mrr_policy,
            "metadata_account_key": self.metadata_account_key,
            "metadata_opportunity_key": self.metadata_opportunity_key,
            "product_key": self.product_key,
            "ticket_time_field": self.ticket_time_field,
            "load_time_trusted_from": trusted.isoformat() if trusted else None,
            "field_map": {
                key: MAPPED_PREFIX + key if "." in column else column for key, column in sorted(self.field_map.items())
            },
            "predictions_dir": folder,
        }


def _unknown(keys: Iterable[str], known: Iterable[str], where: str) -> list[str]:
    known = set(known)
    return [
        f"{where}{key} is not a known key{did_you_mean(key, known)}; it is ignored." for key in keys if key not in known
    ]


def _spelled(name: str) -> str:
    # same spelling rule as landing; a value with stray characters stays as it is and is refused by the model
    return snake_case(name) if re.fullmatch(r"[A-Za-z0-9_]+", name) else name


def _column_of(key: str, target: str, crm_folders: Collection[str]) -> tuple[str | None, str]:
    """Split `column`, `table.column` or `schema.table.column`; what is not in the CRM gives (None, warning).

    The column comes back bare when it stands in the key's own table, else as `table.column`.
    """
    *schema, table, column = ["", *target.strip().split(".")] if "." not in target else target.strip().split(".")
    home = FIELD_HOME[key]
    is_crm = not schema or (len(schema) == 1 and schema[0] in {"salesforce", *crm_folders})
    if is_crm and _spelled(table) in ("", home):
        return _spelled(column), ""
    if is_crm and home == "opportunity":
        return f"{_spelled(table)}.{_spelled(column)}", ""
    read = "columns of the CRM" if home == "opportunity" else f"columns of salesforce.{home}"
    return None, f"field_map.{key} names {target}; only {read} are read for it, so it stays unknown."


def _read_field_map(given: dict[str, Any], crm_folders: Collection[str]) -> tuple[dict[str, str], list[str]]:
    warnings = _unknown(given, FIELD_HOME, "field_map.")
    columns: dict[str, str] = {}
    for key, target in given.items():
        if key not in FIELD_HOME or target is None:
            continue
        column, warning = _column_of(key, str(target), crm_folders)
        if column is None:
            warnings.append(warning)
        else:
            columns[key] = column
    return columns, warnings


def _mapping(raw: dict[str, Any], key: str, path: Path) -> dict[str, Any]:
    value = raw.get(key) or {}
    if not isinstance(value, dict):
        raise InputError(
            f"{path}: {key} must be a mapping of names, not {value!r}.",
            f"Write {key} as 'name: value' lines.",
        )
    return {str(name): item for name, item in value.items()}


def load_company(path: Path | None) -> tuple[CompanyConfig, list[str]]:
    """Read `company.yml`.

    Args:
        path: the file, or None for the defaults.

    Returns:
        The configuration and warnings for keys that are not known.

    Raises:
        InputError: the file is missing, is not YAML, or a value breaks a rule; names file and key.
    """
    if path is None:
        return CompanyConfig(), []
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8-sig")) or {}
    except FileNotFoundError as error:
        raise InputError(f"The company file {path} does not exist.", "Check the path given with --config.") from error
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"The company file {path} cannot be read: {reason}.", "Correct the YAML in that file."
        ) from error
    if not isinstance(raw, dict):
        raise InputError(f"The company file {path} holds no keys.", "Write 'key: value' lines, as in the README.")

    values: dict[str, Any] = {}
    for given, value in raw.items():
        key = _ALIASES.get(str(given), str(given))
        if key in values:
            raise InputError(f"{path}: {key} is given twice (also as {given}).", f"Keep one of the {key} entries.")
        # an empty entry means the default
        if value is not None:
            values[key] = value
    warnings = _unknown(values, CompanyConfig.model_fields, "company.yml: ")
    schemas = _mapping(values, "raw_schemas", path)
    warnings += _unknown(schemas, SOURCES, "company.yml: raw_schemas.")
    folders: dict[str, Folders] = {
        source: tuple(str(folder) for folder in given) if isinstance(given, list) else str(given)
        for source, given in schemas.items()
        if source in SOURCES and given is not None
    }
    crm = folders.get("salesforce", ())
    columns, field_warnings = _read_field_map(
        _mapping(values, "field_map", path), (crm,) if isinstance(crm, str) else crm
    )
    warnings += [f"company.yml: {warning}" for warning in field_warnings]
    try:
        company = CompanyConfig.model_validate({**values, "raw_schemas": folders, "field_map": columns})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        raise InputError(f"{path}: {key}: {reason}.", f"Correct {key} in that file.") from error
    return company, warnings
