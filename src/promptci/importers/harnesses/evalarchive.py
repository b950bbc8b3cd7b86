"""The samples in an `.eval` file of Inspect, a ZIP of JSON, unpacked within bounds.

Inspect compresses by Zstandard where it can, which `zipfile` reads from Python 3.14 on; before, the
same module of `backports.zstd` does.
"""

import json
import zipfile
from io import BytesIO
from typing import cast

from msgspec import Struct

from promptci.errors import Fault, SpecError
from promptci.importers.foreignyaml import check_json_count
from promptci.importers.names import Names
from promptci.importers.rows import Located
from promptci.parsing.source import Mark, Plain, excerpt
from promptci.templates.template import as_text

_MOST_UNPACKED = 400_000_000
_MOST_SAMPLE = 20_000_000
_MOST_KEPT = 40_000_000
GIVEN = ("files", "setup", "sandbox")
"""What a sample's tools find, which no prompt holds."""
_USED = ("id", "epoch", "input", "target", "metadata", "output", "messages", "error", *GIVEN)
"""What is imported of a sample, or reported; its events are not kept."""


class LogOfInspect(Struct, frozen=True):
    """What the log says of its task (as `about_log` has it), and its samples.

    `places` are where scorers are named, `head` where else the log says what it says of its task.
    """

    about: dict[str, Plain]
    samples: list[Located]
    places: dict[str, Mark] = {}
    head: Mark | None = None


def told_apart(samples: list[Located], notes: list[Fault]) -> list[Located]:
    """The samples, each of an epoch with an id of its own; a number is added to one that is not."""
    names: dict[str, Names] = {}
    known: list[Located] = []
    for sample, mark in samples:
        ident = as_text(sample.get("id"))
        own = names.setdefault(as_text(sample.get("epoch")), Names()).take(ident)
        if own != ident:
            called = f"a second sample `{excerpt(ident)}` is called `{excerpt(own)}`"
            notes.append(mark.warning(called))
        known.append((sample if own == ident else {**sample, "id": own}, mark))
    return known


def about_log(log: Plain) -> dict[str, Plain]:
    """What a log says of its task: its `eval`, `status` and `plan`, and its scorers.

    Older releases (0.3.43 for one) name scorers only where they give the figures, in `results`.
    """
    parts = log if isinstance(log, dict) else {}
    about, results = parts.get("eval"), parts.get("results")
    scores = results.get("scores") if isinstance(results, dict) else None
    named: list[Plain] = []
    for each in scores if isinstance(scores, list) else []:
        if isinstance(each, dict):
            of: Plain = {
                "name": each.get("scorer") or each.get("name"),
                "options": each.get("params"),
            }
            named += [of] if of not in named else []
    own = about if isinstance(about, dict) else {}
    scorers = own.get("scorers") or named
    return {**own, "scorers": scorers, "status": parts.get("status"), "plan": parts.get("plan")}


def unzipped_log(data: bytes, path: str) -> LogOfInspect:
    """A `.eval` file, a ZIP with a file for each sample; its paths are never written."""
    found: list[Located] = []
    about: dict[str, Plain] = {}
    try:
        with _archive(data) as archive:
            members = [info for info in archive.infolist() if info.filename.startswith("samples/")]
            if sum(info.file_size for info in members) > _MOST_UNPACKED:
                raise SpecError([Mark(path).fault("the log is over 400 MB unpacked: part it")])
            about, head = _header(archive, path)
            kept = 0
            for info in sorted(members, key=lambda each: each.filename):
                mark = Mark(f"{path}/{info.filename}")
                value = _sample(archive, info, mark)
                kept += len(json.dumps(value))
                if kept > _MOST_KEPT:
                    raise SpecError([mark.fault("the samples hold over 40 MB: part the log")])
                if value:
                    found.append((value, mark))
    except SpecError:
        raise
    except NotImplementedError:
        cure = "pip install 'promptci-cli[inspect]'"
        raise SpecError([Mark(path).fault(f"it is compressed by Zstandard: {cure}")]) from None
    # What is damaged ends in any of the errors of three decompressors and a reader of JSON.
    except Exception as error:  # noqa: BLE001
        cure = "save it with `inspect log convert LOG --to json --output-dir FOLDER`"
        wrong = f"the log cannot be unpacked ({error}): {cure}"
        raise SpecError([Mark(path).fault(wrong)]) from None
    return LogOfInspect(about, found, head=head)


def _archive(data: bytes) -> zipfile.ZipFile:
    """The archive, by a reader that knows Zstandard if there is one."""
    try:
        from backports.zstd import zipfile as reader
    except ImportError:
        return zipfile.ZipFile(BytesIO(data))
    return cast("zipfile.ZipFile", reader.ZipFile(BytesIO(data)))


def _header(archive: zipfile.ZipFile, path: str) -> tuple[dict[str, Plain], Mark]:
    """What the log says of its task, and in which file of it; empty where it says nothing."""
    names = {info.filename: info for info in archive.infolist()}
    for name in ("header.json", "_journal/start.json"):
        if name in names and names[name].file_size <= _MOST_SAMPLE:
            text = archive.read(names[name]).decode()
            mark = Mark(f"{path}/{name}")
            check_json_count(text, mark)
            value = json.loads(text)
            if isinstance(value, dict) and isinstance(value.get("eval"), dict):
                return about_log(value), mark
    return {}, Mark(path)


def _sample(archive: zipfile.ZipFile, info: zipfile.ZipInfo, mark: Mark) -> dict[str, Plain]:
    """A sample as far as it is used; empty where it is none."""
    if info.file_size > _MOST_SAMPLE:
        raise SpecError([mark.fault("the sample is over 20 MB unpacked: leave its events out")])
    text = archive.read(info).decode()
    check_json_count(text, mark)
    value = json.loads(text)
    return {key: value[key] for key in _USED if key in value} if isinstance(value, dict) else {}
