"""Billing-only companies for finance, and a referee in plain Python that says what the marts must show.

`company` makes the documents and writes them as raw tables of the contract; `oracle` computes from the same documents,
by the written definitions and never from the project's SQL. All money is integers in minor units.
"""

from tests.warehouse.finance.company import AS_OF, EXPONENT, LAST_MONTH, MONTHS, WITHOUT_RATE, write_company
from tests.warehouse.finance.documents import Books
from tests.warehouse.finance.oracle import Oracle

__all__ = ["AS_OF", "EXPONENT", "LAST_MONTH", "MONTHS", "WITHOUT_RATE", "Books", "Oracle", "write_company"]
