"""Looks at the gate of a prompt search, noted in git so that everybody who fetches counts them.

Each is an empty commit at `refs/promptci/looks/TEXT-GATE`, beside all branches. The commits of a
search's branch say the same below their messages.
"""

from collections.abc import Iterator

from msgspec import Struct

from promptci.digest import short_digest
from promptci.git.branching import committer_of
from promptci.git.repo import Repo

LOOKS = "refs/promptci/looks"
_KEYS = ("Prompt-Search-Gate", "Prompt-Search-Text", "Prompt-Search-Look")
_SHOWN = "%x00".join(f"%(trailers:key={key},valueonly,separator=%x2C)" for key in _KEYS)


class LookNote(Struct, frozen=True):
    """A look at a gate, named by its digest: its number, and the digest of the text."""

    gate: str
    text: str
    number: int

    @classmethod
    def of(cls, gate: str, text: str, number: int) -> "LookNote":
        """That of a text which is judged."""
        return cls(gate, short_digest(text), number)

    @property
    def trailers(self) -> str:
        """The notes below a commit's message."""
        values = (self.gate, self.text, str(self.number))
        return "".join(f"{key}: {value}\n" for key, value in zip(_KEYS, values, strict=True))


def noted_looks(repo: Repo, gate: str) -> dict[str, int]:
    """The numbers of all looks at a gate that git knows of, by the digest of the text."""
    found: dict[str, int] = {}
    for note in _notes(repo, gate):
        found[note.text] = min(note.number, found.get(note.text, note.number))
    return found


def _notes(repo: Repo, gate: str) -> Iterator[LookNote]:
    wanted = f"--grep=^{_KEYS[0]}: {gate}$"
    shown = ("log", f"--format={_SHOWN}", wanted, f"--glob={LOOKS}/*", "--branches", "--remotes")
    for line in repo.git(*shown).decode("utf-8", "replace").splitlines():
        parts = line.split("\0")
        if len(parts) == len(_KEYS) and parts[0] == gate and parts[2].isdecimal():
            yield LookNote(parts[0], parts[1], int(parts[2]))


def note_look(repo: Repo, note: LookNote, what: str) -> None:
    """Note a look, unless that is done; `what` is what it looks at. Raises `RepoError`."""
    if note.text in noted_looks(repo, note.gate):
        return
    git = repo.plumbing(committer_of(repo))
    tree = git.output("mktree", given=b"").decode().strip()
    message = f"Prompt search: look {note.number} at {what}\n\n{note.trailers}".encode()
    made = git.output("commit-tree", tree, "-F", "-", given=message).decode().strip()
    name = f"{LOOKS}/{note.text}-{note.gate[:16]}"
    git.output("update-ref", "-m", "promptci search", name, made)
