"""The first sentence of a check: what is wrong comes first, and nothing unknown is called good."""

from msgspec.structs import replace

from promptci.check.checked import Checked, Skipped
from promptci.check.verification import Stale, run_again
from promptci.compare.family import judge_family
from promptci.compare.gate.gate import Block
from promptci.compare.gate.gatechanges import GateChanges
from promptci.compare.outcomes.costs import CostChange, Costs
from promptci.compare.pairing.pairs import beside_base
from promptci.compare.results import BaseAnswers, CompareResult, MovedLosses
from promptci.records.record import Accepted
from promptci.render.comparesentence import comparison_sentence
from promptci.render.costsentence import dearer
from promptci.render.firstsentence import needs_look, overall_sentence
from render.stories import SIDES
from render.values import BASE, EVAL, PROMPT, compared, family, files, fresh, pair, pairs, suite
from tables import every_row

REUSED = tuple((f"reused-{i}", "fake/small") for i in range(13))
STALE = Stale("router", "fake/small", "made before the last change", run_again("router"))
OTHER = Stale("other", "fake/small", "made before the last change", run_again("other"))
NEWER = Stale("newer", "fake/small", "it is too new", "upgrade promptci", "damaged")
UNKNOWN = Skipped("own", "m", "merge it first", unknown_in="evals/own.yaml")
GONE, LOST_TOO, ROUTER_GONE = (
    Stale(name, "fake/small", "there is no record", run_again(name), "missing")
    for name in ("gone", "lost", "router")
)
MERGED = Stale("both", "fake/small", "it was merged", run_again("both"), "merged")
MANY = tuple(Stale(f"{i}", "fake/small", "it is damaged", run_again(f"{i}")) for i in range(5))


def wrong(count):
    return {f"t-{i:02}": "other" for i in range(count)}


def called(found, name):
    """The same comparison under another name."""
    head = replace(found.pair.head, spec=replace(found.pair.head.spec, name=name))
    return replace(found, pair=replace(found.pair, head=head))


REGRESSED = compared({}, wrong(10))
LOST = compared({}, wrong(2))
STILL = compared()
IMPROVED = compared(wrong(10), {})
UNDECIDED = compared({}, {"t-00": None})
OTHER_FILES = files(**{"prompts/router.yaml": PROMPT.replace("route", "sort")})
EDITED = compared(of=pair(OTHER_FILES, files()))


@every_row(
    ("checked", "sentence"),
    [
        (
            Checked(BASE, compared=(REGRESSED,), reused=REUSED),
            "1 of 14 evals regressed (`router`).",
        ),
        (
            Checked(BASE, compared=(REGRESSED, called(REGRESSED, "b")), reused=REUSED[1:]),
            "2 of 14 evals regressed (`b`, `router`).",
        ),
        (
            Checked(BASE, compared=(LOST,)),
            "1 of 1 eval lost more than its gate allows (`router`).",
        ),
        (
            Checked(BASE, compared=(REGRESSED, called(LOST, "b")), reused=REUSED[1:]),
            "1 of 14 evals regressed (`router`), 1 lost more than its gate allows (`b`).",
        ),
        (
            Checked(BASE, fresh=(fresh(answers=wrong(2)),), reused=REUSED),
            "1 of 14 evals misses its gate (`brand-new`).",
        ),
        (
            Checked(BASE, compared=(LOST,), skipped=(UNKNOWN, replace(UNKNOWN, model="n"))),
            "1 of 2 evals lost more than its gate allows (`router`). `own` (evals/own.yaml) was "
            "not evaluated: merge it first.",
        ),
        (Checked(BASE, reused=REUSED), "No change in score. No action needed."),
        (Checked(BASE, compared=(STILL,)), "No change in score. No action needed."),
        (
            Checked(BASE, compared=(EDITED, called(EDITED, "b"), called(STILL, "c"))),
            "No change in score; 2 evals have too few examples to tell a small one. "
            "No action needed.",
        ),
        (
            Checked(
                BASE,
                compared=(STILL,),
                gate_changes=(GateChanges("router", is_scored_otherwise=True),),
                rescored=("`router`: the record says 100.0%, now 5.0%",),
            ),
            "The scorers of 1 eval differ from the base (`router`: the record says 100.0%, now "
            "5.0%). By the same examples and scorers both sides score alike.",
        ),
        (
            Checked(BASE, compared=(IMPROVED, called(STILL, "tags-alone"))),
            "1 of 2 evals changed: 1 improved. Nothing blocks. No action needed.",
        ),
        (
            Checked(BASE, reused=REUSED, removed=("a",)),
            "1 eval was removed: `a`. No change in score. Look before you merge.",
        ),
        (
            Checked(BASE, compared=(IMPROVED,), fresh=(fresh(),), reused=REUSED),
            "2 of 15 evals changed: 1 improved, 1 new. Nothing blocks. No action needed.",
        ),
        (
            Checked(BASE, stale=(STALE,)),
            "`router` was not judged, its score record is stale: run `promptci run router` and "
            "commit the file.",
        ),
        (
            Checked(BASE, stale=(STALE, replace(STALE, model="big"), OTHER)),
            "`router`, `other` were not judged, their score records are stale: run `promptci run "
            "router other` and commit the files.",
        ),
        (
            Checked(BASE, compared=(STILL,), stale=(STALE,)),
            "The score record of `router` is stale: run `promptci run router` and commit the file.",
        ),
        (
            Checked(BASE, compared=(REGRESSED,), stale=(OTHER, NEWER, *MANY)),
            "1 of 8 evals regressed (`router`). `other`, `0`, `1` and 3 more were not judged, "
            "their score records are stale: run `promptci run` and commit the files. `newer` was "
            "not judged, its score record cannot be read: upgrade promptci.",
        ),
        (
            Checked(BASE, compared=(REGRESSED,), stale=(GONE, LOST_TOO, MERGED)),
            "1 of 4 evals regressed (`router`). `gone`, `lost` were not judged, they lack score "
            "records: run `promptci run gone lost` and commit the files. `both` was not judged, "
            "its score record was merged and not measured since: run `promptci run both` and "
            "commit the file.",
        ),
        (
            Checked(BASE, compared=(STILL,), stale=(ROUTER_GONE,)),
            "`router` lacks a score record: run `promptci run router` and commit the file.",
        ),
        (
            Checked(BASE, unknown=(("router", "fake/small"),), reused=REUSED),
            "No verdict on 1 of 14 evals (`router`).",
        ),
        (
            Checked(BASE, compared=(UNDECIDED, called(REGRESSED, "b")), reused=REUSED[1:]),
            "1 of 14 evals regressed (`b`). No verdict on 1 of 14 evals (`router`).",
        ),
        (
            Checked(BASE, compared=(replace(UNDECIDED, blocks=LOST.blocks),)),
            "No verdict on 1 of 1 eval (`router`).",
        ),
    ],
)
def test_the_first_sentence_says_whether_to_act(checked, sentence):
    assert overall_sentence(checked) == sentence
    assert needs_look(checked) == sentence.endswith("Look before you merge.")


@every_row(
    "checked",
    [
        Checked(BASE, stale=(STALE,)),
        Checked(BASE, unknown=(("a", "m"),)),
        Checked(BASE, compared=(UNDECIDED,)),
        Checked(BASE, compared=(LOST,)),
        Checked(BASE, fresh=(fresh(answers={"t-00": None}),)),
    ],
)
def test_what_does_not_exit_0_is_never_called_fine(checked):
    assert checked.exit_code != 0
    said = overall_sentence(checked)
    assert [
        words for words in ("No action", "Nothing blocks", "Look before") if words in said
    ] == []


def test_a_small_loss_that_blocks_nothing_is_told():
    lenient = pair(files(**{"evals/router.yaml": files()["evals/router.yaml"] + GATE}))
    found = compared({}, wrong(1), of=lenient)
    said = overall_sentence(Checked(BASE, compared=(found,)))
    assert said.startswith("1 of 1 eval changed: 1 with too few examples to tell. Nothing blocks.")


GATE = "gate: {tolerance: 0.1}\n"


@every_row(
    ("base", "said"),
    [
        (None, ["2 answers of `router` are cut off at the token limit; how many of the"]),
        (1, ["2 answers of `router` are cut off at the token limit. "]),
        (2, []),
    ],
)
def test_answers_cut_off_come_first_unless_the_base_had_as_many(base, said):
    head = replace(STILL.head, truncated=2)
    checked = Checked(BASE, compared=(replace(STILL, head=head, base_truncated=base),))
    sentence = overall_sentence(checked)
    assert [each for each in said if not sentence.startswith(each)] == []
    assert sentence.endswith(
        "Look before you merge." if said else "No change in score. No action needed."
    )


def test_steps_that_no_example_takes_come_first():
    steps = tuple((f"step{n}", "reply") for n in range(5))
    checked = Checked(BASE, compared=(replace(STILL, untaken=steps),))
    said = overall_sentence(checked)
    first = "No example of `router` takes the step `step0`, which asks the prompt `reply`."
    assert said.startswith(first)
    assert "2 more steps of `router` are taken by none." in said
    assert said.endswith("Look before you merge.")


def test_a_fall_that_harmless_edits_outnumber_is_told():
    lenient = pair(
        files(**{"evals/router.yaml": files()["evals/router.yaml"] + "gate: {tolerance: 0.3}\n"})
    )
    members = [compared({}, wrong(6), of=lenient), *(called(EDITED, f"e{n}") for n in range(9))]
    family = judge_family([each.judgement for each in members], [True] * 10)
    both = tuple(replace(c, judgement=j, blocks=()) for c, j in zip(members, family, strict=True))
    first = (
        "`router` fell by 30.0 points: regressed by itself (p 0.031), but not among 10 changed "
        "evals (p 0.312)."
    )
    said = overall_sentence(Checked(BASE, compared=both))
    assert said.startswith(first)
    assert said.endswith("Look before you merge.")
    assert comparison_sentence(CompareResult(both, *SIDES, {})).startswith(first)


def test_of_edited_examples_that_are_lost_those_that_must_pass_come_first():
    moved = (MovedLosses("a", 2, ("x",), ()), MovedLosses("z", 1, ("y",), ("y",)))
    checked = Checked(BASE, compared=(STILL,), asked_by_base=BaseAnswers(moved=moved))
    assert overall_sentence(checked).startswith(
        "Of 1 edited or removed example of `z`, 1 is lost as the base has it, `y`, which must "
        "pass, among them. Of 2 edited or removed examples of `a`, 1 is lost"
    )


def test_examples_that_must_pass_and_are_gone_are_named():
    changes = GateChanges("router", missing=("t-01", "t-02", "t-03", "t-04"))
    said = overall_sentence(Checked(BASE, compared=(STILL,), gate_changes=(changes,)))
    named = "`t-01` of `router`, `t-02` of `router`, `t-03` of `router` and 1 more."
    assert said.startswith(f"4 examples that must pass are gone: {named}")


def with_steps(base, head, found=STILL):
    """The same comparison of a flow, whose steps were right in these shares."""
    sides = [
        replace(side, record=replace(side.record, metrics={"step find": share, "control flow": 1}))
        for side, share in ((found.base, base), (found.head, head))
    ]
    return replace(found, base=sides[0], head=sides[1])


@every_row(
    ("found", "said"),
    [
        (with_steps(1, 0.5), "In `router` the step `find` is right in 50.0%, 100.0% at the base."),
        (with_steps(1, 0.99), "No action needed."),
        (with_steps(0.5, 1), "No action needed."),
        (with_steps(1, 0.5, REGRESSED), "1 of 1 eval regressed (`router`)."),
    ],
)
def test_a_step_that_is_wrong_more_often_is_told_though_no_answer_is(found, said):
    assert (
        overall_sentence(Checked(BASE, compared=(found,))).removeprefix("No change in score. ")
        == said
    )


def test_a_comparison_counts_each_eval_once_as_its_worst():
    found = (REGRESSED, IMPROVED, called(STILL, "b"), called(UNDECIDED, "c"), called(LOST, "d"))
    result = CompareResult(found, *SIDES, {"e": "its prompt is not in main"})
    assert comparison_sentence(result) == (
        "Of 5 evals, 1 regressed, 1 misses its gate, 2 have no verdict, 1 is unchanged."
    )


def test_a_pair_of_identical_sides_is_a_real_pair():
    [one] = pairs(files(), files())
    assert one.is_same


def test_lost_examples_that_must_pass_are_named():
    blocks = tuple(Block("must_pass", f"`t-{i:02}` must pass and is lost") for i in range(5))
    one, five = replace(LOST, blocks=blocks[:1]), replace(LOST, blocks=blocks)
    said = overall_sentence(Checked(BASE, compared=(one,)))
    assert said.startswith("In `router`, `t-00` must pass and is lost. 1 of 1 eval lost more")
    said = overall_sentence(Checked(BASE, compared=(five,)))
    assert (
        "In `router`, `t-02` must pass and is lost. 2 more examples must pass and do not." in said
    )


def test_what_the_change_accepts_itself_is_said_first():
    lenient = pair(files(**{"evals/router.yaml": files()["evals/router.yaml"] + GATE}))
    found = compared({}, wrong(1), of=lenient)
    [lost] = found.confirmed.comparison.ids("lost")
    taken = replace(found, pair=replace(found.pair, accepted=frozenset({lost})))
    said = overall_sentence(Checked(BASE, compared=(taken,)))
    assert said.startswith("1 loss is accepted here: `router` scores ")
    assert said.endswith("Look before you merge.")
    failing = replace(taken, blocks=(Block("net_loss", "lost 2"),))
    said = overall_sentence(Checked(BASE, compared=(failing,)))
    assert said.startswith(
        "1 of 1 eval lost more than its gate allows (`router`). 1 loss is accepted here: "
    )
    said = overall_sentence(Checked(BASE, compared=(taken,) * 60))
    assert said.count("1 loss is accepted here: ") == 3
    assert " So are 57 more in 57 more evals. " in said


def test_a_model_that_an_eval_no_longer_runs_on_is_no_small_matter():
    changes = GateChanges("router", models=("big", "old"))
    said = overall_sentence(Checked(BASE, reused=REUSED, gate_changes=(changes,)))
    assert (
        said
        == "`router` no longer runs on `big`, `old`. No change in score. Look before you merge."
    )


def test_acceptances_that_ended_are_one_sentence():
    over = [Accepted(f"t-{n:02}", "for now", until="2026-01-31") for n in range(8)]
    checked = Checked(BASE, ended=tuple((STILL.head.record, loss) for loss in over))
    assert overall_sentence(checked).startswith(
        "8 losses were accepted until a day that is over: `t-00` in `router` (2026-01-31), "
        "`t-01` in `router` (2026-01-31), `t-02` in `router` (2026-01-31) and 5 more."
    )


def test_records_that_are_trusted_are_told_to_be_all_there_is():
    said = overall_sentence(Checked(BASE, compared=(STILL,), is_frozen=True))
    asked = "Nothing was asked: the committed records are used for 1 changed eval."
    assert said == f"{asked} No change in score. No action needed."
    assert overall_sentence(Checked(BASE, reused=REUSED, is_frozen=True)).startswith("No change")


def test_a_tag_that_a_change_takes_away_hides_no_collapse():
    base = files(20, **{"evals/router.yaml": EVAL + "gate: {tolerance: 0.3}\n"})
    base["evals/router.jsonl"] = base["evals/router.jsonl"].replace('["refund"]', "[]")
    rows = base["evals/router.jsonl"].replace('["other"]', "[]")
    vip = rows.splitlines(keepends=True)
    vip[:3] = [row.replace("[]", '["vip"]') for row in vip[:3]]
    one = beside_base(
        pair(base | {"evals/router.jsonl": rows}, base),
        suite(base | {"evals/router.jsonl": "".join(vip)}),
        ["router"],
    )
    said = overall_sentence(Checked(BASE, compared=(compared({}, wrong(3), of=one),)))
    assert "In `router` tag `vip` 3/3 → 0/3, -100.0 points, hidden by the total." in said


def test_the_model_is_named_where_an_eval_has_several():
    spec = EVAL + "models: [fake/small, fake/big]\ngate: {must_pass: [t-00]}\n"
    content = files(20, **{"evals/router.yaml": spec})
    one, other = pairs(content, content)
    accepted = replace(other, accepted=frozenset({"t-00"}))
    found = family((one, {}, wrong(1)), (accepted, {}, wrong(1)))
    said = overall_sentence(Checked(BASE, compared=found))
    assert said.startswith("`t-00` of `router` on `fake/big` must pass, is lost and was accepted.")
    assert "In `router` on `fake/small`, `t-00` must pass and is lost." in said


def test_an_eval_that_became_dearer_on_several_models_is_one():
    of = {size: CostChange(Costs(1, 1, 10, None), Costs(1, 1, size, None)) for size in (16, 20, 30)}
    costs = [("a", of[16]), ("a", of[30]), ("a", of[20]), ("b", None)]
    assert list(dearer(costs)) == ["`a` takes 3.0 times the tokens."]
    assert list(dearer([*costs, ("b", of[20])])) == [
        "`a` takes 3.0 times the tokens, and 1 other eval more."
    ]
