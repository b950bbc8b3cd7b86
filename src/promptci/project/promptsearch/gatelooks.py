"""Texts that a search kept, judged on the gate's examples, which it has not seen."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from promptci.compare.compared import Compared
from promptci.compare.comparing import asked_afterwards, compare_pairs
from promptci.compare.pairing.pairs import Pair
from promptci.digest import long_digest
from promptci.errors import Fault, SpecError
from promptci.project.project import Project
from promptci.project.promptsearch.ledger import LookRow
from promptci.project.promptsearch.splits import gate_specs
from promptci.project.promptsearch.textplace import TextPlace
from promptci.project.runrecords.recording import still_accepting
from promptci.project.runrecords.settledrecords import settled_record
from promptci.project.session import Session
from promptci.promptsearch.searchresult import GateLook, LookVerdict
from promptci.records.record import Record
from promptci.run.dryrun import dry_run
from promptci.run.estimates import Estimate
from promptci.run.planning.plan import Plan
from promptci.run.planning.ready import Ready, make_ready, make_task
from promptci.specs.evalspec import EvalSpec
from promptci.spending.limits import CONFIRM


class ClosedGate(Struct, frozen=True):
    """The eval that a search is for, with all others that its prompt answers; opened at the end.

    `model` is the one that was searched with: there a text must be better. On every other model,
    and in the other evals, it must pass as any change must.
    """

    project: Project
    spec: EvalSpec
    model: str
    place: TextPlace
    ready: tuple[Ready, ...]

    @classmethod
    def of(cls, project: Project, spec: EvalSpec, model: str, place: TextPlace) -> "ClosedGate":
        """Look at the examples for faults. Raises `SpecError`."""
        suite, build, faults = project.workspace.suite, project.models.build, list[Fault]()
        specs = gate_specs(project, spec, place.prompt.name)
        found = [make_ready(suite, e, suite.prompts[e.prompt], build, faults) for e in specs]
        ready = tuple(each for each in found if each is not None)
        if len(ready) < len(found):
            raise SpecError([fault for fault in faults if not fault.warning])
        return cls(project, spec, model, place, ready)

    @property
    def digest(self) -> str:
        """The address of the examples by which a text is judged to be better."""
        return long_digest([self.spec.name, self.ready[0].found.digest])

    @property
    def count(self) -> int:
        """How many examples judge whether a text is better."""
        return self.ready[0].found.count

    def pairs(self, text: str) -> tuple[Pair, ...]:
        """The prompt at present against one with another text, in every eval, on every model."""
        return tuple(self._pairs(text))

    def _pairs(self, text: str) -> Iterator[Pair]:
        suite, build = self.project.workspace.suite, self.project.models.build
        for ready in self.ready:
            present = suite.prompts[ready.spec.prompt]
            changed = self.place.within(present, text)
            mine = (self.model,) if ready is self.ready[0] else ()
            for name in dict.fromkeys((*mine, *suite.models(ready.spec))):
                model = suite.config.model(name)
                base, head = (make_task(ready, each, model, build) for each in (present, changed))
                yield Pair(base, head, ready.spec.gate)

    def most(self) -> tuple[tuple[Estimate, ...], tuple[Estimate, ...]]:
        """What is asked once of the present prompt, and at most for each text that is judged."""
        pairs = self.pairs(self.place.longest)
        again = tuple(each for pair in pairs for each in asked_afterwards(pair, CONFIRM))
        cache, price = self.project.workspace.cache, self.project.prices.price
        bases = Plan(tuple(pair.base for pair in pairs))
        heads = Plan(tuple(pair.head for pair in pairs), again=again)
        return (
            dry_run(bases, cache=cache, price_of=price),
            dry_run(heads, cache=cache, price_of=price),
        )


class Looked(Struct, frozen=True):
    """One look with the records that its commit would hold, by eval and model."""

    look: GateLook
    records: Mapping[str, Mapping[str, Record]]


def look_at(gate: ClosedGate, session: Session, text: str, row: LookRow) -> Looked:
    """Judge a text as `check` does, and whether it is better at the level of this look."""
    find = gate.project.workspace.cache.get
    found = compare_pairs(gate.pairs(text), session.run, find, times=CONFIRM)
    first = found[0]
    verdict, why = _verdict(found, row.level)
    judged = first.judgement
    p = None if judged.p is None else judged.p.p
    look = GateLook(
        trial=row.trial,
        number=row.look,
        level=row.level,
        verdict=verdict,
        p=p,
        base_score=judged.base_score,
        head_score=judged.head_score,
        examples=judged.n,
        lost=judged.cells.only_base,
        won=judged.cells.only_head,
        why=why,
    )
    return Looked(look, _records(gate, found) if verdict == "accepted" else {})


def _verdict(found: Sequence[Compared], level: float) -> tuple[LookVerdict, str]:
    first = found[0].judgement
    for each in found:
        where = f"{each.name} on {each.pair.head.model.name}"
        if each.blocks:
            return "refused", f"{where}: {each.blocks[0].why}"
        if each.is_undecided:
            errors = each.head.record.errors + each.base.record.errors
            lacks = f"{errors} examples have no answer" if errors else ""
            return "undecided", f"{where}: {each.open_loss or first.obstacle or lacks}"
    if first.p is None or first.delta <= 0:
        return "refused", "no better on the gate's examples"
    if first.p.p > level:
        return "refused", f"not shown to be better: p {first.p.p:.2g} is above {level:.2g}"
    return "accepted", ""


def _records(gate: ClosedGate, found: Sequence[Compared]) -> dict[str, dict[str, Record]]:
    """What a run at the commit would record, of the models that each eval declares."""
    suite = gate.project.workspace.suite
    made: dict[str, dict[str, Record]] = {}
    for each in found:
        spec, model = each.pair.head.spec, each.pair.head.model.name
        if model not in suite.models(spec):
            continue
        outcome = replace(each.head, base=each.base.record, comparison=each.confirmed.comparison)
        record = settled_record(outcome, is_confirmed=True)
        before = gate.project.workspace.records(gate.project.workspace.committed, spec.name)
        if model in before:
            record = still_accepting(gate.project, record, before[model])
        made.setdefault(spec.name, {})[model] = record
    return made
