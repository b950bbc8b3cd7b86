"""An HTTP/1.1 response (RFC 9112), read from bytes as they arrive by llhttp (httptools)."""

import zlib
from collections.abc import Iterator

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from multidict import CIMultiDict

from promptci.errors import ModelError

LARGEST_BODY = 32 * 2**20
"""Bytes of an answer, decompressed; what is larger is no answer of a model."""

_LARGEST_HEAD = 2**16
_NOT_TAKEN = ("br", "zstd", "compress", "x-compress")
"""Ways to compress that no request of ours says it takes."""


class ResponseReader:
    """Reads one response: `feed` and `end` say whether it is whole. `feed` raises `ModelError`.

    `status` is 0 until its headers are there; `keeps_alive` says whether another may follow.
    """

    def __init__(self) -> None:
        self.status = 0
        self.headers: CIMultiDict[str] = CIMultiDict()
        self.keeps_alive = False
        self._parser: HttpResponseParser | None = HttpResponseParser(self)
        self._pieces: list[bytes] = []
        self._size = self._head_size = 0
        self._is_whole = False

    def feed(self, data: bytes | memoryview) -> bool:
        """More has come."""
        if self._parser is None:  # something that nothing asked for
            self.keeps_alive = False
            return True
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            if not self._is_whole:
                raise _no_http() from None
            self.keeps_alive = False  # what is wrong follows the response
        if not self.status:
            self._head_size += len(data)
            if self._head_size > _LARGEST_HEAD:
                raise _no_http()
        if self._size > LARGEST_BODY:
            raise _too_large()
        if self._is_whole:
            self._parser = None  # the two hold each other
        return self._is_whole

    def end(self) -> bool:
        """Nothing more will come."""
        self.keeps_alive = False
        return self._is_whole or (bool(self.status) and not self._says_its_length)

    def body(self) -> bytes:
        """What was sent, decompressed. Raises `ModelError`."""
        sent = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        coding = self.headers.get("Content-Encoding", "")
        return _decompressed(sent, coding.strip().lower()) if coding else sent

    @property
    def _says_its_length(self) -> bool:
        coding = self.headers.get("Transfer-Encoding", "").lower()
        return coding.endswith("chunked") or (not coding and "Content-Length" in self.headers)

    # What the parser calls

    def on_message_begin(self) -> None:
        """A response begins: the first, one after an interim one, or one that nothing asked for."""
        if self._is_whole:
            self.keeps_alive = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header has come; trailers are passed over."""
        if not self.status:
            self.headers.add(name.decode("latin-1"), value.decode("latin-1").strip(" \t"))

    def on_headers_complete(self) -> None:
        """The headers are there; an interim response has none that count."""
        if self._is_whole or self._parser is None:
            return
        status = self._parser.get_status_code()
        if status < 200:
            self.headers = CIMultiDict()
            return
        self.status = status
        self.keeps_alive = self._parser.should_keep_alive()
        length = self.headers.get("Content-Length", "0")
        self._size = int(length) if length.isdecimal() and int(length) > LARGEST_BODY else 0

    def on_body(self, body: bytes) -> None:
        """A part of the body has come."""
        if not self._is_whole:
            self._size += len(body)
            if self._size <= LARGEST_BODY:
                self._pieces.append(body)

    def on_message_complete(self) -> None:
        """The response is whole, unless it was an interim one."""
        self._is_whole = bool(self.status)


def _decompressed(body: bytes, coding: str) -> bytes:
    """A body as it was before it was compressed; of one that was cut off, what there is."""
    if coding in ("gzip", "x-gzip"):
        bits = 31
    elif coding == "deflate":  # of zlib, as it should be, or without its head
        bits = 15 if body[:1] and body[0] & 15 == 8 else -15
    elif coding in _NOT_TAKEN:
        raise _no_compression()
    else:
        return body
    try:
        return b"".join(_inflated(body, bits))
    except zlib.error:
        raise _no_compression() from None


def _inflated(body: bytes, bits: int) -> Iterator[bytes]:
    """What was compressed, which may be several files one after the other."""
    left = LARGEST_BODY + 1
    while body:
        stream = zlib.decompressobj(bits)
        piece = stream.decompress(body, left)
        yield piece
        left -= len(piece)
        if not left:
            raise _too_large()
        body = stream.unused_data if stream.unused_data.startswith(b"\x1f\x8b") else b""


def _no_http() -> ModelError:
    return ModelError("answered something that is not HTTP", "malformed")


def _too_large() -> ModelError:
    return ModelError(f"sent more than {LARGEST_BODY >> 20} MB", "malformed")


def _no_compression() -> ModelError:
    return ModelError("sent a body that cannot be decompressed", "transient", may_cost=True)
