"""What the CRM remembers of each deal: stage, amount and close-date history, field history, the present row.

The present row is derived from the histories cut at the extraction, never the other way round, so both agree.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from orchestration.demo import columns as col
from orchestration.demo.ids import salesforce_id
from orchestration.demo.opportunities import (
    COMPETITORS,
    CURRENCIES,
    LOSS_REASONS,
    LOST,
    N_STAGES,
    NEW_BUSINESS,
    OPEN_STAGES,
    WON,
)
from orchestration.demo.settings import DAY, Arr, into_working_hours
from orchestration.demo.world import World

STAGES = (*OPEN_STAGES, "Closed Won", "Closed Lost")
DEFAULT_PROBABILITY = np.array([10, 20, 40, 60, 75, 90, 100, 0])
FORECAST = ("Omitted", "Pipeline", "Best Case", "Commit", "Closed")
FORECAST_OF_STAGE = np.array([1, 1, 1, 2, 2, 3, 4, 0])

# canonical signal -> (column of the deals, stage of the first entry, stage of the revision or -1)
NUMERIC_SIGNALS = {
    "discount_pct": ("discount", 1, 4),
    "payment_terms_days": ("payment_terms", 2, 4),
    "contract_term_months": ("term", 1, 3),
    "customisation_requests": ("customisation", 1, 3),
    "implementation_promises": ("promises", 2, 4),
    "services_amount": ("services", 2, 3),
    "promised_onboarding_days": ("onboarding", 2, 4),
    "procurement_steps": ("procurement", 2, 4),
    "integration_count": ("integrations", 1, 2),
}
BOOLEAN_SIGNALS = {
    "success_criteria_documented": ("success", 2),
    "compliance_review": ("compliance", 2),
    "security_review": ("security", 1),
}
WORD_SIGNALS = ("competitor", "loss_reason")
SIGNALS = (*NUMERIC_SIGNALS, *BOOLEAN_SIGNALS, *WORD_SIGNALS)
FIELD_MAP = {name: f"{name}_c" for name in SIGNALS}


def api_name(signal: str) -> str:
    """Salesforce API name of a custom field, e.g. 'Discount_Pct__c'."""
    return "_".join(part.capitalize() for part in signal.split("_")) + "__c"


@dataclass(frozen=True)
class History:
    """History of all deals cut at the extraction, and the state that follows from it.

    Attributes:
        steps: deal, at (s), stage, amount (minor units, NaN unknown), close_day, probability, in time order
            by deal.
        fields: deal, at (s), signal (number in SIGNALS, or -1 stage, -2 owner), old and new as numbers or
            codes.
        state: one row per deal: stage, amount, close_day, probability, stage_since, modified and the signals.
    """

    steps: pd.DataFrame
    fields: pd.DataFrame
    state: pd.DataFrame


def remember(world: World) -> History:
    """Build all histories of a company."""
    steps = _steps(world)
    fields, values = _fields(world)
    state = steps.groupby("deal", sort=True).tail(1).set_index("deal")[["stage", "amount", "close_day", "probability"]]
    moved = steps[steps["stage"] != steps.groupby("deal")["stage"].shift(1)]
    state["stage_since"] = moved.groupby("deal")["at"].max()
    last_step = steps.groupby("deal")["at"].max()
    last_field = fields.groupby("deal")["at"].max().reindex(state.index)
    last_owner = pd.Series(
        np.where(world.owner_moved < world.settings.now, world.owner_moved, np.nan), index=world.deals.index
    )
    state["modified"] = np.nanmax(
        np.vstack([last_step.reindex(state.index), last_field, last_owner.reindex(state.index)]).astype(float),
        axis=0,
    )
    for name, value in values.items():
        state[name] = value
    return History(steps, fields, state)


def _steps(world: World) -> pd.DataFrame:
    settings, deals = world.settings, world.deals
    rng = settings.rng("history")
    n = len(deals)
    row, stage = np.nonzero(~np.isnan(world.stage_at))
    frames = [pd.DataFrame({"deal": row, "at": world.stage_at[row, stage], "stage": stage, "rank": 0})]
    # the first entry also carries the first expected close
    is_first = stage == deals["first_stage"].to_numpy()[row]
    frames[0]["close_day"] = np.where(is_first, world.expected_close[row], np.nan)
    row, k = np.nonzero(~np.isnan(world.push_at))
    frames.append(
        pd.DataFrame({"deal": row, "at": world.push_at[row, k], "rank": 1, "close_day": world.push_to[row, k]})
    )
    # re-quotes in the middle of a negotiation
    quote = np.flatnonzero((rng.random(n) < 0.25) & ~np.isnan(world.stage_at[:, 4]))
    closed = deals["closed"].to_numpy().astype(float)
    at = world.stage_at[quote, 4] + (closed[quote] - world.stage_at[quote, 4]) * rng.uniform(0.1, 0.7, len(quote))
    frames.append(pd.DataFrame({"deal": quote, "at": at, "rank": 2, "quote": rng.uniform(0.97, 1.12, len(quote))}))
    frames.append(
        pd.DataFrame(
            {
                "deal": np.arange(n),
                "at": closed,
                "stage": np.where(deals["won"], WON, LOST),
                "rank": 3,
                "close_day": closed // DAY,
            }
        )
    )
    # amounts that finance trued up after the close: a leak for anyone who reads today's row
    amended = np.flatnonzero(deals["won"].to_numpy() & (rng.random(n) < 0.08))
    frames.append(
        pd.DataFrame(
            {
                "deal": amended,
                "at": closed[amended] + rng.integers(1, 40, len(amended)) * DAY,
                "rank": 4,
                "quote": rng.uniform(0.93, 1.04, len(amended)),
            }
        )
    )
    steps = pd.concat(frames, ignore_index=True)
    steps["at"] = np.floor(steps["at"])
    steps = steps[steps["at"] < settings.now]
    steps = steps.sort_values(["deal", "at", "rank"], kind="stable").reset_index(drop=True)
    by_deal = steps.groupby("deal")
    steps["stage"] = by_deal["stage"].ffill().astype(np.int64)
    steps["close_day"] = by_deal["close_day"].ffill().astype(np.int64)
    deal = steps["deal"].to_numpy()
    stage_now = steps["stage"].to_numpy()
    amount = np.where(
        stage_now >= N_STAGES,
        deals["amount_final"].to_numpy()[deal],
        np.where(stage_now >= 3, deals["amount_quoted"].to_numpy()[deal], deals["amount_early"].to_numpy()[deal]),
    ).astype(float)
    lost = stage_now == LOST
    amount = np.where(lost & (deals["reach"].to_numpy()[deal] < 3), deals["amount_early"].to_numpy()[deal], amount)
    factor = by_deal["quote"].ffill().fillna(1.0).to_numpy()
    rank = steps["rank"].to_numpy()
    applies = (rank == 4) | ((stage_now < N_STAGES) & (stage_now >= 4))
    steps["amount"] = np.where(applies, np.rint(amount * factor), amount)
    override = rng.integers(-2, 3, n) * 5
    overridden = rng.random(n) < 0.12
    shown = DEFAULT_PROBABILITY[stage_now] + np.where(overridden[deal], override[deal], 0)
    steps["probability"] = np.where(stage_now >= N_STAGES, DEFAULT_PROBABILITY[stage_now], shown.clip(5, 95))
    return steps.drop(columns=["quote"])


def _entry(world: World, stage: int, rng: np.random.Generator) -> Arr:
    """When a deal first stood at `stage` or later, plus up to 60 % of the way to its next step; NaN if never
    by now."""
    later = world.stage_at[:, stage:]
    with np.errstate(all="ignore"):
        reached = np.where(np.isnan(later).all(axis=1), np.nan, np.nanmin(np.where(np.isnan(later), np.inf, later), 1))
    n = len(reached)
    closed = world.deals["closed"].to_numpy()
    stay = np.minimum((closed - reached) * 0.6, 12.0 * DAY)
    at = into_working_hours(reached + rng.random(n) * np.maximum(stay, 60.0))
    at = np.maximum(at, reached + 60)
    at = np.where(at > closed, reached, at)
    return np.where(at < world.settings.now, at, np.nan)


def _fields(world: World) -> tuple[pd.DataFrame, dict[str, Arr]]:
    """Field history rows and the present value of every signal."""
    settings, deals = world.settings, world.deals
    n = len(deals)
    frames: list[pd.DataFrame] = []
    values: dict[str, Arr] = {}
    light = deals["kind"].to_numpy() != NEW_BUSINESS
    for code, name in enumerate(SIGNALS):
        rng = settings.rng(f"signal-{name}")
        if name in NUMERIC_SIGNALS:
            source, first, revised = NUMERIC_SIGNALS[name]
            final = deals[source].to_numpy().astype(float)
            if name == "discount_pct":
                # half of the deals book the discount before the last round; sellers round what they enter
                guess = np.maximum(np.rint(final * rng.uniform(0.4, 1.0, n)), 0)
            elif name == "contract_term_months":
                guess = np.where(rng.random(n) < 0.12, 12.0, final)
            elif name == "promised_onboarding_days":
                guess = np.where(rng.random(n) < 0.3, final + 10, final)
            else:
                guess = np.floor(final * rng.choice(np.array([0.4, 0.7, 1.0]), n, p=[0.2, 0.25, 0.55]))
                if name == "payment_terms_days":
                    guess = np.where(rng.random(n) < 0.35, 30.0, final)
            never = rng.random(n) < (0.06 if name != "services_amount" else 0.10)
            if name in ("payment_terms_days", "promised_onboarding_days", "procurement_steps"):
                never |= light
            at = np.where(never, np.nan, _entry(world, first, rng))
            again = np.where(np.isnan(at) | (guess == final), np.nan, _entry(world, revised, rng))
            again = np.where(again > at, again, np.nan)
            never_revised = np.isnan(again)
            entered = np.where(never_revised & (_entry(world, revised, rng) <= at), final, guess)
            frames.append(_rows(code, at, np.full(n, np.nan), entered))
            frames.append(_rows(code, again, entered, final))
            values[name] = np.where(np.isnan(at), np.nan, np.where(never_revised, entered, final))
        elif name in BOOLEAN_SIGNALS:
            source, first = BOOLEAN_SIGNALS[name]
            # a check box is false from the start
            frames.append(_rows(code, deals["created"].to_numpy().astype(float), np.full(n, np.nan), np.zeros(n)))
            ticked = np.where(deals[source].to_numpy() & (rng.random(n) > 0.05), _entry(world, first, rng), np.nan)
            frames.append(_rows(code, ticked, np.zeros(n), np.ones(n)))
            values[name] = ~np.isnan(ticked)
        elif name == "competitor":
            final = deals["competitor"].to_numpy().astype(float)
            at = np.where((final >= 0) & (rng.random(n) > 0.08), _entry(world, 1, rng), np.nan)
            frames.append(_rows(code, at, np.full(n, np.nan), final))
            values[name] = np.where(np.isnan(at), -1, final).astype(np.int64)
        else:
            lost = ~deals["won"].to_numpy() & (deals["closed"].to_numpy() < settings.now)
            reason = rng.choice(len(LOSS_REASONS), n, p=[0.28, 0.22, 0.18, 0.12, 0.08, 0.12])
            reason = np.where((reason == 2) & (deals["competitor"].to_numpy() < 0), 0, reason)
            at = np.where(lost & (rng.random(n) > 0.12), deals["closed"].to_numpy().astype(float), np.nan)
            frames.append(_rows(code, at, np.full(n, np.nan), reason.astype(float)))
            values[name] = np.where(np.isnan(at), -1, reason).astype(np.int64)
    fields = pd.concat(frames, ignore_index=True)
    return fields[fields["at"] < settings.now].reset_index(drop=True), values


def _rows(code: int, at: Arr, old: Arr, new: Arr) -> pd.DataFrame:
    hit = np.flatnonzero(~np.isnan(at))
    return pd.DataFrame({"deal": hit, "at": at[hit], "signal": code, "old": old[hit], "new": new[hit]})


def history_table(world: World, history: History) -> col.Columns:
    """salesforce.opportunity_history: one row per change with the values after it."""
    steps = history.steps
    n = len(steps)
    same_deal = steps["deal"].eq(steps["deal"].shift(1)).to_numpy()
    previous_amount = np.where(same_deal, steps["amount"].shift(1).to_numpy(), np.nan)
    previous_close = np.where(same_deal, steps["close_day"].shift(1).to_numpy(), np.nan)
    deal = steps["deal"].to_numpy()
    next_at = np.where(
        np.append(same_deal[1:], False), np.append(steps["at"].to_numpy()[1:], np.nan), steps["at"].to_numpy()
    )
    owner = np.where(steps["at"].to_numpy() < world.owner_moved[deal], world.owner_first[deal], world.owner_now[deal])
    owner = np.where(np.isnan(world.owner_moved[deal]), world.owner_first[deal], owner)
    stage = steps["stage"].to_numpy()
    expected = steps["amount"].to_numpy() * steps["probability"].to_numpy() / 100
    return {
        "id": salesforce_id("008", np.arange(n)),
        "opportunity_id": salesforce_id("006", deal),
        "stage_name": col.pick(STAGES, stage),
        "amount": col.decimal(steps["amount"].to_numpy()),
        "expected_revenue": col.decimal(np.rint(expected)),
        "close_date": col.day(steps["close_day"].to_numpy()),
        "probability": col.number(steps["probability"].to_numpy(), 1),
        "forecast_category": col.pick(FORECAST, FORECAST_OF_STAGE[stage]),
        "prev_amount": col.decimal(previous_amount),
        "prev_close_date": col.day(previous_close),
        "created_date": col.ts(steps["at"].to_numpy()),
        "created_by_id": salesforce_id("005", owner),
        "currency_iso_code": col.pick(CURRENCIES, world.deals["currency"].to_numpy()[deal]),
        "system_modstamp": col.ts(next_at),
        "is_deleted": col.flag(np.zeros(n, dtype=bool)),
    }


def field_history_table(world: World, history: History) -> col.Columns:
    """salesforce.opportunity_field_history: tracked fields in long form, values as text."""
    steps = history.steps
    same_deal = steps["deal"].eq(steps["deal"].shift(1)).to_numpy()
    before = np.where(same_deal, steps["stage"].shift(1).fillna(-1).to_numpy(), -1).astype(np.int64)
    moved = steps["stage"].to_numpy() != before
    now = world.settings.now
    parts: list[pa.Table] = []

    def part(deal: Arr, at: Arr, field: str, kind: str, old: pa.Array, new: pa.Array) -> None:
        size = len(deal)
        parts.append(
            pa.table(
                {
                    "deal": pa.array(deal.astype(np.int64)),
                    "at": pa.array(at.astype(np.int64)),
                    "field": col.same(field, size),
                    "data_type": col.same(kind, size),
                    "old_value": old,
                    "new_value": new,
                }
            )
        )

    part(
        steps["deal"].to_numpy()[moved],
        steps["at"].to_numpy()[moved],
        "StageName",
        "Picklist",
        col.pick(STAGES, before[moved]),
        col.pick(STAGES, steps["stage"].to_numpy()[moved]),
    )
    handed = np.flatnonzero(world.owner_moved < now)
    part(
        handed,
        world.owner_moved[handed],
        "OwnerId",
        "Lookup",
        salesforce_id("005", world.owner_first[handed]),
        salesforce_id("005", world.owner_now[handed]),
    )
    fields = history.fields
    for code, name in enumerate(SIGNALS):
        rows = fields[fields["signal"] == code]
        old, new = rows["old"].to_numpy(), rows["new"].to_numpy()
        if name in BOOLEAN_SIGNALS:
            words: tuple[str, ...] = ("false", "true")
            as_text = [col.pick(words, np.where(np.isnan(v), -1, v).astype(np.int64)) for v in (old, new)]
            kind = "Boolean"
        elif name in WORD_SIGNALS:
            words = COMPETITORS if name == "competitor" else LOSS_REASONS
            as_text = [col.pick(words, np.where(np.isnan(v), -1, v).astype(np.int64)) for v in (old, new)]
            kind = "Picklist"
        elif name == "services_amount":
            as_text = [col.text(v / 100) for v in (old, new)]
            kind = "Currency"
        else:
            as_text = [col.text(v) for v in (old, new)]
            kind = "Double"
        part(rows["deal"].to_numpy(), rows["at"].to_numpy(), api_name(name), kind, *as_text)
    table = pa.concat_tables(parts).combine_chunks()
    order = np.lexsort((np.asarray(table["deal"]), np.asarray(table["at"])))
    table = table.take(pa.array(order)).combine_chunks()
    deal, at = np.asarray(table["deal"]), np.asarray(table["at"])
    owner = world.owner_first[deal]
    return {
        "id": salesforce_id("017", np.arange(len(deal))),
        "opportunity_id": salesforce_id("006", deal),
        "field": table["field"].chunk(0),
        "data_type": table["data_type"].chunk(0),
        "old_value": table["old_value"].chunk(0),
        "new_value": table["new_value"].chunk(0),
        "created_date": col.ts(at),
        "created_by_id": salesforce_id("005", owner),
        "is_deleted": col.flag(np.zeros(len(deal), dtype=bool)),
    }
