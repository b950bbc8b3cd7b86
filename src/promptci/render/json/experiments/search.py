"""The reports of `search`."""

from typing import Annotated, Literal

from promptci.promptsearch.searchresult import GateLook, SearchResult, TriedLook, TriedSearch
from promptci.promptsearch.trials import Trial
from promptci.render.json.structure import ExitCode, Part, Report, money, says


class TrialV1(Part, frozen=True, kw_only=True):
    """One text that was tried."""

    number: Annotated[int, says("in the order of writing; 0 is the text at present")]
    text: Annotated[str, says("the text")]
    round: Annotated[int, says("the turn in which it was written")]
    parents: Annotated[list[int], says("what it was written from")]
    fault: Annotated[str, says("why it cannot be used; empty if it can")]
    train: Annotated[float | None, says("mean score on `train`; null if not measured")]
    select: Annotated[float | None, says("mean score on `select`; null if not measured")]
    errors: Annotated[int, says("examples without an answer among those measured")]


class LookV1(Part, frozen=True, kw_only=True):
    """A text judged on the gate's examples."""

    trial: Annotated[int, says("the number of the text")]
    number: Annotated[int, says("which look at this gate it was, of all searches")]
    level: Annotated[float, says("what p must not exceed: 0.05 / (number * (number + 1))")]
    verdict: Annotated[Literal["accepted", "refused", "undecided"], says("what came of it")]
    p: Annotated[float | None, says("of the paired test; null where nothing could be tested")]
    base_score: Annotated[float | None, says("of the text at present")]
    head_score: Annotated[float | None, says("of this text")]
    examples: Annotated[int, says("those compared")]
    lost: Annotated[int, says("those that passed at present only")]
    won: Annotated[int, says("those that pass with this text only")]
    why: Annotated[str, says("what it was refused for, or is not decided by")]
    commit: Annotated[str, says("the commit that holds it; empty if it was not accepted")]


class SearchV1(Report, frozen=True, kw_only=True):
    """A search of a better text for a prompt."""

    command: Literal["search"] = "search"
    exit_code: ExitCode
    eval: Annotated[str, says("the eval")]
    step: Annotated[str, says("of a flow: the step whose prompt was searched; else empty")]
    by: Annotated[str, says("the method")]
    model: Annotated[str, says("who was asked with the texts")]
    writer: Annotated[str, says("who wrote them")]
    train: Annotated[int, says("examples that the writer may have seen")]
    select: Annotated[int, says("examples by which the best were chosen")]
    trials: Annotated[list[TrialV1], says("the texts, the one at present first")]
    kept: Annotated[list[int], says("texts to be judged, the best first")]
    looks: Annotated[list[LookV1], says("how they were judged")]
    branch: Annotated[str, says("the branch that was made; empty for none")]
    stopped: Annotated[str, says("the ceiling that ended it early; empty for none")]
    not_written: Annotated[int, says("texts that were not written")]
    asked: Annotated[int, says("answers that were asked for")]
    cached: Annotated[int, says("answers that were stored")]
    cost: Annotated[str | None, says("in US dollars; null where a price is unknown")]


class TriedLookV1(Part, frozen=True, kw_only=True):
    """A look at a gate, out of the ledger."""

    trial: Annotated[int, says("the number of the text")]
    number: Annotated[int, says("which look at this gate it was, of all searches")]
    level: Annotated[float, says("what p must not exceed")]
    p: Annotated[float | None, says("of the paired test")]
    verdict: Annotated[str, says("accepted, refused or undecided; empty where it did not end")]
    why: Annotated[str, says("what it was refused for, or is not decided by")]
    branch: Annotated[str, says("the branch that was made; empty for none")]


class TriedSearchV1(Part, frozen=True, kw_only=True):
    """One search, out of the ledger."""

    search: Annotated[str, says("its address: equal for the same search")]
    step: Annotated[str, says("of a flow: the step whose prompt was searched; else empty")]
    by: Annotated[str, says("the method")]
    model: Annotated[str, says("who was asked with the texts")]
    writer: Annotated[str, says("who wrote them")]
    seed: Annotated[int, says("its seed")]
    trials: Annotated[list[TrialV1], says("the texts, the one at present first")]
    looks: Annotated[list[TriedLookV1], says("the looks at the gate")]


class SearchLedgerV1(Report, frozen=True, kw_only=True):
    """What searches of an eval have tried so far."""

    command: Literal["search"] = "search"
    searches: Annotated[list[TriedSearchV1], says("in the order in which they were begun")]


def search_report(found: SearchResult) -> SearchV1:
    """A search of a better text for a prompt."""
    return SearchV1(
        exit_code=found.exit_code,
        eval=found.eval,
        step=found.step,
        by=found.by,
        model=found.model,
        writer=found.writer,
        train=found.train,
        select=found.select,
        trials=[_trial(each) for each in found.trials],
        kept=list(found.kept),
        looks=[_look(each) for each in found.looks],
        branch=found.branch,
        stopped=found.stopped,
        not_written=found.left,
        asked=found.taken.asked,
        cached=found.taken.cached,
        cost=money(found.taken.cost),
    )


def tried_report(found: tuple[TriedSearch, ...]) -> SearchLedgerV1:
    """What searches of an eval have tried so far."""
    return SearchLedgerV1(searches=[_tried(each) for each in found])


def _trial(each: Trial) -> TrialV1:
    return TrialV1(
        number=each.number,
        text=each.text,
        round=each.round,
        parents=list(each.parents),
        fault=each.fault,
        train=each.train,
        select=each.select,
        errors=each.errors,
    )


def _look(each: GateLook) -> LookV1:
    return LookV1(
        trial=each.trial,
        number=each.number,
        level=each.level,
        verdict=each.verdict,
        p=each.p,
        base_score=each.base_score,
        head_score=each.head_score,
        examples=each.examples,
        lost=each.lost,
        won=each.won,
        why=each.why,
        commit=each.commit,
    )


def _tried(each: TriedSearch) -> TriedSearchV1:
    return TriedSearchV1(
        search=each.search,
        step=each.step,
        by=each.by,
        model=each.model,
        writer=each.writer,
        seed=each.seed,
        trials=[_trial(one) for one in each.trials],
        looks=[_look_row(one) for one in each.looks],
    )


def _look_row(each: TriedLook) -> TriedLookV1:
    return TriedLookV1(
        trial=each.trial,
        number=each.number,
        level=each.level,
        p=each.p,
        verdict=each.verdict,
        why=each.why,
        branch=each.branch,
    )
