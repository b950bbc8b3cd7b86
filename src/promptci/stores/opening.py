"""A shared store by its name: a folder, or the address of a bucket."""

from pathlib import Path

from promptci.stores.bucket import Bucket
from promptci.stores.folder import Folder
from promptci.stores.objects import Objects


def open_objects(name: str) -> Objects:
    """Where objects lie: `s3://bucket/prefix`, or a folder by its full path or from `~` on.

    Raises `RequestError` for an address without a driver.
    """
    if "://" in name:
        return Bucket(name)
    return Folder(Path(name).expanduser())
