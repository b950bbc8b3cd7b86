"""What commits since an answer was kept change, and what they leave as it was."""

import os
import shutil
import subprocess
import time
from itertools import count

import pytest

from promptci.gitcommand import COMMAND
from promptci.projectpaths import may_be_of_a_project
from promptci.unchanged.asking import answer_digest
from promptci.unchanged.latercommits import kept_head
from promptci.unchanged.recording import Recording
from promptci.unchanged.sayagain import _still_holds
from promptci.unchanged.stored import read
from promptci.unchanged.witness import Witness
from tables import every_row

KEY = "0" * 64
RECORD, NOTES, DATA, PROMPT = (
    "evals/a.scores.yaml",
    "notes/todo.txt",
    "data/a.txt",
    "prompts/a.yaml",
)
FILES = (
    *("promptci.yaml", PROMPT, "evals/a.yaml", RECORD, "flows/a.yaml", "deep/down/a.prompt.yml"),
    *("apps/two/evals/a.yaml", NOTES, DATA, "notes/.gitattributes", ".gitignore"),
)
LOG = ("log", "--topo-order", "-z", "--raw", "--full-history")
SINCE = ("log", "-z", "-200", "--no-renames", "--no-relative", "--name-only")
OWN = (
    ("ls-files", "-z", "--stage"),
    ("cat-file", "--batch"),
    ("config", "-z", "--get-regexp", "a"),
)


@pytest.fixture
def first(repo):
    """A repository whose first commit has all files, and whose second has one."""
    repo.write({path: f"{path}\n" for path in FILES} | {".gitignore": ".promptci/\n"})
    repo.commit("Files")
    repo.write({NOTES: "second\n"})
    repo.commit("Notes")
    (repo.path / ".promptci/runs").mkdir(parents=True)
    return Place(repo.path)


@pytest.fixture
def place(first, tmp_path):
    """Gives copies of it."""
    folders = (tmp_path / f"copy{number}" for number in count())
    return lambda: Place(shutil.copytree(first.path, next(folders), symlinks=True))


class Place:
    """A repository, and an answer that was kept of a command there."""

    def __init__(self, path):
        self.path = path

    def git(self, *arguments):
        done = subprocess.run(["git", *arguments], cwd=self.path, capture_output=True, check=False)
        assert not done.returncode, done.stderr
        return done.stdout.decode().strip()

    def ref(self):
        return f".git/{self.git('symbolic-ref', 'HEAD')}"

    def write(self, path, text):
        (self.path / path).parent.mkdir(parents=True, exist_ok=True)
        (self.path / path).write_text(text)

    def commit(self, *paths, text="other\n"):
        for path in paths:
            self.write(path, text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", "More")

    def keep(self, *, objects=(), commands=(), files=(), said=((1, b"said"),)):
        """As of a command that read the record of HEAD, and asked what differs from that."""
        head, witness = self.git("rev-parse", "HEAD"), Witness()
        witness.root = str(self.path)
        listed = ("ls-tree", "-r", "-z", "--full-tree", head)
        asked = (*OWN, listed, (*LOG, head, "--", RECORD), (*SINCE, head, f"^{head}"))
        own = [tuple(each.format(head) for each in command) for command in commands]
        witness.commands = {*asked, *own}
        given = {"HEAD^{commit}", head, self.git("rev-parse", f"HEAD:{RECORD}")}
        witness.objects = given | {each.format(head) for each in objects}
        witness.files = {f"{self.path}/{file}" for file in files}
        compare = (*COMMAND, "diff", "--name-only", "-z", head, "--", "evals", "prompts")
        differs = subprocess.run(compare, cwd=self.path, capture_output=True, check=True).stdout
        witness.asked, witness.compared = [(str(self.path), compare, answer_digest(0, differs))], 1
        recording = Recording.__new__(Recording)
        recording._key, recording._said = KEY, list(said)
        recording._began, recording._is_clock_set = time.time_ns() + 10**12, lambda: False
        recording._keep(witness, 0)

    def says_it_again(self):
        answer = read(str(self.path / ".git/promptci/said"), KEY)
        assert answer is not None, "nothing was kept"
        return _still_holds(answer)


def changed_and_back(path):
    def change(at):
        before = (at.path / path).read_text()
        at.commit(path)
        at.commit(path, text=before)

    return change


def merged(at):
    at.git("checkout", "-q", "-b", "side", "HEAD~1")
    at.commit("notes/side.txt")
    at.git("checkout", "-q", "-")
    at.git("merge", "-q", "--no-edit", "side")


def merged_with_an_earlier_one(at):
    """A commit of the same files that has two parents, and no file of git's that tells of it."""
    tree = ("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-p", "HEAD~1", "-m", "Merged")
    at.git("update-ref", "HEAD", at.git(*tree))


def kept_while_edited(at):
    at.write(DATA, "other\n")
    at.keep(files=[DATA])


def linked(at):
    (at.path / NOTES).unlink()
    (at.path / NOTES).symlink_to("more.txt")
    at.commit()


def next_day(at):
    at.write(NOTES, "third\n")
    env = os.environ | {"GIT_COMMITTER_DATE": "2099-01-01T00:00:00Z"}
    subprocess.run(["git", "commit", "-qam", "Later"], cwd=at.path, env=env, check=True)


def on_branch(name):
    def keep(at):
        at.git("checkout", "-q", "-b", name)
        at.keep()

    return keep


def beside_branch(name):
    return lambda at: (at.git("branch", name, "HEAD~1"), at.keep())


def other_file(at):
    at.commit(NOTES)


AGAIN = {
    "nothing": (Place.keep, lambda at: None),
    "another file": (Place.keep, other_file),
    "several commits": (Place.keep, lambda at: [at.commit(NOTES, DATA, text=n) for n in "123"]),
    "changed and back": (Place.keep, changed_and_back(NOTES)),
    "no file at all": (Place.keep, Place.commit),
    "amended since": (
        Place.keep,
        lambda at: (other_file(at), at.git("commit", "-q", "--amend", "-m", "Other")),
    ),
    "on a branch in a folder": (on_branch("a/b"), other_file),
    "on a branch called as our folder is": (on_branch("promptci"), other_file),
    "a file in the tree that was listed": (
        lambda at: at.keep(commands=[("ls-tree", "-z", "--full-tree", "{}", "--", RECORD)]),
        other_file,
    ),
    "another read": (lambda at: at.keep(objects=[f"{{}}:{DATA}"]), other_file),
}


def changed(change):
    return Place.keep, change


ANEW = {
    "a prompt": changed(lambda at: at.commit(PROMPT)),
    "a prompt deep down": changed(lambda at: at.commit("deep/down/a.prompt.yml")),
    "what git is told": changed(lambda at: at.commit("notes/.gitattributes")),
    "changed and back": changed(changed_and_back(PROMPT)),
    "among many": changed(lambda at: (other_file(at), at.commit(PROMPT), at.commit(DATA))),
    "a new file": changed(lambda at: at.commit("notes/new.txt")),
    "none left": changed(lambda at: (at.git("rm", "-q", NOTES), at.commit())),
    "another name": changed(lambda at: (at.git("mv", NOTES, "notes/a.txt"), at.commit())),
    "another mode": changed(lambda at: ((at.path / NOTES).chmod(0o755), at.commit())),
    "a link": changed(linked),
    "staged": changed(lambda at: (at.write(NOTES, "x"), at.git("add", NOTES))),
    "staged beside a commit": changed(
        lambda at: (other_file(at), at.write(DATA, "x"), at.git("add", DATA))
    ),
    "staged above a commit": changed(
        lambda at: (other_file(at), at.write(NOTES, "x"), at.git("add", NOTES))
    ),
    "to be added": changed(lambda at: (at.write("notes/b", "x"), at.git("add", "-N", "notes/b"))),
    "amended": changed(lambda at: at.git("commit", "-q", "--amend", "-m", "Notes of mine")),
    "merged": changed(merged),
    "merged with an earlier one": changed(merged_with_an_earlier_one),
    "reset": changed(lambda at: at.git("reset", "-q", "--hard", "HEAD~1")),
    "reset softly": changed(lambda at: at.git("reset", "-q", "--soft", "HEAD~1")),
    "detached": changed(lambda at: at.git("checkout", "-q", "--detach")),
    "detached and on": changed(lambda at: (at.git("checkout", "-q", "--detach"), other_file(at))),
    "packed": changed(lambda at: at.git("pack-refs", "--all")),
    "packed, and a commit": changed(lambda at: (at.git("pack-refs", "--all"), other_file(at))),
    "a branch": changed(lambda at: at.git("checkout", "-q", "-b", "more")),
    "another branch moves": (
        beside_branch("side"),
        lambda at: at.git("branch", "-f", "side", "HEAD"),
    ),
    "another branch, called as our folder is, moves": (
        beside_branch("promptci"),
        lambda at: at.git("branch", "-f", "promptci", "HEAD"),
    ),
    "a commit of a prompt on a branch called so": (
        on_branch("promptci"),
        lambda at: at.commit(PROMPT),
    ),
    "skipped": changed(lambda at: at.git("update-index", "--skip-worktree", NOTES)),
    "taken for unchanged": changed(lambda at: at.git("update-index", "--assume-unchanged", NOTES)),
    "edited and not committed": changed(lambda at: (other_file(at), at.write(PROMPT, "x"))),
    "the next day": changed(next_day),
    "by its path": (lambda at: at.keep(objects=[f"{{}}:{DATA}"]), lambda at: at.commit(DATA)),
    "by its id": (
        lambda at: at.keep(objects=[at.git("rev-parse", f"HEAD:{DATA}")]),
        lambda at: at.commit(DATA),
    ),
    "by its file": (kept_while_edited, Place.commit),
    "the branch's own file": (lambda at: at.keep(files=[at.ref()]), other_file),
}


@every_row("name", AGAIN)
def test_commits_of_other_files_are_no_reason_to_look_again(place, name):
    keep, change = AGAIN[name]
    at = place()
    keep(at)
    change(at)
    assert at.says_it_again()


@every_row("name", ANEW)
def test_all_else_that_may_have_happened_is(place, name):
    keep, change = ANEW[name]
    at = place()
    keep(at)
    assert keep is Place.keep or at.says_it_again(), "before anything happened"
    change(at)
    assert not at.says_it_again()


def test_a_commit_that_is_shown_is_not_passed_over(place):
    for shown, is_again in ((0, True), (4, False), (7, False)):
        at = place()
        head = at.git("rev-parse", "HEAD").encode()
        at.keep(said=[(1, b"at " + head[:2]), (2, b"-"), (1, head[2:shown] + b" at")])
        other_file(at)
        assert at.says_it_again() == is_again


@every_row(
    "command, is_heard",
    [
        (("cat-file", "--batch"), True),
        (("cat-file", "-e", "{}^{{commit}}"), True),
        (("cat-file", "-e", "HEAD^{{commit}}"), False),
        (("cat-file", "-p", "{}"), False),
        (("ls-tree", "-r", "-z", "--full-tree", "{}"), True),
        (("ls-tree", "-z", "--full-tree", "{}"), False),
        (("ls-tree", "-r", "-l", "-z", "{}"), False),
        (("ls-tree", "-r", "-z", "--full-tree", "HEAD"), False),
        (("ls-tree", "-z", "--full-tree", "{}", "--", RECORD), True),
        (("ls-tree", "-z", "--full-tree", "{}", "--", NOTES), False),
        (("log", "--raw", "{}", "--", RECORD, PROMPT), True),
        (("log", "--raw", "{}", "--", "evals"), True),
        (("log", "--raw", "{}", "--", RECORD, NOTES), False),
        (("log", "--raw", "{}", "--"), False),
        (("log", "--raw", "{}"), False),
        (("log", "--name-only", "{}", "^{}"), True),
        (("log", "--name-only", "{}"), False),
        (("rev-list", "{}"), False),
        (("rev-parse", "HEAD"), False),
        (("for-each-ref",), False),
        (("merge-base", "{}", "{}"), False),
        (("otherwise",), False),
    ],
)
def test_git_is_asked_what_other_commits_leave_as_it_is(first, command, is_heard):
    head = first.git("rev-parse", "HEAD")
    asked = [each.format(*[head] * 2) for each in command]
    assert bool(kept_head(f"{first.path}/.git", [asked], set())) == is_heard
    assert not kept_head(f"{first.path}/.git", [asked, ("rev-parse", "HEAD")], set())


@every_row(
    "read, is_heard",
    [
        ("HEAD^{{commit}}", True),
        ("{}", True),
        ("{}:prompts/a.yaml", True),
        ("{}^@", False),
        ("refs/heads/main^{{commit}}", False),
        ("HEAD:prompts/a.yaml", False),
        ("HEAD", False),
        ("{}^{{tree}}", True),
    ],
)
def test_what_was_read_is_named_by_its_content(first, read, is_heard):
    name = read.format(first.git("rev-parse", "HEAD"))
    assert bool(kept_head(f"{first.path}/.git", [], {name})) == is_heard


@every_row(
    "path, may_be",
    [
        *((path, True) for path in FILES if path not in (NOTES, DATA)),
        *((path, False) for path in (NOTES, DATA, "README.md", "src/evals.py", ".github/a.yaml")),
        *((path, True) for path in ("evals", "apps/flows", ".gitmodules", "a/.gitignore")),
    ],
)
def test_a_path_tells_whether_a_project_may_have_the_file(path, may_be):
    assert may_be_of_a_project(path) == may_be
