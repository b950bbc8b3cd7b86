"""Prompts that look documents up: embedded once, ranked, judged by scorers of rankings."""

import json

import pytest

from projects import config
from promptci.commands.main import main

PROMPT = """\
retrieve: {corpus: ../docs/*.md, embed: small, k: 2}
messages: [{role: user, content: "Find: {{ query }}"}]
"""
EVAL = """\
examples:
  - {id: money, vars: {query: refund}, expected: {refund.md: 2, card.md: 1}}
  - {id: way, vars: {query: parcel}, expected: [parcel.md]}
  - {id: none, vars: {query: password}, expected: [parcel.md]}
scorers: [recall_at: 2, mrr: {}]
"""
TEXTS = {
    "refund.md": "All about a refund.",
    "card.md": "A refund goes to the card.",
    "parcel.md": "Where a parcel is.",
    "zoo.md": "The password of the zoo.",
}
WORDS = ("refund", "card", "parcel", "password")


def vector(asked):
    """How often each of four words is in a text."""
    return [float(str(asked).lower().count(word)) for word in WORDS]


@pytest.fixture
def find(repo, api):
    api.answers(vector)
    repo.write(
        {
            ".gitignore": ".promptci/\n",
            "promptci.yaml": config(api.url),
            "prompts/find.yaml": PROMPT,
            "evals/find.yaml": EVAL,
            **{f"docs/{name}": f"{text}\n" for name, text in TEXTS.items()},
        }
    )
    repo.commit("Look things up")
    return repo


def test_the_corpus_is_embedded_once_and_rankings_are_judged(find, api, ask):
    found = ask("run").only
    assert api.count == 4 + 3
    assert found["metrics"] == {"recall_at": pytest.approx(2 / 3), "mrr": pytest.approx(2 / 3)}
    shown = ask("show", "find", "money").document
    assert '["refund.md", "card.md"]' in str(shown)
    assert main(["run"]) == 0
    assert main(["run", "--refresh-judges"]) == 0
    assert api.count == 7


def test_a_changed_document_is_a_changed_part_and_asks_one_question(find, api, ask, capsys):
    main(["run"])
    find.commit("Record")
    find.write({"docs/zoo.md": "The password of the parcel.\n"})
    estimate = ask("run", "--dry-run").document
    assert estimate["most_requests"] <= 1 + 3 * 2 * 2 + 1, "it, flips, and a refused parameter"
    capsys.readouterr()
    assert main(["why", "find"]) == 0
    out = capsys.readouterr().out
    assert "prompt differs" in out
    assert "+zoo.md" in out
    main(["run"])
    assert api.count == 8
    assert main(["check", "--base", "HEAD"]) == 0
    assert api.count == 8


def test_run_looks_up_what_was_lost_in_the_documents_as_they_were(find, api, ask):
    ask("run")
    find.commit("Scores")
    others = {f"docs/{name}.md": "A parcel.\n" for name in ("card", "refund")}
    find.write({"docs/parcel.md": "Where it is.\n", **others})
    answer = ask("run")
    assert (answer.code, answer.only["change"]["lost"]) == (1, ["way"])
    assert ask("run").only["asked"] == 0


def test_a_new_file_is_a_changed_part_too(find, api, ask):
    main(["run"])
    find.write({"docs/new.md": "A refund, a refund, a refund.\n"})
    assert ask("run").only["asked"] == 1


@pytest.mark.parametrize(
    ("prompt", "told"),
    [
        (PROMPT.replace("*.md", "*.txt"), "prompts/find.yaml:1:20: `../docs/*.txt` names no file"),
        (f"{PROMPT}tools: []\n", "prompts/find.yaml:3:1: `tools` says how a text is written"),
        (f"{PROMPT}model: small\n", "write it as `embed` in `retrieve`"),
        (PROMPT.replace("user", "system"), "has one message of role `user`, the query"),
        (PROMPT.replace("k: 2", "k: 0"), "prompts/find.yaml:1:"),
    ],
)
def test_what_does_not_go_with_looking_up_is_refused(find, api, capsys, prompt, told):
    find.write({"prompts/find.yaml": prompt})
    assert main(["run"]) == 2
    assert told in capsys.readouterr().err
    assert api.count == 0


def test_variants_look_elsewhere(find, api, ask):
    more = "variants: {one: {retrieve: {corpus: ../docs/*.md, embed: small, k: 1}}}\n"
    find.write({"prompts/find.yaml": PROMPT + more})
    rows = ask("compare", "--variants", "find").document["variants"]
    assert [row["variant"] for row in rows] == ["as it is", "one"]
    assert api.count == 7


def test_broken_vectors_are_errors_of_their_examples(find, api, ask):
    api.answers(lambda asked: [1.0] if "password" in asked and "Find" in asked else vector(asked))
    found = ask("run")
    assert (found.code, found.only["errors"]) == (3, 1)


def test_exports_leave_it_out(find, capsys, tmp_path):
    assert main(["export", "csv", "-o", str(tmp_path / "out")]) == 5
    assert "prompts that look documents up" in capsys.readouterr().err


@pytest.mark.slow
def test_the_embedded_model_of_meaning_finds_by_meaning(find, ask):
    pytest.importorskip("onnxruntime")  # of the extra `similar`
    find.write(
        {
            "prompts/find.yaml": PROMPT.replace("embed: small, ", ""),
            "evals/find.yaml": EVAL.replace("query: refund", "query: give me my money back"),
        }
    )
    found = ask("run").only
    assert found["metrics"]["recall_at"] == pytest.approx(2 / 3), "all but what no document says"
    assert ask("run").only["asked"] == 0


FLOW = """\
steps:
  - texts: {prompt: texts}
  - reply: {prompt: reply, vars: {about: "{{ texts }}"}}
output: "{{ reply }}"
"""
FLOW_EVAL = """\
flow: answer
examples:
  - {id: money, vars: {query: refund}, expected: All about a refund., steps: {texts: refund.md}}
  - {id: way, vars: {query: parcel}, expected: Where a parcel is., steps: {texts: parcel.md}}
steps: {texts: [contains]}
scorers: [contains]
"""


def test_a_flow_answers_from_the_texts_that_it_looked_up(find, api, ask):
    """And a document that changed is asked for again, with what depends on it."""
    find.write(
        {
            "prompts/texts.yaml": PROMPT.replace("k: 2", "k: 1, give: texts"),
            "prompts/reply.yaml": "model: large\n"
            'messages: [{role: user, content: "Say: {{ about }}"}]\n',
            "flows/answer.yaml": FLOW,
            "evals/answer.yaml": FLOW_EVAL,
        }
    )
    api.answers(lambda asked: str(asked) if str(asked).startswith("Say:") else vector(asked))
    estimate = ask("run", "answer", "--dry-run").document["most_requests"]
    found = ask("run", "answer")
    assert (found.code, found.only["score"]) == (0, 1)
    assert api.count == 4 + 2 + 2 <= estimate
    find.write({"docs/parcel.md": "Where a parcel is. Today.\n"})
    assert ask("run", "answer").only["asked"] == 2


INNER = "retrieve: {corpus: ../docs/*.md, embed: small, k: 1, give: texts"


@pytest.mark.parametrize(
    "step", [f"texts: {{{INNER}, query: 'Find: {{{{ query }}}}'}}}}", f"{INNER}}}"]
)
def test_a_step_may_look_up_itself(find, api, ask, step):
    """By a query of its own, or by what is called so; it is told by its name like any other."""
    name = step.partition(":")[0]
    find.write(
        {
            "prompts/reply.yaml": "model: large\n"
            'messages: [{role: user, content: "Say: {{ about }}"}]\n',
            "flows/answer.yaml": FLOW.replace("texts: {prompt: texts}", step).replace(
                "{{ texts }}", f"{{{{ {name} }}}}"
            ),
            "evals/answer.yaml": FLOW_EVAL.replace("texts:", f"{name}:"),
        }
    )
    api.answers(lambda asked: str(asked) if str(asked).startswith("Say:") else vector(asked))
    found = ask("run", "answer")
    assert (found.code, found.only["score"]) == (0, 1)
    assert main(["run", "find"]) == 0
    find.commit("A flow")
    find.write({"docs/parcel.md": "Where a parcel is. Today.\n"})
    assert main(["why", "answer"]) == 0
    assert ask("run", "answer").only["asked"] == 2
    assert main(["run", "find"]) == 0
    assert ask("check").code == 0


def test_a_model_that_embeds_nothing_is_told_with_its_place(find, ask):
    find.write({"prompts/find.yaml": PROMPT.replace("small", "smollm2")})
    answer = ask("run")
    assert answer.code == 2
    said = "prompts/find.yaml:1: `smollm2` answers prompts and embeds nothing: use `minilm`"
    assert said in answer.document["error"]


@pytest.mark.parametrize("command", ["shots", "curve", "sensitivity"])
def test_what_is_for_prompts_that_a_model_writes_says_what_there_is_instead(find, ask, command):
    answer = ask(command, "find")
    assert answer.code == 2
    assert "`find` looks documents up" in answer.document["error"]
    assert "`promptci compare --variants` tries another corpus" in answer.document["error"]


def test_words_are_counted_without_a_model_or_a_call(find, api, ask):
    find.write({"prompts/find.yaml": PROMPT.replace("embed: small", "embed: words")})
    found = ask("run").only
    assert api.count == 0
    assert (found["asked"], found["metrics"]["mrr"]) == (7, pytest.approx(2 / 3))


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (
            "{refund.md: 2, cart.md: 1, zoo.md: 0}",
            "`cart.md`, which the corpus lacks: did you mean",
        ),
        ("[parcel.md, x.md, y.md]", "`x.md`, which the corpus lacks (and 1 more): "),
        ("{parcel.md: 1, x.md: 0}", "no faults"),
    ],
)
def test_a_document_that_the_corpus_lacks_cannot_be_found(find, capsys, expected, said):
    row = f"examples: [{{id: a, vars: {{query: refund}}, expected: {expected}}}]\n"
    find.write({"evals/find.yaml": f"{row}scorers: [recall_at: 2]\n"})
    assert main(["lint", "find"]) == 0
    out = capsys.readouterr()
    assert said in out.out + out.err


JUDGES = """\
  - context_relevance: {model: small}
  - context_recall: {context: "{{ output }}", model: small}
"""
JUDGED_FLOW = """\
steps:
  - docs: {prompt: find}
  - reply: {prompt: reply}
output: "{{ reply }}"
"""
JUDGED_FLOW_EVAL = """\
flow: answer
models: [small]
examples:
  - {id: way, vars: {query: parcel}, expected: gone, steps: {docs: gone}}
scorers:
  - faithfulness: {context: "{{ docs }}", model: small}
steps:
  docs: [context_precision: {model: small}]
"""


def judged(asked):
    """A judge for which the first passage is needed and every claim holds."""
    if "input" in asked.body:
        return vector(asked)
    form = (asked.body.get("response_format") or {}).get("json_schema", {}).get("schema")
    verdicts = (str(form).count("'found'") and "found") or "supported"
    said = {"needed": [1], "claims": ["It is."], "verdicts": [{"number": 1, "verdict": verdicts}]}
    fields = form["properties"] if form else {}
    return json.dumps({name: said.get(name, "so") for name in fields}) if form else "gone"


def test_texts_that_are_found_are_the_context_of_every_scorer(find, api, ask):
    api.answers(judged)
    texts = PROMPT.replace("k: 2", "k: 2, give: texts")
    reply = 'messages: [{role: user, content: "{{ docs }}"}]\nparameters: {max_tokens: 9}\n'
    example = "  - {id: way, vars: {query: parcel}, expected: gone}"
    find.write(
        {
            "prompts/find.yaml": texts,
            "prompts/reply.yaml": reply,
            "flows/answer.yaml": JUDGED_FLOW,
            "evals/find.yaml": f"examples:\n{example}\nscorers:\n{JUDGES}",
            "evals/answer.yaml": JUDGED_FLOW_EVAL,
        }
    )
    most = ask("run", "--dry-run").document["evals"]
    ran = ask("run").document["evals"]
    assert {each["eval"]: each["metrics"] for each in ran} == {
        "answer": {"faithfulness": 1.0, "step docs": 1.0, "control flow": 1.0},
        "find": {"context_relevance": 0.5, "context_recall": 1.0},
    }
    assert all(
        not a["at_least"] and a["requests"] >= b["asked"] for a, b in zip(most, ran, strict=True)
    )
    passages = [s for s in map(str, api.sent) if '"1": "[parcel.md]' in s]
    assert passages
    find.write(
        {
            "prompts/find.yaml": PROMPT,
            "evals/answer.yaml": JUDGED_FLOW_EVAL.replace(
                "{model", '{context: "{{ found }}", model'
            ),
        }
    )
    told = [each["message"] for each in ask("lint").document["faults"]]
    assert any("write `give: texts` in the prompt find" in each for each in told)
    assert any("judges step `docs`, which has no `found`" in each for each in told)
