"""Identifiers of the source systems, made from row numbers without repeats.

Salesforce: a 15-character case-sensitive id and the 3-character suffix that makes it safe to compare without
    case.
Each suffix character encodes one group of five characters: bit i is set when character i is an upper-case
letter, and the five-bit number indexes `A..Z0..5` (Salesforce's published 15-to-18 algorithm).
"""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.demo.settings import Arr

_BASE62 = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", dtype=np.uint8)
_SUFFIX = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", dtype=np.uint8)
_SCRAMBLE = 2_654_435_761  # coprime to 62**6, so that multiplication is a bijection on it
_SPACE = 62**6


def text_from_bytes(matrix: Arr, missing: Arr | None = None) -> pa.Array:
    """String array from a matrix of ASCII codes, shape (rows, width); rows flagged `missing` become null."""
    n, width = matrix.shape
    if n * width < 2**31 - 1:
        offsets = np.arange(n + 1, dtype=np.int32) * np.int32(width)
        array = pa.StringArray.from_buffers(n, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(matrix)))
    else:
        wide = np.arange(n + 1, dtype=np.int64) * width
        array = pa.LargeStringArray.from_buffers(n, pa.py_buffer(wide), pa.py_buffer(np.ascontiguousarray(matrix)))
    if missing is None or not missing.any():
        return array
    return pc.if_else(pa.array(~missing), array, pa.scalar(None, array.type))


def _digits(number: Arr, width: int) -> Arr:
    out = np.empty((len(number), width), dtype=np.uint8)
    rest = number.copy()
    for position in range(width - 1, -1, -1):
        rest, digit = np.divmod(rest, number.dtype.type(62))
        out[:, position] = _BASE62[digit.astype(np.int64)]
    return out


def suffix18(body: Arr) -> Arr:
    """Checksum suffix, shape (n, 3), of 15-character ids given as ASCII codes, shape (n, 15)."""
    upper = ((body >= ord("A")) & (body <= ord("Z"))).view(np.uint8)
    letters = np.empty((len(body), 3), dtype=np.uint8)
    for group in range(3):
        bits = np.zeros(len(body), dtype=np.uint8)
        for place in range(5):
            bits |= upper[:, 5 * group + place] << np.uint8(place)
        letters[:, group] = _SUFFIX[bits]
    return letters


def _lookup(number: Arr, make: Callable[[Arr], pa.Array]) -> pa.Array:
    """Ids of references that repeat: make each distinct id once, then take it; null for negative numbers."""
    missing = number < 0
    index = pa.array(np.where(missing, 0, number), mask=missing)
    return make(np.arange(int(number.max()) + 1, dtype=np.int64)).take(index)


def to18(id15: str) -> str:
    """18-character form of one 15-character Salesforce id."""
    body = np.frombuffer(id15.encode("ascii"), dtype=np.uint8).reshape(1, 15)
    return id15 + bytes(suffix18(body)[0]).decode("ascii")


def salesforce_id(prefix: str, number: Arr, short: Arr | None = None) -> pa.Array:
    """Salesforce ids of an object.

    Args:
        prefix: three-character key prefix ('001' account, '006' opportunity, ...).
        number: row numbers, shape (n,), 0 <= number < 62**6; negative numbers become null.
        short: rows that carry the 15-character form, shape (n,), bool.
    """
    number = np.asarray(number, dtype=np.int64)
    if len(number) > 1000 and short is None and 2 * number.max() < len(number):
        return _lookup(number, lambda distinct: salesforce_id(prefix, distinct))
    missing = number < 0
    salt = int.from_bytes(prefix.encode(), "big") * 7_919
    code = (np.where(missing, 0, number) * _SCRAMBLE + salt) % _SPACE
    body = np.empty((len(number), 18), dtype=np.uint8)
    body[:, :9] = np.frombuffer((prefix + "Hs0000").encode(), dtype=np.uint8)
    body[:, 9:15] = _digits(code, 6)
    body[:, 15:] = suffix18(body[:, :15])
    long_form = text_from_bytes(body, missing)
    if short is None or not short.any():
        return long_form
    return pc.if_else(pa.array(short), text_from_bytes(body[:, :15], missing), long_form)


def stripe_id(prefix: str, number: Arr) -> pa.Array:
    """Stripe ids such as `in_1Nk3...`: prefix, '1N' and eleven base-62 digits of a bijective 64-bit mix.

    The mix is the finaliser of SplitMix64, so different numbers never collide. Negative numbers become null.
    """
    number = np.asarray(number, dtype=np.int64)
    if len(number) > 1000 and 2 * number.max() < len(number):
        return _lookup(number, lambda distinct: stripe_id(prefix, distinct))
    missing = number < 0
    with np.errstate(over="ignore"):
        mixed = np.where(missing, 0, number).astype(np.uint64) + np.uint64(
            int.from_bytes(prefix.encode(), "big") % 2**61
        )
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed = mixed ^ (mixed >> np.uint64(31))
    head = (prefix + "1N").encode()
    body = np.empty((len(number), len(head) + 11), dtype=np.uint8)
    body[:, : len(head)] = np.frombuffer(head, dtype=np.uint8)
    body[:, len(head) :] = _digits(mixed, 11)
    return text_from_bytes(body, missing)
