"""The stranger's CRM: sellers, pipelines, accounts that were merged or belong together, deals with field history."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np

from tests.warehouse.stranger.base import (
    END,
    HISTORY_FROM,
    LAST,
    MONTHS,
    PIPELINES,
    PRODUCTS,
    SEAT,
    START,
    UNIT,
    WON,
    Export,
    moment,
    plan_id,
    sf_time,
)  # fmt: skip


class Crm(Export):
    """Master data of all systems, and deals."""

    def __init__(self, seed: int, accounts: int) -> None:
        super().__init__(seed)
        self.contacts: dict[str, list[tuple[str, str]]] = {}  # account -> (contact id, e-mail)
        self.domains: dict[str, str] = {}  # account -> domain of its own, "" when it shares or has none
        self.borrowed: set[str] = set()  # addresses of one company that stand on the bills of another
        self.sellers = [self._seller(n) for n in range(6)]
        self._stages()
        self._prices()
        self._finance()
        self._accounts(accounts)

    def _seller(self, number: int) -> str:
        seller = self.new_id("005")
        # the last one left; two of the open deals stay behind
        self.add("sfdc_prod/User", Id=seller, Name=f"Seller {number}", IsActive=number < 5, Email=f"s{number}@fw.eu")
        return seller

    def _stages(self) -> None:
        order = 10
        for stages in PIPELINES.values():
            for n, stage in enumerate(stages):
                if stage in {row["ApiName"] for row in self.rows["sfdc_prod/OpportunityStage"]}:
                    continue
                probability = 100 if stage in WON else 0 if stage in LAST else 10 + 80 * n // len(stages)
                self.add("sfdc_prod/OpportunityStage", Id=self.new_id("01J"), ApiName=stage, MasterLabel=stage,
                         IsActive=True, SortOrder=order, IsClosed=stage in LAST, IsWon=stage in WON,
                         DefaultProbability=probability)  # fmt: skip
                order += 7

    def _prices(self) -> None:
        for key, name in PRODUCTS.items():
            self.add("billing/product", id=f"prod_{key}", name=name, active="t")
            self.add("sfdc_prod/Product2", Id=self.new_id("01t"), Name=name, Family="Platform", IsDeleted=False)
        for currency, seat in SEAT.items():
            for key, size in UNIT.items():
                for interval, months in MONTHS.items():
                    amount = seat * size * (10 if interval == "year" else months)
                    unit = "year" if interval == "year" else "month"
                    self.add("billing/plan", id=plan_id(key, interval, currency), product_id=f"prod_{key}",
                             currency=currency.lower(), amount=amount, interval=unit, usage_type="licensed",
                             interval_count=months if unit == "month" else 1, livemode="t")  # fmt: skip
            self.add("billing/plan", id=plan_id("compute", "month", currency), product_id="prod_compute", amount="",
                     currency=currency.lower(), amount_decimal="0.4", interval="month", interval_count=1,
                     usage_type="metered", livemode="t")  # fmt: skip
        for coupon, more in {
            "FOREVER20": {"duration": "forever", "percent_off": 20},
            "INTRO50": {"duration": "repeating", "percent_off": 50, "duration_in_months": 3},
            "MINUS30": {"duration": "forever", "amount_off": 3000, "currency": "eur"},
        }.items():
            self.add("billing/coupon", id=coupon, valid="t", **more)

    def _finance(self) -> None:
        for key, change in {"seat": 78, "pro": 81, "addon": 60}.items():
            self.add("controlling/product_margin", product_key=PRODUCTS[key], valid_from="2023-01-01",
                     valid_to="2024-12-31", gross_margin_pct=change)  # fmt: skip
            self.add("controlling/product_margin", product_key=PRODUCTS[key], valid_from="2025-01-01",
                     gross_margin_pct=change - 6)  # fmt: skip
        for group, rate in ((9001, 41), (9002, 67)):
            self.add("helpdesk/group", id=group, name=f"Tier {group - 9000}")
            self.add("controlling/support_rate", valid_from="2023-01-01", rate_per_hour=rate, currency="EUR",
                     group_id=group)  # fmt: skip
        day = START - timedelta(days=70)
        while day <= END:
            # no rate was exported for twenty days, and never one for francs
            if not moment("2024-12-23") <= day < moment("2025-01-12"):
                for currency, rate in {"USD": 0.92, "GBP": 1.17, "JPY": 0.0062, "KWD": 3.01}.items():
                    self.add("controlling/fx_rate", rate_date=day.date(), from_currency=currency, to_currency="EUR",
                             rate=round(rate * (1 + 0.03 * float(np.sin(day.toordinal() / 90))), 6))  # fmt: skip
            day += timedelta(days=7)

    def _accounts(self, number: int) -> None:
        names = ("Adler", "Birke", "Falke", "Hafen", "Kiefer", "Linde", "Mauer", "Nordlicht", "Otter", "Perle")
        self.accounts = [self.new_id("001") for _ in range(number)]
        for n, account in enumerate(self.accounts):
            parent = self.accounts[n - 1] if n % 15 == 14 else None
            own = f"{names[n % 10].lower()}{n // 10}-{('werk', 'haus', 'bau')[n % 3]}.{('de', 'com', 'co.uk')[n % 3]}"
            site = own if n % 7 else ""
            if parent and self.domains[parent]:  # shared with the parent, so that the domain tells neither of them
                own = site = self.domains[parent]
                self.domains[parent] = ""
            self.domains[account] = site if site and not parent else ""
            website = self.pick([site, f"https://www.{site}/", f"HTTP://{site.upper()}/kontakt?x=1"]) if site else ""
            self.add("sfdc_prod/Account", Id=account, Name=f"{names[n % 10]} {n // 10} GmbH", IsDeleted=False,
                     OwnerId=self.either(self.sellers[n % 5]), ParentId=self.either(parent) if parent else "",
                     Website=website, Industry="Machinery", BillingCountry="Germany")  # fmt: skip
            self.contacts[account] = []
            for m in range(int(self.rng.integers(1, 5))):
                domain = "gmx.de" if self.chance(0.15) else own
                self._contact(account, f"p{m}.k{n}@{domain}")
        consultant = "berater@consult-partner.eu"  # works for two companies; the address tells neither
        for account in self.accounts[20:22]:
            self._contact(account, consultant)
        self.losers: dict[str, str] = {}
        for n in range(6):  # merged away; the last two form a chain of three
            loser, winner = self.new_id("001"), self.accounts[3 * n]
            master = list(self.losers)[-1] if n == 5 else winner
            self.losers[loser] = self.losers.get(master, winner)
            self.add("sfdc_prod/Account", Id=loser, Name="Dublette", IsDeleted=True, MasterRecordId=self.either(master),
                     OwnerId=self.sellers[0], Website="")  # fmt: skip

    def _contact(self, account: str, email: str) -> None:
        contact = self.new_id("003")
        self.contacts[account].append((contact, email))
        self.add("sfdc_prod/Contact", Id=contact, AccountId=self.either(account), Email=email.title(), IsDeleted=False)

    def deal(
        self,
        account: str,
        pipeline: str,
        created: datetime,
        closed: datetime | None,
        won: bool,
        amount: int,
        **more: Any,
    ) -> str:
        """Write an opportunity with field history, roles and activities; `closed` None or in the future means open."""
        opportunity, stages = self.new_id("006"), PIPELINES[pipeline]
        end = closed if closed and closed <= END else END
        is_open = end is END
        steps = stages[:-2][: int(self.rng.integers(1, len(stages) - 1)) if is_open else None]
        path = [(created, steps[0])]
        for stage in steps[1:]:
            path.append((self.within(path[-1][0], path[-1][0] + (end - path[-1][0]) / 2), stage))
        if not is_open:
            if won and self.chance(0.08):  # lost, and taken up again
                path += [(self.within(path[-1][0], end), "No Decision")]
                path += [(self.within(path[-1][0], end), stages[-3])]
            path.append((end, stages[-2] if won else stages[-1]))
        changes = [(at, "StageName", old[1], new) for old, (at, new) in pairwise(path)]
        close_on = (closed or END + timedelta(days=int(self.rng.integers(5, 90)))).date()
        if self.chance(0.5):  # the date was pushed once on the way
            stated = close_on - timedelta(days=int(self.rng.integers(10, 60)))
            changes.append((self.within(created, end), "CloseDate", stated.isoformat(), close_on.isoformat()))
        if self.chance(0.3):
            changes.append((self.within(created, end), "Amount", "", f"{amount}.0"))
        owner, left = self.pick(self.sellers), moment("2025-06-02T08:00")
        if owner == self.sellers[5] and created < left < end and self.chance(0.9):
            heir = self.sellers[0]  # Salesforce writes an owner twice, by name and by id
            changes += [(left, "Owner", "Seller 5", "Seller 0"), (left, "OwnerId", owner, heir)]
            owner = heir
        self.truth.stages[opportunity] = path
        if created >= HISTORY_FROM:
            changes.append((created, "created", "", ""))
        changes.sort()
        for at, name, old, new in changes:
            if at >= HISTORY_FROM:
                self.add("sfdc_prod/OpportunityFieldHistory", Id=self.new_id("017"), Field=name, OldValue=old,
                         OpportunityId=self.either(opportunity), NewValue=new, CreatedDate=sf_time(at),
                         IsDeleted=False)  # fmt: skip
        self.add("sfdc_prod/Opportunity", Id=opportunity, AccountId=self.either(account), OwnerId=owner, Amount=amount,
                 Name=f"{pipeline} {opportunity}", StageName=path[-1][1], CloseDate=close_on, IsClosed=not is_open,
                 IsWon=path[-1][1] in WON, IsDeleted=False, Type=pipeline, Probability=self._probability(path[-1][1]),
                 CreatedDate="" if self.chance(0.1) else sf_time(created),
                 SystemModstamp=sf_time(changes[-1][0] if changes else created),
                 Discount__c=self.pick([0, 0, 5, 10, 20, 30]), Term_Months__c=self.pick([12, 24, 36]),
                 Net_Days__c=self.pick([14, 30, 60]), Security_Review__c=self.chance(0.4),
                 Loss_Reason__c="" if won or is_open else self.pick(["Price", "Timing"]), **more)  # fmt: skip
        for contact, _ in self.contacts[account][: int(self.rng.integers(1, 4))]:
            self.add("sfdc_prod/OpportunityContactRole", Id=self.new_id("00K"), OpportunityId=self.either(opportunity),
                     ContactId=contact, Role="Evaluator", IsPrimary=False, IsDeleted=False,
                     CreatedDate=sf_time(self.within(created, end)))  # fmt: skip
        day = created
        while (day := day + timedelta(days=int(self.rng.integers(4, 30)))) < end:
            common = {"OwnerId": owner, "CreatedDate": sf_time(day), "IsDeleted": False,
                      "WhatId": self.either(opportunity),
                      "WhoId": self.contacts[account][0][0], "AccountId": account}  # fmt: skip
            if self.chance(0.6):
                self.add("sfdc_prod/Task", Id=self.new_id("00T"), Status="Completed", ActivityDate=day.date(), **common)
            else:
                self.add("sfdc_prod/Event", Id=self.new_id("00U"), StartDateTime=sf_time(day), IsChild=False,
                         EndDateTime=sf_time(day + timedelta(minutes=45)), **common)  # fmt: skip
        return opportunity

    def _probability(self, stage: str) -> int:
        rows = self.rows["sfdc_prod/OpportunityStage"]
        return int(next(row["DefaultProbability"] for row in rows if row["ApiName"] == stage))
