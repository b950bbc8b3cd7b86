"""An HTTP/1.1 response (RFC 9112), read from bytes as they arrive."""

import zlib
from collections.abc import Iterator

from multidict import CIMultiDict

from promptci.errors import ModelError

LARGEST_BODY = 32 * 2**20
"""Bytes of an answer, decompressed; what is larger is no answer of a model."""

_LARGEST_HEAD = 2**16
_LONGEST_LINE = 2**12
"""Bytes of the line before a chunk."""

_WITHOUT_BODY = (204, 304)
_NOT_TAKEN = ("br", "zstd", "compress", "x-compress")
"""Ways to compress that no request of ours says it takes."""


class ResponseReader:
    """Reads one response: `feed` and `end` say whether it is whole. Both raise `ModelError`.

    `has_begun` once anything has come.
    """

    __slots__ = ("_body", "_has_length", "_head", "has_begun", "headers", "keeps_alive", "status")

    def __init__(self) -> None:
        self.status = 0
        self.headers: CIMultiDict[str] = CIMultiDict()
        self.has_begun = False
        self.keeps_alive = False
        self._has_length = True
        self._head = b""
        self._body: _Whole | _Chunks = _Whole(0)

    def feed(self, data: bytes) -> bool:
        """More has come."""
        self.has_begun = True
        while not self.status:
            end = (data := self._head + data).find(b"\r\n\r\n")
            size = len(data) if end < 0 else end
            if not b"HTTP/1.".startswith(data[:7]) or size > _LARGEST_HEAD:
                raise _no_http()
            if end < 0:
                self._head = data
                return False
            self._read_head(data[:end].decode("latin-1"))
            self._head, data = b"", data[end + 4 :]
        is_whole = self._body.feed(data)
        if self._body.has_extra:
            self.keeps_alive = False
        return is_whole

    def end(self) -> bool:
        """Nothing more will come."""
        self.keeps_alive = False
        return bool(self.status) and not self._has_length

    def body(self) -> bytes:
        """What was sent, decompressed."""
        pieces, coding = self._body.pieces, self.headers.get("Content-Encoding", "")
        sent = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        return _decompressed(sent, coding.strip().lower()) if coding else sent

    def _read_head(self, head: str) -> None:
        """Read the first line and the headers; of those before the last response nothing stays."""
        first, *lines = head.split("\r\n")
        version, code = first[:9], first[9:12]
        is_status = len(code) == 3 and code.isascii() and code.isdecimal()
        if version not in ("HTTP/1.1 ", "HTTP/1.0 ") or not is_status or first[12:13].strip():
            raise _no_http()
        status = int(code)
        if status < 200:
            if status == 101:  # another protocol, which was not asked for
                raise _no_http()
            return
        add = self.headers.add
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon or not name or name[0] in " \t":
                raise _no_http()
            add(name.rstrip(), value.strip(" \t"))
        self.status = status
        wish = self.headers.get("Connection", "").lower()
        self.keeps_alive = "keep-alive" in wish or (version[7] == "1" and "close" not in wish)
        self._expect_body(status)

    def _expect_body(self, status: int) -> None:
        """How long the body is (RFC 9112, 6.3)."""
        coding = self.headers.get("Transfer-Encoding")
        lengths = set(self.headers.getall("Content-Length", ()))
        if status in _WITHOUT_BODY:
            return
        if coding is not None and coding.lower().endswith("chunked"):
            self._body = _Chunks()
            self.keeps_alive = self.keeps_alive and not lengths
        elif len(lengths) == 1 and coding is None:
            length = lengths.pop()
            if not (length.isascii() and length.isdecimal() and len(length) < 20):
                raise _no_http()
            self._body = _Whole(int(length))
        elif lengths:
            raise _no_http()
        else:
            self._body, self._has_length = _Whole(None), False


class _Whole:
    """A body of a known length, or one that ends with its connection.

    `has_extra` where something follows that was not asked for.
    """

    __slots__ = ("_size", "_wanted", "has_extra", "pieces")

    def __init__(self, wanted: int | None) -> None:
        self.pieces: list[bytes] = []
        self.has_extra = False
        self._wanted = wanted
        self._size = 0
        if wanted is not None and wanted > LARGEST_BODY:
            raise _too_large()

    def feed(self, data: bytes) -> bool:
        """More has come; whether it is whole."""
        if self._wanted is not None and self._size + len(data) > self._wanted:
            data = data[: self._wanted - self._size]
            self.has_extra = True
        if data:
            self.pieces.append(data)
            self._size += len(data)
        if self._size > LARGEST_BODY:
            raise _too_large()
        return self._size == self._wanted


class _Chunks:
    """A body in chunks (RFC 9112, 7.1); their extensions and the trailers are passed over."""

    __slots__ = ("_has_ended", "_size", "_unread", "has_extra", "pieces")

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.has_extra = False
        self._unread = bytearray()
        self._size = 0
        self._has_ended = False

    def feed(self, data: bytes) -> bool:
        """More has come; whether it is whole."""
        self._unread += data
        start = 0
        while (end := self._unread.find(b"\r\n", start)) >= 0:
            line = bytes(self._unread[start:end])
            start = end + 2
            if self._has_ended:
                if not line:
                    self.has_extra = len(self._unread) > start
                    return True
                continue
            size = _chunk_size(line)
            if len(self._unread) < start + size + 2 and size:
                start = end - len(line)
                break
            start += self._keep(start, size)
        del self._unread[:start]
        if end < 0 and len(self._unread) > _LONGEST_LINE:
            raise _no_http()
        return False

    def _keep(self, start: int, size: int) -> int:
        """Take a chunk; how many bytes it and the end of its line are."""
        self._size += size
        if self._size > LARGEST_BODY:
            raise _too_large()
        if not size:
            self._has_ended = True
            return 0
        stop = start + size
        if self._unread[stop : stop + 2] != b"\r\n":
            raise _no_http()
        self.pieces.append(bytes(self._unread[start:stop]))
        return size + 2


def _chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip(b" \t")
    if not 0 < len(digits) <= 16 or digits.strip(b"0123456789abcdefABCDEF"):
        raise _no_http()
    if (size := int(digits, 16)) > LARGEST_BODY:
        raise _too_large()
    return size


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
