"""The terms of the win model: which functions of a week's features enter the log odds, and their value.

Belongs here: the list of terms and their arithmetic. int_opportunity__win_probability evaluates the same
arithmetic in SQL from the rows of win_coefficient, so a transform added here must be added there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from orchestration.inference.frames import Floats

# every sample has these columns
REQUIRED_FEATURES: Final = (
    "stage_position",
    "stage_age_weeks",
    "deal_age_weeks",
    "active_days_28d",
    "active_days_prior_56d",
    "contacts_28d",
    "stakeholder_count",
    "push_count",
    "days_past_close_date",
    "stage_moves_28d",
)
# absent counts as unknown throughout
OPTIONAL_FEATURES: Final = ("first_stage_position", "planned_weeks", "age_over_plan")
FEATURES: Final = (*REQUIRED_FEATURES, *OPTIONAL_FEATURES)
SEGMENT_INPUT: Final = "segment_id"

# How a feature enters: as it is, ln(1 + x), 1 above the knot, x less the knot where above it, 1 in a segment.
VALUE, LOG, OVER, EXCESS, SEGMENT = "value", "log", "over", "excess", "segment"


@dataclass(frozen=True)
class Term:
    """One term of the log odds: a transform of a feature, or the product of two.

    `knot` is in the unit of the feature and NaN where the transform has none; `times` is the second factor
    (feature, transform, knot). `group` names the variance component of the coefficient.
    """

    name: str
    input: str
    transform: str
    knot: float
    group: str
    times: tuple[str, str, float] | None = None


_COUNTS = tuple(f for f in REQUIRED_FEATURES if f != "stage_position")
_STEPS = (0.1, 0.3, 0.5, 0.7, 0.9)
_HINGES = {
    "stage_age_weeks": (2.0, 5.0, 10.0, 20.0),
    "deal_age_weeks": (4.0, 8.0, 13.0, 26.0),
    "age_over_plan": (0.5, 1.0, 1.5),
    "contacts_28d": (1.0,),
    "stakeholder_count": (2.0,),
}
_ENGAGEMENT = ("active_days_28d", "active_days_prior_56d", "contacts_28d", "stakeholder_count")
_WINDOWS = ("active_days_28d", "active_days_prior_56d", "contacts_28d")
_NAN = float("nan")


def _transformed(feature: str, transform: str, knot: float = _NAN) -> str:
    if transform == VALUE:
        return feature
    return f"{feature} {transform}" if np.isnan(knot) else f"{feature} {transform} {knot:g}"


def _single(feature: str, transform: str, group: str, knot: float = _NAN) -> Term:
    return Term(_transformed(feature, transform, knot), feature, transform, knot, group)


def _product(a: tuple[str, str, float], b: tuple[str, str, float]) -> Term:
    return Term(f"{_transformed(*a)} x {_transformed(*b)}", *a, "cross", b)


def _terms() -> tuple[Term, ...]:
    terms = [_single(feature, VALUE, "main") for feature in FEATURES]
    terms += [_single(feature, LOG, "main") for feature in (*_COUNTS, "planned_weeks", "age_over_plan")]
    terms += [_single("stage_position", OVER, "shape", knot) for knot in _STEPS]
    terms += [_single(feature, OVER, "shape", 0.0) for feature in ("active_days_28d", "days_past_close_date")]
    terms += [_single(feature, EXCESS, "shape", knot) for feature, knots in _HINGES.items() for knot in knots]
    stage = ("stage_position", VALUE, _NAN)
    late = ("stage_position", OVER, 0.7)
    for feature in (*_ENGAGEMENT, "stage_age_weeks", "deal_age_weeks", "days_past_close_date", "age_over_plan"):
        terms.append(_product(stage, (feature, LOG, _NAN)))
    for feature in (*_ENGAGEMENT, "stage_age_weeks"):
        terms.append(_product(late, (feature, LOG, _NAN)))
    for feature in _ENGAGEMENT:
        terms.append(_product(("deal_age_weeks", LOG, _NAN), (feature, LOG, _NAN)))
        terms.append(_product(("stage_age_weeks", LOG, _NAN), (feature, LOG, _NAN)))
        terms.append(_product(("first_stage_position", VALUE, _NAN), (feature, LOG, _NAN)))
    # counts speak of a window: how much one of them says depends on the stage and on how full the window is
    for feature in _ENGAGEMENT:
        terms.append(_product(("stage_position", OVER, 0.3), (feature, VALUE, _NAN)))
        terms.append(_product(stage, (feature, VALUE, _NAN)))
    for feature in (*_ENGAGEMENT, "push_count"):
        terms.append(_product(("deal_age_weeks", VALUE, _NAN), (feature, VALUE, _NAN)))
    for feature in _WINDOWS:
        for knot in (4.0, 12.0):
            terms.append(_product(("deal_age_weeks", EXCESS, knot), (feature, VALUE, _NAN)))
    terms.append(_product(("deal_age_weeks", LOG, _NAN), ("stage_age_weeks", LOG, _NAN)))
    terms.append(_product(("contacts_28d", LOG, _NAN), ("active_days_28d", LOG, _NAN)))
    terms.append(_product(("first_stage_position", VALUE, _NAN), stage))
    terms.append(_product(("first_stage_position", VALUE, _NAN), ("deal_age_weeks", LOG, _NAN)))
    return tuple(terms)


TERMS: Final = _terms()


def segment_terms(segments: Sequence[str]) -> tuple[Term, ...]:
    """One term per segment: its intercept around that of all deals. The id stands in the name after a blank."""
    return tuple(Term(f"{SEGMENT} {s}", SEGMENT_INPUT, SEGMENT, _NAN, SEGMENT) for s in segments)


def _apply(x: Floats, transform: str, knot: float) -> Floats:
    if transform == LOG:
        return np.log1p(np.maximum(x, 0.0))
    if transform == OVER:
        return np.asarray(x > knot, dtype=np.float64)
    if transform == EXCESS:
        return np.maximum(x - knot, 0.0)
    return x


def evaluate(terms: Sequence[Term], x: Floats, segment: Sequence[str]) -> Floats:
    """Value of each term, shape (rows, terms), from features without a gap, shape (rows, len(FEATURES)).

    `segment` has one id per row; one that no term names has no intercept of its own.
    """
    at = {feature: i for i, feature in enumerate(FEATURES)}
    ids, home = np.unique(np.array(segment, dtype=object).astype(str), return_inverse=True)
    named = {f"{SEGMENT} {s}": i for i, s in enumerate(ids)}
    logs: dict[str, Floats] = {}

    def factor(feature: str, transform: str, knot: float) -> Floats:
        # the one transform that costs something is asked for many times
        if transform != LOG:
            return _apply(x[:, at[feature]], transform, knot)
        if feature not in logs:
            logs[feature] = _apply(x[:, at[feature]], transform, knot)
        return logs[feature]

    out = np.empty((x.shape[0], len(terms)))
    for column, term in enumerate(terms):
        if term.transform == SEGMENT:
            out[:, column] = home == named.get(term.name, -1)
            continue
        out[:, column] = factor(term.input, term.transform, term.knot)
        if term.times is not None:
            out[:, column] *= factor(*term.times)
    return out
