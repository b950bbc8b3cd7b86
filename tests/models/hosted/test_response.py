import gzip
import zlib

import pytest

from promptci.errors import ModelError
from promptci.models.hosted.response import LARGEST_BODY, ResponseReader
from tables import every_row

HEAD = b"HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\n"
SIZED = HEAD + b"Content-Length: 5\r\n\r\nhello"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
PACKED = gzip.compress(b"hel") + gzip.compress(b"lo")


def sized(body: bytes, *headers: bytes) -> bytes:
    lines = b"".join(header + b"\r\n" for header in headers)
    return HEAD + lines + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def read(data: bytes, step: int) -> tuple[ResponseReader, bool]:
    """What is read in pieces of so many bytes, and whether that was the whole of it."""
    reader, is_whole = ResponseReader(), False
    for start in range(0, len(data), step):
        is_whole = reader.feed(data[start : start + step])
    return reader, is_whole


@every_row("step", [1, 2, 7, 1000])
@every_row(
    "data",
    [
        SIZED,
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + SIZED,
        CHUNKED + b"2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
        CHUNKED + b"5\r\nhello\r\n000\r\nTrailer: x\r\n\r\n",
        sized(PACKED, b"Content-Encoding: gzip"),
        sized(zlib.compress(b"hello"), b"Content-Encoding: deflate"),
        sized(zlib.compress(b"hello")[2:-4], b"Content-Encoding: deflate"),
        sized(b"hello", b"Content-Encoding: identity"),
    ],
)
def test_a_response_is_read_however_it_comes(data: bytes, step: int) -> None:
    reader, is_whole = read(data, step)
    assert (reader.status, reader.body(), is_whole) == (200, b"hello", True)
    assert reader.keeps_alive
    assert reader.headers.getall("X-A") == ["1", "2"]


@every_row(
    ("data", "keeps_alive"),
    [
        (SIZED, True),
        (SIZED + b"HTTP", False),
        (CHUNKED + b"0\r\n\r\nmore", False),
        (SIZED + SIZED, False),
        (b"HTTP/1.1 200\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", True),
    ],
)
def test_when_a_connection_may_be_used_again(data: bytes, keeps_alive: bool) -> None:
    reader, is_whole = read(data, len(data))
    assert (is_whole, reader.keeps_alive) == (True, keeps_alive)


def test_a_body_without_a_length_ends_with_its_connection() -> None:
    reader, is_whole = read(b"HTTP/1.1 200 OK\r\n\r\nhello", 3)
    assert not is_whole
    assert (reader.end(), reader.body(), reader.keeps_alive) == (True, b"hello", False)


@every_row("data", [b"", SIZED[:9], SIZED[:-1], CHUNKED + b"5\r\nhello\r\n"])
def test_a_response_that_was_cut_off_is_not_whole(data: bytes) -> None:
    reader, is_whole = read(data, 4)
    assert not is_whole
    assert not reader.end()


@every_row(
    "data",
    [
        b"220 mail.example.org ESMTP\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/1.1 2000\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\r\n folded: c\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 20_000,
        CHUNKED + b"0x5\r\nhello\r\n",
        CHUNKED + b"2\r\nhello\r\n",
        CHUNKED + b"a" * 5_000,
    ],
)
def test_what_is_not_http_is_refused(data: bytes) -> None:
    with pytest.raises(ModelError, match="not HTTP"):
        read(data, len(data))


@every_row(
    "data",
    [
        HEAD + b"Content-Length: %d\r\n\r\n" % (LARGEST_BODY + 1),
        CHUNKED + b"%x\r\n" % (LARGEST_BODY + 1) + bytes(LARGEST_BODY + 1),
        HEAD + b"\r\n" + bytes(LARGEST_BODY + 1),
    ],
)
def test_a_body_without_end_is_not_read(data: bytes) -> None:
    with pytest.raises(ModelError, match="more than 32 MB"):
        read(data, len(data))


@every_row("coding", [b"br", b"gzip", b"deflate"])
def test_a_body_that_cannot_be_decompressed_may_be_whole_the_next_time(coding: bytes) -> None:
    reader, _ = read(sized(b"hello", b"Content-Encoding: " + coding), 99)
    with pytest.raises(ModelError, match="cannot be decompressed") as caught:
        reader.body()
    assert caught.value.kind == "transient"
