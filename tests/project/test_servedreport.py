"""A report that follows the files: when it is made again, and what happens when it cannot be."""

from urllib.request import urlopen

import pytest

from promptci.errors import SpecError
from promptci.project import servedreport
from promptci.project.servedreport import files_stamp, follow_report
from promptci.project.workspace import ProjectFiles


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(servedreport, "_EVERY", 0)


def follow(pages, stamps):
    """Follow until the stamps end, as by Ctrl-C; gives what was served after each and was said."""
    pages, stamps, served, said, address = iter(pages), iter(stamps), [], [], []

    def make():
        page = next(pages)
        if isinstance(page, Exception):
            raise page
        return page

    def stamp():
        if address:
            with urlopen(address[0], timeout=120) as answer:
                served.append(answer.read())
        try:
            return next(stamps)
        except StopIteration:
            raise KeyboardInterrupt from None

    follow_report(make, stamp, said.append, address.append)
    return served, said


def test_it_is_made_again_only_when_something_changed():
    served, said = follow([b"one", b"two"], [1, 1, 2, 2])
    assert served == [b"one", b"one", b"two", b"two"]
    assert said == []


def test_what_is_wrong_is_said_and_the_last_page_stays():
    served, said = follow([b"one", SpecError([]), b"three"], [1, 2, 3])
    assert served == [b"one", b"one", b"three"]
    assert len(said) == 1


def test_files_runs_and_commits_are_what_it_follows(repo):
    repo.write({"prompts/a.yaml": "x", "promptci.yaml": ""})
    project = ProjectFiles(repo.path)
    seen = {files_stamp(project)}
    repo.write({"prompts/a.yaml": "longer"})
    seen.add(files_stamp(project))
    repo.write({".promptci/runs/x.jsonl": "{}"})
    seen.add(files_stamp(project))
    repo.commit("one")
    seen.add(files_stamp(project))
    repo.write({"README.md": "is nothing to it"})
    assert files_stamp(project) in seen
    assert len(seen) == 4
    project.close()
