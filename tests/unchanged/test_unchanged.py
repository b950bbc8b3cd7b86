"""Commands asked again: what was said is said again, and never once anything has changed."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from processes import Forked, run_forked
from projects import EVAL, PROMPT, router
from promptci.commands.main import main
from promptci.unchanged import filetimes, recording
from promptci.unchanged.filetimes import tell_of_changes
from promptci.unchanged.gitsettings import settings_files
from promptci.unchanged.latercommits import KeptHead
from promptci.unchanged.question import question
from promptci.unchanged.recording import Recording
from promptci.unchanged.stamps import Stamps, look
from promptci.unchanged.stored import StoredSaying, decoded, read, write
from promptci.unchanged.witness import Witness

SCRIPT = """
import promptci.unchanged.question as question, promptci.unchanged.recording as recording, sys
from contextlib import nullcontext
recording.SETTLED, question._hour = 0, lambda: "the same hour for all"
recording.suppress = lambda *_: nullcontext()  # what goes wrong is not kept quiet here
from promptci.commands.start import start
start()
"""
AGAIN = b"said again\n"
"""What a kept answer is made to say, so that it is told from one that is found out."""


@pytest.fixture
def project(repo, api):
    """A project whose answers are stored and whose record is committed."""
    repo.write(
        {**router(api.url), "notes/todo.txt": "nothing", "notes/other.txt": "", "old/.keep": ""}
    )
    repo.commit("Files")
    assert main(["run"]) == 0
    repo.commit("Scores")
    return repo


def ask(*arguments, **environ):
    """A command as a process of its own: what it said on stdout."""
    return ask_as(SCRIPT, *arguments, **environ)


def ask_as(script, *arguments, **environ):
    """The same by another script."""
    given = {name: v for name, v in os.environ.items() if name != "GIT_CONFIG_NOSYSTEM"}
    command = [sys.executable, "-c", script, *arguments]
    return run_forked(command, env=given | environ, capture_output=True)


def kept(project):
    """The answers that are kept, by their files."""
    folder = project.path / ".git/promptci/said"
    return {path.name: read(str(folder), path.name) for path in folder.glob("*")}


def mark(project):
    """Have kept answers say something else."""
    for key, answer in kept(project).items():
        answer.said = [(1, AGAIN)]
        write(str(project.path / ".git/promptci/said"), key, answer)


def drop_marked(project):
    """Keep only what a command has found out since they were marked."""
    for key, answer in kept(project).items():
        if answer.said == [(1, AGAIN)]:
            (project.path / ".git/promptci/said" / key).unlink()


def logs(project):
    return len(list((project.path / ".promptci/runs").iterdir()))


def test_git_is_not_asked_of_what_was_written_just_now(project, monkeypatch):
    class AskedError(Exception):
        """Git was asked."""

    def asked(*_):
        raise AskedError

    monkeypatch.setattr("promptci.unchanged.recording.ask", asked)
    witness, kept = Witness(), object.__new__(Recording)
    witness.root, witness.files = str(project.path), {str(project.path / "promptci.yaml")}
    kept._began = time.time_ns()
    kept._keep(witness, 0)
    kept._began += 10 * 10**9
    with pytest.raises(AskedError):
        kept._keep(witness, 0)


@pytest.mark.parametrize(
    "asked",
    [
        ("run",),
        ("run", "router", "--json"),
        ("diff",),
        ("lint",),
        ("log", "router"),
        ("why", "router"),
    ],
)
def test_what_was_said_is_said_again(project, api, asked):
    count = api.count
    first = ask(*asked)
    assert len(kept(project)) == 1, first.stderr
    before = logs(project)
    again = ask(*asked)
    assert (again.stdout, again.stderr) == (first.stdout, first.stderr)
    assert again.returncode == first.returncode
    assert (logs(project), api.count) == (before, count)
    mark(project)
    assert ask(*asked).stdout == AGAIN


def test_a_loss_is_said_again_with_its_exit_code(project):
    (project.path / "evals/router.yaml").write_text(EVAL + "gate: {min_score: 1}\n")
    rows = project.path / "evals/router.jsonl"
    rows.write_text(rows.read_text().replace('"billing"', '"shipping"', 1))
    assert ask("run").returncode == 1
    first, again = ask("run"), ask("run")
    assert first.returncode == again.returncode == 1
    mark(project)
    last = ask("run")
    assert (last.returncode, last.stdout) == (1, AGAIN)


def touched_back(path, text):
    """Another text of the same length, with the times of before."""
    found = path.stat()
    path.write_text(text)
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


def append(path):
    path.write_text((path.read_text() if path.exists() else "") + "\n")


def answered_otherwise(path):
    with sqlite3.connect(path) as db:
        db.execute("UPDATE completion SET text = 'other'")
    db.close()


CHANGES = {
    "prompt": lambda at: (at / "prompts/router.yaml").write_text(PROMPT.replace("route", "send")),
    "prompt with its old times": lambda at: touched_back(
        at / "prompts/router.yaml", PROMPT.replace("tickets", "tockets")
    ),
    "examples": lambda at: append(at / "evals/router.jsonl"),
    "record": lambda at: (at / "evals/router.scores.yaml").unlink(),
    "configuration": lambda at: append(at / "promptci.yaml"),
    "what git ignores": lambda at: append(at / ".gitignore"),
    "what git ignores here": lambda at: (
        (at / ".git/info").mkdir(exist_ok=True),
        append(at / ".git/info/exclude"),
    ),
    "what git ignores everywhere": lambda _: append(Path.home() / ".gitconfig"),
    "the answers": lambda at: (at / ".promptci/cache.sqlite").unlink(),
    "one answer": lambda at: answered_otherwise(at / ".promptci/cache.sqlite"),
    "the state folder": lambda at: shutil.rmtree(at / ".promptci"),
    "findings": lambda at: shutil.rmtree(at / ".promptci/known"),
    "a run log": lambda at: min((at / ".promptci/runs").iterdir()).unlink(),
    "the index": lambda at: os.system("git rm -q --cached notes/todo.txt"),
    "a commit of a prompt": lambda at: (
        append(at / "prompts/router.yaml"),
        os.system("git commit -qam more"),
        touched_back(at / "prompts/router.yaml", PROMPT),
    ),
    "a commit before the last": lambda at: os.system("git reset -q --soft HEAD~1"),
    "a tag": lambda at: os.system("git tag now"),
    "a branch": lambda at: os.system("git checkout -q -b other"),
    "packed refs": lambda at: os.system("git pack-refs --all"),
    "a file beside, which git would list": lambda at: (at / "notes/more.txt").write_text(""),
    "a prompt of another kind, deep down": lambda at: (
        (at / "old/deep").mkdir(),
        (at / "old/deep/a.prompt.yml").write_text("messages: []\n"),
    ),
}


def test_nothing_is_said_again_once_anything_has_changed(project):
    told_apart = []
    for name, change in CHANGES.items():
        while not kept(project):  # what asks, or rewrites the record, is not kept
            assert ask("run").returncode == 0
        mark(project)
        change(project.path)
        if AGAIN not in ask("run").stdout:
            told_apart.append(name)
        drop_marked(project)
    assert told_apart == list(CHANGES)


def written_again(path):
    """The same bytes in another file of that name."""
    path.with_name("new").write_bytes(path.read_bytes())
    path.with_name("new").replace(path)


def committed_beside(at):
    (at / "notes/todo.txt").write_text(f"{time.time_ns()}")
    subprocess.run(["git", "commit", "-qam", "Notes"], cwd=at, check=True)


BESIDE = {
    "run": (
        lambda at: (at / "notes/todo.txt").write_text("much"),
        lambda at: os.utime(at / "prompts/router.yaml"),
        lambda at: written_again(at / "evals/router.jsonl"),
        lambda at: touched_back(at / "notes/todo.txt", "many"),
        committed_beside,
    ),
    "lint": (committed_beside,),
    "log": (
        lambda at: (at / "notes/mine.txt").write_text("much"),
        lambda at: os.utime(at / "notes/todo.txt"),
        committed_beside,
    ),
}
"""What changes nothing that a command says: files that it does not read, or not what is in them."""


@pytest.mark.parametrize("asked", BESIDE)
def test_it_is_said_again_where_what_was_read_is_the_same(project, asked):
    (project.path / "notes/mine.txt").write_text("")
    committed_beside(project.path)
    ask(asked, "router")  # by which the lines of the history are known
    shutil.rmtree(project.path / ".git/promptci", ignore_errors=True)
    while not kept(project):
        ask(asked, "router")
    mark(project)
    for change in BESIDE[asked]:
        change(project.path)
        assert ask(asked, "router").stdout == AGAIN
    (project.path / "notes/other.txt").write_text("more")
    assert (ask(asked, "router").stdout == AGAIN) == (asked != "log")
    (project.path / "prompts/router.yaml").write_text(PROMPT.replace("route", "send"))
    assert ask(asked, "router").stdout != AGAIN


def test_git_is_heard_to_look_into_files(project):
    heard = {}
    for asked in (["ls-files"], ["-c", "a.b=c", "--no-pager", "diff"], ["status"], ["log", "-1"]):
        witness = Witness()
        witness.listen()
        subprocess.run(["git", *asked], cwd=project.path, capture_output=True, check=True)
        witness.end()
        heard[asked[-1]] = witness.compared
    assert heard == {"ls-files": 0, "diff": 1, "status": 1, "-1": 0}


def test_what_a_setting_of_git_names_is_seen_too(project):
    home, exclude = Path.home(), project.path / ".git/info/exclude"
    named = {"ignored": "[core]\nexcludesFile = ~/ignored", "more": "[include]\npath = more"}
    for name in (*named, "linked"):
        (home / name).write_text("")
    (home / ".gitconfig").write_text("\n".join(named.values()))
    exclude.parent.mkdir(exist_ok=True)
    exclude.unlink(missing_ok=True)
    exclude.symlink_to(home / "linked")
    for name in (*named, "linked"):
        ask("lint")
        mark(project)
        assert ask("lint").stdout == AGAIN
        append(home / name)
        assert ask("lint").stdout != AGAIN, name
        shutil.rmtree(project.path / ".git/promptci")


def test_a_folder_means_the_project_that_it_is_in_now(project, tmp_path):
    (project.path / ".gitignore").write_text(".promptci/\nlocal/\n")
    (project.path / "local/one").mkdir(parents=True)
    (project.path / "notes/promptci.yaml").write_text("")
    link = tmp_path / "link"
    link.symlink_to(project.path / "local/one")
    ask("-C", str(link), "lint")
    mark(project)
    assert ask("-C", str(link), "lint").stdout == AGAIN
    (project.path / "local/promptci.yaml").write_text("")
    assert ask("-C", str(link), "lint").stdout != AGAIN
    (project.path / "local/promptci.yaml").unlink()
    mark(project)
    link.unlink()
    link.symlink_to(project.path / "notes")
    assert ask("-C", str(link), "lint").stdout != AGAIN


def test_another_question_is_answered_for_itself(project):
    ask("lint")
    mark(project)
    others = {"ANY_NAME": "1", "COLUMNS": "70", "GIT_INDEX_FILE": ".git/other"}
    assert AGAIN not in ask("lint", "router").stdout
    assert [name for name, v in others.items() if AGAIN in ask("lint", **{name: v}).stdout] == []
    assert ask("lint", OLDPWD="/").stdout == AGAIN


@pytest.mark.parametrize(
    ("arguments", "environ", "is_kept"),
    [
        (["run"], {}, True),
        (["run", "a"], {"GIT_AUTHOR_NAME": "Ada"}, True),
        (["run"], {"GIT_DIR": "/x"}, False),
        (["run"], {"GIT_CONFIG_COUNT": "1"}, False),
        (["diff", "main@{yesterday}"], {}, False),
        (["log", "--since", "a day ago"], {}, False),
        (["log", "--since=2026-11-01"], {}, False),
        (["init"], {}, False),
        (["-C", "x", "run"], {}, True),
        (["-C", "run"], {}, False),
        ([], {}, False),
    ],
)
def test_what_may_be_asked_again(monkeypatch, arguments, environ, is_kept):
    monkeypatch.delenv("GIT_CONFIG_NOSYSTEM")
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert bool(question(arguments)) == is_kept


def test_a_command_may_be_anywhere(project):
    where = ("-C", "evals", "lint")
    first = ask(*where)
    assert len(kept(project)) == 1
    mark(project)
    assert first.stdout == b""
    assert ask(*where).stdout == AGAIN
    assert ask("lint").stdout != AGAIN


def test_a_file_that_was_taken_out_is_seen_by_the_time_of_its_folder(tmp_path):
    (tmp_path / "a").write_text("")
    before, after = Stamps(), Stamps()
    before.add_folder(str(tmp_path))
    (tmp_path / "a").unlink()
    after.add_folder(str(tmp_path))
    assert after.newest == tmp_path.stat().st_ctime_ns >= before.newest


def test_an_answer_that_cannot_be_written_is_no_good_one(project):
    ask("lint")
    mark(project)
    given = {name: v for name, v in os.environ.items() if name != "GIT_CONFIG_NOSYSTEM"}
    with (
        Path("/dev/full").open("wb") as full,
        Forked(
            [sys.executable, "-c", SCRIPT, "lint"], env=given, stdout=full, stderr=subprocess.PIPE
        ) as child,
    ):
        assert child.communicate()[1] == b"the output: No space left on device\n"
    assert child.returncode == 3


def test_what_another_process_wrote_meanwhile_is_new_and_our_own_log_is_not(tmp_path):
    runs = tmp_path / "runs"
    runs.mkdir()
    (runs / "ours").write_text("")
    for written, is_new in ((frozenset(), True), ({str(runs / "ours")}, False)):
        stamps = Stamps(written)
        stamps.add_folder(str(runs), is_ours=True)
        assert bool(stamps.newest) == is_new


def test_git_tells_of_the_files_that_tell_it():
    listed = (
        "file:/h/.gitconfig\0include.path\nmore\0"
        "file:/h/more\0includeif.onbranch:x.path\n/x\0"
        "file:.git/config\0include.path\n../own\0"
        "file:/h/more\0core.excludesfile\n~/ignored\0"
        "file:/h/more\0core.attributesfile\na/b\0"
        "command line:\0core.fsmonitor\nfalse\0file:/h/more\0user.name\0"
    )
    found = {"/h/.gitconfig", "/h/more", "/x", "/r/own", "/r/.git/config", "/r/a/b"}
    assert settings_files(listed.encode(), "/r") == found | {str(Path.home() / "ignored")}


def test_what_is_around_a_project_is_looked_at_too(tmp_path):
    for folder in (".git/refs", "apps/one/.promptci"):
        (tmp_path / folder).mkdir(parents=True)
    root = str(tmp_path / "apps/one")
    seen = [look(root, [root]).digest()]
    for path in (".gitignore", "apps/.gitignore", ".git/refs/main", "apps/one/.promptci/a"):
        (tmp_path / path).write_text("")
        seen.append(look(root, [root]).digest())
    assert len(set(seen)) == 5
    assert look(root, [root]).digest() == seen[-1]


def test_a_closed_stream_is_no_place_for_an_answer(project):
    script = """
import os, sys
from promptci.unchanged.sayagain import say_again
assert say_again(["lint"])
os.close(1)
os._exit(7 if say_again(["lint"]) == "" else 0)
"""
    given = {name: v for name, v in os.environ.items() if name != "GIT_CONFIG_NOSYSTEM"}
    assert run_forked([sys.executable, "-c", script], env=given).returncode == 7


def test_a_damaged_answer_is_found_out_again(project):
    first = ask("run")
    [key] = kept(project)
    path = project.path / ".git/promptci/said" / key
    whole = path.read_bytes()
    for damaged in (b"", whole[:-1], whole[:40], whole + b"1 5\nfalse", whole.replace(b"p", b"q")):
        path.write_bytes(damaged)
        assert ask("run").stdout == first.stdout


def test_nothing_is_kept_of_what_did_more_than_read(project, api, tmp_path):
    ask("run", "--report", str(tmp_path / "page.html"))
    assert kept(project) == {}
    ask("run", "--refresh")
    assert kept(project) == {}
    ask("lint", "--format")  # which is refused
    assert kept(project) == {}
    ask("why", "router", GIT_WORK_TREE=str(project.path))
    assert kept(project) == {}
    ask("diff", "main@{0}")
    assert kept(project) == {}
    ask("check", "--base", "HEAD")
    ask("compare", "HEAD~1", "HEAD")
    assert kept(project) == {}


def test_nothing_is_kept_where_a_commit_could_have_put_it(project):
    project.git("add", "--force", ".promptci/cache.sqlite")
    project.commit("Answers of mine")
    ask("run")
    assert kept(project) == {}


def test_nothing_is_kept_where_a_submodule_may_move(project):
    project.git("init", "--quiet", "prompts/more")
    project.git("-C", "prompts/more", "commit", "--allow-empty", "-qm", "Theirs")
    project.git("add", "prompts/more")
    project.commit("A repository of theirs")
    ask("diff")
    assert kept(project) == {}


def ticking(monkeypatch, *, held_up):
    """Clocks of which each look takes so many seconds; gives one that sets them by seconds."""
    at = {"monotonic_ns": 0, "time_ns": 10**18}

    def look(name):
        for each in at:
            at[each] += held_up * 10**9
        return at[name]

    for name in at:
        monkeypatch.setattr(recording.time, name, partial(look, name))
    return lambda seconds: at.update(time_ns=at["time_ns"] + seconds * 10**9)


@pytest.mark.parametrize("held_up", [0, 30])
@pytest.mark.parametrize("set_by", [-3600, 0, 3600])
def test_nothing_is_kept_where_the_clock_was_set_meanwhile(monkeypatch, held_up, set_by):
    """And a machine so busy that it holds the program up between two looks has not set it."""
    set_clock = ticking(monkeypatch, held_up=held_up)
    kept = Recording.__new__(Recording)
    kept._ahead = recording._clock_ahead()
    set_clock(set_by)
    assert kept._is_clock_set() == (set_by != 0)


BESIDE_MODULES = """
import os, sys, time
from importlib.util import find_spec
from promptci.unchanged.witness import Witness
sys.path.append({library!r})
log, begins = {library!r} + "/log", Witness.listen
def listen(self):
    begun = time.time_ns()
    while os.stat(log).st_ctime_ns <= begun:  # the clock of files is a coarse one
        open(log, "r+").write("more")  # by somebody else
    begins(self)
    find_spec("none_of_this_name")
Witness.listen = listen
"""
"""A look for a module through a folder in which a file has been written to just now."""


def test_who_writes_beside_modules_makes_nothing_new(project, tmp_path):
    library = tmp_path / "library"
    library.mkdir()
    (library / "log").write_text("")
    script = BESIDE_MODULES.format(library=str(library)) + SCRIPT
    assert ask_as(script, "lint").returncode == 0
    assert len(kept(project)) == 1
    mark(project)
    assert ask_as(script, "lint").stdout == AGAIN
    (library / "module.py").write_text("")
    assert ask_as(script, "lint").stdout != AGAIN


def test_nothing_is_made_where_there_is_no_state_folder(project):
    shutil.rmtree(project.path / ".promptci")
    ask("lint")
    assert not (project.path / ".git/promptci").exists()


def test_an_answer_comes_before_the_command_line_is_imported(project):
    heavy = """
import os, sys
leave, heavy = os._exit, {"click", "msgspec", "yaml", "rich", "json", "sqlite3", "pathlib"}
os._exit = lambda code: leave(code + 10 * len(heavy & sys.modules.keys()))
import promptci.unchanged.question as question
question._hour = lambda: "the same hour for all"
from promptci.commands.start import start
start()
"""
    given = {name: v for name, v in os.environ.items() if name != "GIT_CONFIG_NOSYSTEM"}
    for script in (SCRIPT, heavy):
        command = [sys.executable, "-c", script, "lint"]
        assert subprocess.run(command, env=given, check=False).returncode == 0


def test_an_answer_is_kept_though_another_process_tidies_up(project, monkeypatch):
    """It removed a file that had been listed, and the answer was not kept for that."""
    ask("lint")
    [(key, answer)] = kept(project).items()
    folder, listed = project.path / ".git/promptci/said", os.scandir
    (folder / "1.times").write_text("")

    def list_and_lose(path):
        found = listed(path)
        (folder / "1.times").unlink()
        return found

    monkeypatch.setattr(os, "scandir", list_and_lose)
    write(str(folder), "a" * 64, answer)
    monkeypatch.undo()
    assert kept(project).keys() == {key, "a" * 64}


def test_an_answer_is_read_as_it_was_written():
    said = [(1, b"one\n2 3\n"), (2, b""), (1, b"\0\0\xff")]
    heads = (None, KeptHead("/a/.git/r", "1f", listed="l", day="-", objects=["1e", "1f:a b"]))
    for contents, head in zip(("c", ""), heads, strict=True):
        given = StoredSaying(
            "/a\nb",
            1,
            folders=["/a", "/a/\udcff"],
            files=[],
            digest="d",
            read="r",
            contents=contents,
            moved="m",
            head=head,
            asked=[("/a", ["git", "diff"], "e")] * bool(head),
            said=said,
        )
        found = decoded(given.encoded())
        assert vars(found) | {"head": None} == vars(given) | {"head": None}
        assert (found.head and vars(found.head)) == (head and vars(head))


@pytest.mark.parametrize(
    "does",
    [
        lambda at: (at / "new").write_text(""),
        lambda at: (at / "new").mkdir(),
        lambda at: at.rename(f"{at}-other"),
        lambda at: at.chmod(0o700),
        lambda at: os.utime(at),
        lambda at: (at / "b").symlink_to("a"),
        lambda at: os.system("true"),
        lambda at: sqlite3.connect(at / "other.sqlite").close(),
        lambda at: __import__("socket").getaddrinfo("127.0.0.1", 1),
        lambda at: __import__("subprocess").run(["true"], check=True),
    ],
)
def test_a_witness_hears_of_all_that_is_more_than_reading(tmp_path, does):
    witness = Witness()
    witness.listen()
    try:
        (tmp_path / ".promptci").exists()
        assert not witness.is_spoilt
        does(tmp_path)
        assert witness.is_spoilt
    finally:
        witness.end()


def test_a_forked_child_is_more_than_reading_unless_it_is_a_helper():
    witness = Witness()
    witness.listen()
    try:
        for _ in range(2):
            sys.audit("promptci.helps")
        for _ in range(2):
            sys.audit("os.fork")
        assert not witness.is_spoilt
        sys.audit("os.fork")
        assert witness.is_spoilt
    finally:
        witness.end()


def test_a_file_is_heard_of_whatever_folder_its_path_goes_through(tmp_path):
    mine = tmp_path / "mine.txt"
    mine.write_text("")
    library = Path(os.__file__).parent
    way_round = f"{library}/{os.path.relpath(mine, library)}"
    witness = Witness()
    witness.listen()
    for path in (os.__file__, way_round):
        Path(path).read_bytes()
    witness.end()
    (tmp_path / "later.txt").write_text("")
    assert (witness.files, witness.is_spoilt) == ({str(mine)}, False)


def test_times_of_files_are_tried_before_an_answer_rests_on_them(tmp_path, monkeypatch):
    folder, here = str(tmp_path), tmp_path.stat().st_dev
    assert tell_of_changes(folder, {here})
    assert not tell_of_changes(folder, {here, here + 1})  # something is mounted inside
    for wrong in (-30, 30):
        assert not tell_of_changes(folder, {here}, clock=lambda: time.time_ns() + wrong * 10**9)  # noqa: B023
    listed = f"1 2 {os.major(here)}:{os.minor(here)} / /home rw shared:1 - nfs4 host:/ rw\n"
    (tmp_path / "mounts").write_text(listed)
    monkeypatch.setattr(filetimes, "_MOUNTS", str(tmp_path / "mounts"))
    assert not tell_of_changes(folder, {here})
    monkeypatch.setattr(filetimes, "_MOUNTS", str(tmp_path / "none"))  # not Linux
    assert tell_of_changes(folder, {here})
    set_back = os.stat_result(range(10), {"st_ctime_ns": 0, "st_dev": here})  # as FAT has it
    monkeypatch.setattr(os, "fstat", lambda handle: set_back)
    assert not tell_of_changes(folder, {here})
    assert [path.name for path in tmp_path.iterdir()] == ["mounts"]
