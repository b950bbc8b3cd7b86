"""Weights from Q4_1 to Q8_0: the same numbers, in a file that says so."""

import hashlib
import struct

import pytest

from promptci.models.embedded.requantize import is_possible, requantize
from promptci.models.embedded.weights import SMOLLM2, SMOLLM2_Q8, locate

pytestmark = pytest.mark.slow  # calls the embedded runtime

F32, Q4_1, Q8_0 = 0, 3, 8


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def gguf(tensors: dict[str, tuple[tuple[int, ...], int, bytes]], *, file_type: int) -> bytes:
    """A file with settings of several kinds around its type."""
    settings = [
        text("general.name") + struct.pack("<I", 8) + text("tiny"),
        text("tokens") + struct.pack("<IIQ", 9, 8, 2) + text("a") + text("bc"),
        text("general.file_type") + struct.pack("<II", 4, file_type),
        text("scores") + struct.pack("<IIQ3f", 9, 6, 3, 0.5, 1, 2) + text("flag") + b"\7\0\0\0\1",
    ]
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), 5) + b"".join(settings)
    data = b""
    for name, (shape, kind, raw) in tensors.items():
        head += text(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        head += struct.pack("<IQ", kind, len(data))
        data += raw + bytes(-len(raw) % 32)
    return head + bytes(-len(head) % 32) + data


def q4_1(step: float, low: float, numbers: list[int]) -> bytes:
    """A block of 32: the first sixteen in the lower halves of the bytes."""
    halves = zip(numbers[:16], numbers[16:], strict=True)
    return struct.pack("<ee", step, low) + bytes(a | b << 4 for a, b in halves)


def read_q8_0(raw: bytes) -> list[float]:
    blocks = struct.iter_unpack("<e32b", raw)
    return [scale * number for scale, *numbers in blocks for number in numbers]


def test_numbers_stay_and_the_file_says_how_they_are_stored():
    numbers = [(7 * place) % 16 for place in range(32)]
    plain = struct.pack("<3f", 1.5, -2, 3)
    blocks = q4_1(0.25, -2, numbers) + q4_1(0.5, 1, numbers[::-1])
    before = gguf(
        {"norm": ((3,), F32, plain), "wide": ((32, 2), Q4_1, blocks)},
        file_type=3,
    )
    after = b"".join(requantize(before))

    wanted = [-2 + 0.25 * each for each in numbers] + [1 + 0.5 * each for each in numbers[::-1]]
    converted = after[-3 * 32 : -3 * 32 + 68]
    assert read_q8_0(converted) == pytest.approx(wanted, abs=0.05)
    assert after == gguf(
        {"norm": ((3,), F32, plain), "wide": ((32, 2), Q8_0, converted)}, file_type=7
    )


def test_it_can_be_done_with_this_runtime():
    assert is_possible()


@pytest.mark.long
def test_the_embedded_models_weights_come_to_the_pinned_bytes():
    made = hashlib.sha256()
    for part in requantize(locate(SMOLLM2).read_bytes()):
        made.update(part)
    assert made.hexdigest() == SMOLLM2_Q8.sha256
