"""A repository with a history worth telling: what the documents show and end-to-end tests use.

It holds one prompt, `triage`, with twenty golden examples on a scripted model, and these commits:

    first     the prompt, labelled v1
    better    v2 names the queues: an improvement
    readme    a commit that changes nothing that is measured
    shorter   v3 drops a sentence: a regression, all of it in one tag
    undone    v2 again, by a revert
    swapped   another model: one example lost for good, one flaky, one won
    accepted  the lost example is accepted

The model is `tests/fakes.py`'s server, reached as a proxy, so that the address in the files, and
with it every commit id, is the same on every machine.
"""

import os
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from fakes import Asked, FakeAPI
from gitrepo import GitRepo
from promptci.commands.main import main
from snapshots import Snapshot

BILLING = (
    "My card was charged twice.",
    "The invoice shows the wrong amount.",
    "I want my money back.",
    "Where is the receipt for May?",
    "Your shop does not take my voucher.",
    "Why is the price higher than last week?",
    "The discount was not taken off.",
)
DELIVERY = (
    "My parcel is three days late.",
    "The driver left the box in the rain.",
    "Half of the order is missing.",
    "Can you send it to my office instead?",
    "The tracking page has not moved since Monday.",
    "A neighbour got my parcel.",
    "The box arrived empty.",
)
ACCOUNT = (
    "I forgot my password.",
    "Please delete my account.",
    "I cannot log in since the update.",
    "How do I change my email address?",
    "Somebody else is using my profile.",
    "I pay for two profiles but see one.",
)
QUEUES = {"billing": BILLING, "delivery": DELIVERY, "account": ACCOUNT}
LABELS = {text: queue for queue, texts in QUEUES.items() for text in texts}

V1 = "You sort support tickets."
V2 = f"{V1} The queues are billing, delivery and account. Answer with the name of one queue."
V3 = f"{V1} The queues are billing, delivery and account."

HARD = "I pay for two profiles but see one."
LOST = "The box arrived empty."
FLAKY = "A neighbour got my parcel."


class Answers:
    """What the scripted models say: `small` and `large`, on each wording of the prompt."""

    def __init__(self) -> None:
        self.seen: Counter[tuple[str, str]] = Counter()

    def __call__(self, asked: Asked) -> str:
        body = asked.body
        system, ticket = (message["content"] for message in body["messages"])
        label = LABELS[ticket]
        self.seen[body["model"], ticket] += 1
        if body["model"] == "large":
            return self._large(label, ticket)
        if system == V1:
            return label if label == "billing" else f"This looks like {label}."
        if system == V3 and label == "delivery":
            return f"The queue is {label}."
        return "billing" if ticket == HARD else label

    def _large(self, label: str, ticket: str) -> str:
        if ticket == FLAKY and self.seen["large", ticket] == 1:
            return "account"
        return "billing" if ticket == LOST else label


class Demonstration:
    """The repository, the server behind its model, and its commits by name."""

    def __init__(self, repo: GitRepo, api: FakeAPI) -> None:
        self.repo = repo
        self.api = api
        self.commits: dict[str, str] = {}
        self._day = 1

    def commit(self, name: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Commit the working tree, a day after the last commit."""
        date = f"2026-03-{self._day:02}T09:00:00+00:00"
        monkeypatch.setenv("GIT_AUTHOR_DATE", date)
        monkeypatch.setenv("GIT_COMMITTER_DATE", date)
        self._day += 1
        self.commits[name] = self.repo.commit(message)


class Built(NamedTuple):
    """The repository as it was built first: it is the same each time."""

    files: Snapshot
    commits: dict[str, str]
    seen: Counter[tuple[str, str]]
    date: str


_built: list[Built] = []


def build(repo: GitRepo, api: FakeAPI, monkeypatch: pytest.MonkeyPatch) -> Demonstration:
    """Make the repository; every score in it comes from `promptci run`.

    After the first time in a process it is copied.
    """
    demo, answers = Demonstration(repo, api), Answers()
    api.answers(answers)
    monkeypatch.setenv("HTTP_PROXY", api.url.removesuffix("/v1"))
    if not _built:
        _build(demo, monkeypatch)
        files = Snapshot.of(repo.path)
        date = os.environ["GIT_COMMITTER_DATE"]
        _built.append(Built(files, {**demo.commits}, Counter(answers.seen), date))
        return demo
    [built] = _built
    built.files.write(repo.path)
    demo.commits.update(built.commits)
    answers.seen.update(built.seen)
    monkeypatch.setenv("GIT_AUTHOR_DATE", built.date)
    monkeypatch.setenv("GIT_COMMITTER_DATE", built.date)
    return demo


def _build(demo: Demonstration, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = demo.repo
    repo.write(_files())
    _write_prompt(repo, V1, "v1")
    _run_and_commit(demo, "first", "triage: sort support tickets", monkeypatch)
    _write_prompt(repo, V2, "v2")
    _run_and_commit(demo, "better", "triage: name the queues", monkeypatch)
    repo.write({"README.md": "# Support\n"})
    demo.commit("readme", "readme: begin one", monkeypatch)
    _write_prompt(repo, V3, "v3")
    _run_and_commit(demo, "shorter", "triage: shorten the prompt", monkeypatch)
    _write_prompt(repo, V2, "v2")
    _run_and_commit(demo, "undone", 'Revert "triage: shorten the prompt"', monkeypatch)
    _write_prompt(repo, V2, "v2", model="large")
    _run_and_commit(demo, "swapped", "triage: ask the large model", monkeypatch)
    main(["accept", "triage", "delivery-7", "-m", "empty boxes go to billing from now on"])
    demo.commit("accepted", "triage: accept the loss of delivery-7", monkeypatch)


def _run_and_commit(
    demo: Demonstration, name: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    main(["run"])
    demo.commit(name, message, monkeypatch)


def _files() -> dict[str, str]:
    return {
        ".gitignore": ".promptci/\n",
        "promptci.yaml": (
            "endpoints:\n  lab: {base_url: http://llm.example/v1}\n"
            "models:\n  small: {endpoint: lab}\n  large: {endpoint: lab}\n"
            "prices:\n  small: {input: 0.1, output: 0.4}\n  large: {input: 2, output: 8}\n"
        ),
        "evals/triage.yaml": (
            "examples: triage.csv\nscorers:\n  - equals: {ignore_case: true, strip: true}\n"
            "gate:\n  tolerance: 0.05\n  must_pass: [billing-1]\n"
        ),
        "evals/triage.csv": "".join(_rows()),
    }


def _rows() -> Iterator[str]:
    yield "id,ticket,expected,tags\n"
    for queue, texts in QUEUES.items():
        for number, text in enumerate(texts, 1):
            yield f"{queue}-{number},{text},{queue},{queue}\n"


def _write_prompt(repo: GitRepo, system: str, version: str, *, model: str = "small") -> None:
    repo.write(
        {
            "prompts/triage.yaml": (
                f"description: Name the queue of a support ticket.\nversion: {version}\n"
                f"model: {model}\nparameters: {{max_tokens: 8}}\nmessages:\n"
                f"  - role: system\n    content: >-\n      {system}\n"
                '  - {role: user, content: "{{ ticket }}"}\n'
            )
        }
    )
