"""`promptci run --watch`: what a saved file changes, and nothing else."""

import signal
import subprocess
import threading
from decimal import Decimal

import pytest
import watchfiles

from processes import PROMPTCI, Forked, wait_until
from projects import EVAL, PROMPT, REWORDED, before_and_after, route
from promptci import interrupt
from promptci.commands.evaluate import watch
from promptci.commands.main import main
from promptci.errors import RequestError
from promptci.git.gitprocess import Git
from promptci.git.worktree import WorkTree, look_of
from promptci.run.driving.interrupted import run_until_interrupted
from promptci.spending.limits import Limits
from promptci.watching.saves import is_of_interest, saved_files, settled
from promptci.watching.watched import Watched, watched_files

pytestmark = pytest.mark.slow


def worse(asked):
    return "billing" if "parcel" in asked else route(asked)


class Watching(Forked):
    """A watch under way; `said` is what it wrote so far."""

    def __init__(self, project, *arguments):
        command = [*PROMPTCI, "run", "--watch", *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        super().__init__(command, cwd=project.path, **pipes)
        self.parts = []
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.stdout:
            self.parts.append(line.decode())

    @property
    def said(self):
        return "".join(self.parts)

    def hears(self, text, times=1):
        wait_until(lambda: self.said.count(text) >= times or self.poll() is not None)
        assert self.said.count(text) >= times, self.said

    def interrupt(self):
        self.send_signal(signal.SIGINT)
        return self.wait(120)


def test_a_save_shows_what_moved_and_asks_only_that(project, api):
    other = {"evals/other.yaml": f"prompt: other\n{EVAL}", "prompts/other.yaml": PROMPT}
    project.write(other)
    api.answers(before_and_after(route, worse))
    with Watching(project) as watching:
        watching.hears("watching")
        before = api.count
        project.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
        watching.hears("router / parcel: pass → fail")
        watching.hears("asked", times=2)
        assert api.count - before == 6
        later = watching.said.partition("watching")[2]
        assert "prompts/router.yaml" in later
        assert "other" not in later.replace("expected", "").partition("eval ")[2]
        project.write({"prompts/router.yaml": "messages: [\n"})
        watching.hears("prompts/router.yaml:")
        project.write({"prompts/router.yaml": PROMPT})
        watching.hears("router / parcel: fail → pass")
        project.write({"prompts/router.yaml": f"# a remark\n{PROMPT}"})
        watching.hears("no eval is changed by that")
        assert api.count - before == 6
        config = (project.path / "promptci.yaml").read_text()
        (project.path / "new").write_text(config.replace("small-1}", "small-2}", 1))
        (project.path / "new").rename(project.path / "promptci.yaml")
        watching.hears("\npromptci.yaml")
        wait_until(lambda: api.count - before >= 12)  # both ask the same
        code = watching.interrupt()
    assert (code, "Traceback" in watching.said) == (130, False)


def test_a_file_that_an_eval_names_elsewhere_is_watched_too(project, api):
    api.answers(route)
    rows = (project.path / "evals/router.jsonl").read_text()
    project.write({"evals/router.yaml": EVAL.replace("router", "../data/rows")})
    with Watching(project) as watching:
        watching.hears("data/rows.jsonl")  # which is not there
        watching.hears("watching")
        project.write({"data/rows.jsonl": rows})
        watching.hears("\ndata/rows.jsonl")
        watching.hears("6 asked")
        (project.path / "data/new").write_text(rows.replace("I cannot log in", "I lost my phone"))
        (project.path / "data/new").rename(project.path / "data/rows.jsonl")
        watching.hears("\ndata/rows.jsonl", times=2)
        watching.hears("1 asked")
        assert watching.interrupt() == 130


PROMPT_YML = """\
model: small
messages: [{role: user, content: "{{ticket}}"}]
testData: [{ticket: My card was charged twice, expected: billing}]
evaluators: [{name: right, string: {equals: billing}}]
"""


def test_a_file_that_comes_where_others_of_its_kind_are_is_noticed(project, api):
    """It was not there when the run began, and neither was the folder of the second."""
    api.answers(route)
    project.write({"github/one.prompt.yml": PROMPT_YML})
    with Watching(project) as watching:
        watching.hears("watching")
        project.write({"github/two.prompt.yml": PROMPT_YML.replace("twice", "again")})
        watching.hears("\ngithub")
        watching.hears("1 asked")
        assert watching.interrupt() == 130


def test_what_is_read_beside_the_folders_is_told_with_how_it_was(repo):
    repo.write({"data/a.jsonl": "{}\n", "evals/a.yaml": "a", "docs/deep/a.md": "text"})
    repo.write({"github/a.prompt.yml": "", "top.prompt.yml": ""})
    tree = WorkTree(Git(repo.path), repo.path)
    tree.exists("data/nobody.watches")
    tree.looks = {}
    tree.exists("data/b.jsonl")
    tree.open("data/a.jsonl").close()
    was = look_of(f"{repo.path}/data/a.jsonl")[0]
    repo.write({"data/a.jsonl": "{}\n{}\n"})
    tree.open("data/a.jsonl").close()
    tree.open("evals/a.yaml").close()
    tree.files("docs")
    tree.files("texts")
    assert tree.prompt_ymls() == ["github/a.prompt.yml", "top.prompt.yml"]
    with pytest.raises(RequestError):
        tree.open("data/none.csv")
    found = {
        path.relative_to(repo.path).as_posix(): look
        for path, look in watched_files(tree, repo.path).items()
    }
    assert found == {
        "promptci.yaml": None,
        "data/a.jsonl": was,
        "data/b.jsonl": None,
        "data/none.csv": None,
        "texts": None,
        "github": look_of(f"{repo.path}/github")[0],
        "github/a.prompt.yml": look_of(f"{repo.path}/github/a.prompt.yml")[0],
        "top.prompt.yml": look_of(f"{repo.path}/top.prompt.yml")[0],
        "docs": look_of(f"{repo.path}/docs")[0],
        "docs/deep": look_of(f"{repo.path}/docs/deep")[0],
    }


def test_what_is_saved_or_goes_during_an_evaluation_is_not_missed(tmp_path, monkeypatch):
    monkeypatch.setattr(watchfiles, "watch", lambda *_, **__: iter([set(), set(), set()]))
    (tmp_path / "kept").write_text("new")
    changes = saved_files(tmp_path, files := {})
    assert next(changes) == []
    files |= {tmp_path / "kept": (1, 2, 3), tmp_path / "gone": (1, 2, 3), tmp_path / "no": None}
    assert next(changes) == ["gone", "kept"]
    files |= {tmp_path / "kept": look_of(f"{tmp_path}/kept")[0], tmp_path / "gone": None}
    assert next(changes) == []


def test_folders_that_come_later_or_again_are_watched(tmp_path):
    (tmp_path / "evals").mkdir()
    changes = saved_files(tmp_path, {})
    assert next(changes) == []
    (tmp_path / "flows").mkdir()
    assert next(filter(None, changes)) == ["flows"]
    (tmp_path / "evals").rename(tmp_path / "away")
    (tmp_path / "evals").mkdir()
    assert next(filter(None, changes)) == ["evals"]
    for folder in ("flows", "evals"):
        (tmp_path / folder / "a.yaml").write_text("text")
        assert next(filter(None, changes)) == [f"{folder}/a.yaml"]


def test_an_interrupt_during_a_run_keeps_what_was_answered(project, api):
    def slow(asked):
        threading.Event().wait(0.05)
        return route(asked)

    api.answers(slow)
    with Watching(project, "--concurrency", "1") as watching:
        wait_until(lambda: api.count >= 2)
        assert watching.interrupt() == 130
    assert "Traceback" not in watching.said


async def interrupted_at_its_end():
    signal.raise_signal(signal.SIGINT)


def test_an_interrupt_at_the_very_end_of_a_run_ends_the_watch(project, monkeypatch):
    """Such a run ends whole: there is nothing left to cancel."""
    monkeypatch.setattr(interrupt, "_first", None)
    before = signal.signal(signal.SIGINT, interrupt._interrupt)
    looks = [[], ["prompts/router.yaml"], [], []]
    monkeypatch.setattr(watch, "saved_files", lambda *_: iter(looks))
    evaluated = []

    def evaluate(_):
        evaluated.append(len(evaluated))
        if len(evaluated) == 2:
            run_until_interrupted(interrupted_at_its_end())

    monkeypatch.setattr(watch.WatchedRun, "evaluate", evaluate)
    try:
        assert main(["run", "--watch"]) == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert evaluated == [0, 1]


@pytest.mark.parametrize("option", [["--json"], ["--dry-run"], ["--report", "junit=x.xml"]])
def test_it_goes_with_nothing_that_ends(project, option):
    assert main(["run", "--watch", *option]) == 2


@pytest.mark.parametrize(
    ("path", "is_wanted"),
    [
        ("prompts/a.yaml", True),
        ("evals/sub/a.jsonl", True),
        ("evals/a.scores.yaml", False),
        (".promptci/cache.sqlite", False),
        ("prompts/.a.yaml.swp", False),
        ("prompts/a.yaml~", False),
        ("prompts/4913", False),
        ("prompts/sedAx5D4I", False),
        ("prompts/a.yaml___jb_tmp___", False),
        ("evals/__pycache__/a.pyc", False),
        ("evals/.git/index", False),
    ],
)
def test_only_files_of_the_project_count(path, is_wanted):
    assert is_of_interest(path) == is_wanted


def test_a_file_that_was_emptied_is_read_once_it_is_whole():
    looks, waits = [{"a": (2, 0, 1)}, {"a": (3, 9, 1)}, {"a": (3, 9, 1)}], []
    before = {"a": (1, 8, 1)}
    assert settled(iter(looks).__next__, before, wait=waits.append) == {"a": (3, 9, 1)}
    assert waits == [0.02, 0.02]
    assert settled(lambda: before, before, wait=waits.append) == before
    assert len(waits) == 2
    busy = ({"a": (at, at, 1)} for at in range(99))
    assert settled(busy.__next__, before, wait=waits.append) == {"a": (10, 10, 1)}


def test_a_file_that_was_emptied_is_told_once_it_is_filled_or_stays_empty(tmp_path, monkeypatch):
    file = tmp_path / "prompts/a.yaml"
    file.parent.mkdir()
    change = {(watchfiles.Change.modified, str(file))}

    def told(*_, **__):
        yield set()
        for text in ("", "whole", ""):
            file.write_text(text)
            yield change
        yield set()

    monkeypatch.setattr(watchfiles, "watch", told)
    assert list(saved_files(tmp_path, {})) == [[], ["prompts/a.yaml"], ["prompts/a.yaml"]]


def test_a_ceiling_is_that_of_the_whole_watch():
    watched = Watched(Limits(max_requests=10, max_cost=Decimal(1)))
    watched._asked, watched._cost = 4, Decimal("0.4")
    assert (watched.remaining.max_requests, watched.remaining.max_cost) == (6, Decimal("0.6"))
    watched._asked, watched._cost = 40, Decimal(4)
    assert (watched.remaining.max_requests, watched.remaining.max_cost) == (0, Decimal(0))
    assert Watched(Limits()).remaining == Limits()
