"""A company that shares nothing with the demo, written as raw CSV exports, and the truth about it."""

from pathlib import Path

from tests.warehouse.stranger.base import AS_OF, HISTORY_FROM, LAST, Truth
from tests.warehouse.stranger.billing import Billing
from tests.warehouse.stranger.crm import Crm
from tests.warehouse.stranger.support import Support, use_and_advertise

__all__ = ["AS_OF", "HISTORY_FROM", "LAST", "Truth", "write_stranger"]


def write_stranger(folder: Path, seed: int = 5, accounts: int = 180) -> Truth:
    """Write `raw/` and `company.yml` to `folder` and return the truth, which is written nowhere."""
    company = Crm(seed, accounts)
    billing = Billing(company)
    billing.sell_and_bill()
    Support(company).answer()
    use_and_advertise(company, billing.usage_keys)
    return company.write(folder)
