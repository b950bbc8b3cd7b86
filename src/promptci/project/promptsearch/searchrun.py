"""Search a better text for a prompt, judge what is found at the gate, make a branch of it."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from promptci.errors import BudgetError
from promptci.git.branching import committer_of, make_branch
from promptci.git.looknotes import LookNote, note_look, noted_looks
from promptci.project.project import Project
from promptci.project.promptsearch.branchfiles import commit_of
from promptci.project.promptsearch.ceilings import (
    left_after,
    need_prices,
    setting_aside,
)
from promptci.project.promptsearch.gatelooks import Looked, look_at
from promptci.project.promptsearch.ledger import LookRow, SearchLedger
from promptci.project.promptsearch.measuring import SessionMeasurer
from promptci.project.promptsearch.prepared import PreparedSearch, SearchOptions, prepare_search
from promptci.project.session import Session
from promptci.promptsearch.methods import METHODS
from promptci.promptsearch.searching import Searching
from promptci.promptsearch.searchresult import SearchResult
from promptci.promptsearch.trials import Trial
from promptci.run.estimates import Estimate
from promptci.spending.limits import Limits, Taken


def search_prompt(
    project: Project, name: str, limits: Limits, options: SearchOptions
) -> SearchResult:
    """Write texts for an eval's prompt, keep the best, judge them on examples not seen before.

    The search itself is given `train` and `select` alone. A text is accepted that passes the gate
    as any change must and is better at the level of its look; what is accepted becomes commits of a
    new branch, and nothing else is touched. A ceiling ends the writing early; what judging may take
    is set aside before.

    Raises `RequestError`, `SpecError` and `RepoError` before anything is asked, `NothingToRunError`
    where the prompt cannot be better, `ModelError` where there are no answers and `BudgetError`
    where a ceiling comes before the present prompt was measured.
    """
    ready = prepare_search(project, name, options)
    committer_of(project.workspace.repo)  # whoever commits what is found
    project.workspace.keep_out_of_git()
    ledger = SearchLedger(project.workspace.state, ready.spec.name)
    with ledger.alone():
        noted = noted_looks(project.workspace.repo, ready.gate.digest)
        ready.need_power(ledger.next_look(ready.row.search, ready.gate.digest, noted))
        steps = _Steps(ready, ledger, limits)
        searching, kept, stopped = steps.search()
        looked, cut = steps.judge(kept)
        branch = _branch(ready, ledger, looked, searching.trials)
        return SearchResult(
            eval=ready.spec.name,
            step=ready.step,
            by=ready.row.by,
            model=ready.row.model,
            writer=ready.row.writer,
            train=ready.row.train,
            select=ready.row.select,
            trials=tuple(searching.trials),
            kept=tuple(trial.number for trial in kept),
            looks=tuple(each.look for _, each in looked),
            branch=branch,
            stopped=stopped or cut,
            left=searching.left,
            taken=steps.taken,
        )


def estimate_search(project: Project, name: str, options: SearchOptions) -> tuple[Estimate, ...]:
    """What a search would ask at most, found without asking."""
    ready = prepare_search(project, name, options)
    return ready.most_asked()


class _Steps:
    """The steps of a search, each with a session of its own under what is left of the ceilings.

    What choosing and judging may take is set aside before the first text is written.
    """

    def __init__(self, ready: PreparedSearch, ledger: SearchLedger, limits: Limits) -> None:
        """Raises `RequestError` for ceilings under which nothing could be judged."""
        self._ready, self._ledger, self._limits = ready, ledger, limits
        whole = ready.most_asked()
        need_prices(whole, limits)
        self._for_choosing = setting_aside(limits, ready.most_judged())
        written = setting_aside(self._for_choosing, ready.most_chosen())
        first = Session(ready.project, written, total=lambda: whole)
        self._sessions = [first]
        ledger.add(ready.row)

    @property
    def taken(self) -> Taken:
        """What all steps took."""
        found = [each.taken for each in self._sessions]
        costs = [each.cost for each in found if each.cost is not None]
        cost = sum(costs, Decimal(0)) if len(costs) == len(found) else None
        asked, cached = sum(e.asked for e in found), sum(e.cached for e in found)
        return Taken(asked, cached, cost, sum(e.calls for e in found))

    def _session(self, limits: Limits) -> Session:
        left = left_after(limits, *self._sessions)
        self._sessions.append(Session(self._ready.project, left, says_bound=False))
        return self._sessions[-1]

    def search(self) -> tuple[Searching, tuple[Trial, ...], str]:
        """Write and measure; gives what was kept, and which ceiling ended the writing."""
        ready, stopped = self._ready, ""
        parts, models = ready.parts, ready.models
        first = self._sessions[0]
        place, step = ready.place, ready.step
        measurer = SessionMeasurer(ready.project, first, place, step, parts, models, self._note)
        searching = Searching(measurer, ready.terms)
        searching.begin()
        try:
            METHODS[ready.options.by].run(searching)
        except BudgetError as error:
            stopped = f"{self._cut(error)}; the rest is set aside to judge what is found"
        measurer.session = self._session(self._for_choosing)
        try:
            return searching, searching.kept(), stopped
        except BudgetError as error:
            return searching, searching.chosen(), stopped or self._cut(error)

    def _note(self, trial: Trial) -> None:
        self._ledger.add_trial(self._ready.row.search, trial)

    def _cut(self, error: BudgetError) -> str:
        self._ready.project.was_cut_short = True
        return str(error).partition("; ")[0]

    def judge(self, kept: Sequence[Trial]) -> tuple[list[tuple[LookRow, Looked]], str]:
        """Each kept text judged at the gate; a ceiling ends that with what there is."""
        ready, ledger = self._ready, self._ledger
        session = self._session(self._limits)
        found: list[tuple[LookRow, Looked]] = []
        for trial in kept:
            row = self._begin_look(trial)
            try:
                looked = look_at(ready.gate, session, trial.text, row)
            except BudgetError as error:
                return found, self._cut(error)
            found.append((row, looked))
            if looked.look.verdict != "accepted":
                ledger.end_look(row, looked.look)
        return found, ""

    def _begin_look(self, trial: Trial) -> LookRow:
        """Count a look before it is had, here and for all who share the repository."""
        ready = self._ready
        repo, gate = ready.project.workspace.repo, ready.gate.digest
        text, noted = ready.known_by(trial.text), noted_looks(repo, gate)
        row = self._ledger.begin_look(ready.row.search, trial.number, text, gate, noted)
        note_look(repo, LookNote.of(gate, text, row.look), f"the gate of `{ready.spec.name}`")
        return row


def _branch(
    ready: PreparedSearch,
    ledger: SearchLedger,
    looked: list[tuple[LookRow, Looked]],
    trials: Sequence[Trial],
) -> str:
    """A branch with a commit for each text that was accepted, the best last; empty for none."""
    accepted = [n for n, (_, each) in enumerate(looked) if each.look.verdict == "accepted"]
    if not accepted:
        return ""
    accepted.reverse()
    commits = [
        commit_of(
            ready.project,
            ready.tree,
            ready.spec,
            ready.place,
            text=trials[looked[n][1].look.trial].text,
            look=looked[n][1].look,
            note=LookNote.of(ready.gate.digest, looked[n][0].text, looked[n][0].look),
            records=looked[n][1].records,
        )
        for n in accepted
    ]
    repo = ready.project.workspace.repo
    made = make_branch(repo, ready.branch, ready.tree.revision, commits)
    for n, revision in zip(accepted, made, strict=True):
        row, each = looked[n]
        ledger.end_look(row, each.look, branch=ready.branch)
        looked[n] = row, replace(each, look=replace(each.look, commit=revision.id))
    return ready.branch
