"""Revisions that are options, names that are commands, repositories that would run programs."""

import os
import re
import stat
import sys

import pytest

from commands.conftest import begin, files
from gitrepo import GitRepo
from projects import PROMPT, REWORDED, before_and_after, route
from promptci.commands.main import main

HOSTILE = (
    "--output=x",
    "-oX",
    "--upload-pack=touch x",
    "--exec=touch x",
    "-",
    "ext::sh -c touch% x",
    "HEAD:../x",
    "HEAD:",
    ":/",
    "^HEAD",
    "HEAD\nmain",
    "HEAD\x00",
    "\x1b[2J",
    "",
    " ",
    "HEAD..main",
    "@{upstream}",
    "refs/heads/*",
    "\ud800",
    "\udcff",
    "x" * 5000,
)
ENTRIES = {
    "check --base": ("check", "--base={}"),
    "check --head": ("check", "--head={}"),
    "run --rev, first": ("run", "--rev={}..HEAD"),
    "run --rev, last": ("run", "--rev=HEAD..{}"),
    "compare A": ("compare", "--", "rev:{}", "rev:HEAD"),
    "compare B": ("compare", "--", "rev:HEAD", "rev:{}"),
    "compare, no prefix": ("compare", "--", "{}", "HEAD"),
    "diff": ("diff", "--", "{}"),
    "diff --head": ("diff", "HEAD", "--head={}"),
    "bisect --good": ("bisect", "router", "--good={}", "--bad=HEAD"),
    "bisect --bad": ("bisect", "router", "--good=HEAD", "--bad={}"),
    "why --base": ("why", "router", "--base={}"),
    "log": ("log", "--", "{}"),
    "log --since": ("log", "router", "--since={}"),
}


@pytest.fixture
def scored(repo: GitRepo, api, keep) -> GitRepo:
    def make() -> None:
        begin(repo, api)
        assert main(["run"]) == 0
        repo.commit("scores")

    api.answers(route)
    keep(make)
    return repo


@pytest.mark.parametrize("entry", ENTRIES)
def test_what_is_no_revision_is_refused_by_every_command(scored, capsys, entry):
    """A third of the texts each: `tests/git/test_repo.py` has what all of them ask refuse all."""
    arguments, turn = ENTRIES[entry], [*ENTRIES].index(entry) % 3
    before = files(scored)
    there = sorted(scored.path.iterdir())
    for hostile in HOSTILE[turn::3]:
        if (hostile in ("", " ") and "..{}" in arguments[-1]) or (
            arguments[0] == "run" and ".." in hostile
        ):
            continue  # an open end, and a span of its own
        code = main([part.replace("{}", hostile) for part in arguments])
        said = capsys.readouterr()
        nothing = 5 if arguments[0] == "log" else 2
        assert code in (2, nothing), (hostile, said)
        assert "Traceback" not in said.err
        assert "\x1b" not in said.out + said.err
    assert files(scored) == before
    assert sorted(scored.path.iterdir()) == there


NAMES = (
    "refs/heads/-x",
    "refs/heads/--output=x",
    "refs/heads/$(touch x)",
    "refs/heads/`touch-x`",
    "refs/heads/it's",
    'refs/heads/"quoted"',
    "refs/heads/;touch-x",
    "refs/heads/größe",
    "refs/heads/a|b&c",
)


def test_branches_of_odd_names(scored, ask):
    there = sorted(scored.path.iterdir())
    for name in NAMES:
        scored.git("update-ref", name.replace(" ", "-"), "HEAD")
    for number, name in enumerate(NAMES):
        for written in (name.replace(" ", "-"), name.removeprefix("refs/heads/").replace(" ", "-")):
            code = 2 if written.startswith("-") else 0
            if number % 2:
                assert main(["diff", "--", written]) == code, written
            else:
                assert ask("check", f"--base={written}").code == code, written
    assert sorted(scored.path.iterdir()) == there


# Repositories that would run programs


def canary(repo: GitRepo, name: str) -> str:
    """A program that leaves a file behind when it is run, wherever it is run from."""
    path = repo.path.parent / "programs" / name
    path.parent.mkdir(exist_ok=True)
    left = repo.path.parent / "canaries" / name
    left.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n: > '{left}'\ncat\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


COMMANDS = (
    ("run",),
    ("run", "--rev", "HEAD~2..HEAD"),
    ("check", "--base", "HEAD~1"),
    ("check", "--base", "HEAD~1", "--staged"),
    ("check", "--head", "HEAD", "--base", "HEAD~1"),
    ("compare", "HEAD~1", "HEAD"),
    ("compare", "v1", "HEAD"),
    ("diff", "HEAD~1"),
    ("log", "router"),
    ("why", "router", "--base", "HEAD~1"),
    ("bisect", "router", "--good", "HEAD~2", "--bad", "HEAD"),
    ("noise", "router", "-k", "2"),
    ("show", "router"),
    ("accept", "router", "parcel", "-m", "why not"),
    ("lint",),
    ("cache", "size"),
    ("init",),
)


def test_no_program_that_a_repository_names_is_run(scored, api, capsys):
    repo = scored
    api.answers(before_and_after(route, lambda asked: "billing"))
    repo.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    main(["run", "--confirm", "0"])
    repo.commit("edit")
    repo.git("mv", "evals/router.jsonl", "evals/all.jsonl")
    repo.write({"evals/router.yaml": "examples: all.jsonl\nscorers:\n  - equals\n"})
    repo.commit("rename")
    hooks = repo.path / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in (
        "post-index-change",
        "post-checkout",
        "pre-commit",
        "reference-transaction",
        "fsmonitor-watchman",
        "query-watchman",
    ):
        (hooks / hook).symlink_to(canary(repo, hook))
    settings = {
        "core.fsmonitor": "fsmonitor",
        "core.pager": "pager",
        "pager.log": "pager-log",
        "core.editor": "editor",
        "core.sshCommand": "ssh",
        "core.askPass": "askpass",
        "core.gitProxy": "proxy",
        "core.alternateRefsCommand": "alternate",
        "diff.external": "external",
        "diff.evil.command": "command",
        "diff.evil.textconv": "textconv",
        "filter.evil.clean": "clean",
        "filter.evil.smudge": "smudge",
        "filter.evil.process": "process",
        "merge.evil.driver": "driver",
        "gpg.program": "gpg",
        "gpg.ssh.program": "gpg-ssh",
        "credential.helper": "credential",
        "alias.log": "alias-log",
        "alias.cat-file": "alias-cat",
        "uploadpack.packObjectsHook": "packhook",
        "sequence.editor": "sequence",
        "trailer.evil.command": "trailer",
        "interactive.diffFilter": "interactive",
    }
    for key, name in settings.items():
        program = canary(repo, name)
        repo.git("config", key, f"!{program}" if key.startswith("alias") else program)
    included = repo.path / "included.config"
    included.write_text(f"[core]\n\tfsmonitor = {canary(repo, 'included')}\n")
    repo.git("config", "include.path", str(included))
    repo.git("config", "log.showSignature", "true")
    repo.git("config", "diff.renames", "copies")
    repo.write({".git/info/attributes": "* diff=evil filter=evil merge=evil\n"})
    repo.write({".gitattributes": "* diff=evil filter=evil merge=evil\n"})
    for arguments in COMMANDS:
        code = main(list(arguments))
        said = capsys.readouterr()
        assert code in (0, 1, 2, 3, 5), (arguments, said.err)
        assert "Traceback" not in said.err, arguments
    left = sorted(path.name for path in (repo.path.parent / "canaries").iterdir())
    assert left == []


INHERITED = {
    "GIT_NAMESPACE": "evil",
    "GIT_PREFIX": "elsewhere/",
    "GIT_CEILING_DIRECTORIES": "/",
    "GIT_EXTERNAL_DIFF": "touch x",
    "GIT_PAGER": "touch x",
    "GIT_SSH_COMMAND": "touch x",
    "GIT_ASKPASS": "touch x",
    "GIT_TRACE": "1",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "core.fsmonitor",
    "GIT_CONFIG_VALUE_0": "touch x",
    "GIT_CONFIG_PARAMETERS": "'core.bare'='true'",
    "GIT_CONFIG_GLOBAL": "/nowhere/config",
    "GIT_LITERAL_PATHSPECS": "0",
}

ELSEWHERE = {
    "GIT_DIR": "/nowhere",
    "GIT_WORK_TREE": "/nowhere",
    "GIT_INDEX_FILE": "/nowhere/index",
    "GIT_OBJECT_DIRECTORY": "/nowhere/objects",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES": "/nowhere",
    "GIT_QUARANTINE_PATH": "/nowhere",
}


def test_what_a_hook_leaves_in_the_environment_changes_nothing(scored, ask, monkeypatch):
    """Each alone, but for those of one configuration, and then all of them."""
    scored.git("checkout", "-q", "-b", "pull")
    expected = ask("log", "router").document
    configured = {name for name in INHERITED if name.startswith("GIT_CONFIG_")}
    for names in ({*INHERITED}, configured, *({name} for name in {*INHERITED} - configured)):
        with monkeypatch.context() as patched:
            for name in names:
                patched.setenv(name, INHERITED[name])
            assert ask("log", "router").document == expected, names
            assert ask("check").code == 0, names


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_names_another_repository_is_refused(scored, ask, monkeypatch, name):
    monkeypatch.setenv(name, ELSEWHERE[name])
    answer = ask("log", "router")
    assert answer.code == 3
    assert f"the variable {name} names /nowhere" in answer.document["error"]
    monkeypatch.undo()


def hook(repo, name, command):
    """Install a hook that runs promptci."""
    path = repo.path / ".git/hooks" / name
    path.parent.mkdir(exist_ok=True)
    script = f"from promptci.commands.main import main; raise SystemExit(main({command!r}))"
    path.write_text(f"#!/bin/sh\nexec {sys.executable} - <<'END'\n{script}\nEND\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    "how",
    [("commit", "-qam", "worse"), ("commit", "-qm", "worse", "prompts/router.yaml")],
    ids=["all", "path"],
)
def test_a_hook_checks_what_is_about_to_be_committed(scored, api, how):
    api.answers(before_and_after(route, lambda ticket: "other"))
    hook(scored, "pre-commit", ["check", "--staged", "--base", "HEAD"])
    prompt = (scored.path / "prompts/router.yaml").read_text()
    scored.write({"prompts/router.yaml": prompt.replace(*REWORDED)})
    before = scored.git("rev-parse", "HEAD")
    with pytest.raises(AssertionError, match="stale"):
        scored.git(*how)
    assert scored.git("rev-parse", "HEAD") == before


def test_a_bare_repository_is_checked_by_its_commits(scored, ask, tmp_path, monkeypatch):
    scored.git("checkout", "-q", "-b", "pull")
    scored.git("commit", "-q", "--allow-empty", "-m", "nothing")
    bare = tmp_path / "bare.git"
    scored.git("clone", "-q", "--bare", ".", str(bare))
    monkeypatch.chdir(bare)
    answer = ask("check", "--head", "pull", "--base", "main")
    assert answer.code == 0, answer.document
    assert ask("check", "--base", "main").code == 3


def test_what_a_bare_repository_is_said_to_have_it_has(scored, ask, tmp_path, monkeypatch):
    scored.git("commit", "-q", "--allow-empty", "-m", "nothing")
    bare = tmp_path / "bare.git"
    scored.git("clone", "-q", "--bare", ".", str(bare))
    monkeypatch.chdir(bare)
    for command in ("run", "lint", "check", "diff", "report", "compare HEAD~1 HEAD"):
        answer = ask(*command.split())
        assert answer.code == 3
        assert "which has no files: work in a clone of it; " in answer.document["error"]
        named = re.findall(r"`(.+?)`", answer.document["error"])
        assert {each.split()[0] for each in named} == {"log", "check", "diff", "report"}
        for each in named:
            assert ask(*each.replace("BASE", "HEAD~1").split()).code == 0, each


def test_a_repository_of_another_user_gets_advice(scored, ask, monkeypatch, hermetic):
    if os.geteuid():
        pytest.skip("only root may give files away")
    os.chown(scored.path, 12345, 12345)
    os.chown(scored.path / ".git", 12345, 12345)
    answer = ask("check")
    assert answer.code == 3
    assert "safe.directory" in answer.document["error"]
