"""Random streams that do not disturb one another.

Each (seed, quantity, segment) has its own counter-based Philox stream, keyed by a hash. A new segment or a
new quantity therefore leaves every other draw as it was (Salmon et al. 2011, "Parallel random numbers: as
    easy as 1, 2, 3").
"""

import hashlib

import numpy as np


def stream(seed: int, quantity: str, segment_id: str) -> np.random.Generator:
    """Return the generator of one quantity of one segment; the same arguments give the same numbers
    everywhere.
    """
    text = "\x1f".join((str(int(seed)), quantity, segment_id))
    key = int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:16], "little")
    return np.random.Generator(np.random.Philox(key=key))
