"""Measures with `--batch`: one batch for all that is asked, and the figures of a live run."""

import json

import pytest

from fakebatches import FakeBatches
from projects import config, jsonl, route, router
from promptci.batching import following
from promptci.commands.main import main

SHOTS = """\
model: small
parameters: {max_tokens: 8}
messages:
  - {role: system, content: "Route the ticket to billing, shipping or other."}
  - {role: user, content: "Ticket: {{ ticket }}\\nQueue:"}
shots:
  - {vars: {ticket: I was charged again}, output: billing}
  - {vars: {ticket: Where is the parcel}, output: shipping}
  - {vars: {ticket: Is there a vegan menu}, output: other}
"""
LABELS = [
    {"id": "thanks", "output": "Thank you, gladly.", "label": "pass"},
    {"id": "away", "output": "Go away!", "label": "fail"},
]


@pytest.fixture(scope="module")
def server():
    with FakeBatches() as made:
        yield made


@pytest.fixture
def batches(repo, server, monkeypatch):
    """The service, and the project `router` with shots and a golden set of a judge."""
    server.forget()
    server.answers(said)
    monkeypatch.setattr(following, "FIRST_WAIT", 0.0)
    settings = config(server.url).replace("defaults: {", "defaults: {judge: large, ")
    settings = settings.replace(f"base_url: {server.url}", f"base_url: {server.url}, batch: openai")
    half = "{input: 1, output: 2, batch: {input: 0.5, output: 1}}"
    settings = settings.replace("{input: 1, output: 2}", half)
    files = router(server.url, config=settings)
    prompt = next(name for name in files if name.startswith("prompts/"))
    files |= {
        prompt: SHOTS,
        "evals/judges/polite.yaml": "scorer: {rubric: It is polite.}\nexamples: polite.jsonl\n",
        "evals/judges/polite.jsonl": jsonl(LABELS),
    }
    repo.write(files)
    repo.commit("Add the router")
    return server


def without_counts(document):
    """A document without what was asked, stored and paid, and how long answers took."""
    if isinstance(document, list):
        return [without_counts(each) for each in document]
    if not isinstance(document, dict):
        return document
    counts = ("asked", "cached", "cost", "latency", "requests", "batches")
    return {k: without_counts(v) for k, v in document.items() if k not in counts}


def said(asked):
    if asked.body["model"] == "large-1":
        return json.dumps({"reason": "so", "score": 1.0, "pass": "Thank" in asked})
    return route(asked)


@pytest.mark.parametrize(
    "command",
    [
        ("noise", "router", "-k", "3"),
        ("shots", "router"),
        ("curve", "router", "--shots", "0,2", "--orders", "2"),
        ("sensitivity", "router", "--sample", "3"),
        ("judge", "polite"),
    ],
)
def test_one_batch_gives_the_figures_of_a_live_run(batches, ask, command):
    live = ask(*command)
    asked = batches.count
    assert main(["cache", "clear"]) == 0
    batches.forget()
    batches.answers(said)
    assert ask(*command, "--batch", "--no-wait").code == 3
    found = ask(*command, "--batch", "--no-wait")
    assert found.code == live.code
    [sent] = batches.batches
    assert (batches.count <= 2, batches.count + len(sent.lines)) == (True, asked)
    assert without_counts(found.document) == without_counts(live.document)


def test_a_dry_run_counts_the_price_of_batches(batches, ask):
    [live, *_] = ask("curve", "router", "--shots", "0,2", "--dry-run").document["evals"]
    [half, *_] = ask("curve", "router", "--shots", "0,2", "--dry-run", "--batch").document["evals"]
    assert float(half["cost"]) == pytest.approx(float(live["cost"]) / 2)
