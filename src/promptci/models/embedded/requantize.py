"""Weights in a format that a processor reads faster: a GGUF file from Q4_1 to Q8_0, once.

llama.cpp has quick kernels for Q8_0 and none for Q4_1. Eight bits hold what was in four, so that
nothing is lost but memory. The numbers are recomputed by the runtime's own functions, which come
to the same bytes on every processor.
"""

import ctypes
import importlib.util
import struct
from collections.abc import Iterator
from math import prod

from msgspec import Struct

LIBRARY = "xllamacpp.xllamacpp"
"""The module whose file holds llama.cpp."""

_FUNCTIONS = ("dequantize_row_q4_1", "ggml_quantize_chunk")
_ALIGNMENT = 32
_FILE_TYPE = b"general.file_type"
_MOSTLY_Q8_0 = 7


class Format(Struct, frozen=True):
    """How numbers are stored: so many bytes for a block of so many."""

    number: int
    block: int
    size: int

    def bytes_of(self, count: int) -> int:
        """How much room so many numbers take."""
        return count // self.block * self.size


Q4_1, Q8_0 = Format(3, 32, 20), Format(8, 32, 34)
_FORMATS = {each.number: each for each in (Format(0, 1, 4), Format(1, 1, 2), Q4_1, Q8_0)}

_STRING, _ARRAY = 8, 9
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}


class Tensor(Struct, frozen=True):
    """One tensor of a GGUF file; `start` counts from the beginning of the data."""

    name: bytes
    shape: tuple[int, ...]
    form: Format
    start: int

    @property
    def count(self) -> int:
        """How many numbers it has."""
        return prod(self.shape)


def is_possible() -> bool:
    """Whether the runtime lets its functions be called; on Windows it does not."""
    try:
        library = ctypes.CDLL(_library())
    except OSError:
        return False
    return all(hasattr(library, name) for name in _FUNCTIONS)


def requantize(content: bytes) -> Iterator[bytes]:
    """The parts of a GGUF file like `content` with Q8_0 for Q4_1."""
    head = _Head(content)
    tensors = [_as_q8_0(each) for each in head.tensors]
    places = _placed(tensors)
    yield head.written(places)
    library = ctypes.CDLL(_library())
    for old, new in zip(head.tensors, places, strict=True):
        start = head.data + old.start
        raw = content[start : start + old.form.bytes_of(old.count)]
        done = _converted(library, raw, old) if old.form is Q4_1 else raw
        yield done + bytes(-new.form.bytes_of(new.count) % _ALIGNMENT)


def _library() -> str:
    try:
        spec = importlib.util.find_spec(LIBRARY)
    except ImportError:  # it is not installed, or cannot be loaded
        return ""
    return (spec.origin if spec else None) or ""


def _as_q8_0(tensor: Tensor) -> Tensor:
    form = Q8_0 if tensor.form is Q4_1 else tensor.form
    return Tensor(tensor.name, tensor.shape, form, 0)


def _placed(tensors: list[Tensor]) -> list[Tensor]:
    """One after the other, each at an aligned place."""
    placed, start = [], 0
    for each in tensors:
        placed.append(Tensor(each.name, each.shape, each.form, start))
        start += -(-each.form.bytes_of(each.count) // _ALIGNMENT) * _ALIGNMENT
    return placed


def _converted(library: ctypes.CDLL, raw: bytes, tensor: Tensor) -> bytes:
    numbers = (ctypes.c_float * tensor.count)()
    done = ctypes.create_string_buffer(Q8_0.bytes_of(tensor.count))
    width = tensor.shape[0]
    long = ctypes.c_int64
    library.dequantize_row_q4_1(raw, numbers, long(tensor.count))
    rows = long(tensor.count // width)
    library.ggml_quantize_chunk(Q8_0.number, numbers, done, long(0), rows, long(width), None)
    return done.raw


class _Head:
    """What precedes the numbers: settings, kept as they are, and a list of tensors."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 4
        self._file_type = 0
        _, tensors, settings = self._take("<IQQ")
        for _ in range(settings):
            self._skip_setting()
        self._settings_end = self._at
        self.tensors = [self._tensor() for _ in range(tensors)]
        self.data = -(-self._at // _ALIGNMENT) * _ALIGNMENT

    def written(self, tensors: list[Tensor]) -> bytes:
        """The same head for other tensors."""
        settings = bytearray(self._content[: self._settings_end])
        struct.pack_into("<I", settings, self._file_type, _MOSTLY_Q8_0)
        head = bytes(settings) + b"".join(map(_described, tensors))
        return head + bytes(-len(head) % _ALIGNMENT)

    def _take(self, form: str) -> tuple[int, ...]:
        found = struct.unpack_from(form, self._content, self._at)
        self._at += struct.calcsize(form)
        return found

    def _text(self) -> bytes:
        (length,) = self._take("<Q")
        self._at += length
        return self._content[self._at - length : self._at]

    def _skip_setting(self) -> None:
        key, (kind,) = self._text(), self._take("<I")
        if key == _FILE_TYPE:
            self._file_type = self._at
        self._skip(kind)

    def _skip(self, kind: int) -> None:
        if kind == _STRING:
            self._text()
        elif kind == _ARRAY:
            inner, count = self._take("<IQ")
            for _ in range(count):
                self._skip(inner)
        else:
            self._at += _SIZES[kind]

    def _tensor(self) -> Tensor:
        name, (dimensions,) = self._text(), self._take("<I")
        shape = self._take(f"<{dimensions}Q")
        kind, start = self._take("<IQ")
        return Tensor(name, shape, _FORMATS[kind], start)


def _described(tensor: Tensor) -> bytes:
    """A tensor in the list of tensors."""
    shape = struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *tensor.shape)
    place = struct.pack("<IQ", tensor.form.number, tensor.start)
    return struct.pack("<Q", len(tensor.name)) + tensor.name + shape + place
