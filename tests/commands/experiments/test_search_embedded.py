"""A search on the embedded model, each step of which can be checked by hand; docs/searching.md."""

import shutil
from pathlib import Path

import pytest

from projects import example, jsonl
from promptci.commands.main import main

ROOT = Path(__file__).parents[3]
LONG_WINDED = "Billing is about money, delivery about parcels, account about passwords."
SHORT = "You route support tickets."
WRITTEN = (
    "Answer with one word: billing, delivery or account.",
    "Sort it.",
    SHORT,
    "Read the ticket and name its queue.",
)
TRAIN = (
    ("I was charged for a chair that I never bought.", "billing"),
    ("Please send me an invoice with our tax number.", "billing"),
    ("The box has been at the depot for a week.", "delivery"),
    ("Nobody rang, and the card says I was not at home.", "delivery"),
    ("My login is locked after three tries.", "account"),
    ("Change the email address of my profile.", "account"),
)
SELECT = (
    ("The discount is missing from my bill.", "billing"),
    ("You took the money twice.", "billing"),
    ("My order should have come on Monday.", "delivery"),
    ("The courier threw the box over the fence.", "delivery"),
    ("I forgot my password.", "account"),
    ("Delete my account, please.", "account"),
)


def part(name, rows):
    return jsonl(example(f"{name}-{n}", *row) for n, row in enumerate(rows))


@pytest.mark.long
@pytest.mark.slow
def test_a_long_winded_prompt_is_found_out(repo, api, ask, capsys):
    """It was to help and sends most tickets to the last queue that it names."""
    short = (ROOT / "prompts/ticket-router.yaml").read_text("utf-8")
    prompt = short.replace(SHORT, f'"{LONG_WINDED}"')
    repo.write(
        {
            "promptci.yaml": f"endpoints:\n  lab: {{base_url: {api.url}}}\n"
            "models:\n  writer: {endpoint: lab}\n",
            "prompts/ticket-router.yaml": prompt,
            "evals/ticket-router.train.jsonl": part("train", TRAIN),
            "evals/ticket-router.select.jsonl": part("select", SELECT),
        }
    )
    for name in ("ticket-router.yaml", "ticket-router.jsonl"):
        shutil.copy(ROOT / "evals" / name, repo.path / "evals")
    repo.commit("A long-winded prompt")
    left = list(WRITTEN)
    api.answers(lambda asked: left.pop(0) if left else WRITTEN[0])
    given = ("search", "ticket-router", "--writer", "writer", "--candidates", "4")
    found = ask(*given)
    assert found.code == 0, found.document
    assert (
        "asking up to 114 requests" in found.stderr
    )  # those that come before a hosted one as well
    by_text = {each["text"]: each for each in found.document["trials"]}
    [look] = found.document["looks"]
    best = found.document["trials"][look["trial"]]["text"]
    assert best in (SHORT, "Sort it.", WRITTEN[3])
    assert by_text[best]["select"] > by_text[LONG_WINDED]["select"]
    assert look["p"] <= look["level"] == 0.025
    assert look["won"] >= look["lost"] + 7
    repo.git("checkout", "-q", "search/ticket-router")
    capsys.readouterr()
    assert main(["check", "--base", "main"]) == 0
    assert "improved" in capsys.readouterr().out
