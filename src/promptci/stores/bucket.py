"""A bucket as a store, through fsspec (https://filesystem-spec.readthedocs.io) and its drivers."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from promptci.errors import RequestError
from promptci.stores.objects import Stored, StoreError

_MOST_WAIT = 60.0
"""Seconds for one operation, its retries included."""

_S3 = {
    "config_kwargs": {
        "connect_timeout": 5,
        "read_timeout": 20,
        "retries": {"max_attempts": 2, "mode": "standard"},
    },
    "use_listings_cache": False,
    "skip_instance_cache": True,
}

DRIVERS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "s3": ("s3fs", _S3),
    "gs": ("gcsfs", {"use_listings_cache": False}),
    "az": ("adlfs", {"use_listings_cache": False}),
}
"""By scheme the package of fsspec's driver, and how it is opened. Credentials, and another address
than the provider's own (`AWS_ENDPOINT_URL`), come from where the driver looks for them."""


class Bucket:
    """Objects below a prefix of a bucket."""

    def __init__(self, url: str) -> None:
        """Raises `RequestError` for a scheme without a driver, or one that is not installed."""
        self.url = url
        scheme, _, self._root = url.rstrip("/").partition("://")
        if scheme not in DRIVERS:
            known = ", ".join(f"{each}://" for each in DRIVERS)
            raise RequestError(f"the shared store {url}: write a folder's full path, or {known}")
        package, options = DRIVERS[scheme]
        try:
            import fsspec

            self._fs = fsspec.filesystem(scheme, **options)
        except ImportError as error:
            extra = " 'promptci-cli[store]'" if scheme == "s3" else f" fsspec {package}"
            cure = f"pip install{extra}"
            raise RequestError(f"the shared store {url} needs {package}: {cure}") from error

    def has(self, folder: str) -> bool:
        """See `Objects.has`."""
        with self._told():
            return bool(self._fs.exists(f"{self._root}/{folder}"))

    def listed(self, folder: str) -> list[Stored]:
        """See `Objects.listed`; the order is that of the store's own clock, then of names."""
        with self._told():
            try:
                entries = self._fs.ls(f"{self._root}/{folder}", detail=True)
            except FileNotFoundError:
                return []
            files = [each for each in entries if each.get("type") == "file"]
            files.sort(key=lambda each: (str(_changed(each)), each["name"]))
            return [Stored(each["name"].rpartition("/")[2], int(each["size"])) for each in files]

    def read(self, folder: str, name: str, most: int) -> bytes:
        """See `Objects.read`."""
        with self._told(), suppress(FileNotFoundError):
            data: bytes = self._fs.cat_file(f"{self._root}/{folder}/{name}", start=0, end=most + 1)
            return data
        return b""

    def write(self, folder: str, name: str, data: bytes) -> None:
        """See `Objects.write`: a store of objects shows one when it is whole."""
        with self._told():
            said = self._fs.pipe_file(f"{self._root}/{folder}/{name}", data)
            if isinstance(said, dict) and "ResponseMetadata" in said and not said.get("ETag"):
                raise StoreError("what was sent is not confirmed as S3 does: is a proxy before it?")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Whatever a driver raises as one sentence; each has errors of its own."""
        try:
            yield
        except Exception as error:
            said = str(error).strip().splitlines() or [type(error).__name__]
            raise StoreError(said[0][:300]) from error


def _changed(entry: Mapping[str, Any]) -> Any:
    """When an object came, as its driver calls it."""
    names = ("LastModified", "last_modified", "updated", "mtime")
    return next((entry[name] for name in names if entry.get(name)), "")
