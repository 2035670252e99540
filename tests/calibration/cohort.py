"""The public retention series of Fader and Hardie (2007): fitted on years 0 to 7, judged on years 8 to 12."""

import numpy as np
from scipy.optimize import minimize

SEEN_YEARS = 7
# per cent of a cohort still there after year 0, 1, ..., 12
SERIES = {
    "regular": (100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1, 22.3, 20.7, 19.4, 18.3, 17.3),
    "high_end": (100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1, 46.8, 44.5, 42.7, 40.9, 39.4),
}


def retention_error(forecast: np.ndarray, series: str) -> float:
    """Mean absolute percentage error over years 8 to 12, as a share. `forecast`: share retained after year 1, 2, ..."""
    real = np.array(SERIES[series][SEEN_YEARS + 1 :]) / 100
    return float(np.mean(np.abs(forecast[SEEN_YEARS : SEEN_YEARS + real.size] / real - 1)))


def at_risk_and_lost(series: str, customers: int = 1000) -> tuple[np.ndarray, np.ndarray]:
    """Customers at risk and lost in years 1 to 7, shape (7,) each."""
    share = np.array(SERIES[series][: SEEN_YEARS + 1]) / 100 * customers
    return share[:-1], share[:-1] - share[1:]


def constant_rate(series: str) -> np.ndarray:
    """Baseline: one yearly rate of leaving for everybody."""
    risk, lost = at_risk_and_lost(series)
    return (1.0 - lost.sum() / risk.sum()) ** np.arange(1, 13)


def maximum_likelihood(series: str) -> np.ndarray:
    """Reference: shifted beta-geometric by maximum likelihood."""
    risk, lost = at_risk_and_lost(series)
    year = np.arange(1, 13)

    def hazard(x: np.ndarray) -> np.ndarray:
        gamma, delta = np.exp(x)
        return gamma / (gamma + delta + year - 1)

    def loss(x: np.ndarray) -> float:
        h = hazard(x)[: risk.size]
        return float(-np.sum(lost * np.log(h) + (risk - lost) * np.log1p(-h)))

    return np.cumprod(1 - hazard(minimize(loss, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-8}).x))
