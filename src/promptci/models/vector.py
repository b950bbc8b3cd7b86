"""Vectors of numbers: packed as text as OpenAI's `encoding_format: base64` has it, and compared."""

import sys
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable
from math import fsum, isfinite, sqrt
from typing import TypeAlias

Vector: TypeAlias = "array[float]"
"""Single-precision numbers."""


class NotAVector(ValueError):
    """A text that holds no vector; the message says why."""


def from_floats(values: Iterable[float]) -> Vector:
    """The vector of some numbers, each rounded to single precision."""
    return array("f", values)


def pack(vector: Vector) -> str:
    """The base64 of single-precision numbers, the low byte of each first."""
    return b64encode(_little_endian(vector).tobytes()).decode("ascii")


def unpack(text: str) -> Vector:
    """The vector in a packed text. Raises `NotAVector`, also for numbers that are not finite."""
    vector = array("f")
    try:
        vector.frombytes(b64decode(text, validate=True))
    except ValueError:
        raise NotAVector("it is no packed vector") from None
    vector = _little_endian(vector)
    if not vector:
        raise NotAVector("it is empty")
    if not all(map(isfinite, vector)):
        raise NotAVector("it holds numbers that are not finite")
    return vector


def cosine(one: Vector, other: Vector) -> float:
    """The cosine of the angle between two vectors, -1 to 1; 0 where one of them has no length.

    Raises `NotAVector` for vectors of different sizes.
    """
    if len(one) != len(other):
        raise NotAVector(f"one has {len(one)} numbers and the other {len(other)}")
    length = sqrt(fsum(x * x for x in one) * fsum(y * y for y in other))
    return fsum(x * y for x, y in zip(one, other, strict=True)) / length if length else 0.0


def _little_endian(vector: Vector) -> Vector:
    if sys.byteorder == "little":
        return vector
    swapped = array("f", vector)
    swapped.byteswap()
    return swapped
