"""The stranger's support desk, its telemetry and its advertising."""

import json
from collections import Counter
from datetime import datetime, timedelta
from fractions import Fraction

from tests.warehouse.stranger.base import AS_OF, END, START, zd_time
from tests.warehouse.stranger.crm import Crm


class Support:
    """Organizations, people and tickets; whom a ticket concerns is told in different ways."""

    def __init__(self, crm: Crm) -> None:
        self.c = crm
        self.rng = crm.rng

    def answer(self) -> None:
        """Write agents, organizations, end users and tickets of most accounts, and of people nobody knows."""
        agents = [self._person(None, "agent", f"agent{n}@fremdwerk.eu") for n in range(4)]
        addresses = Counter(email for contacts in self.c.contacts.values() for _, email in contacts)
        shared = {email for email, n in addresses.items() if n > 1} | self.c.borrowed
        for account in self.c.accounts:
            if self.c.chance(0.3):
                continue
            organization = self._organization(account)
            known = self.c.truth.organizations[organization]
            people: list[tuple[str, str | None]] = []
            for _, email in self.c.contacts[account]:
                inside = self.c.chance(0.6)
                person = self._person(organization if inside else None, "end-user", email)
                by_address = account if email not in shared else None
                # the organization a person belongs to is the second clue about the tickets without one
                self.c.truth.end_users[person] = by_address
                people.append((person, known if inside and known else by_address))
            if self.c.domains[account]:  # not a contact: only the domain of the address tells
                person = self._person(None, "end-user", f"intern@{self.c.domains[account]}")
                self.c.truth.end_users[person] = account
                people.append((person, account))
            for _ in range(int(self.rng.poisson(6))):
                person, place = self.c.pick(people)
                inside = self.c.chance(0.6)
                self._ticket(person, organization if inside else None, known if inside and known else place)
        stranger = self._person(None, "end-user", "jemand@web.de")
        self.c.truth.end_users[stranger] = None
        for _ in range(12):
            self._ticket(stranger, None, None)
            self._ticket(self.c.pick(agents), None, None)

    def _person(self, organization: str | None, role: str, email: str) -> str:
        self.c.count["zendesk"] += 1
        person = str(3_600_000_000 + self.c.count["zendesk"])
        self.c.add("helpdesk/user", id=person, role=role, active="t", created_at=zd_time(START), email=email.upper(),
                 organization_id=organization or "", name="Jemand")  # fmt: skip
        return person

    def _organization(self, account: str) -> str:
        self.c.count["zendesk"] += 1
        organization = str(7_200_000_000 + self.c.count["zendesk"])
        key = self.c.pick(["full", "short", "domain", "none"], [0.3, 0.3, 0.25, 0.15])
        external = {"full": account, "short": account[:15]}.get(key, "")
        self.c.add(
            "helpdesk/organization",
            id=organization,
            name="Organisation",
            external_id=external,
            created_at=zd_time(START),
        )
        self.c.truth.organizations[organization] = account if external else None
        if key == "domain" and self.c.domains[account]:
            self.c.add(
                "helpdesk/domain_name", organization_id=organization, index=0, domain_name=self.c.domains[account]
            )
            self.c.truth.organizations[organization] = account
        return organization

    def _ticket(self, person: str, organization: str | None, place: str | None) -> None:
        self.c.count["ticket"] += 1
        ticket, created = str(self.c.count["ticket"]), self.c.within(START, END - timedelta(days=5))
        merged = ""
        if self.c.chance(0.06):  # a second ticket by somebody unknown, merged into this one: its time counts here
            source = str(500_000 + self.c.count["ticket"])
            merged = json.dumps([int(source)])
            unknown = self._person(None, "end-user", f"zweit{source}@gmx.de")
            self.c.truth.end_users[unknown] = None
            self._ticket_rows(source, unknown, None, created - timedelta(minutes=9), place, "", "closed")
            self.c.add("helpdesk/ticket_tag", ticket_id=source, tag="closed_by_merge")
        self._ticket_rows(
            ticket, person, organization, created, place, merged, self.c.pick(["open", "solved", "closed"])
        )

    def _ticket_rows(
        self,
        ticket: str,
        person: str,
        organization: str | None,
        created: datetime,
        place: str | None,
        merged: str,
        status: str,
    ) -> None:
        self.c.add("helpdesk/ticket", id=ticket, requester_id=person, status=status, created_at=zd_time(created),
                 type="question", updated_at=zd_time(END), organization_id=organization or "", via_channel="email",
                 merged_ticket_ids=merged,
                 group_id=self.c.pick([9001, 9002]), priority=self.c.pick(["low", "normal", "high"]))  # fmt: skip
        total = 0
        for hour in range(int(self.rng.integers(0, 4))):
            total += int(self.rng.integers(60, 3600))
            self.c.add("helpdesk/ticket_field_history", ticket_id=ticket, field_name="Total time spent (sec)",
                     value=total, updated=zd_time(created + timedelta(hours=hour + 1)))  # fmt: skip
        self.c.truth.ticket_seconds[place] += total


def use_and_advertise(c: Crm, keys: list[str]) -> None:
    """Write usage keyed by CRM or Stripe id, and spend by campaign; conflicting repeats among them."""
    for key in keys:
        for back in range(0, 60, 2):
            row = {"account_id": key, "date_day": AS_OF - timedelta(days=back), "active_users": back % 7 + 3}
            c.add("telemetry/usage_account_daily", **row)
            if back == 4 and c.chance(0.1):
                c.add("telemetry/usage_account_daily", **{**row, "active_users": 999})
    campaigns = [c.new_id("701") for _ in range(3)]
    for n, campaign in enumerate(campaigns):
        c.add("sfdc_prod/Campaign", Id=campaign, Name=f"Messe {n}", Type="Event", StartDate="2024-05-01",
                 ActualCost=12000, IsDeleted=False)  # fmt: skip
        for account in c.accounts[n::9]:
            c.add("sfdc_prod/CampaignMember", Id=c.new_id("00v"), CampaignId=c.either(campaign),
                     IsDeleted=False, ContactId=c.contacts[account][0][0],
                     CreatedDate="2024-05-02T00:00:00.000+0000")  # fmt: skip
    month = START.date().replace(day=1)
    while month <= AS_OF:
        for kind, amount in (("sales", 21_000), ("marketing", 6_500), ("other", 9_999)):
            c.add("ads/gtm_cost_monthly", month=month, cost_type=kind, amount=amount, currency="EUR")
        c.truth.acquisition[month] += 21_000 + 6_500
        month = (month + timedelta(days=31)).replace(day=1)
    day = START.date()
    while day <= AS_OF:
        for campaign_id in ("brand", "search"):
            spend = Fraction(int(c.rng.integers(2000, 9000)), 100)
            row = {
                "date_day": day,
                "platform": "google",
                "campaign_id": campaign_id,
                "spend": float(spend),
                "currency": "EUR",
            }
            c.add("ads/ad_spend_daily", **row)
            if c.chance(0.01):  # two stories about one day: neither is believed
                c.add("ads/ad_spend_daily", **{**row, "spend": float(spend + 500)})
            else:
                c.truth.acquisition[day.replace(day=1)] += spend
        day += timedelta(days=1)
