"""The tasks of a change: what the base does not know stops the one eval that wants it."""

from msgspec.structs import replace

from check.evaluations import no_build
from promptci.check.headtasks import tasks_of
from promptci.check.trust import trusted, with_settings_of
from render.values import CONFIG, EVAL, PROMPT, files, suite
from tables import every_row

NEW = CONFIG.replace("{fake", "{new: {base_url: 'http://127.0.0.1:8/v1'}, fake")
OWN = "examples: router.jsonl\nscorers: [{python: 'own:score'}]\n"
CHOICES = "[{choice: good, score: 1}, {choice: bad, score: 0}]"
JUDGE = f"{{model: new/j, prompt: '{{{{{{{{ output }}}}}}}}?', choices: {CHOICES}}}"
JUDGED = f"examples: router.jsonl\nscorers: [{{choice_judge: {JUDGE}}}]\n"
CODE = {"evals/own.py": "def score(output, expected): return True\n"}


@every_row(
    ("change", "asked", "by_base", "why"),
    [
        ({"evals/router.yaml": OWN} | CODE, 0, 1, "no eval of the base scores with `own:score`"),
        ({"evals/router.yaml": JUDGED}, 0, 1, "the endpoint `new` of the model `new/j`"),
        ({"prompts/router.yaml": PROMPT.replace("fake", "new")}, 0, 0, "the model `new/small`"),
        ({"evals/router.yaml": f"{EVAL}models: [fake/a, new/b]\n"}, 1, 0, "the model `new/b`"),
    ],
)
def test_what_the_base_does_not_know_stops_one_eval_and_names_its_file(change, asked, by_base, why):
    other = {"evals/other.yaml": f"prompt: router\n{EVAL}models: [fake/small]\n"}
    base = suite(files(4) | other)
    head, _ = trusted(suite(files(4) | other | {"promptci.yaml": NEW} | change), base)
    found = tasks_of(replace(head, code_base=base), base, base.evals.get, no_build, {})
    assert [task.spec.name for task in found.tasks] == ["other", *["router"] * asked]
    assert len(found.by_base) == by_base
    [skipped] = found.skipped
    assert (skipped.name, skipped.unknown_in) == ("router", "evals/router.yaml")
    assert why in skipped.why


def test_a_judge_at_an_endpoint_that_the_target_gave_up_is_no_stranger_s():
    there = files(4) | {"promptci.yaml": NEW, "evals/router.yaml": JUDGED}
    base, _ = with_settings_of(suite(there), suite(files(4)))
    head, notes = trusted(suite(there), base)
    found = tasks_of(replace(head, code_base=base), base, base.evals.get, no_build, {})
    [skipped] = found.skipped
    gone = "is not in the newest configuration of its target: bring the change up to date with it"
    assert skipped.why == f"the endpoint `new` of the model `new/j` {gone}"
    assert notes == ["the endpoint `new` is gone from the newest promptci.yaml of the target"]
