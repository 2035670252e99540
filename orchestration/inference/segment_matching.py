"""Which new segment is the continuation of which old one, judged by the deals they share."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

# A segment keeps its id when it shares at least this part of the deals of both (intersection over union).
KEPT_OVERLAP = 0.3


def matched_ids(
    old: Sequence[str], new: Sequence[int], leaves: int, used: Sequence[str], order: Sequence[int]
) -> list[str]:
    """Segment id of each new leaf: that of the old segment it continues, else the next number never used.

    Args:
        old: old segment id of each deal.
        new: new leaf (0, 1, ...) of each deal.
        leaves: number of new leaves.
        used: every id ever given.
        order: new leaves in the order in which fresh numbers are given.
    """
    from scipy.optimize import linear_sum_assignment

    names = sorted(set(old), key=lambda s: (len(s), s))
    at = pd.Categorical(list(old), categories=names).codes
    both = np.zeros((len(names), leaves))
    np.add.at(both, (at, np.asarray(new, dtype=np.int64)), 1.0)
    union = both.sum(axis=1, keepdims=True) + both.sum(axis=0, keepdims=True) - both
    overlap = np.divide(both, union, out=np.zeros_like(both), where=union > 0)
    rows, columns = linear_sum_assignment(-overlap)
    out = {int(c): names[int(r)] for r, c in zip(rows, columns, strict=True) if overlap[r, c] >= KEPT_OVERLAP}
    number = max((int(s.removeprefix("S")) for s in used), default=0)
    for leaf in order:
        if leaf not in out:
            number += 1
            out[leaf] = f"S{number}"
    return [out[leaf] for leaf in range(leaves)]


def moves(old: Sequence[str], new: Sequence[str]) -> pd.DataFrame:
    """One row per old and new segment that share deals.

    Returns:
        from_segment_id, to_segment_id, n_deals, share_of_from, share_of_to (0 to 1).
    """
    pairs = pd.DataFrame({"from_segment_id": list(old), "to_segment_id": list(new)})
    out = pairs.groupby(["from_segment_id", "to_segment_id"], as_index=False).size().rename(columns={"size": "n_deals"})
    for name in ("from", "to"):
        total: Mapping[str, int] = out.groupby(f"{name}_segment_id")["n_deals"].sum().to_dict()
        out[f"share_of_{name}"] = (out["n_deals"] / out[f"{name}_segment_id"].map(total)).round(6)
    return out
