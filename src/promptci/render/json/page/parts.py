"""What the document of a report page is made of: answers, examples, commits, judges."""

from typing import Annotated, Any, Literal, TypeAlias

from promptci.render.json.measures import ClassesV1
from promptci.render.json.splits import SplitV1
from promptci.render.json.structure import Ends, Money, Part, says

PageState: TypeAlias = Literal[
    "regressed",
    "blocked",
    "no verdict",
    "underpowered",
    "no worse",
    "improved",
    "new",
    "moved",
    "unchanged",
]
"""The states of an eval, the worst first."""


class PageScoreV1(Part, frozen=True, kw_only=True):
    """What one scorer says of an answer."""

    scorer: Annotated[str, says("the scorer's label")]
    value: Annotated[float, says("its value in 0..1")]
    passed: Annotated[bool, says("whether it is content")]
    why: Annotated[str, says("its reason")]


class PageMessageV1(Part, frozen=True, kw_only=True):
    """One turn of the prompt as it was sent."""

    role: Annotated[str, says("who speaks")]
    text: Annotated[str, says("what is said, with tool calls and the names of files")]


class PageAnswerV1(Part, frozen=True, kw_only=True):
    """One side of an example."""

    fate: Annotated[str, says("`pass`, `fail` or `error`")]
    score: Annotated[float | None, says("in 0..1; null without an answer")]
    text: Annotated[str | None, says("the answer; null where it is not stored any more")]
    thoughts: Annotated[str, says("what the model thought before it answered")]
    tool_calls: Annotated[str, says("the JSON text of its tool calls")]
    steps: Annotated[
        str, says("what was asked for an answer that took several requests; else empty")
    ]
    outcome: Annotated[str, says("how the answer ended, such as `ok` or `truncated`")]
    why: Annotated[str, says("why there is no answer, or which threshold was missed")]
    scores: Annotated[list[PageScoreV1], says("what each scorer says")]
    repeats: Annotated[list[str], says("how further answers to the same question came out")]
    latency: Annotated[float | None, says("seconds; null where it was not measured")]
    tokens: Annotated[int | None, says("tokens of request and answer together")]
    cost: Money
    prompt: Annotated[list[PageMessageV1], says("the prompt as it was sent")]


class PageExampleV1(Part, frozen=True, kw_only=True):
    """One golden example on both sides."""

    eval: Annotated[str, says("the eval's name")]
    model: Annotated[str, says("the head's model")]
    id: Annotated[str, says("its id")]
    fate: Annotated[
        Literal["same", "lost", "won", "flaky", "changed", "new", "removed", "error"],
        says("what became of it"),
    ]
    accepted: Annotated[bool, says("whether its loss was accepted")]
    must_pass: Annotated[bool, says("whether the gate says that it must pass")]
    file: Annotated[str, says("the file that holds it; empty for one that is gone")]
    line: Annotated[int, says("its line there; 0 where it is not known")]
    tags: Annotated[list[str], says("its tags")]
    vars: Annotated[dict[str, Any], says("its variables")]
    expected: Annotated[Any, says("what was expected; null where nothing is")]
    reason: Annotated[str, says("why the head's answer fails, in a line")]
    base: Annotated[PageAnswerV1 | None, says("the base's side, null where it has none")]
    head: Annotated[PageAnswerV1 | None, says("the head's side, null where it has none")]


class PageSideV1(Part, frozen=True, kw_only=True):
    """One side of an eval."""

    model: Annotated[str, says("the model's name")]
    models: Annotated[list[str], says("who answers: of a flow the models of its steps")]
    version: Annotated[str, says("the prompt's label")]
    score: Annotated[float | None, says("its score; null where nothing was answered")]
    interval: Annotated[Ends | None, says("the score's 95% interval")]
    passed: Annotated[int, says("how many examples passed")]
    total: Annotated[int, says("how many there are")]
    errors: Annotated[int, says("how many have no answer")]
    cost: Money
    is_untold: Annotated[
        bool, says("whether there is a price and no cost, as the endpoint reported no tokens")
    ]
    judges_apart: Annotated[
        bool, says("whether there are judges, whose part is not in `cost` and `tokens`")
    ]
    p50: Annotated[float | None, says("the median latency in seconds")]
    p95: Annotated[float | None, says("the 95th percentile of the latency")]
    tokens: Annotated[int | None, says("tokens of requests and answers")]
    latencies: Annotated[
        list[int], says("how many answers took so long, by the document's `latency_bounds`")
    ]
    classes: Annotated[dict[str, ClassesV1], says("figures by metric that sorts into classes")]
    prompt: Annotated[str, says("the prompt's text, with parameters, schema and tools")]


class PageEvalJudgeV1(Part, frozen=True, kw_only=True):
    """A scorer of an eval that asks a model."""

    scorer: Annotated[str, says("the scorer's label")]
    golden: Annotated[str | None, says("the golden set of the same judge; null where it has none")]
    judged: Annotated[int, says("labelled outputs on which it has a stored verdict")]
    agreed: Annotated[int, says("those judged as people did")]


class PageEvalV1(Part, frozen=True, kw_only=True):
    """One eval on a model."""

    eval: Annotated[str, says("the eval's name")]
    was: Annotated[str | None, says("what the base calls it; null where that is the same")]
    model: Annotated[str, says("the head's model")]
    state: Annotated[PageState, says("its state")]
    moved: Annotated[bool, says("whether any score or example changed")]
    changed: Annotated[
        list[str], says("parts that differ from the base; empty where there is none")
    ]
    sentence: Annotated[str, says("the verdict in words")]
    blocks: Annotated[list[str], says("why the gate blocks")]
    delta: Annotated[float | None, says("the head's score minus the base's")]
    interval: Annotated[Ends | None, says("the 95% interval of `delta`")]
    tolerance: Annotated[float, says("the drop that the gate allows")]
    lost: Annotated[int, says("examples lost")]
    won: Annotated[int, says("examples won")]
    flaky: Annotated[int, says("examples that flipped, but not each time")]
    errors: Annotated[int, says("examples without an answer on a side")]
    accepted: Annotated[int, says("lost examples whose loss was accepted")]
    base: Annotated[PageSideV1 | None, says("the base's side; null where there is none")]
    head: Annotated[PageSideV1, says("the head's side")]
    splits: Annotated[
        list[SplitV1], says("expected values and tags that moved, those that fell most first")
    ]
    judges: Annotated[list[PageEvalJudgeV1], says("the head's scorers that ask a model")]


class PastScoreV1(Part, frozen=True, kw_only=True):
    """One eval on a model at a commit that wrote its record."""

    eval: Annotated[str, says("the eval's name")]
    model: Annotated[str, says("the model's name")]
    score: Annotated[float | None, says("its score")]
    interval: Annotated[Ends | None, says("the score's 95% interval")]
    passed: Annotated[int, says("how many examples passed")]
    total: Annotated[int, says("how many there were")]
    version: Annotated[str, says("the prompt's label")]
    changed: Annotated[list[str], says("parts that differ from the record before")]
    model_id: Annotated[str, says("the model's id at its endpoint")]
    model_before: Annotated[str, says("the same in the record before, empty without one")]
    lost: Annotated[list[str], says("examples lost against the record before")]
    won: Annotated[list[str], says("examples won")]
    accepted: Annotated[dict[str, str], says("losses accepted there, and why")]
    was: Annotated[str, says("what the eval was called before, if otherwise; else empty")]
    stale: Annotated[
        list[str], says("parts of the fingerprint in which it is not of the commit's own files")
    ]
    damage: Annotated[str, says("why the record cannot be read; else empty")]


class PastPromptV1(Part, frozen=True, kw_only=True):
    """A prompt's file that a commit changed."""

    path: Annotated[str, says("the file")]
    diff: Annotated[list[str], says("the lines of a unified diff")]


class PastCommitV1(Part, frozen=True, kw_only=True):
    """A commit that wrote score records."""

    commit: Annotated[str, says("its full id")]
    date: Annotated[str, says("its author's date")]
    author: Annotated[str, says("who made it")]
    subject: Annotated[str, says("its first line")]
    scores: Annotated[list[PastScoreV1], says("the records that it wrote")]
    prompts: Annotated[list[PastPromptV1], says("the prompts that it changed")]
    removed: Annotated[list[str], says("evals whose records it took away")]


class PastFatesV1(Part, frozen=True, kw_only=True):
    """An eval's examples over the commits of the document."""

    eval: Annotated[str, says("the eval's name")]
    model: Annotated[
        str, says("the model's name; empty for an eval that had one at a time, whichever it was")
    ]
    examples: Annotated[
        dict[str, str],
        says(
            "a letter per commit for each example that did not always pass: `p` passed, `f` "
            "failed, `e` no answer, a blank where it was not there"
        ),
    ]
    always: Annotated[int, says("examples that always passed, which are left out")]
    left_out: Annotated[int, says("other examples that are left out, as too many")]


class JudgedBinV1(Part, frozen=True, kw_only=True):
    """Outputs that a judge scored alike."""

    low: Annotated[float, says("the lowest score of the bin")]
    high: Annotated[float, says("its highest")]
    n: Annotated[int, says("how many outputs")]
    judge: Annotated[float, says("the judge's mean score of them")]
    people: Annotated[float, says("the mean score that people gave them")]
    interval: Annotated[Ends | None, says("the 95% interval of `people`")]


class PageJudgeV1(Part, frozen=True, kw_only=True):
    """How far a judge agrees with people, by how sure it is."""

    name: Annotated[str, says("its golden set")]
    evals: Annotated[list[str], says("evals on the page that ask this judge")]
    outputs: Annotated[int, says("labelled outputs")]
    judged: Annotated[int, says("those with a stored verdict")]
    agreed: Annotated[int, says("those judged as people did")]
    bins: Annotated[list[JudgedBinV1], says("outputs by the judge's score")]
