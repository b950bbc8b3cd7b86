"""`promptci judge`: a judge against people's labels, and what it exits with."""

import json

import pytest

from commands.conftest import files
from fakes import Reply, error_body
from projects import config, jsonl
from promptci.commands.main import main

POLITE = "evals/judges/polite.yaml"
OUTPUTS = [
    ("thanks", "Thank you, I will gladly help you with that today.", "pass"),
    ("sorry", "I am sorry to hear that.", "pass"),
    ("away", "Go away!", "fail"),
    ("no", "No.", "fail"),
]
RUBRIC = "scorer: {rubric: The reply is polite.}\n"
CHOICE = """\
scorer:
  choice_judge:
    prompt: "Is it polite? {{ output }} Choose:\\n{{ choices }}"
    choices: [{choice: polite, score: 1}, {choice: curt, score: 0.5}, {choice: rude, score: 0}]
"""


def golden(scorer, outputs=OUTPUTS, more=""):
    rows = [{"id": id_, "output": text, "label": label} for id_, text, label in outputs]
    return f"{scorer}examples: {json.dumps(rows)}\n{more}"


def by_words(**passes):
    """A judge that passes the outputs whose ids are said to pass; others as people did."""
    verdicts = {text: passes.get(id_, label == "pass") for id_, text, label in OUTPUTS}

    def rule(asked):
        [passed] = [verdicts[text] for text in verdicts if f"\n{text}\n" in asked]
        return json.dumps({"reason": "so", "score": float(passed), "pass": passed})

    return rule


@pytest.fixture
def judge(project, api, ask):
    """Runs `judge` on the golden set `polite`."""
    text = config(api.url).replace("defaults: {", "defaults: {judge: large, ")
    project.write({"promptci.yaml": text})

    def run(content, rule, *arguments):
        project.write({POLITE: content})
        api.answers(rule)
        return ask("judge", "polite", "--concurrency", "1", *arguments)

    return run


def test_a_judge_that_agrees_reaches_its_floors(judge, project, api):
    gate = "gate: {min_agreement: 0.9, min_kappa: 0.6}\n"
    answer = judge(golden(RUBRIC, more=gate), by_words())
    [found] = answer.document["judges"]
    assert answer.code == 0
    assert (found["judge"], found["outputs"], found["agreement"], found["kappa"]) == (
        "polite",
        4,
        1.0,
        1.0,
    )
    assert found["confusion"] == [[2, 0], [0, 2]]
    assert found["kappa_interval"][0] < 0.5, "four outputs are no proof"
    assert (found["length_bias"], found["position"], found["mean_absolute_error"]) == (
        None,
        None,
        None,
    )
    assert api.count == 4
    before = files(project)
    assert judge(golden(RUBRIC, more=gate), by_words()).document == answer.document
    assert api.count == 4
    assert files(project) == before


def test_a_judge_below_its_floor_exits_1_and_says_where_they_part(judge, capsys):
    gate = "gate: {min_agreement: 0.9, min_kappa: 0.6}\n"
    answer = judge(golden(RUBRIC, more=gate), by_words(sorry=False))
    [found] = answer.document["judges"]
    assert answer.code == 1
    assert found["agreement"] == 0.75
    assert found["kappa"] == pytest.approx(0.5)
    assert found["confusion"] == [[1, 1], [0, 2]]
    assert found["missed"] == ["agreement 0.750 is below 0.9", "kappa 0.500 is below 0.6"]
    assert found["disagreements"] == [
        {
            "id": "sorry",
            "human": "pass",
            "human_score": 1.0,
            "judge": "fail",
            "judge_score": 0.0,
            "why": 'the judge says "so"',
            "output": "I am sorry to hear that.",
            "place": f"{POLITE}:2",
        }
    ]
    assert main(["judge", "polite"]) == 1
    text = capsys.readouterr().out
    assert "agreement  75.0%  3 of 4" in text
    floor = "The judge is below its floor: agreement 0.750 is below 0.9"
    assert text.splitlines()[1].startswith(floor)
    assert "It fails 1 of 2 that people pass, and passes 0 of 2 that they fail." in text
    assert f"sorry: people pass, judge fail  ({POLITE}:2)\n  output  I am sorry to hear" in text


def test_too_many_outputs_without_a_verdict_decide_nothing(judge):
    def rule(asked):
        return "well..." if "\nNo.\n" in asked else by_words()(asked)

    answer = judge(golden(RUBRIC), rule)
    [found] = answer.document["judges"]
    assert (answer.code, found["undecided"], found["agreement"]) == (3, True, 1.0)
    [error] = found["errors"]
    assert error["id"] == "no"
    assert "did not reply with JSON alone" in error["why"]
    assert judge(golden(RUBRIC, more="gate: {max_errors: 1}\n"), rule).code == 0


def test_a_judge_that_never_answers_is_not_good(judge):
    refusal = Reply(400, body=error_body("no"))
    answer = judge(golden(RUBRIC, more="gate: {max_errors: 9}\n"), lambda asked: refusal)
    [found] = answer.document["judges"]
    assert (answer.code, found["agreement"], len(found["errors"])) == (3, None, 4)


def test_labels_may_be_scores(judge):
    outputs = [
        (id_, text, score)
        for (id_, text, _), score in zip(OUTPUTS, (1, 0.75, 0.25, 0), strict=True)
    ]

    def rule(asked):
        scores = {"Thank you": 0.75, "sorry": 0.75, "away": 0.5, "No.": 0}
        [score] = [
            scores[word] for word in scores if word in str(asked).partition("output to grade")[2]
        ]
        return json.dumps({"reason": "", "score": score, "pass": score > 0.5})

    [found] = judge(golden(RUBRIC, outputs), rule).document["judges"]
    assert found["agreement"] == 1.0
    assert found["mean_absolute_error"] == pytest.approx((0.25 + 0 + 0.25 + 0) / 4)
    assert found["lean"] == pytest.approx(0.0)


def first_listed(asked):
    """A judge that always takes what is first."""
    return str(asked).partition("Choose:\n- ")[2].partition("\n")[0]


CLASSES = [(id_, text, {"pass": "polite", "fail": "rude"}[label]) for id_, text, label in OUTPUTS]


def test_a_judge_that_takes_what_is_listed_first_is_found_out(judge, api):
    answer = judge(golden(CHOICE, CLASSES), first_listed)
    [found] = answer.document["judges"]
    assert found["classes"] == ["polite", "curt", "rude"]
    assert found["position"] == {"n": 4, "changed": 4, "first": 4}
    assert (found["agreement"], found["kappa"]) == (0.5, 0.0)
    assert found["confusion"] == [[2, 0, 0], [0, 0, 0], [2, 0, 0]]
    assert api.count == 8
    assert (
        judge(golden(CHOICE, CLASSES), first_listed, "--one-order").document["judges"][0][
            "position"
        ]
        is None
    )


def last_listed(asked):
    return str(asked).rstrip().rpartition("- ")[2]


@pytest.mark.parametrize("order", ["listed", "reversed"])
@pytest.mark.parametrize(("rule", "first"), [(first_listed, 4), (last_listed, 0)])
def test_first_and_last_are_told_apart_whatever_order_the_file_has(judge, order, rule, first):
    scorer = CHOICE.replace("    choices:", f"    order: {order}\n    choices:")
    [found] = judge(golden(scorer, CLASSES), rule).document["judges"]
    assert found["position"] == {"n": 4, "changed": 4, "first": first}


def test_a_judge_without_a_list_of_choices_is_asked_once(judge, api):
    fixed = CHOICE.replace("{{ choices }}", "polite, curt or rude")
    [found] = judge(golden(fixed, CLASSES), lambda asked: "polite").document["judges"]
    assert (found["position"], api.count) == (None, 4)


def test_classes_have_values_so_errors_can_be_measured(judge):
    def rule(asked):
        return "curt" if "No." in asked else "rude" if "away" in asked else "polite"

    [found] = judge(golden(CHOICE, CLASSES), rule).document["judges"]
    assert found["confusion"] == [[2, 0, 0], [0, 0, 0], [0, 1, 1]]
    assert (found["mean_absolute_error"], found["lean"]) == (0.125, 0.125)
    assert found["position"] == {"n": 4, "changed": 0, "first": 0}


def test_verdicts_on_a_judge_with_classes_go_by_what_passes(judge):
    [found] = judge(golden(CHOICE), lambda asked: "polite").document["judges"]
    assert found["classes"] == ["pass", "fail"]
    assert found["confusion"] == [[2, 0], [2, 0]]
    assert found["position"]["n"] == 4


def test_a_judge_that_favours_long_outputs_is_found_out(judge):
    outputs = [(f"n{n}", "word " * n, "pass" if n % 2 else "fail") for n in range(1, 11)]

    def rule(asked):
        passed = str(asked).count("word ") > 5
        return json.dumps({"reason": "", "score": float(passed), "pass": passed})

    [found] = judge(golden(RUBRIC, outputs), rule).document["judges"]
    assert found["length_bias"] > 0.5


def test_outputs_may_be_in_a_data_file(judge, project, api):
    rows = [{"id": id_, "output": text, "label": label} for id_, text, label in OUTPUTS]
    project.write({"evals/judges/polite.jsonl": jsonl(rows)})
    answer = judge(f"{RUBRIC}examples: polite.jsonl\n", by_words())
    assert answer.document["judges"][0]["agreement"] == 1.0
    project.write({"evals/judges/rows.yaml": json.dumps(rows)})
    assert judge(f"{RUBRIC}examples: rows.yaml\n", by_words()).code == 0
    assert api.count == 4


def test_a_scorer_that_asks_no_model_can_be_compared_with_people_too(judge, api):
    answer = judge(golden("scorer: {contains: {value: I , ignore_case: true}}\n"), by_words())
    [found] = answer.document["judges"]
    assert (found["agreement"], api.count) == (1.0, 0)


def test_golden_sets_and_prompts_of_judges_are_no_evals(judge, ask):
    judge(golden(RUBRIC), by_words())
    assert [found["eval"] for found in ask("run").document["evals"]] == ["router"]
    assert ask("lint").code == 0


def test_without_a_name_all_golden_sets_are_tried(judge, project, ask):
    project.write({"evals/judges/strict.yaml": golden(RUBRIC, more="gate: {min_kappa: 1}\n")})
    judge(golden(RUBRIC), by_words(no=True))
    answer = ask("judge")
    assert [found["judge"] for found in answer.document["judges"]] == ["polite", "strict"]
    assert answer.code == 1


def test_endpoints_that_lack_keys_are_named_at_once(judge, project, api, ask):
    """Those of all golden sets, and of judges beside the default one."""
    judge(golden(RUBRIC), by_words())
    asked, url = api.count, f"base_url: {api.url}"
    endpoints = f"  lab: {{{url}, key_env: LAB_KEY}}\n  den: {{{url}, key_env: DEN_KEY}}\n"
    text = config(api.url).replace(f"  lab: {{{url}}}\n", endpoints)
    text = text.replace("large: {endpoint: lab", "large: {endpoint: den")
    project.write({"promptci.yaml": text})
    scorer = "scorer: {rubric: {criteria: It is polite., model: %s}}\n"
    for name, model in (("polite", "small"), ("strict", "large")):
        project.write({f"evals/judges/{name}.yaml": golden(scorer % model)})
    found = ask("judge")
    assert (found.code, api.count) == (2, asked)
    assert "`den` and `lab` need" in found.document["error"], found.document


FAULTS = [
    (golden(RUBRIC, [("a", "x", "polite")]), 2, "label `polite`, which is none: write `pass`"),
    (golden(RUBRIC, [("a", "x", 1.5)]), 2, "label `1.5`, which is none"),
    (golden(CHOICE, [("a", "x", "rude"), ("b", "y", "rud")]), 2, "write one of `polite`, `curt`"),
    (golden(RUBRIC, [("a", "x", "pass"), ("a", "y", "fail")]), 2, "has the id, or else the text"),
    (golden(RUBRIC, []), 2, "`examples` is empty"),
    (f"{RUBRIC}examples: nowhere.jsonl\n", 2, "there is no such file"),
    (f"{RUBRIC}examples: ../../../x.jsonl\n", 2, "evals/judges/polite.yaml:2"),
    (golden("scorer: rubrik\n"), 2, "there is no scorer `rubrik`"),
    (golden("scorer: {rubric: 'About {{ topic }}'}\n"), 2, "gives no `topic`"),
    (golden("scorer: {factuality: {}}\n"), 2, "gives no `expected`"),
    (golden(RUBRIC, more="gate: {min_kapa: 1}\n"), 2, "did you mean"),
    ("- a\n", 2, "must be a mapping"),
    (golden(RUBRIC), 4, "the ceiling of 2 requests"),
]


@pytest.mark.parametrize(("content", "code", "said"), FAULTS)
def test_what_cannot_be_measured_is_said(judge, content, code, said):
    answer = judge(content, by_words(), "--max-requests", "2")
    assert answer.code == code
    assert said in answer.document["error"]


def test_names_that_are_none_and_no_golden_set_at_all(judge, project, ask):
    answer = ask("judge")
    assert answer.code == 5
    judge(golden(RUBRIC), by_words())
    answer = ask("judge", "polit")
    assert answer.code == 2
    assert "did you mean `polite`?" in answer.document["error"]
    assert ask("judge", POLITE).code == 0


def test_names_of_classes_cannot_colour_the_terminal(judge, capsys):
    judge(golden(CHOICE.replace("curt", "'[red]x'"), CLASSES), lambda asked: "polite")
    main(["judge", "polite"])
    assert "[red]x" in capsys.readouterr().out


def test_classes_that_begin_alike_keep_a_column_each(judge, capsys):
    long = CHOICE.replace("polite,", "a-very-long-name-of-a-class-1,")
    long = long.replace("curt", "a-very-long-name-of-a-class-2")
    outputs = [(id_, text, "rude") for id_, text, _ in OUTPUTS]
    judge(golden(long, outputs), lambda asked: "rude")
    main(["judge", "polite"])
    assert "0  0  4" in " ".join(capsys.readouterr().out.split()).replace(" ", "  ")


def unsteady(**passes):
    """The judge by words, which turns its verdict on these outputs each time it is asked."""
    asked, verdicts = dict.fromkeys(passes, 0), by_words()

    def rule(request):
        said = json.loads(verdicts(request))
        for id_, text, _ in OUTPUTS:
            if id_ in asked and f"\n{text}\n" in request:
                asked[id_] += 1
                said |= {"pass": bool(asked[id_] % 2), "score": float(asked[id_] % 2)}
        return json.dumps(said)

    return rule


def test_a_judge_is_put_against_itself(judge, api):
    answer = judge(golden(RUBRIC), unsteady(sorry=True), "--repeat", "3")
    [found] = answer.document["judges"]
    assert api.count == 3 * len(OUTPUTS)
    own = found["self_agreement"]
    assert (own["n"], own["same"], own["varying"]) == (4, 3, ["sorry"])
    assert own["pairs"] == pytest.approx((3 + 1 / 3) / 4)
    assert found["agreement"] == 1.0, "people are compared with the first replies"
    judge(golden(RUBRIC), unsteady(sorry=True), "--repeat", "3")
    assert api.count == 3 * len(OUTPUTS)


def test_a_floor_of_self_agreement_asks_twice_by_itself(judge, api):
    gate = "gate: {min_self_agreement: 0.9}\n"
    assert judge(golden(RUBRIC, more=gate), unsteady()).code == 0
    assert api.count == 2 * len(OUTPUTS)
    answer = judge(golden(RUBRIC.replace("polite", "kind"), more=gate), unsteady(sorry=True))
    assert answer.code == 1
    [missed] = answer.document["judges"][0]["missed"]
    assert missed == "agreement with itself 0.750 is below 0.9"


def test_floors_reached_by_the_figure_alone_say_so(judge, capsys):
    gate = "gate: {min_agreement: 0.9, min_kappa: 0.6}\n"
    assert judge(golden(RUBRIC, more=gate), by_words()).code == 0
    assert main(["judge", "polite"]) == 0
    assert "its agreement and kappa may be below: more would tell" in " ".join(
        capsys.readouterr().out.split()
    )


@pytest.mark.parametrize(("count", "says"), [(3, "nothing to say"), (24, "favours longer outputs")])
def test_bias_by_length_is_named_once_it_can_be_told(count, says, judge, capsys):
    rows = [(f"o{n:02}", "x" * (n + 1), "fail") for n in range(count)]
    longer = {text for _, text, _ in rows[count // 2 :]}

    def rule(asked):
        passed = any(f"\n{text}\n" in asked for text in longer)
        return json.dumps({"reason": "so", "score": float(passed), "pass": passed})

    answer = judge(golden(RUBRIC, rows), rule)
    [found] = answer.document["judges"]
    assert main(["judge", "polite"]) == answer.code
    assert says in " ".join(capsys.readouterr().out.split())
    assert (found["length_bias"] is None) is (count < 10)
    if count >= 10:
        assert found["length_interval"][0] > 0


def test_a_dry_run_of_a_judge_asks_no_model(judge, api):
    found = judge(golden(RUBRIC), by_words(), "--dry-run").document
    assert (found["command"], found["evals"][0]["requests"], api.count) == ("judge", 8, 0)
    assert judge(golden(RUBRIC), by_words()).code == 0
    assert judge(golden(RUBRIC), by_words(), "--dry-run").document["evals"][0]["requests"] == 0
    again = judge(golden(RUBRIC), by_words(), "--dry-run", "--refresh")
    assert again.document["evals"][0]["requests"] == 8
    assert judge(golden(RUBRIC), by_words(away=True), "--refresh").document["judges"][0][
        "agreement"
    ] == pytest.approx(0.75)
    assert api.count == 8


TOOL = {
    "type": "function",
    "function": {
        "name": "refund",
        "parameters": {
            "type": "object",
            "properties": {"order": {"type": "string"}},
            "required": ["order"],
        },
    },
}


@pytest.mark.parametrize("scorer", ["tool_call", "valid_tool_call"])
def test_calls_of_tools_that_people_labelled_are_outputs_like_any(judge, api, scorer):
    """Of four calls two are wrong, of which people passed one."""
    rows = [
        {
            "id": name,
            "output": None,
            "label": label,
            "tool_calls": [
                {"id": "a", "function": {"name": called, "arguments": json.dumps(arguments)}}
            ],
            "expected": [{"name": "refund", "arguments": {"order": "W1"}}],
        }
        for name, label, called, arguments in (
            ("right", "pass", "refund", {"order": "W1"}),
            ("too", "fail", "refund", {"order": "W1"}),
            ("other", "fail", "cancel", {"order": "W1"}),
            ("none", "pass", "refund", {}),
        )
    ]
    if scorer == "valid_tool_call":
        for row in rows:
            del row["expected"]
    content = {"scorer": scorer, "tools": [TOOL], "examples": rows, "gate": {"min_agreement": 0.6}}
    found = judge(json.dumps(content), by_words())
    [one] = found.document["judges"]
    assert (found.code, api.count, one["agreement"]) == (1, 0, 0.5)
    shown = {each["id"]: each["output"] for each in one["disagreements"]}
    assert shown == {"too": 'refund({"order": "W1"})', "none": "refund({})"}


TABLES = {
    "calls.jsonl": (
        '{"qid": "a", "made": [{"area": {"base": 10}}], "valid": true, "prompt": "x",'
        ' "answer": [{"area": {"base": [10], "unit": ["cm", ""]}}]}\n'
        '{"qid": "b", "made": [{"area": {"base": 9}}], "valid": true, "prompt": "y",'
        ' "answer": [{"area": {"base": [10], "unit": ["cm", ""]}}]}\n',
        "{tool_call: {values: bfcl}}",
        "columns: {id: qid, tool_calls: made, expected: answer, label: valid}\n",
    ),
    "calls.csv": (
        "qid,made,valid,answer\n"
        'a,"[{""area"": {""base"": 10}}]",1,"[{""area"": {""base"": 10}}]"\n'
        'b,"[{""area"": {""base"": 9}}]",true,"[{""area"": {""base"": 10}}]"\n',
        "tool_call",
        "columns: {id: qid, tool_calls: made, expected: answer, label: valid, json: [answer]}\n",
    ),
    "printed.csv": (
        "made,label,expected,id\n"
        """"[{'area': {'base': 10, 'unit': None}}]",1,"""
        """"[{'area': {'base': 10, 'unit': None}}]",a\n"""
        """[area(base=9)],1,"[{""area"": {""base"": 10}}]",b\n""",
        "tool_call",
        "columns: {tool_calls: made, json: [expected]}\n",
    ),
    "texts.jsonl": (
        """{"id": "a", "tool_calls": "[{'area': {'base': 10}}]", "label": 1, """
        """"expected": {"name": "area", "arguments": {"base": 10}}}\n"""
        """{"id": "b", "tool_calls": "[area(base=9)]", "label": 1, """
        """"expected": {"name": "area", "arguments": {"base": 10}}}\n""",
        "tool_call",
        "",
    ),
    "words.csv": (
        "id,output,label,city\na,Oslo,pass,Oslo\nb,Rome,1.0,Oslo\n",
        "{equals: '{{ city }}'}",
        "",
    ),
}


@pytest.mark.parametrize("file", TABLES)
def test_tables_of_labels_are_read_as_they_are(project, judge, file):
    """Of two rows that people pass the second is wrong."""
    rows, scorer, columns = TABLES[file]
    project.write({f"evals/judges/{file}": rows})
    found = judge(f"scorer: {scorer}\nexamples: {file}\n{columns}", by_words())
    [one] = found.document["judges"]
    assert (found.code, one["agreement"]) == (0, 0.5)
    assert [each["id"] for each in one["disagreements"]] == ["b"]


def test_a_column_of_labels_that_is_not_there_is_told(project, judge):
    project.write({"evals/judges/t.csv": "answer,human\nOslo,pass\n"})
    text = "scorer: {equals: x}\nexamples: t.csv\ncolumns: {output: answr, label: human}\n"
    found = judge(text, by_words())
    assert found.code == 2
    told = "evals/judges/t.csv:2:1: there is no column `answr`: did you mean `answer`?"
    assert told in found.document["error"]
