"""What scorers cost: 10,000 answers, each scorer alone and five together, in this process.

    python benchmarks/scorers.py

It prints seconds of processor time for each, the best of three. Answers differ and so do their
expectations, so nothing is worked out only once.
"""

import sys
import time
from collections.abc import Sequence

from promptci.errors import Fault
from promptci.parsing.source import Mark, Plain, as_node
from promptci.records.record import Score
from promptci.scorers.registry.registry import BoundScorer, Reach, Subject, bind_all
from promptci.specs.request import Settings

COUNT = 10_000
TIMES = 3
QUEUES = ("billing", "returns", "shipping", "other")
CITIES = ("London", "Berlin", "Paris", "Rome")

Case = tuple[str, Plain]
"""An answer and what is expected."""


def reply(n: int) -> Case:
    """A sentence or two, and one like it."""
    answer = (
        f"Your refund for order {n} is on its way; it takes {n % 9} working days. Sorry for that."
    )
    return answer, f"The refund of order {n} is on its way and takes {n % 7} working days."


ALONE: tuple[tuple[Plain, list[Case]], ...] = tuple(
    (scorer, [case(n) for n in range(COUNT)])
    for scorer, case in (
        ({"equals": {"ignore_case": True, "strip": True}}, reply),
        ({"icontains": "refund"}, reply),
        ({"regex": r"\brefund\b"}, reply),
        ({"word_count": {"max": 40}}, reply),
        ("is_refusal", reply),
        ("levenshtein", reply),
        ("similarity_ratio", reply),
        ("rouge1", reply),
        ("rouge2", reply),
        ("rouge_l", reply),
        ("bleu", reply),
        ("gleu", reply),
        ("chrf", reply),
        ("is_json", lambda n: (f'{{"order": {n}, "queue": "{QUEUES[n % 4]}"}}', None)),
        ("numeric", lambda n: (f"That makes 17 + {n} = **{17 + n}**.", 17 + n)),
        ("choice", lambda n: (f"{CITIES[n % 4]} is in it. The answer is ({'ABCD'[n % 4]}).", "B")),
        ("yes_no", lambda n: (f"{('Yes', 'No')[n % 2]}, order {n} was sent.", n % 2 == 0)),
        (
            "date",
            lambda n: (f"It was sent on March {n % 28 + 1}, 2024.", f"2024-03-{n % 28 + 1:02}"),
        ),
        ("set_f1", lambda n: (f"red, {n}, green and blue", ["red", "green", str(n)])),
        ({"classification": list(QUEUES)}, lambda n: (f"Queue: {QUEUES[n % 4]}", QUEUES[n % 3])),
    )
)
FIVE: dict[str, list[Plain]] = {
    "the simple ones": [
        {"equals": {"ignore_case": True}},
        {"icontains": "refund"},
        {"regex": r"\brefund\b"},
        {"word_count": {"max": 40}},
        {"starts_with": "Your"},
    ],
    "the measures of text": ["levenshtein", "similarity_ratio", "rouge1", "rouge_l", "is_refusal"],
}


def no_settings(name: str, parameters: object) -> Settings:
    """No scorer here asks a model."""
    raise AssertionError(name)


def bound(scorers: Sequence[Plain]) -> tuple[BoundScorer, ...]:
    """The scorers ready to judge."""
    faults: list[Fault] = []
    found = bind_all(
        [as_node(scorer, Mark("bench")) for scorer in scorers], faults, Reach(no_settings)
    )
    assert not faults, faults
    return found


def seconds(scorers: Sequence[Plain], cases: Sequence[Case]) -> float:
    """Processor time of all scorers on all cases, the best of a few."""
    judges = [scorer.judge for scorer in bound(scorers)]
    subjects = [Subject(answer, expected, True) for answer, expected in cases]
    best = float("inf")
    for _ in range(TIMES):
        begun = time.process_time()
        scores = [judge(subject) for subject in subjects for judge in judges]
        best = min(best, time.process_time() - begun)
        assert all(isinstance(score, Score) for score in scores)
    return best


def main() -> None:
    """Measure and print."""
    for scorer, cases in ALONE:
        [label] = [each.label for each in bound([scorer])]
        sys.stdout.write(f"{label:20} {seconds([scorer], cases):6.3f} s\n")
    replies = [reply(n) for n in range(COUNT)]
    for name, scorers in FIVE.items():
        sys.stdout.write(f"five, {name:22} {seconds(scorers, replies):6.3f} s\n")


if __name__ == "__main__":
    main()
