"""JUnit XML: what CI systems show of a check, read back by a strict parser."""

from xml.etree import ElementTree

from hypothesis import example, given
from msgspec.structs import replace

from promptci.check.check import Checked
from promptci.check.verification import Stale
from promptci.render.junit import check as report
from promptci.render.testcases import ReportCase
from properties import usually
from render import stories
from render.hostile import HOSTILE, TEXTS
from render.test_markdown import laced
from render.values import BASE, EVAL, compared, files, fresh, pair
from tables import every_row


def kinds(suite):
    """What is said of each case, by its name."""
    return {case.get("name"): [child.tag for child in case] for case in suite}


def parsed(checked):
    return ElementTree.fromstring("".join(report(checked)).encode())


def test_a_check_reads_well(golden):
    small = compared({"t-01": "x"}, {"t-00": "other", "t-01": "x"}, of=pair(files(4)))
    cure = "run `promptci run x` and commit the file"
    checked = Checked(
        BASE,
        compared=(small,),
        fresh=(fresh(answers={"t-00": "other", "t-01": None}),),
        reused=(("greet", "fake/small"),),
        stale=(Stale("x", "m", "it does not say what was run of `a`", cure),),
    )
    golden("junit.xml", "".join(report(checked)))


def test_each_fate_has_its_own_kind():
    one = replace(pair(), accepted=frozenset({"t-01"}))
    answers = {"t-00": "no", "t-01": "no", "t-02": None, "t-03": "no", "t-04": "no"}
    found = compared({"t-03": "no", "t-05": "no"}, answers, of=one, flaky=["t-04"])
    [suite] = parsed(Checked(BASE, compared=(found,)))
    said = kinds(suite)
    assert said["t-00"] == ["failure"]
    assert said["t-01"] == ["skipped"]
    assert said["t-02"] == ["error"]
    assert said["t-03"] == said["t-04"] == ["system-out"]
    assert said["t-05"] == said["t-06"] == []
    assert suite.find("testcase[@name='t-00']/failure").text.endswith("base: billing\nhead: no")


def test_what_blocks_fails_a_case_of_its_own():
    [suite] = parsed(Checked(BASE, compared=(compared({}, {"t-00": "no"}),)))
    assert kinds(suite)["gate: net_loss"] == ["failure"]


SIDES = ("base", "head")


def on(of, side, model):
    """A side of a pair on another model."""
    task = getattr(of, side)
    return replace(task, model=replace(task.model, name=model))


def names(checked):
    """Both names of every case, by which readers know it."""
    return [(c.get("classname"), c.get("name")) for suite in parsed(checked) for c in suite]


def test_no_two_cases_are_called_the_same():
    """GitLab keeps one of several cases with the same names, whatever suites they are in."""
    of = files(4, **{"evals/router.yaml": EVAL + "gate: {must_pass: [gate, t-01], min_score: 1}\n"})
    of["evals/router.jsonl"] = of["evals/router.jsonl"].replace("t-00", "gate")
    lost = compared({}, {"gate": "no", "t-01": "no"}, of=pair(of))
    both = [
        replace(
            lost, pair=replace(lost.pair, **{side: on(lost.pair, side, name) for side in SIDES})
        )
        for name in ("large", "small")
    ]
    found = names(Checked(BASE, compared=tuple(both), fresh=(fresh(answers={"t-00": "no"}),)))
    assert len(found) == len(set(found))
    assert {("router", "%67ate[large]"), ("router", "gate: must_pass[small]")} < set(found)
    [suite, *_] = parsed(Checked(BASE, compared=(lost,)))
    said = suite.find("testcase[@name='gate: must_pass']/failure").text.splitlines()
    assert len(said) == 2


def test_an_example_is_never_called_like_a_gate_or_another_example():
    ids = ["gate", "%67ate", "%2567ate", "gate: net_loss", "gate:x", "gates", "67ate", "%", ""]
    said = [ReportCase(id_, fate="same").title for id_ in ids]
    assert said[:3] == ["%67ate", "%2567ate", "%252567ate"]
    assert said[3:] == ["%67ate: net_loss", *ids[4:]]
    assert ReportCase("gate", "failure").title == "gate"


def test_a_missing_answer_says_why():
    found = compared({"t-01": None}, {"t-02": None})
    [suite] = parsed(Checked(BASE, compared=(found,), fresh=()))
    why = [case.find("error").get("message") for case in suite if case.find("error") is not None]
    assert [each.partition(":")[0] for each in why] == [
        "no answer on the base's side",
        "no answer on the head's side",
    ]
    assert all(each.partition(": ")[2] for each in why)


def test_counts_add_up():
    root = parsed(stories.regression())
    for key in ("tests", "failures", "errors"):
        assert int(root.get(key)) == sum(int(suite.get(key)) for suite in root)
    for suite in root:
        assert int(suite.get("tests")) == len(suite)
        assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
        assert int(suite.get("errors")) == len(suite.findall("testcase/error"))
        assert int(suite.get("skipped")) == len(suite.findall("testcase/skipped"))


@every_row(
    ("checked", "kind"),
    [
        (stories.stale(), "error"),
        (Checked(BASE, unknown=(("a", "m"),)), "error"),
        (Checked(BASE, reused=(("a", "m"),)), "skipped"),
    ],
)
def test_what_was_not_run_never_counts_as_passed(checked, kind):
    [suite] = parsed(checked)
    assert all(case.find(kind) is not None for case in suite)


@usually(40)
@given(TEXTS)
@example("\n".join(HOSTILE))
@example("".join(map(chr, range(0x300))) + "\ufffe\uffff\ud800\U0001fffe")
def test_any_text_gives_xml_that_a_strict_parser_reads(text):
    root = parsed(laced(text))
    plain = parsed(laced("plain"))
    assert [[child.tag for child in suite] for suite in root] == [
        [child.tag for child in suite] for suite in plain
    ]
