"""The tree behind the segments: histograms, an evidence bar for every split, and a look ahead at the root.

A greedy tree takes the best first split and pays for it later. Here the ten best first splits are each grown
to the end and the one that explains most is kept. A split counts only when it explains more than the best of
all cuts would explain in deals without any pattern (a scaled chi-squared bound over all cuts, Bonferroni).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from orchestration.inference.frames import Bools, Floats

Ints = npt.NDArray[np.int64]

MOST_CUTS = 31
ROOTS = 10
# chance that one split of deals without any pattern passes
FALSE_SPLIT = 0.05
_RESAMPLES = 64
_BUCKETS = 32


@dataclass(frozen=True)
class Column:
    """One signal, ready to be cut.

    Attributes:
        name: the signal.
        values: number per deal, the usual value where unknown; for a category its rank.
        known: where the signal is known.
        categories: rank to category, empty for a number.
    """

    name: str
    values: Floats
    known: Bools
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Clause:
    """One condition. Shares and errors are of the deals of the node that was cut.

    Attributes:
        feature: name of the signal.
        operator: `<=`, `>`, `in` or `not in`.
        threshold: bound of a number, NaN for categories.
        categories: what `in` and `not in` list; a category not listed, or none, is not in.
        threshold_se: standard error of the bound, unit of the signal; 0 where every resample cuts there.
        missing_share: share of the node's deals with a known signal on this side, 0 to 1.
    """

    feature: str
    operator: str
    threshold: float
    categories: tuple[str, ...] = ()
    threshold_se: float = field(default=0.0, compare=False)
    missing_share: float = field(default=1.0, compare=False)


@dataclass(frozen=True)
class Leaf:
    """Clauses from the root, tightest only, and the deals that meet them (positions)."""

    clauses: tuple[Clause, ...]
    rows: Ints


@dataclass(frozen=True)
class _Cut:
    gain: float
    column: int
    place: int


def round_between(low: float, high: float) -> float:
    """Roundest number t with low <= t < high, near their middle."""
    middle = low + (high - low) / 2.0
    for digits in range(-6, 16):
        candidate = round(middle, digits)
        if low <= candidate < high:
            return float(candidate)
    return low


def cut_points(values: Floats, weight: Floats, most: int = MOST_CUTS) -> Floats:
    """Places between neighbouring values, at most `most`, about equally many deals apart, each the roundest
    number there.
    """
    distinct, at = np.unique(values, return_inverse=True)
    if len(distinct) < 2:
        return np.zeros(0)
    mass = np.cumsum(np.bincount(at, weights=weight))
    if len(distinct) - 1 <= most:
        place = np.arange(len(distinct) - 1)
    else:
        wanted = (np.arange(most) + 1) / (most + 1) * mass[-1]
        place = np.unique(np.searchsorted(mass[:-1], wanted).clip(0, len(distinct) - 2))
    return np.unique([round_between(float(distinct[i]), float(distinct[i + 1])) for i in place])


class Grower:
    """Grows trees over the same deals.

    Args:
        columns: signals, each of n deals.
        learned: targets the cuts are placed by, shape (n, k); smoothed ones find steadier cuts.
        raw: targets as observed, shape (n, k), each column weighted by its importance; evidence is judged on them.
        weight: deals that a row stands for, mean 1, shape (n,).
        smallest: fewest deals in a leaf.
    """

    def __init__(self, columns: Sequence[Column], learned: Floats, raw: Floats, weight: Floats, smallest: int) -> None:
        self.columns = list(columns)
        self.learned = learned
        self.raw = raw
        self.weight = weight
        self.smallest = smallest
        self._weighted = learned * weight[:, None]
        self.cuts = [cut_points(c.values, weight) for c in self.columns]
        self.bins = [
            np.searchsorted(cut, c.values, side="left") for cut, c in zip(self.cuts, self.columns, strict=True)
        ]
        self._n_cuts = max(1, sum(len(cut) for cut in self.cuts))

    def explained(self, groups: Sequence[Ints]) -> float:
        """Variance of the raw targets that the groups explain, as a share of all of it, 0 to 1."""
        centred = self.raw - np.average(self.raw, axis=0, weights=self.weight)
        whole = float((centred**2 * self.weight[:, None]).sum())
        between = sum(_square(centred, self.weight, rows) for rows in groups)
        return between / whole if whole > 0 else 0.0

    def chance(self, n_splits: int) -> float:
        """Share of the variance that as many splits would be expected to explain where there is no pattern."""
        centred = self.raw - np.average(self.raw, axis=0, weights=self.weight)
        whole = float((centred**2 * self.weight[:, None]).sum())
        rows = np.arange(len(self.raw))
        return n_splits * self._bar(rows, 1.0) / whole if whole > 0 else 0.0

    def _bar(self, rows: Ints, false_splits: float) -> float:
        """What the best of all cuts explains by luck in no more than `false_splits` of such nodes."""
        from scipy.stats import chi2

        spread = np.atleast_2d(np.cov(self.raw[rows].T, aweights=self.weight[rows]))
        trace, square = float(np.trace(spread)), float((spread**2).sum())
        if trace <= 0:
            return np.inf
        freedom = trace**2 / square
        return float(square / trace * chi2.isf(min(0.5, false_splits / self._n_cuts), freedom))

    def _gains(self, rows: Ints, column: int) -> Floats:
        """Variance explained by each cut of a column, -1 where a side would be too small."""
        n_bins = len(self.cuts[column]) + 1
        at = self.bins[column][rows]
        n = np.bincount(at, minlength=n_bins).cumsum()
        w = np.bincount(at, weights=self.weight[rows], minlength=n_bins).cumsum()
        gain = np.zeros(n_bins - 1)
        for k in range(self.learned.shape[1]):
            s = np.bincount(at, weights=self._weighted[rows, k], minlength=n_bins).cumsum()
            with np.errstate(divide="ignore", invalid="ignore"):
                gain += s[:-1] ** 2 / w[:-1] + (s[-1] - s[:-1]) ** 2 / (w[-1] - w[:-1]) - s[-1] ** 2 / w[-1]
        return np.where((n[:-1] >= self.smallest) & (n[-1] - n[:-1] >= self.smallest), gain, -1.0)

    def _is_evident(self, rows: Ints, cut: _Cut) -> bool:
        left = rows[self.bins[cut.column][rows] <= cut.place]
        right = rows[self.bins[cut.column][rows] > cut.place]
        raw, weight = self.raw, self.weight
        gain = _square(raw, weight, left) + _square(raw, weight, right) - _square(raw, weight, rows)
        return gain > self._bar(rows, FALSE_SPLIT)

    def _candidates(self, rows: Ints, most: int) -> list[_Cut]:
        """Best cuts that count, best first; of one column at most two, and no close neighbours."""
        if len(rows) < 2 * self.smallest:
            return []
        found: list[_Cut] = []
        for column, cuts in enumerate(self.cuts):
            if not len(cuts):
                continue
            gains = self._gains(rows, column)
            for _ in range(2 if most > 1 else 1):
                place = int(gains.argmax())
                if gains[place] <= 0:
                    break
                found.append(_Cut(round(float(gains[place]), 9), column, place))
                gains[max(0, place - 2) : place + 3] = -1.0
        found.sort(key=lambda cut: (-cut.gain, cut.column, cut.place))
        out: list[_Cut] = []
        for cut in found[: max(most, 6)]:
            if self._is_evident(rows, cut):
                out.append(cut)
            if len(out) == most:
                break
        return out

    def grow(self, leaves: Sequence[Leaf], most: int, *, first: _Cut | None = None) -> tuple[list[Leaf], float]:
        """Split the leaf that gains most, until `most` leaves or no split counts; returns them and the gain."""
        out = list(leaves)
        best = [[first] if first else self._candidates(leaf.rows, 1) for leaf in out]
        total = 0.0
        while len(out) < most:
            ranked = [(cuts[0].gain, -i) for i, cuts in enumerate(best) if cuts]
            if not ranked:
                break
            at = -max(ranked)[1]
            cut, leaf = best[at][0], out[at]
            sides = self._split(leaf, cut)
            if min(len(side.rows) for side in sides) < self.smallest:
                best[at] = []
                continue
            total += cut.gain
            out[at : at + 1] = sides
            best[at : at + 1] = [self._candidates(side.rows, 1) for side in sides]
        return out, total

    def best_tree(self, most: int) -> list[Leaf]:
        """Grow each of the best first splits to the end; the tree that explains most wins."""
        whole = Leaf((), np.arange(len(self.raw)))
        winner, score = [whole], 0.0
        for first in self._candidates(whole.rows, ROOTS):
            leaves, total = self.grow([whole], most, first=first)
            if total > score + 1e-9:
                winner, score = leaves, total
        return winner

    def _split(self, leaf: Leaf, cut: _Cut) -> tuple[Leaf, Leaf]:
        column = self.columns[cut.column]
        below = self.bins[cut.column][leaf.rows] <= cut.place
        known = column.known[leaf.rows]
        share = float(below[known].mean()) if known.any() else float(below.mean())
        if column.categories:
            listed_low = below.sum() <= (~below).sum()
            ranks = np.unique(column.values[leaf.rows][known & (below if listed_low else ~below)])
            names = tuple(sorted(column.categories[int(rank)] for rank in ranks))
            listed = known & np.isin(column.values[leaf.rows], ranks)
            inside = share if listed_low else 1.0 - share
            one = Clause(column.name, "in", np.nan, names, 0.0, inside)
            other = Clause(column.name, "not in", np.nan, names, 0.0, 1.0 - inside)
            return self._leaf(leaf, one, listed), self._leaf(leaf, other, ~listed)
        threshold = float(self.cuts[cut.column][cut.place])
        error = self._threshold_error(leaf.rows, cut)
        low = Clause(column.name, "<=", threshold, (), error, share)
        high = Clause(column.name, ">", threshold, (), error, 1.0 - share)
        return self._leaf(leaf, low, below), self._leaf(leaf, high, ~below)

    def _leaf(self, leaf: Leaf, clause: Clause, inside: Bools) -> Leaf:
        return Leaf(merged(leaf.clauses, clause), leaf.rows[inside])

    def _threshold_error(self, rows: Ints, cut: _Cut) -> float:
        """Standard error of the place of a cut: the best cut of the same signal in deals drawn again, by bucket."""
        cuts = self.cuts[cut.column]
        n_bins = len(cuts) + 1
        at = self.bins[cut.column][rows] + n_bins * (rows % _BUCKETS)
        size = n_bins * _BUCKETS

        def table(values: Floats) -> Floats:
            return np.bincount(at, weights=values, minlength=size).reshape(_BUCKETS, n_bins)

        rng = np.random.Generator(np.random.Philox(key=20_240_601))
        draw = rng.multinomial(_BUCKETS, np.full(_BUCKETS, 1 / _BUCKETS), size=_RESAMPLES).astype(np.float64)
        n = (draw @ table(np.ones(len(rows)))).cumsum(axis=1)
        w = (draw @ table(self.weight[rows])).cumsum(axis=1)
        gain = np.zeros((_RESAMPLES, n_bins - 1))
        for k in range(self.raw.shape[1]):
            s = (draw @ table(self.learned[rows, k] * self.weight[rows])).cumsum(axis=1)
            with np.errstate(divide="ignore", invalid="ignore"):
                gain += s[:, :-1] ** 2 / w[:, :-1] + (s[:, -1:] - s[:, :-1]) ** 2 / (w[:, -1:] - w[:, :-1])
        enough = (n[:, :-1] >= self.smallest / 2) & (n[:, -1:] - n[:, :-1] >= self.smallest / 2)
        chosen = cuts[np.where(enough, np.nan_to_num(gain, nan=-1.0), -1.0).argmax(axis=1)]
        return float(np.round(np.sqrt(np.mean((chosen - cuts[cut.place]) ** 2)), 6))


def _square(y: Floats, weight: Floats, rows: Ints) -> float:
    if not len(rows):
        return 0.0
    total = (y[rows] * weight[rows, None]).sum(axis=0)
    return float((total**2).sum() / weight[rows].sum())


def merged(path: tuple[Clause, ...], new: Clause) -> tuple[Clause, ...]:
    """Add a clause; one on the same number and side takes the place of the wider one it implies."""
    same = [(c.feature, c.operator) == (new.feature, new.operator) and not new.categories for c in path]
    return tuple(new if is_same else c for c, is_same in zip(path, same, strict=True)) if any(same) else (*path, new)
