"""When models end, and that nothing of promptci's own names one that does."""

import re
from datetime import date
from pathlib import Path

import pytest

from promptci.models.hosted.retirement import (
    PUBLISHED,
    Retirement,
    retirement_of,
    retirement_remark,
)
from promptci.specs.config import Config
from tables import every_row

ROOT = Path(__file__).parents[3]
TODAY = date(2026, 11, 28)
OWN = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted(
        path
        for path in (ROOT / "src/promptci").rglob("*")
        if path.suffix in (".py", ".yaml", ".yml", ".md", ".jsonl") and path.stem != "retirement"
    ),
]


@every_row(
    ("name", "ends"),
    [
        ("openai/gpt-4.1-mini", "2027-01-14"),
        ("openai/gpt-4o-2024-08-06", "2027-01-14"),
        ("openai/gpt-4o-2024-05-13", "2026-10-23"),
        ("openai/gpt-5-2025-08-07", "2026-12-11"),
        ("openai/ft:gpt-4o-mini-2024-07-18:org::id", "2027-01-14"),
        ("anthropic/claude-sonnet-4-20250514", "2026-06-15"),
        ("anthropic/claude-sonnet-4-5", "2026-11-30"),
        ("google/models/gemini-2.5-pro", "2026-12-01"),
        ("mistral/mistral-medium-2508", "2026-08-31"),
        ("mistral/magistral-small-latest", "2026-07-31"),
        ("mistral/mistral-small-2603", None),
        ("groq/qwen/qwen3-32b", "2026-07-17"),
        ("groq/openai/gpt-oss-20b", None),
        ("openai/gpt-6-luna", None),
        ("openrouter/gpt-4o", None),
        ("openrouter/openai/gpt-4o", "2027-01-14"),
        ("openrouter/anthropic/claude-sonnet-4", None),
        ("openrouter/meta-llama/gpt-4o", None),
        ("openai/o1-mini-2024-09-12", "2025-10-27"),
        ("openai/gpt-5.3-chat-latest", "2026-08-10"),
        ("mistral/mistral-small-2402", "2025-06-16"),
        ("ollama/gpt-4o", None),
        ("smollm2", None),
    ],
)
def test_models_end_where_their_own_provider_says_so(name: str, ends: str | None) -> None:
    found = retirement_of(Config().model(name), {})
    assert (None if found is None else found.ends.isoformat()) == ends


def test_a_model_that_is_passed_on_ends_with_its_maker() -> None:
    model = Config().model("openrouter/openai/gpt-4.1")
    found = retirement_of(model, {})
    assert found is not None
    assert retirement_remark(model, found, TODAY) == (
        "`openrouter/openai/gpt-4.1` ends at openai in 47 days, on 2027-01-14: `promptci compare "
        "openrouter/openai/gpt-4.1 openrouter/openai/gpt-6-luna` shows what that changes"
    )


def test_what_an_endpoint_says_itself_comes_first() -> None:
    said = {"gpt-4o": Retirement(date(2027, 3, 1))}
    assert retirement_of(Config().model("openai/gpt-4o"), said) == said["gpt-4o"]


@every_row(
    ("today", "says"),
    [
        (
            TODAY,
            "`openai/gpt-4.1` ends in 47 days, on 2027-01-14: "
            "`promptci compare openai/gpt-4.1 openai/gpt-6-luna` shows what that changes",
        ),
        (date(2027, 1, 13), "`openai/gpt-4.1` ends in 1 day, on 2027-01-14"),
        (
            date(2027, 1, 14),
            "`openai/gpt-4.1` was shut down on 2027-01-14: "
            "name another model, such as `openai/gpt-6-luna`",
        ),
    ],
)
def test_a_remark_says_when_and_what_to_do(today: date, says: str) -> None:
    model = Config().model("openai/gpt-4.1")
    found = retirement_of(model, {})
    assert found is not None
    assert retirement_remark(model, found, today).startswith(says)


def test_no_successor_ends_itself() -> None:
    for announced in PUBLISHED.values():
        assert not {each.successor for each in announced.values()} & announced.keys()


@pytest.mark.slow
def test_nothing_of_our_own_names_a_model_that_ends() -> None:
    ending = {name for announced in PUBLISHED.values() for name in announced if "-" in name}
    word = re.compile(r"[a-z0-9][\w.-]*[a-z0-9]")
    named = {path: ending.intersection(word.findall(path.read_text("utf-8"))) for path in OWN}
    assert {path: names for path, names in named.items() if names} == {}
