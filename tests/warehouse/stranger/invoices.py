"""Invoices as Stripe writes them, before and after it moved their references, and what is recognised of them."""

import json
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from tests.warehouse.stranger.base import BASIL, END, MONTHS, SEAT, UNIT, epoch_time, half_up, moment, plan_id
from tests.warehouse.stranger.crm import Crm

Items = dict[str, int]  # product -> quantity
TAX = 19


class Subscription:
    """A contract while it runs: what is agreed from when, and the coupons on it."""

    def __init__(self, customer: str, currency: str, interval: str, start: datetime, items: Items) -> None:
        self.id, self.customer, self.currency, self.interval = "", customer, currency, interval
        self.start, self.pays_from, self.items = start, start, dict(items)
        self.agreed: list[tuple[datetime, Items]] = [(start, dict(items))]
        self.percent, self.minus, self.off_from, self.off_until = 0, 0, start, moment("9999-12-31")
        self.forever = False
        self.ended: datetime | None = None
        self.taxed = self.metered = False
        self.paused: tuple[datetime, datetime] | None = None

    def unit(self, product: str) -> int:
        """Price of one seat and period in minor units."""
        months = 10 if self.interval == "year" else MONTHS[self.interval]
        return SEAT[self.currency] * UNIT[product] * months

    def agree(self, at: datetime, items: Items) -> None:
        """Change what is agreed."""
        self.items = dict(items)
        self.agreed.append((at, dict(items)))

    def mrr_at(self, end: datetime) -> int:
        """Contracted MRR at the end of a month (`end` is the first instant after it), in minor units."""
        if end <= self.pays_from or (self.ended and end > self.ended):
            return 0
        items = [items for at, items in self.agreed if at < end][-1]
        cut = self.forever and self.off_from < end <= self.off_until
        percent = self.percent if cut else 0
        months = MONTHS[self.interval]
        full = sum(half_up(Fraction(self.unit(p) * q * (100 - percent), 100 * months)) for p, q in items.items())
        return max(0, full - (self.minus // months if cut else 0))


class Invoices:
    """Invoices, what was paid of them and what was given back."""

    def __init__(self, crm: Crm) -> None:
        self.c = crm
        self.rng = crm.rng

    def _line(
        self,
        s: Subscription,
        product: str,
        quantity: int,
        amount: int,
        first: datetime,
        last: datetime,
        proration: bool = False,
    ) -> dict[str, Any]:
        interval = "month" if product == "compute" else s.interval
        return {"plan": plan_id(product, interval, s.currency), "quantity": quantity, "amount": amount,
                "first": first, "last": last, "proration": proration}  # fmt: skip

    def _invoice(self, s: Subscription, at: datetime, lines: list[dict[str, Any]]) -> None:
        """Write an invoice; an invoice that counts adds its lines to what is recognised."""
        if not lines:
            return
        c, invoice = self.c, self.c.new_id("in_")
        status = c.pick(["paid", "uncollectible", "void"], [0.955, 0.025, 0.02])
        if s.paused and s.paused[0] <= at < s.paused[1]:
            status = "void"
        elif at > END - timedelta(days=30) and status == "paid":
            status = "open"
        is_cut = s.off_from <= at < s.off_until
        offs = [line["amount"] * s.percent // 100 if is_cut and not line["proration"] else 0 for line in lines]
        if is_cut and s.minus:
            offs = [s.minus if not line["proration"] and line["amount"] else 0 for line in lines]
        subtotal, off = sum(line["amount"] for line in lines), sum(offs)
        tax = half_up(Fraction((subtotal - off) * TAX, 100)) if s.taxed else 0
        total, old = subtotal - off + tax, at < BASIL
        due, settled = max(0, total), at + timedelta(days=6)
        parent = {"type": "subscription_details", "subscription_details": {"subscription": s.id, "metadata": {}}}
        charge = c.new_id("ch_") if status == "paid" and due else ""
        c.add("billing/invoice", id=invoice, customer_id=s.customer, subscription_id=s.id if old else "", status=status,
              parent="" if old else json.dumps(parent), created=epoch_time(at), currency=s.currency.lower(),
              tax=tax or "",
              subtotal=subtotal, total=total, amount_due=due, amount_paid=due if status == "paid" else 0, livemode="t",
              amount_remaining=0 if status == "paid" else due, charge_id=charge if old else "",
              status_transitions_finalized_at=epoch_time(at + timedelta(hours=1)),
              status_transitions_paid_at=epoch_time(settled) if status == "paid" else "",
              status_transitions_voided_at=epoch_time(at + timedelta(hours=3)) if status == "void" else "")  # fmt: skip
        for n, (line, line_off) in enumerate(zip(lines, offs, strict=True)):
            self._write_line(s, invoice, f"il_{n}", line, old)  # unique inside its invoice only
            if status != "void":
                self._recognise(
                    invoice, f"il_{n}", line["amount"] - line_off, line["first"].date(), line["last"].date()
                )
        if c.chance(0.02):
            self._write_line(s, invoice, "sub_temporary", lines[0], old)
        if charge:
            nets = [line["amount"] - line_off for line, line_off in zip(lines, offs, strict=True)]
            self._money_back(s, invoice, charge, due, settled, lines, nets, tax)

    def _write_line(self, s: Subscription, invoice: str, line_id: str, line: dict[str, Any], old: bool) -> None:
        details = {"subscription": s.id, "proration": line["proration"], "subscription_item": "si_x"}
        parent = {"type": "subscription_item_details", "subscription_item_details": details}
        pricing = {"type": "price_details", "price_details": {"price": line["plan"]}}
        self.c.add("billing/invoice_line_item", id=line_id, invoice_id=invoice, amount=line["amount"], livemode="t",
                   currency=s.currency.lower(), quantity=line["quantity"], period_start=epoch_time(line["first"]),
                   period_end=epoch_time(line["last"]), discountable="f" if line["proration"] else "t",
                   proration=("t" if line["proration"] else "f") if old else "", subscription_id=s.id if old else "",
                   plan_id=line["plan"] if old else "", parent="" if old else json.dumps(parent),
                   pricing="" if old else json.dumps(pricing), type="subscription" if old else "")  # fmt: skip

    def _recognise(self, invoice: str, line: str, net: int, first: date, last: date) -> None:
        """Spread a net amount by day over [first, last): the floor of what is earned so far, month by month."""
        last = max(last, first + timedelta(days=1))
        days, month = (last - first).days, first.replace(day=1)
        sign, size, earned = (1 if net >= 0 else -1), abs(net), 0
        while month < last:
            after = (month + timedelta(days=31)).replace(day=1)
            until = size * (min(after, last) - first).days // days
            if after <= END.date():
                self.c.truth.recognised[invoice, line, month] = sign * (until - earned)
            earned, month = until, after

    def _money_back(
        self,
        s: Subscription,
        invoice: str,
        charge: str,
        due: int,
        at: datetime,
        lines: list[dict[str, Any]],
        nets: list[int],
        tax: int,
    ) -> None:
        c, currency = self.c, s.currency.lower()
        refunded = due // 3 if c.chance(0.03) else 0
        c.add("billing/charge", id=charge, amount=due, amount_refunded=refunded, currency=currency, status="succeeded",
              created=epoch_time(at), livemode="t", captured="t", customer_id=s.customer)  # fmt: skip
        if refunded:
            # some refunds name no charge, so nobody knows whose they are
            c.add("billing/refund", id=c.new_id("re_"), charge_id=charge if c.chance(0.6) else "", amount=refunded,
                  currency=currency, status="succeeded", created=epoch_time(at + timedelta(days=9)))  # fmt: skip
        if c.chance(0.03):
            note, amount = c.new_id("cn_"), lines[0]["amount"] // 2
            c.add("billing/credit_note", id=note, invoice_id=invoice, amount=amount, total=amount,
                  currency=currency, status="issued", type="post_payment",
                  created=epoch_time(at + timedelta(days=12)), livemode="t")  # fmt: skip
            c.add("billing/credit_note_line_item", id=f"cnli_{note}", credit_note_id=note, amount=amount,
                  invoice_line_item_id="il_0", type="invoice_line_item")  # fmt: skip
            self._take_back(invoice, amount, (at + timedelta(days=12)).date(), lines, nets, tax)

    def _take_back(
        self, invoice: str, amount: int, on: date, lines: list[dict[str, Any]], nets: list[int], tax: int
    ) -> None:
        """Take a credit for the first line back from revenue: its share of tax apart, catching up in its month."""
        left = amount - amount * tax // (sum(nets) + tax) if amount > 0 else 0
        largest = sorted(range(1, len(nets)), key=lambda n: (-nets[n], f"il_{n}"))
        for n in [0, *largest]:
            part = min(left, max(nets[n], 0))
            left -= part
            first, last = (
                lines[n]["first"].date(),
                max(lines[n]["last"].date(), lines[n]["first"].date() + timedelta(days=1)),
            )
            month, taken, days = on.replace(day=1), 0, (last - first).days
            while part and taken < part:
                after = (month + timedelta(days=31)).replace(day=1)
                until = part * max(0, (min(after, last) - first).days) // days
                if after <= END.date() and until - taken:
                    key = (invoice, f"il_{n}", month)
                    self.c.truth.credited[key] = self.c.truth.credited.get(key, 0) + until - taken
                taken, month = until, after
