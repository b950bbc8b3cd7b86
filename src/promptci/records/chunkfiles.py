"""Where the chunks of a large record are: files in a folder beside it, by the ids of examples.

Which examples a chunk holds follows from their ids alone, so that examples that come or go touch
the chunks that they are in and no others.
"""

import hashlib

from promptci.latepattern import late

RECORD = ".scores.yaml"
"""How the file of a record ends; of a large one it is the summary."""


def score_path(eval_name: str) -> str:
    """Where the score record of an eval is kept."""
    return f"evals/{eval_name}{RECORD}"


LARGE = 20_000
"""Results from which a record has chunks: no host shows more lines of a file in a diff
(https://docs.github.com/en/repositories/creating-and-managing-repositories/repository-limits)."""

ROOMY = 256_000
"""Results from which there are 4,096 chunks in the place of 256, so that one has a thousand lines
at most. GitHub shows 300 files of a diff, which 256 are below."""

_CHUNK = late(r"(\.?)([0-9a-f]{2,3})\.chunk")


def digits_for(total: int) -> int:
    """The hex digits of a chunk's name in a record of so many results; 0 where it has none."""
    if total < LARGE:
        return 0
    return 2 if total < ROOMY else 3


def chunk_name(id_: str, digits: int) -> str:
    """The name of the chunk that holds an example."""
    return hashlib.sha256(id_.encode("utf-8", "surrogatepass")).hexdigest()[:digits]


def chunk_folder(path: str) -> str:
    """The folder with the chunks of a record at a path."""
    return path.removesuffix(".yaml")


def chunk_path(path: str, name: str) -> str:
    """The file of a chunk of a record at a path."""
    return f"{chunk_folder(path)}/{name}.chunk"


def staged_path(path: str, name: str) -> str:
    """The place of a chunk until the summary that names it is written."""
    return f"{chunk_folder(path)}/.{name}.chunk"


def name_of(path: str) -> str:
    """The name of the chunk in a file; empty where a path is no chunk's."""
    folder, _, name = path.rpartition("/")
    found = _CHUNK.fullmatch(name) if folder.endswith(".scores") else None
    return found[2] if found and not found[1] else ""


def is_chunk(name: str) -> bool:
    """Whether a file of a chunk folder, by its name in it, is a chunk or a staged one."""
    return _CHUNK.fullmatch(name) is not None


def is_record_file(path: str) -> bool:
    """Whether a file is a record's: its only one, its summary or a chunk."""
    if path.endswith(RECORD):
        return True
    folder, _, name = path.rpartition("/")
    return folder.endswith(".scores") and is_chunk(name)
