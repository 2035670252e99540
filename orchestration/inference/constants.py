"""Names, sizes and priors shared by the inference modules, and the version they amount to.

Belongs here: constants only. A change of any of them changes `model_version`.
"""

import hashlib
import json

VERSION = "inference-2"

N_DRAWS = 500
HORIZON_MONTHS = 60
N_BUCKETS = 32
POOLED = "all"
TERM_TYPES = ("monthly", "annual", "multi", "unknown")
ALL_TERMS = "all"
DISCOUNT_RATE = 0.10
# Ages in months from which a life is valued: a new customer's, and those after one, two and three years or more.
START_AGES = (0, 12, 24, 36)
# Lives played out per segment, term and start age. A prime: steps through it by any stride meet each life once.
N_LIVES = 503

# First month of each age band and its label. Churn and money bands are finer early, where behaviour moves
# fastest. Ages of churn count from 1 (the month at whose end a customer may have left), those of money from 0.
HAZARD_BAND_STARTS = (1, 4, 7, 13, 25, 37)
# Finer bands that all segments share, for what happens to everyone at one age: a trial or an introductory price that
# ends, a first invoice, the months around an anniversary.
HAZARD_FINE_STARTS = (1, 2, 3, 4, 5, 7, 9, 11, 12, 13, 14, 15, 17, 20, 23, 24, 25, 27, 31, 35, 36, 37, 43)
MONEY_BAND_STARTS = (0, 3, 6, 12, 24)
MONEY_BAND_LABELS = ("00-02", "03-05", "06-11", "12-23", "24+")
EXPANSION_BANDS = ("01-06", "07-12", "13-24", "25+")
EXPANSION_BAND_STARTS = (1, 7, 13, 25)

# Monthly churn of 1.5 % (95 %: 0.1 % to 22 %) and monthly expansion of 1.5 %, before any data of the company
# is seen.
PRIOR_CHURN_LOGIT = -4.18
PRIOR_EXPANSION_LOGIT = -4.18
PRIOR_INTERCEPT_SD = 1.5
PRIOR_EFFECT_SD = 1.0
PRIOR_RENEWAL_SD = 1.5
# per unit of log age: of a term type against the reference, and of the effect of a renewal
PRIOR_SLOPE_SD = 0.5
# Share of its trend that a quarter keeps of the quarter before, with prior probability; 0 is no trend ahead, 1 a
# straight line. A trend is judged, and goes on, for four quarters.
TREND_DAMPINGS = {0.0: 0.15, 0.5: 0.5, 0.8: 0.2, 1.0: 0.15}
TREND_QUARTERS = 4
# To judge moderate calibration takes about 200 events (Van Calster 2016); with fewer the prior stands.
MIN_SCORED_EVENTS = 200

# Tail beyond the observed ages: the company's c in years (95 %: 0.3 to 33), and how far segments lie around it.
TAIL_LOG_C = 1.1
TAIL_LOG_C_SD = 1.2
TAIL_SD = 0.5
# The tail starts after the oldest age at which so many customers of the company are at risk.
TAIL_MIN_AT_RISK = 30

# Chosen on simulated companies of 2,000 customers so that 12-month survival beats the raw cells both where
# segments differ strongly and where they do not. Scale and weight (prior degrees of freedom) of the
# scaled-inverse-chi-squared hyperprior on each variance.
HYPER_DF = 3.0
# Points over which the uncertainty of the standard deviations is spread.
N_HYPER = 32
HYPER_SCALE = {
    "intercept": 0.7,
    "slope": 0.3,
    "term": 0.45,
    "renewal": 0.5,
    "band": 0.08,
    "pool_band": 0.3,
    "term_band": 0.1,
    "term_slope": 0.15,
    "fine": 0.06,
    "pool_fine": 0.15,
    # logit per year, for the calendar trend
    "trend": 0.07,
}

# Prior standard deviation of a segment's win logit around the fitted model.
WIN_SEGMENT_SD = 0.5
WIN_MIN_CLASS = 50

# Time to value is watched for a year. Weeks at which its weekly hazard may take a step: finer early, where onboarding
# ends.
TTV_WEEKS = 52
TTV_STEP_WEEKS = (2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 17, 20, 24, 29, 40)
# Weekly chance to reach value of 5 % (95 %: 0.3 % to 50 %) and to leave first of 0.35 %, before any data.
PRIOR_REACH_LOGIT = -2.94
PRIOR_LEAVE_LOGIT = -5.65
# Onboarding plans differ by segment in their timing and not only in their level. Steps (a random walk) and wide scales
# covered the truth of simulated companies in 92 of 100 intervals; bands around a line and narrow scales in 86.
TTV_HYPER_SCALE = {"intercept": 1.5, "slope": 1.5, "step": 1.0, "pool_step": 1.0}
# A week to which fewer customers of the whole company were followed is told nothing about, unless no more than this
# share of them is still waiting by then.
TTV_LEAST_FOLLOWED = 10
TTV_MOST_WAITING = 0.01

# The interval of a single deal: its level, the deals behind a quantile of a segment's own, and the fewest at all.
DEAL_INTERVAL_LEVEL = 0.8
DEAL_INTERVAL_OWN = 50
DEAL_INTERVAL_LEAST = 20

MATURE_EVENTS = 30
MATURE_AGE_MONTHS = 12


def model_version(seed: int, discount_rate: float = DISCOUNT_RATE) -> str:
    """Return a short text that changes with the model's constants, the seed and the discount rate."""
    names = sorted(name for name in globals() if name.isupper())
    facts = {name: globals()[name] for name in names}
    facts["seed"] = seed
    facts["discount_rate"] = discount_rate
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    return f"{VERSION}-{digest[:10]}"
