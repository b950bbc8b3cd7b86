"""The samples in an `.eval` file of Inspect, a ZIP of JSON, unpacked within bounds."""

import json
import zipfile
import zlib
from io import BytesIO

from promptci.errors import SpecError
from promptci.importers.foreignyaml import check_json_count
from promptci.importers.rows import Located
from promptci.parsing.source import Mark, Plain

_MOST_UNPACKED = 400_000_000
_MOST_SAMPLE = 20_000_000
_MOST_KEPT = 40_000_000
_USED = ("id", "epoch", "input", "target", "metadata", "output")
"""What is carried of a sample; its events and messages are not kept."""


def unzipped_samples(data: bytes, path: str) -> list[Located]:
    """The samples in a `.eval` file, a ZIP with a file for each; its paths are never written."""
    found: list[Located] = []
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = [info for info in archive.infolist() if info.filename.startswith("samples/")]
            if sum(info.file_size for info in members) > _MOST_UNPACKED:
                raise SpecError([Mark(path).fault("the log is over 400 MB unpacked: part it")])
            kept = 0
            for info in sorted(members, key=lambda each: each.filename):
                mark = Mark(f"{path}/{info.filename}")
                value = _sample(archive, info, mark)
                kept += len(json.dumps(value))
                if kept > _MOST_KEPT:
                    raise SpecError([mark.fault("the samples hold over 40 MB: part the log")])
                if value:
                    found.append((value, mark))
    except (
        zipfile.BadZipFile, NotImplementedError, ValueError, RuntimeError, EOFError, zlib.error,
    ) as error:  # fmt: skip
        cure = "save it with `inspect log convert --to json`"
        raise SpecError(
            [Mark(path).fault(f"the log cannot be unpacked ({error}): {cure}")]
        ) from None
    return found


def _sample(archive: zipfile.ZipFile, info: zipfile.ZipInfo, mark: Mark) -> dict[str, Plain]:
    """A sample as far as it is used; empty where it is none."""
    if info.file_size > _MOST_SAMPLE:
        raise SpecError([mark.fault("the sample is over 20 MB unpacked: leave its events out")])
    text = archive.read(info).decode()
    check_json_count(text, mark)
    value = json.loads(text)
    return {key: value[key] for key in _USED if key in value} if isinstance(value, dict) else {}
