"""What is remembered of a history is what would be worked out, whatever became of it since."""

import random

import pytest

from gitrepo import GitRepo
from histories import commit_record, record, write_records
from promptci.history import rememberedlog
from promptci.history.recordentries import entries
from promptci.history.recordlog import RecordLog
from promptci.project.history import evalhistory
from promptci.project.history.askedhistory import AskedHistory
from promptci.project.history.drawnhistory import drawn_history
from promptci.project.workspace import ProjectFiles
from promptci.render.terminal.look import Look

EXAMPLES = "abcdefgh"
RECORD = "evals/router.scores.yaml"


@pytest.fixture
def remembered(repo, monkeypatch):
    """The history of `router`; `kept` 0 is as if nothing were remembered. Counts what is read."""
    repo.write({".promptci/.gitignore": "*\n"})
    (repo.path / ".promptci").mkdir(exist_ok=True)
    read = []

    def counted(points, blobs, *more, **named):
        return entries(
            points, lambda ids: (read.append(1) or b for b in blobs(ids)), *more, **named
        )

    monkeypatch.setattr(evalhistory, "entries", counted)

    def history(kept: int = 1000, **named) -> tuple[RecordLog, int]:
        monkeypatch.setattr(rememberedlog, "MOST", kept)
        read.clear()
        project = ProjectFiles(repo.path)
        try:
            asked = AskedHistory.of(project, "router", **named)
            return evalhistory.eval_history(project, asked), len(read)
        finally:
            project.close()

    return history


def expect(repo: GitRepo, rng: random.Random) -> None:
    rows = "".join(
        f"  - {{id: {id_}, vars: {{text: {id_}}}, expected: {rng.choice('xy')}}}\n"
        for id_ in EXAMPLES
    )
    gate = f"gate: {{tolerance: {rng.choice((0, 0.3))}}}\n"
    repo.write({"evals/router.yaml": f"prompt: router\nscorers: [equals]\n{gate}examples:\n{rows}"})


CHANGES = ("score", "expect", "damage", "remove", "merge", "amend")


def change(repo: GitRepo, rng: random.Random, number: int, what: str) -> None:
    """Something that happens to a record, its eval or its history."""
    if what == "expect":
        expect(repo, rng)
    elif what == "damage":
        repo.write({RECORD: f"damaged {number}\n"})
        repo.commit("Damage")
    elif what == "remove":
        repo.write({RECORD: "damaged\n", f"f{number}": "x"})
        repo.git("rm", "-qf", "--ignore-unmatch", RECORD)
        repo.commit("Remove")
    elif what == "merge":
        repo.git("checkout", "-q", "-b", f"side{number}", "HEAD~1")
        commit_record(repo, score(rng))
        repo.git("checkout", "-q", "-")
        repo.git("merge", "-q", "-s", "ours", "--no-edit", f"side{number}")
    elif what == "amend":
        repo.git("commit", "-q", "--amend", "--allow-empty", "-m", f"Amended {number}")
    else:
        commit_record(repo, score(rng))


def score(rng: random.Random):
    scores = {id_: rng.choice((0.0, 1.0, 1.0)) for id_ in EXAMPLES}
    return record(scores, edited=tuple(rng.sample(EXAMPLES, rng.choice((0, 0, 2)))))


def test_it_is_what_would_be_worked_out(repo, remembered):
    """Whatever happened, each kind of it once, with a limit or without one, and with all shown."""
    rng = random.Random(0)
    repo.write({"prompts/router.yaml": "messages: [{role: user, content: '{{ text }}'}]\n"})
    expect(repo, rng)
    for number in range(3):
        commit_record(repo, score(rng), record({"a": float(number % 2)}, model="large"))
    for number, what in enumerate(rng.sample(CHANGES, len(CHANGES))):
        change(repo, rng, number, what)
        for named in ({"most": 2}, {}, {"shows_all": True}):
            assert remembered(**named)[0] == remembered(0, **named)[0], what


def test_only_what_is_new_is_read(repo, remembered):
    for number in range(6):
        commit_record(repo, record({"a": 1.0, "b": number / 10}))
    _, first = remembered()
    _, again = remembered()
    commit_record(repo, record({"a": 0.0, "b": 0.5}))
    _, after = remembered()
    assert (first, again) == (6, 0)
    assert after == 2


def test_what_was_tampered_with_is_worked_out_again(repo, remembered):
    for number in range(4):
        commit_record(repo, record({"a": 1.0, "b": number / 10}))
    right, _ = remembered()
    for path in (repo.path / ".promptci/known").iterdir():
        data = path.read_bytes()
        path.write_bytes(data.replace(b"small", b"smell"))
    found, read = remembered()
    assert (found, read) == (right, 4)


@pytest.fixture
def drawn(repo):
    """The history of `router` as text; `afresh` is as if nothing were remembered."""
    state, aside = repo.path / ".promptci", repo.path.parent / "aside"
    repo.write({".promptci/.gitignore": "*\n"})

    def text(*, afresh: bool = False, width: int = 100, **named) -> str:
        if afresh:
            state.rename(aside)
        project = ProjectFiles(repo.path)
        try:
            asked = AskedHistory.of(project, "router", **named)
            return drawn_history(project, asked, Look(width))
        finally:
            project.close()
            if afresh:
                aside.rename(state)

    return text


def test_what_was_drawn_is_what_would_be_drawn(repo, drawn):
    rng = random.Random(5)
    repo.write({"prompts/router.yaml": "messages: [{role: user, content: '{{ text }}'}]\n"})
    expect(repo, rng)
    for number in range(3):
        commit_record(repo, score(rng), record({"a": float(number % 2)}, model="large"))
    for number, what in enumerate(("merge", "expect", "amend")):
        change(repo, rng, number, what)
        for named in ({}, {"width": 70, "most": 2}):
            right = drawn(afresh=True, **named)
            assert [drawn(**named) for _ in range(2)] == [right, right]


@pytest.fixture
def draws(monkeypatch):
    """How often a history is worked out."""
    found, working = [], evalhistory.past_history
    monkeypatch.setattr(evalhistory, "past_history", lambda *a: found.append(a) or working(*a))
    return found


def test_a_history_is_drawn_once_for_a_commit(repo, drawn, draws):
    for number in range(4):
        commit_record(repo, record({"a": 1.0, "b": number / 10}))
    assert drawn() == drawn()
    assert len(draws) == 1
    commit_record(repo, record({"a": 0.0, "b": 0.5}))
    assert drawn() == drawn()
    assert len(draws) == 2
    write_records(repo, record({"a": 0.0, "b": 0.7}))
    assert "A newer record is not committed" in drawn()
    assert len(draws) == 2


def test_commits_beside_records_add_nothing(repo, drawn, draws):
    for number in range(4):
        commit_record(repo, record({"a": 1.0, "b": number / 10}))
    right = drawn()
    for number in range(2):
        repo.write({"README.md": f"{number}", f"b\n{number}": ""})
        repo.commit(f"Beside {number}")
    assert drawn() == right
    assert len(draws) == 1
    there = repo.git("rev-parse", "HEAD").strip()
    for number in range(2):
        commit_record(repo, record({"a": 1.0, "b": (4 - number) / 10}))
    write_records(repo, record({"a": 1.0, "b": 0.3}))
    for change in (
        lambda: repo.commit("As it was"),
        lambda: repo.git("reset", "-q", "--hard", f"{there}~3"),
        lambda: repo.git("merge", "-q", "-s", "ours", "--no-ff", "--no-edit", "ORIG_HEAD"),
        lambda: (repo.git("checkout", "-q", "--orphan", "other"), repo.commit("All at once")),
    ):
        before = len(draws)
        change()
        assert drawn() == drawn(afresh=True)
        assert len(draws) == before + 2


def test_what_is_expected_by_now_splits_what_was_drawn(repo, drawn, draws):
    repo.write({"prompts/router.yaml": "messages: [{role: user, content: '{{ text }}'}]\n"})
    expect(repo, random.Random(1))
    commit_record(repo, record(dict.fromkeys(EXAMPLES, 1.0)))
    commit_record(repo, record(dict.fromkeys(EXAMPLES, 0.0)))
    assert drawn() == drawn()
    assert len(draws) == 1
    expect(repo, random.Random(2))
    assert drawn() == drawn(afresh=True)
    assert len(draws) == 3


def test_nothing_is_kept_of_a_shallow_clone(repo, drawn, draws):
    for number in range(3):
        commit_record(repo, record({"a": 1.0, "b": number / 10}))
    whole = drawn()
    (repo.path / ".git/shallow").write_text(f"{repo.git('rev-parse', 'HEAD').strip()}\n")
    assert drawn() != whole
    (repo.path / ".git/shallow").unlink()
    assert drawn() == whole
