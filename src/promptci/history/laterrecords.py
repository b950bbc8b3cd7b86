"""Records computed afterwards for commits that had none: kept outside git, safe to delete."""

from collections.abc import Mapping
from pathlib import Path

from promptci.atomic import write_text
from promptci.errors import SpecError, StorageError
from promptci.records.record import Record
from promptci.records.recordfile import read_records
from promptci.records.scorefile import dump

_ENDING = ".scores.yaml"


class LaterRecords:
    """A folder with a file of records per commit and eval: `COMMIT/EVAL.scores.yaml`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def commits(self, eval_name: str) -> list[str]:
        """The ids of the commits that have records of an eval here, sorted."""
        if not self.folder.is_dir():
            return []
        found = (path for path in self.folder.iterdir() if (path / _file(eval_name)).is_file())
        return sorted(path.name for path in found)

    def get(self, commit: str, eval_name: str) -> dict[str, Record]:
        """The records of an eval at a commit, by model; a damaged file is as good as none.

        Raises `StorageError` for one that is there and cannot be opened.
        """
        path = self.folder / commit / _file(eval_name)
        try:
            return read_records(path.read_bytes(), str(path), eval_name)
        except (FileNotFoundError, SpecError):
            return {}
        except OSError as error:
            raise StorageError(f"{path}: cannot be read: {error.strerror}") from error

    def put(self, commit: str, eval_name: str, records: Mapping[str, Record]) -> None:
        """Keep records of an eval at a commit, beside those of other models.

        Raises `StorageError` where that is not possible.
        """
        kept = self.get(commit, eval_name) | dict(records)
        write_text(self.folder / commit / _file(eval_name), dump(kept))


def _file(eval_name: str) -> str:
    return f"{eval_name}{_ENDING}"
