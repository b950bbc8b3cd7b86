"""Where promptci is installed from, as a requirement for elsewhere."""

import json

import pytest

from promptci.project.starter.installedfrom import (
    UNKNOWN,
    own_requirement,
    requirement_of,
    web_address,
)
from promptci.version import __version__

COMMIT = "a" * 40


def of(url, info=None, clone=("", "")):
    document = {"url": url, "dir_info": {}} if info is None else {"url": url, "vcs_info": info}
    return requirement_of(json.dumps(document), lambda folder: clone)


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (requirement_of(None, lambda _: ("", "")), f"promptci-cli[local]=={__version__}"),
        (
            of("https://git.host/a/b.git", {"vcs": "git", "commit_id": COMMIT}),
            f"promptci-cli[local] @ git+https://git.host/a/b.git@{COMMIT}",
        ),
        (
            of("file:///home/ada/b%20c", clone=("git@git.host:a/b.git", COMMIT)),
            f"promptci-cli[local] @ git+https://git.host/a/b.git@{COMMIT}",
        ),
        (of("file:///x", clone=("https://h.io/b", "")), "promptci-cli[local] @ git+https://h.io/b"),
        (of("file:///x", clone=("/home/ada/b", COMMIT)), None),
        (of("file:///x"), None),
        (requirement_of("[]", lambda _: ("", "")), None),
        (requirement_of("{", lambda _: ("", "")), None),
    ],
)
def test_what_pip_is_told(found, wanted):
    assert found == wanted


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://ada:token-123456@git.host:8443/a/b.git", "https://git.host:8443/a/b.git"),
        ("ssh://git@git.host:22/a/b.git", "https://git.host/a/b.git"),
        ("https://git.host/a/b.git?x=1#y", ""),
        ("https://git.host/a b; rm -rf", ""),
        ('https://git.host/a"\n- run: evil', ""),
        ("file:///home/ada", ""),
        ("../b", ""),
        ("ext::sh -c evil", ""),
    ],
)
def test_an_address_has_no_secret_and_fits_a_line(url, wanted):
    assert web_address(url) == wanted


def test_init_says_where_its_workflow_installs_from(repo, ask, monkeypatch):
    monkeypatch.setattr(
        "promptci.project.starter.writing.own_requirement", lambda: "promptci-cli==7"
    )
    assert ask("init", "--workflow").document["written"] == [".github/workflows/promptci.yml"]
    text = (repo.path / ".github/workflows/promptci.yml").read_text()
    assert "  PROMPTCI: promptci-cli==7  #" in text
    assert UNKNOWN not in text
    assert ask("init", "--workflow").code == 2


@pytest.mark.parametrize(
    ("branch", "named"),
    [("main", "[main, master]"), ("trunk", '["trunk"]'), ("x]y", "[main, master]")],
)
def test_the_workflow_names_the_main_branch(repo, ask, branch, named):
    repo.git("branch", "-M", branch)
    assert ask("init", "--workflow").code == 0
    assert f"    branches: {named}\n" in (repo.path / ".github/workflows/promptci.yml").read_text()


def test_an_unknown_place_is_told(repo, ask, monkeypatch):
    monkeypatch.setattr("promptci.project.starter.writing.own_requirement", lambda: None)
    assert "set PROMPTCI there to an address" in ask("init", "--workflow").stderr
    assert UNKNOWN in (repo.path / ".github/workflows/promptci.yml").read_text()


def test_this_one_is_a_clone_or_installed_from_one():
    found = own_requirement()
    assert found is None or found.startswith("promptci-cli[local]")
