"""What the company's accountants booked: finance.gl_monthly, near what the documents say and in one month off.

Belongs here: the general ledger alone. It is computed from the written tables by plain day shares on month totals, so
that it differs from any line-by-line computation by rounding, as a ledger kept apart does.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.demo import columns as col
from orchestration.demo.finance import MARGIN, MARGIN_DRIFT
from orchestration.demo.settings import DAY, Arr, add_months, month_index
from orchestration.demo.support import SPECIALISTS, TIME_FIELD
from orchestration.demo.world import World

Tables = Mapping[str, col.Columns]
REVENUE = "4000 Subscription and services revenue"
COST_OF_SERVICE = "5000 Cost of service"
SUPPORT = "5100 Customer support"
ONBOARDING = "5200 Onboarding"
FEES = "5300 Payment processing fees"
MARKETING = "6000 Marketing"
SALES = "6100 Sales"
UNMAPPED = "9000 Office and insurance"
_OFF_AMOUNT = 420_000  # revenue accrued by hand, 4,200.00 US dollars, that nobody reversed
_OFF_MONTHS_AGO = 5


def month_starts(world: World) -> Arr:
    """First days of the billing months and of the month after the last, shape (n_months + 1,)."""
    months = world.settings.n_months
    return add_months(np.full(months + 1, world.settings.first_day), np.arange(months + 1))


def ledger_table(world: World, booked: Mapping[str, Arr]) -> tuple[col.Columns, pa.Table]:
    """finance.gl_monthly in US dollars, and the month that is off.

    Args:
        booked: US dollars by account code and billing month, each of shape (n_months,).

    Returns:
        The table, and one row of what was planted.
    """
    months = month_starts(world)[:-1]
    accounts = list(booked)
    cents = np.concatenate([np.rint(booked[name] * 100) for name in accounts]).astype(np.int64)
    off = len(months) - _OFF_MONTHS_AGO
    cents[accounts.index(REVENUE) * len(months) + off] -= _OFF_AMOUNT
    table: col.Columns = {
        "month": col.day(np.tile(months, len(accounts))),
        "account_code": col.pick(accounts, np.repeat(np.arange(len(accounts)), len(months))),
        "amount": col.decimal(cents),
        "currency": col.same("USD", len(cents)),
    }
    name = f"{np.datetime64(int(months[off]), 'D').astype('datetime64[M]')} {REVENUE}"
    planted = {
        "kind": ["ledger_month_off"],
        "source_table": ["gl_monthly"],
        "document_id": [name],
        "currency": ["USD"],
        "amount_minor": [-_OFF_AMOUNT],
    }
    return table, pa.table(planted)


def billing_entries(world: World, stripe: Tables, fx: col.Columns) -> dict[str, Arr]:
    """US dollars of revenue, cost of service and payment fees by billing month, each of shape (n_months,); revenue is
    a credit, below zero."""
    months = month_starts(world)
    rates = _rates(fx, months)
    revenue, cost = np.zeros(len(months) - 1), np.zeros(len(months) - 1)
    lines = _billed_lines(stripe)
    begins = lines["start"].to_numpy()
    length = np.maximum(lines["end"].to_numpy() - begins, 1)
    net, credited, noted = (lines[name].to_numpy() for name in ("net", "credited", "noted"))
    money, product = lines["money"].to_numpy(), lines["product"].to_numpy()
    # shares of the service that are over by the first day of each month, and what is taken back by then: no note
    # reaches back into a month before it was issued
    over = [np.clip(month - begins, 0, length) / length for month in months]
    taken_back = [credited * share * (noted < month) for share, month in zip(over, months, strict=True)]
    for place in range(len(months) - 1):
        rate = np.array([rates[place].get(name, 1.0) for name in ("usd", "eur", "gbp")])[money]
        moved = net * (over[place + 1] - over[place]) - (taken_back[place + 1] - taken_back[place])
        earned = moved / 100 * rate
        revenue[place] = earned.sum()
        margin = MARGIN + MARGIN_DRIFT * ((months[place] - world.settings.first_day + 365) // 365 - 1)
        cost[place] = (earned * (1 - margin[product])).sum()
    moved_money = stripe["balance_transaction"]
    test_mode = stripe["charge"]["id"].filter(pc.invert(stripe["charge"]["livemode"]))
    is_live = ~_numbers(pc.is_in(moved_money["source"], test_mode))
    month_of, money_of = _month_of(moved_money["created"], world), moved_money["currency"].to_pandas()
    fees = np.zeros(len(months) - 1)
    for place in range(len(fees)):
        rows = is_live & (month_of == place)
        rate_of = money_of[rows].map(rates[place]).fillna(1.0).to_numpy()
        fees[place] = (_numbers(moved_money["fee"])[rows] / 100 * rate_of).sum()
    return {REVENUE: -revenue, COST_OF_SERVICE: cost, FEES: fees}


def support_entries(world: World, zendesk: Tables, support_rate: col.Columns) -> dict[str, Arr]:
    """US dollars of handling time by billing month, shape (n_months,)."""
    history = zendesk["ticket_field_history"]
    rows = pc.equal(history["field_name"], TIME_FIELD)
    spent = pd.DataFrame(
        {
            "ticket": _numbers(history["ticket_id"].filter(rows)),
            "total": _numbers(history["value"].filter(rows).cast(pa.float64())),
            "at": _numbers(history["updated"].filter(rows).cast(pa.int64())) // (DAY * 1_000_000),
        }
    ).sort_values(["ticket", "at", "total"], kind="stable")
    added = spent.groupby("ticket")["total"].diff().fillna(spent["total"]).clip(lower=0)
    group = pd.Series(_numbers(zendesk["ticket"]["group_id"]), index=_numbers(zendesk["ticket"]["id"])).reindex(
        spent["ticket"]
    )
    from_day = support_rate["valid_from"].cast(pa.int32()).to_numpy(zero_copy_only=False)
    per_hour = support_rate["rate_per_hour"].cast(pa.float64()).to_numpy(zero_copy_only=False)
    general = per_hour[:-1][np.searchsorted(from_day[:-1], spent["at"].to_numpy(), side="right").clip(1) - 1]
    rate = np.where(group.to_numpy() == SPECIALISTS, per_hour[-1], general)
    month = month_index(spent["at"].to_numpy()) - month_index(np.array([world.settings.first_day]))
    totals = np.zeros(world.settings.n_months)
    inside = (month >= 0) & (month < len(totals))
    np.add.at(totals, month[inside], (added.to_numpy() / 3600 * rate)[inside])
    return {SUPPORT: totals}


def selling_entries(world: World, gtm: col.Columns, ads: col.Columns) -> dict[str, Arr]:
    """US dollars of onboarding, marketing, sales and an account of no interest by billing month."""
    first = month_index(np.array([world.settings.first_day]))
    months = world.settings.n_months
    booked = {name: np.zeros(months) for name in (ONBOARDING, MARKETING, SALES, UNMAPPED)}
    to_account = {"onboarding": ONBOARDING, "marketing": MARKETING, "sales": SALES, "other": UNMAPPED}
    month = month_index(gtm["month"].cast(pa.int32()).to_numpy(zero_copy_only=False)) - first
    amount = gtm["amount"].cast(pa.float64()).to_numpy(zero_copy_only=False)
    kind = np.array(gtm["cost_type"].to_pylist())
    for cost_type, name in to_account.items():
        rows = (kind == cost_type) & (month >= 0) & (month < months)
        np.add.at(booked[name], month[rows], amount[rows])
    month = month_index(ads["date_day"].cast(pa.int32()).to_numpy(zero_copy_only=False)) - first
    spend = ads["spend"].cast(pa.float64()).to_numpy(zero_copy_only=False)
    rows = (month >= 0) & (month < months)
    np.add.at(booked[MARKETING], month[rows], spend[rows])
    return booked


def _numbers(array: pa.Array) -> Arr:
    values: Arr = array.to_numpy(zero_copy_only=False)
    return values


def _month_of(moments: pa.Array, world: World) -> Arr:
    day = _numbers(moments.cast(pa.int64())) // (DAY * 1_000_000)
    months: Arr = month_index(day) - month_index(np.array([world.settings.first_day]))
    return months


def _rates(fx: col.Columns, months: Arr) -> list[dict[str, float]]:
    """US dollars for one unit by lower-case currency, for each billing month: the newest rate by its end."""
    table = pd.DataFrame(
        {
            "day": _numbers(fx["rate_date"].cast(pa.int32())),
            "money": fx["from_currency"].to_pandas().str.lower(),
            "rate": _numbers(fx["rate"].cast(pa.float64())),
        }
    ).sort_values("day", kind="stable")
    return [table[table["day"] < end].groupby("money")["rate"].last().to_dict() | {"usd": 1.0} for end in months[1:]]


def _billed_lines(stripe: Tables) -> pd.DataFrame:
    """Lines of live bills that stand: net minor units after the header's discount, what a note takes back of them and
    its day, service days, currency, product."""
    bills = stripe["invoice"]
    header = pd.DataFrame(
        {
            "invoice": bills["id"].to_pandas(),
            "stands": bills["livemode"].to_pandas() & ~bills["status"].to_pandas().isin(["void", "draft"]),
            "tax": _numbers(bills["tax"].fill_null(0)),
            "total": _numbers(bills["total"]),
            "off": _numbers(bills["subtotal"]) + _numbers(bills["tax"].fill_null(0)) - _numbers(bills["total"]),
        }
    )
    notes = stripe["credit_note"]
    # one bill has one note here; the sums only keep a second from doubling the bill's lines
    credit = (
        pd.DataFrame(
            {
                "invoice": notes["invoice_id"].to_pandas(),
                "note_total": _numbers(notes["total"]),
                "noted": _numbers(notes["created"].cast(pa.int64())) // (DAY * 1_000_000),
            }
        )
        .groupby("invoice")
        .agg({"note_total": "sum", "noted": "min"})
    )
    items = stripe["invoice_line_item"]
    product_of = dict(zip(stripe["price"]["id"].to_pylist(), stripe["price"]["product_id"].to_pylist(), strict=True))
    products = {product: place for place, product in enumerate(stripe["product"]["id"].to_pylist())}
    lines = pd.DataFrame(
        {
            "id": items["id"].to_pandas(),
            "invoice": items["invoice_id"].to_pandas(),
            "amount": _numbers(items["amount"]),
            "money": items["currency"].to_pandas().map({"usd": 0, "eur": 1, "gbp": 2}),
            "start": _numbers(items["period_start"].cast(pa.int64())) // (DAY * 1_000_000),
            "end": _numbers(items["period_end"].cast(pa.int64())) // (DAY * 1_000_000),
            "product": items["price_id"].to_pandas().map(product_of).map(products),
        }
    )
    lines = lines[~lines["id"].str.startswith("sub_")].merge(header, on="invoice")
    lines = lines[lines["stands"]]
    weight = lines.groupby("invoice")["amount"].transform(lambda amount: amount.abs().sum())
    share = np.where(weight > 0, lines["amount"].abs() / weight.where(weight > 0, 1), 0)
    lines["net"] = lines["amount"] - share * lines["off"]
    # a note takes back tax in proportion, then the largest line first, and no more than the bill has
    lines = lines.join(credit, on="invoice").sort_values(["invoice", "net", "id"], ascending=[True, False, True])
    open_to_credit = lines["net"].clip(lower=0)
    before = open_to_credit.groupby(lines["invoice"]).cumsum() - open_to_credit
    untaxed = 1 - lines["tax"] / lines["total"].where(lines["total"] > 0, np.inf)
    lines["credited"] = (lines["note_total"].fillna(0) * untaxed - before).clip(lower=0, upper=open_to_credit)
    lines["noted"] = lines["noted"].fillna(np.inf)
    return lines
