"""A change against its base: what changed is evaluated, the rest reused, records verified.

The steps, in order: the head's suite is put under the base's configuration (trusted), its records
are compared with its files (stale), what the base has already is taken over (reused), the rest is
paired with the base (paired), asked, and judged by both sides' questions (judged).
"""

from collections.abc import Sequence

from msgspec.structs import replace

from promptci.check.basestate import BaseState
from promptci.check.changedgates import changed_gates
from promptci.check.changedsteps import with_untested_steps
from promptci.check.changedtests import moved_subjects
from promptci.check.changejudging import ChangeJudging
from promptci.check.checked import Checked
from promptci.check.checkrules import CheckRules, HeadState, Runner
from promptci.check.headtasks import tasks_of
from promptci.check.pairing import task_name
from promptci.check.staleness import Committed
from promptci.check.trust import trusted
from promptci.compare.pairing.renamedetection import split_evals
from promptci.compare.pairing.renames import find_origins
from promptci.errors import NothingToRunError
from promptci.git.unfollowed import no_evals
from promptci.records.acceptedlosses import ended_losses, healed_losses, prolonged_losses
from promptci.records.record import Record
from promptci.suite.codefiles import code_notes


def check(base: BaseState, head: HeadState, runner: Runner, rules: CheckRules) -> Checked:
    """Evaluate what changed, verify the committed records and apply the gate.

    Raises `NothingToRunError` if there are no evals at all.
    """
    if not head.suite.evals:
        raise NothingToRunError(no_evals(head.suite.tree, "nothing was checked"))
    suite, notes = trusted(head.suite, base.suite)
    renames, joins = find_origins(base.suite, head.suite)
    base = replace(base, renames=renames, joins=joins, head=suite)
    suite = replace(suite, code_base=base.suite.code_base or base.suite)
    of_head = tasks_of(suite, base.suite, base.spec, runner.build_of, base.unaskable)
    tasks, by_base = ([base.gated(task) for task in x] for x in (of_head.tasks, of_head.by_base))
    judges = [task.judges for task in (*tasks, *by_base)]
    if not rules.is_frozen and any(each.runs_code for each in judges):
        runner.need_code()
        notes += code_notes(judges)
    committed = Committed(head.records, runner.run, rules.confirm, takes_merged=not rules.is_frozen)
    stale = {task_name(task): why for task in tasks if (why := committed.stale(task))}
    found = Checked(
        base.revision,
        stale=tuple(stale.values()),
        removed=base.removed(suite),
        renamed=base.renames,
        split=split_evals(base.renames, suite.evals),
        gate_changes=tuple(changed_gates(base, suite, tasks)),
        moved=tuple(moved_subjects(base, suite)),
        skipped=tuple(of_head.skipped),
        notes=tuple(notes),
        is_frozen=rules.is_frozen,
    )
    tasks = [task for task in tasks if task_name(task) not in stale]
    reused = [task_name(task) for task in tasks if committed.repeats(base.record, task)]
    changed = [task for task in tasks if task_name(task) not in reused]
    records = [record for task in tasks if (record := committed.of(task)) is not None]
    found = _with_losses(replace(found, reused=tuple(reused)), base, records, rules)
    judging = ChangeJudging(base, suite, committed, runner, rules)
    base.find_stand_ins(suite, changed, runner.build_of)
    if rules.is_frozen:
        found = judging.frozen(found, changed) if changed else found
    else:
        found = judging.judged(found, changed, tasks, by_base)
    return with_untested_steps(base, suite, tasks, found, runner.find)


def _with_losses(
    found: Checked, base: BaseState, records: Sequence[Record], rules: CheckRules
) -> Checked:
    """With what becomes of losses that committed records accept: prolonged, ended, healed."""
    longer = (s for r in records for s in prolonged_losses(r, base.record(r.eval, r.model)))
    return replace(
        found,
        moved=(*dict.fromkeys(longer), *found.moved),
        ended=tuple((r, loss) for r in records for loss in ended_losses(r, rules.day)),
        healed=tuple((r.eval, r.model, id_) for r in records for id_ in healed_losses(r)),
    )
