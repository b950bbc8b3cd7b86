"""The base's own examples and scorers, put to what the change makes of its prompt."""

from check.evaluations import Asked, base_state, no_build, tasks
from promptci.check.basequestions import BaseQuestions
from promptci.check.pairing import Pairing
from promptci.check.staleness import Committed
from promptci.compare.comparing import compare_pairs
from promptci.run.recall import nothing_stored
from render.values import EVAL, PROMPT, files, suite
from tables import every_row

GATED = EVAL + "gate: {must_pass: [t-01], tolerance: 0.1}\n"
FILES = files(6, **{"evals/router.yaml": GATED})
ROWS = FILES["evals/router.jsonl"].splitlines(keepends=True)
WORSE = PROMPT.replace("You route", "Route")
LOST = {"t-01": "other", "t-02": "other"}


def put_to(head, base=FILES, lost=LOST):
    """What the base asks of a change, what pairs its tasks, and who answers.

    A prompt that says `Route` loses two examples, or ends with others that are `lost`.
    """
    state, after = base_state(base, head), suite(head)
    asked = Asked(lambda t: lost if "Route" in str(t.prompt.turns[0].content) else {})
    pairing = Pairing(state, after, Committed(lambda name: {}, asked, 2), no_build, {})
    questions = BaseQuestions(
        state.suite,
        after,
        spec_of=state.spec,
        parts_of=state.parts_of,
        recorded=state.parts,
        build_of=no_build,
        dress=lambda pair: pairing.dress(pair, frozen=False),
        compare=lambda pairs: compare_pairs(pairs, asked, nothing_stored, times=0),
    )
    return questions, pairing, asked


def questions(head, base=FILES):
    """What the base asks of a change."""
    return put_to(head, base)[0]


def changed(**more):
    """The files with others in their place: `eval`, `examples`, `prompt`, or paths."""
    names = {
        "eval": "evals/router.yaml",
        "examples": "evals/router.jsonl",
        "prompt": "prompts/router.yaml",
        "copy": "prompts/copy.yaml",
    }
    return FILES | {names[name]: text for name, text in more.items()}


@every_row(
    ("head", "is_moved"),
    [
        (changed(), False),
        (changed(prompt=WORSE), False),
        (changed(eval=EVAL + "gate: {tolerance: 1}\n"), False),
        (changed(eval=GATED.replace("router.jsonl", "./router.jsonl")), False),
        (changed(eval=GATED.replace("  - equals", "  - equals: {ignore_case: true}")), True),
        (changed(eval=GATED + "threshold: 0.5\n"), True),
        (changed(eval=GATED + "empty: score\n"), True),
        (changed(eval=GATED + "conversation: {turns: [And now?]}\n"), True),
        (changed(eval=GATED + "prompt: copy\n", copy=PROMPT, prompt=WORSE), True),
        (changed(examples="".join(ROWS[:5])), True),
        (changed(examples="".join(ROWS) + ROWS[0].replace("t-00", "u-00").replace("0", "9")), True),
        (changed(examples="".join(ROWS).replace('"refund"', '"cold"')), False),
    ],
)
def test_what_moves_the_bases_questions(head, is_moved):
    [task] = tasks(head)
    assert questions(head).is_moved(task) is is_moved


def test_a_file_that_scorers_read_moves_the_bases_questions():
    """Of an eval that is as it was; what reads no file is not made ready once more."""
    by_query = GATED.replace("  - equals", "  - sql_execution: {fixture: rows.sql}")
    base = FILES | {"evals/router.yaml": by_query, "evals/rows.sql": "create table a (b);"}
    for rows, is_moved in ((base["evals/rows.sql"], False), ("create table a (c);", True)):
        head = base | {"evals/rows.sql": rows}
        [task] = tasks(head)
        assert task.judges.rests_on_files
        assert questions(head, base).is_moved(task) is is_moved
    assert not tasks(FILES)[0].judges.rests_on_files


def asked(head):
    return questions(head).ask(tasks(head))


def test_easy_examples_beside_the_lost_ones_do_not_hide_them():
    more = "".join(row.replace('"t-', '"u-').replace("number ", "no. ") for row in ROWS)
    found = asked(changed(prompt=WORSE, examples="".join(ROWS) + more))
    [one] = found.blocked
    assert [block.rule for block in one.blocks] == ["must_pass"]
    assert one.confirmed.comparison.ids("lost") == ("t-01", "t-02")
    assert not found.is_undecided
    assert found.moved == ()


def test_a_scorer_that_lets_everything_pass_is_not_the_bases():
    lenient = GATED.replace("  - equals", "  - length: {max: 100}")
    assert [each.name for each in asked(changed(prompt=WORSE, eval=lenient)).blocked] == ["router"]


def test_a_copy_of_the_prompt_is_not_used_for_the_broken_one():
    head = changed(prompt=WORSE, copy=PROMPT, eval=GATED + "prompt: copy\n")
    assert [each.name for each in asked(head).blocked] == ["router"]


def test_of_edited_and_removed_examples_those_lost_are_named():
    edited = "".join(ROWS[:1] + ROWS[3:]) + ROWS[1].replace("billing", "other")
    [moved] = asked(changed(prompt=WORSE, examples=edited)).moved
    assert (moved.eval, moved.moved) == ("router", 2)
    assert (moved.lost, moved.must_pass) == (("t-01", "t-02"), ("t-01",))


def test_edited_examples_that_are_not_lost_are_nothing():
    assert asked(changed(examples="".join(ROWS[:3]))).moved == ()


def test_what_cannot_be_asked_names_the_examples_that_must_pass():
    head = changed(
        prompt=PROMPT.replace("{{ ticket }}", "{{ text }}"),
        examples="".join(ROWS).replace('"ticket"', '"text"'),
    )
    [(name, why)] = asked(head).obstacles
    assert name == "router"
    assert "no example gives `text`" in why
    assert why.endswith("; not asked: `t-01` (must pass)")


def test_a_new_eval_has_no_base_to_ask():
    new = changed() | {"evals/new.yaml": GATED.replace("examples:", "prompt: router\nexamples:")}
    found = questions(new)
    task = next(task for task in tasks(new) if task.spec.name == "new")
    assert not found.is_moved(task)
    assert found.ask([task]).found == ()
