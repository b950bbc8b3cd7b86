"""The records in objects of git, each read once while it is near."""

from collections.abc import Collection

from msgspec import Struct, field

from promptci.errors import PromptCIError, SpecError
from promptci.git.repo import Repo
from promptci.history.recordhistory import damage_of
from promptci.records.record import Records
from promptci.records.recordfile import check_chunks, commit_opener, read_records

ENDING = ".scores.yaml"


class PastRecords(Struct):
    """Reads records; `count` is of how many results."""

    repo: Repo
    count: int = 0
    _known: dict[str, tuple[Records, str]] = field(default_factory=dict)

    def keep(self, blobs: Collection[str]) -> None:
        """Forget all but these objects."""
        self._known = {blob: known for blob, known in self._known.items() if blob in blobs}

    def read(self, blob: str, name: str, commit: str) -> tuple[Records, str]:
        """The records in an object, or what is wrong with it; kept until the older side asked."""
        if not blob:
            return {}, ""
        if blob not in self._known:
            try:
                data, path = self.repo.blob(blob), f"evals/{name}{ENDING}"
                records = read_records(data, path, name, commit_opener(self.repo, commit))
                check_chunks(records)
                damage = ""
            except SpecError as error:
                records, damage = {}, damage_of(error)
            except PromptCIError as error:
                records, damage = {}, str(error)
            self._known[blob] = records, damage
            self.count += sum(len(record.results) for record in records.values())
        return self._known[blob]
