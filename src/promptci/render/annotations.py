"""Annotations for GitHub Actions: workflow commands that put a remark on a line of a file."""

from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from promptci.check.checked import Checked
from promptci.compare.compared import Compared
from promptci.compare.gate.gate import Block
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.errors import Fault
from promptci.parsing.source import Mark
from promptci.records.acceptedlosses import ended_sentence
from promptci.records.chunkfiles import score_path
from promptci.render.figures import counted
from promptci.render.idlist import named
from promptci.render.named import on_model
from promptci.render.sentences import sentence_of, verdict_sentence
from promptci.render.terminal.compare.changes import worst_first
from promptci.secrets.safetext import for_terminal, for_workflow_command, for_workflow_property

MOST = 10
"""Annotations of one kind that GitHub shows of a step; it drops the rest without a word."""
MOST_TEXT = 1_000

Kind: TypeAlias = Literal["error", "warning", "notice"]
_RULES = ("regressed", "must_pass", "net_loss", "min_score")


class _Remark(Struct, frozen=True):
    kind: Kind
    mark: Mark
    title: str
    text: str


def report(checked: Checked, folder: str = "") -> str:
    """A workflow command per line, the worst first; empty if there is nothing to say.

    What blocks, lacks or is stale is an error, what was noted a warning, what is flaky a notice.
    `folder` is where the project is in the repository, ending in `/`, or empty.
    """
    remarks = [*_errors(checked), *_warnings(checked), *_notices(checked)]
    return _written(remarks, folder)


def faults_report(faults: Sequence[Fault], folder: str = "") -> str:
    """The same of what is wrong in files, each fault on its line."""
    return _written([_of_fault(fault) for fault in faults], folder)


def _written(remarks: Sequence[_Remark], folder: str) -> str:
    kinds: tuple[Kind, ...] = ("error", "warning", "notice")
    lines = [
        line
        for kind in kinds
        for line in _lines(kind, [r for r in remarks if r.kind == kind], folder)
    ]
    return "".join(f"{line}\n" for line in lines)


def _of_fault(fault: Fault) -> _Remark:
    kind: Kind = "warning" if fault.warning else "error"
    return _Remark(kind, Mark(fault.path, fault.line), "promptci lint", fault.message)


def _errors(checked: Checked) -> Iterator[_Remark]:
    blocks = [(each, block) for each in worst_first(checked.compared) for block in each.blocks]
    for each, block in sorted(blocks, key=lambda pair: _rank(pair[1])):
        mark = _gate(each) if block.rule == "min_score" else _cause(each)
        lost = each.confirmed.comparison.ids("lost") if block.rule == "net_loss" else ()
        more = f" Lost: {named(lost)}." if lost else ""
        text = f"{sentence_of(block.why)}{more}"
        yield _Remark("error", mark, f"{_name(each, checked.compared)}: {block.rule}", text)
    for outcome in checked.fresh:
        for failure in outcome.failures:
            yield _Remark("error", outcome.task.spec.mark, outcome.record.eval, failure)
    for stale in checked.stale:
        yield _Remark("error", Mark(stale.path, 1), "stale record", f"{stale.why}: {stale.cure}")
    for each in checked.compared:
        if each.is_undecided:
            yield _Remark(
                "error",
                _cause(each),
                f"{_name(each, checked.compared)}: no verdict",
                verdict_sentence(each),
            )
    for outcome in checked.fresh:
        if outcome.is_undecided:
            yield _Remark("error", outcome.task.spec.mark, "no verdict", _undecided(outcome))
    for each in checked.by_base.blocked:
        for block in each.blocks:
            title = f"{_name(each, checked.by_base.found)}: {block.rule} by the base's judge"
            yield _Remark("error", _cause(each), title, sentence_of(block.why))
    for name, id_ in checked.missing:
        text = f"`{id_}` must pass, as the base has it, and is gone"
        yield _Remark("error", Mark(f"evals/{name}.yaml", 1), f"{name}: must_pass", text)
    for record, loss in checked.ended:
        mark = Mark(f"evals/{record.eval}.yaml", 1)
        title, text = f"{record.eval}: accepted loss", ended_sentence(record, loss)
        yield _Remark("error", mark, title, text)
    for skipped in checked.skipped:
        text = f"{skipped.model}: {skipped.why}"
        mark = Mark(f"evals/{skipped.name}.yaml", 1)
        yield _Remark("error", mark, f"{skipped.name}: not evaluated", text)
    for name, model in checked.unknown:
        text = f"{model}: the base has no record that holds, and nothing was asked"
        yield _Remark("error", Mark(f"evals/{name}.yaml", 1), f"{name}: not judged", text)


def _name(found: Compared, among: Sequence[Compared]) -> str:
    """An eval, and its model where the eval has others."""
    return on_model(found, among, str)


def _rank(block: Block) -> int:
    """How bad it is; 0 is worst."""
    return _RULES.index(block.rule) if block.rule in _RULES else len(_RULES)


def _warnings(checked: Checked) -> Iterator[_Remark]:
    for note in checked.remarks:
        yield _Remark("warning", Mark(""), "promptci check", note)
    for each in checked.compared:
        for id_ in each.stale_accepted:
            text = f"`{id_}` is accepted as lost, but is not"
            yield _Remark(
                "warning", _gate(each), f"{_name(each, checked.compared)}: accepted loss", text
            )


def _notices(checked: Checked) -> Iterator[_Remark]:
    for each in checked.compared:
        for id_ in each.confirmed.comparison.ids("flaky"):
            text = f"`{id_}` flipped, but not each time it was asked"
            yield _Remark(
                "notice", each.pair.head.spec.mark, f"{_name(each, checked.compared)}: flaky", text
            )
    for name, model, id_ in checked.flaky:
        text = f"`{id_}` on {model} differs from its record, but not each time it is asked"
        yield _Remark("notice", Mark(score_path(name), 1), f"{name}: flaky", text)


def _cause(found: Compared) -> Mark:
    """Where the change is that was judged: in the prompt, if that changed, else in the eval."""
    base, head = found.pair.base, found.pair.head
    is_prompt = base.parts.prompt != head.parts.prompt
    return head.prompt.mark if is_prompt else head.spec.mark


def _gate(found: Compared) -> Mark:
    spec = found.pair.head.spec
    return spec.marks.get("gate", spec.mark)


def _undecided(outcome: EvalOutcome) -> str:
    record = outcome.record
    missing = f"no answer to {record.errors:,} of {counted(record.total, 'example')}"
    return f"{record.eval} on {record.model}: {missing}"


def _lines(kind: Kind, remarks: Sequence[_Remark], folder: str) -> Iterator[str]:
    """So many as are shown; the last says how many more there are."""
    shown = remarks if len(remarks) <= MOST else remarks[: MOST - 1]
    yield from (_command(remark, folder) for remark in shown)
    if len(shown) < len(remarks):
        yield f"::{kind}::and {len(remarks) - len(shown):,} more"


def _command(remark: _Remark, folder: str) -> str:
    path, line = remark.mark.path, remark.mark.line
    given = {"file": path and f"{folder}{path}", "line": str(line or ""), "title": remark.title}
    properties = ",".join(
        f"{key}={for_workflow_property(value)}" for key, value in given.items() if value
    )
    text = for_terminal(remark.text)[:MOST_TEXT]
    return f"::{remark.kind} {properties}::{for_workflow_command(text)}"
