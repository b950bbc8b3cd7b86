"""`promptci bisect`: which commit is found, what that costs, and when it cannot be told."""

import pytest

from commands.conftest import files
from fakes import Reply, error_body
from projects import EVAL, PROMPT, TICKETS, config, example, jsonl, route
from promptci.commands.main import main

ALL = len(TICKETS)


def follow(asked):
    """A model that forgets about shipping when told to be brief, and fails where told to."""
    said = asked.body["messages"][0]["content"]
    if "Fail" in said:
        return Reply(400, body=error_body("the prompt is not welcome"))
    queue = route(asked)
    return "other" if "Be brief" in said and queue == "shipping" else queue


def worded(text):
    return PROMPT.replace("You route support tickets.", f'"{text}"')


def _path(name):
    """The path that a keyword means: `evals__router__yaml`."""
    *folders, name, ending = name.split("__")
    return "/".join([*folders, f"{name}.{ending}"])


@pytest.fixture
def history(project, api):
    """Commits a system message, or other files; gives the short id of the commit."""
    api.answers(follow)

    def commit(text=None, subject="", **changed):
        told = {} if text is None else {"prompts/router.yaml": worded(text)}
        project.write(told | {_path(name): data for name, data in changed.items()})
        return project.commit(subject or text or "Change files")[:7]

    return commit


def candidates(answer):
    return [found["commit"][:7] for found in answer.document["candidates"]]


def run_down(history, bad_from, steps=8):
    """Sixteen commits of which eight change the prompt; bad from one of these on."""
    ids = []
    for step in range(1, steps + 1):
        ids.append(history(f"Rule {step}. {'Be brief.' if step >= bad_from else ''}"))
        history(README__md=f"after {step}")
    return ids


# How many calls


@pytest.mark.parametrize("bad_from", [1, 4, 8])
def test_of_sixteen_commits_at_most_five_are_evaluated(history, api, ask, bad_from):
    ids = run_down(history, bad_from)
    answer = ask("bisect", "router", "--good", "HEAD~16")
    assert answer.code == 0
    assert candidates(answer) == [ids[bad_from - 1]]
    assert (answer.document["commits"], answer.document["states"]) == (17, 9)
    assert api.count <= 5 * ALL


def test_a_second_search_asks_nothing_and_says_the_same(history, api, capsys):
    run_down(history, 3, steps=4)
    first = main(["bisect", "router", "--good", "HEAD~8"]), capsys.readouterr().out
    asked = api.count
    again = main(["bisect", "router", "--good", "HEAD~8"]), capsys.readouterr().out
    assert api.count == asked
    assert again == first


def test_for_one_example_only_that_one_is_asked(history, api, ask):
    ids = run_down(history, 3)
    answer = ask("bisect", "router", "parcel", "--good", "HEAD~16")
    assert candidates(answer) == [ids[2]]
    assert api.count <= 5
    assert {asked["messages"][1]["content"] for asked in api.requests} == {"Where is my parcel?"}
    [lost] = answer.document["lost"]
    assert (lost["base"], lost["head"], lost["expected"]) == ("shipping", "other", "shipping")


def test_what_was_asked_for_an_example_is_not_asked_again_for_the_score(history, api, ask):
    run_down(history, 3, steps=4)
    ask("bisect", "router", "parcel", "--good", "HEAD~8")
    before = api.count
    ask("bisect", "router", "--good", "HEAD~8")
    assert api.count - before <= 4 * (ALL - 1)


def test_points_that_are_stored_are_tried_first(history, project, api, ask):
    run_down(history, 6)
    project.git("checkout", "-q", "HEAD~5")  # Rule 6, the culprit
    main(["run", "--no-write"])
    project.git("checkout", "-q", "main")
    asked = len(api.requests)
    ask("bisect", "router", "--good", "HEAD~16")
    told = [sent["messages"][0]["content"] for sent in api.requests[asked:]]
    assert not [text for text in told if "Rule 7" in text], "beyond what was known to be bad"


def test_nothing_in_the_working_tree_is_read_or_written(history, project, ask):
    ids = run_down(history, 4, steps=4)
    project.write({"prompts/router.yaml": worded("Not committed. Be brief."), "new.txt": "new"})
    before = files(project)
    answer = ask("bisect", "router", "--good", "HEAD~8")
    assert candidates(answer) == [ids[3]]
    assert files(project) == before


# What is bad


def test_a_fall_within_the_tolerance_is_not_bad(history, ask):
    eased = {"evals__router__yaml": EVAL + "gate: {tolerance: 0.4}\n"}
    bad = history("Be brief.", **eased)
    assert candidates(ask("bisect", "router", "--good", "HEAD~1")) == [
        bad
    ]  # by the good one's gate
    history("Be kind.", **eased)
    history("Be brief again.")
    answer = ask("bisect", "router", "--good", "HEAD~1")
    assert answer.code == 2
    assert "the score at `HEAD`" in answer.document["error"]
    assert "is 66.7%, not below 60.0%" in answer.document["error"]


def test_below_draws_the_line_elsewhere(history, ask):
    worse = history("Be brief.")
    assert candidates(ask("bisect", "router", "--good", "HEAD~1", "--below", "0.7")) == [worse]
    too_low = ask("bisect", "router", "--good", "HEAD~1", "--below", "0.6")
    assert too_low.code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--good", "HEAD"], "`HEAD` is both good and bad"),
        (["--good", "HEAD", "--bad", "HEAD~1"], "swap --good and --bad"),
        (["--good", "HEAD~1"], "which is below 80.0%: name an earlier commit with --good"),
        (["hello", "--good", "HEAD~2"], "`hello` passes at `HEAD`"),
        (["parcel", "--good", "HEAD~1"], "`parcel` fails at `HEAD~1`"),
        (["percel", "--good", "HEAD~1"], "did you mean `parcel`"),
        (["parcel", "--good", "HEAD~2"], "EXAMPLE passes or fails, so --below has no meaning"),
        (["--good", "HEAD~2", "--bad", "nowhere"], "there is no commit `nowhere`"),
        (["--good", "HEAD~2", "--model", "tiny"], "there is no model `tiny`"),
    ],
)
def test_a_wrong_premise_is_a_sentence_and_exit_2(history, ask, arguments, said):
    history("Be brief.")
    history("Be brief please.")
    below = ["--below", "0.8"] if "80.0%" in said or "--below" in said else []
    answer = ask("bisect", "router", *arguments, *below)
    assert answer.code == 2
    assert said in answer.document["error"]


def test_an_unknown_eval_is_named_with_the_one_that_may_be_meant(history, ask):
    history("Be brief.")
    answer = ask("bisect", "ruter", "--good", "HEAD~1")
    assert answer.code == 2
    assert "no eval `ruter` in HEAD: did you mean `router`" in answer.document["error"]
    assert ask("bisect", "ruter").document["error"] == answer.document["error"]
    assert "when was all well? Name a commit by" in ask("bisect", "router").document["error"]


def test_where_prompt_and_model_are_the_same_no_commit_broke_it(history, api, ask):
    history(README__md="more")
    answer = ask("bisect", "router", "--good", "HEAD~1")
    assert answer.code == 3
    assert "prompt and model of `router` are the same at" in answer.document["error"]
    assert api.count == 0


# What every commit is measured by


LATE = ("late", "My parcel is late. Where is my parcel?", "shipping")


def test_an_example_written_later_is_asked_of_the_commits_before(history, ask):
    culprit = history("Be brief.")
    rows = jsonl(example(*ticket) for ticket in (*TICKETS, LATE))
    history(evals__router__jsonl=rows)
    assert candidates(ask("bisect", "router", "late", "--good", "HEAD~2")) == [culprit]
    older = ask("bisect", "router", "late", "--good", "HEAD~2", "--golden", "good")
    assert older.code == 2
    assert "`router` has no example `late`" in older.document["error"]


def test_an_example_need_not_even_be_committed(history, project, ask):
    culprit = history("Be brief.")
    history(README__md="more")
    project.write({"evals/router.jsonl": jsonl([example(*LATE)])})
    arguments = ("bisect", "router", "late", "--good", "HEAD~2", "--golden", "worktree")
    assert candidates(ask(*arguments)) == [culprit]


def test_commits_before_the_eval_are_asked_what_it_asks_now(history, project, capsys):
    project.git("rm", "-q", "evals/router.yaml")
    history(README__md="no eval")
    queues = EVAL + "prompt: router\n"
    culprit = history("Be brief.", evals__queues__yaml=queues)
    assert main(["bisect", "queues", "--good", "HEAD~1"]) == 0
    said = capsys.readouterr().out
    assert f"first bad: {culprit}" in said
    assert "The eval is not there in 1 of 2 states: those were asked what it asks now." in said


def test_an_eval_may_be_named_by_its_path(history, ask):
    culprit = history("Be brief.")
    assert candidates(ask("bisect", "evals/router.yaml", "--good", "HEAD~1")) == [culprit]


def test_a_change_of_model_can_be_the_culprit(history, api, capsys):
    api.answers(lambda asked: "other" if asked.body["model"] == "large-1" else route(asked))
    history("Rule 1.")
    culprit = history(subject="Swap", prompts__router__yaml=f"model: large\n{PROMPT}")
    assert main(["bisect", "router", "--good", "HEAD~2"]) == 0
    said = capsys.readouterr().out
    assert f"first bad: {culprit}" in said
    assert "model: small → large" in said


def test_one_model_can_be_asked_at_every_commit(history, project, api, ask):
    history("Rule 1.", subject="Swap", prompts__router__yaml=f"model: large\n{PROMPT}")
    culprit = history("Be brief.")
    answer = ask("bisect", "router", "--good", "HEAD~2", "--model", "large")
    assert candidates(answer) == [culprit]
    assert {sent["model"] for sent in api.requests} == {"large-1"}


# Commits that cannot be evaluated


def test_broken_commits_away_from_the_culprit_do_not_matter(history, ask):
    history(subject="Broken", prompts__router__yaml="messages: {")
    history("Rule 1.")
    culprit = history("Rule 2. Be brief.")
    history(subject="Gone", evals__router__yaml="scorers: nonsense")
    history("Rule 3. Be brief.", evals__router__yaml=EVAL)
    answer = ask("bisect", "router", "--good", "HEAD~5")
    assert answer.code == 0
    assert candidates(answer) == [culprit]


def test_a_file_that_is_broken_elsewhere_does_not_matter_either(history, ask):
    history("Rule 1.", prompts__other__yaml="messages: {")
    culprit = history("Rule 2. Be brief.")
    history(prompts__other__yaml=PROMPT)
    answer = ask("bisect", "router", "--good", "HEAD~3")
    assert candidates(answer) == [culprit]


def test_next_to_the_culprit_they_are_under_suspicion_too(history, ask):
    history("Rule 1.")
    broken = history(subject="Broken", prompts__router__yaml="messages: {")
    hungry = history("Route {{ mood }} tickets.")
    culprit = history("Rule 2. Be brief.")
    answer = ask("bisect", "router", "--good", "HEAD~4")
    assert answer.code == 3
    assert candidates(answer) == [broken, hungry, culprit]
    obstacles = [found["obstacle"] for found in answer.document["candidates"]]
    assert obstacles[0].startswith("prompts/router.yaml:")
    assert obstacles[1] == "the prompt needs `mood`, which the example `card` does not give"
    assert obstacles[2] is None


def test_a_commit_that_the_model_does_not_answer_is_passed_over(history, ask):
    history("Rule 1.")
    silent = history("Fail.")
    culprit = history("Rule 2. Be brief.")
    for more in ([], ["parcel"]):
        answer = ask("bisect", "router", *more, "--good", "HEAD~3")
        assert answer.code == 3
        assert candidates(answer) == [silent, culprit]
        assert "the prompt is not welcome" in answer.document["candidates"][0]["obstacle"]


@pytest.mark.parametrize("end", ["--good", "--bad"])
def test_an_end_without_answers_leaves_it_open(history, ask, end):
    texts = {"--good": ("Fail.", "Be brief."), "--bad": ("Rule 1.", "Fail.")}[end]
    for text in texts:
        history(text)
    answer = ask("bisect", "router", "--good", "HEAD~1")
    assert answer.code == 3
    assert "cannot be judged: no answer to 6 of 6 examples" in answer.document["error"]


def test_an_end_that_cannot_be_evaluated_says_why(history, ask):
    history(subject="Broken", prompts__router__yaml="messages: {")
    history("Be brief.")
    answer = ask("bisect", "router", "--good", "HEAD~1")
    assert answer.code == 3
    assert "`HEAD~1`" in answer.document["error"]
    assert "cannot be evaluated: prompts/router.yaml:" in answer.document["error"]


def test_no_key_goes_where_an_old_commit_would_send_it(history, api, ask, monkeypatch):
    monkeypatch.setenv("LAB_KEY", "secret")
    keyed = config(api.url).replace(api.url, f"{api.url}, key_env: LAB_KEY")
    history("Rule 1.", promptci__yaml=keyed)
    stolen = history("Rule 2.", promptci__yaml=keyed.replace("/v1", "/stolen"))
    culprit = history("Rule 3. Be brief.", promptci__yaml=keyed)
    answer = ask("bisect", "router", "--good", "HEAD~2")
    assert candidates(answer) == [stolen, culprit]
    assert {sent.path for sent in api.sent} == {"/v1/chat/completions"}


# Kinds of history


def test_a_detached_head_can_be_searched(history, project, ask):
    ids = run_down(history, 2, steps=4)
    project.git("checkout", "-q", "HEAD~4")
    assert candidates(ask("bisect", "router", "--good", "main~8")) == [ids[1]]


def test_a_shallow_clone_says_what_to_fetch(history, project, tmp_path, capsys):
    good = project.git("rev-parse", "HEAD")
    history("Rule 1.")
    history("Be brief.")
    clone = tmp_path / "clone"
    project.git("clone", "-q", "--depth=2", f"file://{project.path}", str(clone))
    assert main(["-C", str(clone), "bisect", "router", "--good", good]) == 3
    assert "fetch-depth: 0" in capsys.readouterr().err
    assert main(["-C", str(clone), "bisect", "router", "--good", "HEAD~1"]) == 0


# Chance, and limits


def test_what_comes_back_when_asked_again_is_no_proof(history, api, capsys):
    history("Be brief.")
    assert main(["bisect", "router", "parcel", "--good", "HEAD~1", "--confirm", "2"]) == 0
    assert "What was lost was asked 2 times more on both sides." in capsys.readouterr().out
    api.answers(route)
    main(["cache", "clear"])
    api.script(["shipping", "other"])
    assert main(["bisect", "router", "parcel", "--good", "HEAD~1", "--confirm", "2"]) == 3
    assert "Nothing that was lost stayed lost" in capsys.readouterr().out


def test_a_search_that_may_not_go_on_is_gone_on_with_later(history, api, ask):
    ids = run_down(history, 3, steps=4)
    stopped = ask("bisect", "router", "--good", "HEAD~8", "--max-requests", str(2 * ALL + 1))
    assert stopped.code == 4
    assert api.count == 2 * ALL + 1
    answer = ask("bisect", "router", "--good", "HEAD~8")
    assert candidates(answer) == [ids[2]]
    assert api.count <= 5 * ALL


def test_offline_only_stored_answers_count(history, api, ask):
    culprit = history("Be brief.")
    assert ask("bisect", "router", "--good", "HEAD~1", "--offline").code == 3
    assert api.count == 0
    ask("bisect", "router", "--good", "HEAD~1")
    answer = ask("bisect", "router", "--good", "HEAD~1", "--offline")
    assert candidates(answer) == [culprit]


# Reports


def plain(text, names):
    """A report in which commits go by made-up ids: theirs depend on the server's port."""
    for index, id_ in enumerate(names, 1):
        text = text.replace(id_, str(index) * 7)
    return text


@pytest.mark.parametrize("width", [80, 120])
def test_the_report_of_a_commit_found(history, capsys, monkeypatch, golden, width):
    monkeypatch.setenv("COLUMNS", str(width))
    names = [history(text) for text in ("Rule 1.", "Rule 2.", "Rule 2. Be brief.", "Be brief.")]
    assert main(["bisect", "router", "--good", "HEAD~3"]) == 0
    captured = capsys.readouterr()
    golden(f"bisect-found-{width}.txt", plain(captured.out, names))
    assert plain(captured.err, names).splitlines() == [
        "good  1111111  100.0%",
        "bad   4444444   66.7%",
        "bad   3333333   66.7%",
        "good  2222222  100.0%",
        "4 commits with 4 states of prompt and model, 4 evaluated; "
        "24 asked for $0.0002, 12 from the cache",
    ]


@pytest.mark.parametrize("width", [80, 120])
def test_the_report_of_commits_under_suspicion(history, capsys, monkeypatch, golden, width):
    monkeypatch.setenv("COLUMNS", str(width))
    names = [
        history("Rule 1."),
        history(subject="Break it", prompts__router__yaml="messages: {"),
        history("Route {{ mood }} tickets."),
        history("Rule 2. Be brief.", subject="A [bold]subject[/bold] \x1b[31mwith colour"),
    ]
    assert main(["bisect", "router", "parcel", "--good", "HEAD~3"]) == 3
    golden(f"bisect-open-{width}.txt", plain(capsys.readouterr().out, names))


def test_of_many_lost_examples_a_few_are_shown(history, api, capsys):
    api.answers(lambda a: "?" if "Be brief" in a.body["messages"][0]["content"] else route(a))
    base = history("Rule 1.")
    head = history("Be brief.")
    main(["bisect", "router", "--good", "HEAD~1"])
    said = capsys.readouterr().out
    assert said.count("lost: router /") == 3
    more = f"`promptci compare {base} {head} --eval router` shows them"
    assert said.count(" more ") == 1
    assert f"… 3 more lost examples that fail alike: {more}" in said


# Merges and renames


def branch(project, name):
    project.git("checkout", "-q", "-b", name)


def merge(project, name, into="main"):
    project.git("checkout", "-q", into)
    project.git("merge", "-q", "--no-ff", "-m", f"Merge {name}", name)
    return project.git("rev-parse", "--short=7", "HEAD")


def move(project, old, new):
    for path in ("prompts/{}.yaml", "evals/{}.yaml", "evals/{}.jsonl"):
        (project.path / path.format(new)).parent.mkdir(parents=True, exist_ok=True)
        project.git("mv", path.format(old), path.format(new))
    text = (project.path / f"evals/{new}.yaml").read_text()
    project.write(
        {f"evals/{new}.yaml": text.replace(f"{old}.jsonl", f"{new}.jsonl".split("/")[-1])}
    )
    project.commit(f"Move {old} to {new}")


def test_the_commit_inside_a_merge_is_found(history, project, ask, capsys):
    branch(project, "feature")
    history("Rule 1.")
    culprit = history("Rule 2. Be brief.")
    history("Rule 3. Be brief.")
    project.git("checkout", "-q", "main")
    history(README__md="meanwhile")
    merged = merge(project, "feature")
    history(README__md="after")
    found = ask("bisect", "router", "--good", "HEAD~3")
    assert (found.code, candidates(found)) == (0, [culprit])
    main(["bisect", "router", "--good", "HEAD~3"])
    assert f"It was brought in by the merge {merged}." in capsys.readouterr().out


def test_a_merge_inside_a_merge_is_gone_into_as_well(history, project, ask):
    branch(project, "outer")
    history("Rule 1.")
    branch(project, "inner")
    culprit = history("Rule 1. Be brief.")
    history("Rule 2. Be brief.")
    merge(project, "inner", into="outer")
    merge(project, "outer")
    assert candidates(ask("bisect", "router", "--good", "HEAD~1")) == [culprit]
    assert candidates(ask("bisect", "router", "parcel", "--good", "HEAD~1")) == [culprit]


def test_a_merge_whose_sides_are_good_is_the_culprit_itself(history, project, ask, capsys):
    branch(project, "feature")
    history("Rule 1.")
    project.git("checkout", "-q", "main")
    history(README__md="meanwhile")
    project.git("merge", "-q", "--no-ff", "--no-commit", "feature")
    culprit = history("Rule 1. Be brief.", subject="Merge with more")
    assert candidates(ask("bisect", "router", "--good", "HEAD~1")) == [culprit]
    main(["bisect", "router", "--good", "HEAD~1"])
    assert "is a merge, and no commit that it brought in is bad by" in capsys.readouterr().out


@pytest.mark.parametrize("new", ["desk", "support/desk"])
def test_renamed_and_moved_evals_and_prompts_are_followed(history, project, ask, new):
    history("Rule 1.")
    culprit = history("Rule 2. Be brief.")
    history("Rule 3. Be brief.")
    move(project, "router", new)
    project.write({f"prompts/{new}.yaml": worded("Rule 4. Be brief.")})
    project.commit("Rule 4")
    found = ask("bisect", new, "--good", "HEAD~5")
    assert (found.code, candidates(found)) == (0, [culprit])


@pytest.mark.parametrize("name", ["router", "queue"])
def test_an_eval_from_another_project_is_followed(history, project, api, ask, monkeypatch, name):
    rows = jsonl([example("one", "Nothing alike here", "other")])
    desk = {"promptci.yaml": config(api.url), "evals/own.jsonl": rows, "prompts/own.yaml": PROMPT}
    desk["evals/own.yaml"] = EVAL.replace("router", "own")
    project.write({f"desk/{path}": text for path, text in desk.items()})
    history("Rule 1.")
    culprit = history("Rule 2. Be brief.")
    for path in ("evals/router.jsonl", "prompts/router.yaml"):
        project.git("mv", path, f"desk/{path}")
    project.git("mv", "evals/router.yaml", f"desk/evals/{name}.yaml")
    if name != "router":
        project.write({f"desk/evals/{name}.yaml": f"prompt: router\n{EVAL}"})
    project.commit("Move the eval")
    project.write({"desk/prompts/router.yaml": worded("Rule 3. Be brief.")})
    project.commit("Rule 3")
    monkeypatch.chdir(project.path / "desk")
    found = ask("bisect", name, "--good", "HEAD~3")
    assert (found.code, candidates(found)) == (0, [culprit]), found.document


def test_another_eval_of_the_same_examples_is_no_former_one(history, project, ask):
    rows = jsonl(example(*ticket) for ticket in TICKETS)
    twin = "prompt: router\nexamples: twin.jsonl\nscorers: [equals]\n"
    history(evals__a__yaml=twin, evals__twin__jsonl=rows, prompts__other__yaml=worded("Rule 1."))
    history(evals__z__yaml=twin.replace("router", "other"))
    culprit = history(prompts__other__yaml=worded("Rule 2. Be brief."))
    project.git("mv", "evals/z.yaml", "evals/desk.yaml")
    project.commit("Move z to desk")
    found = ask("bisect", "desk", "--good", "HEAD~2")
    assert (found.code, candidates(found)) == (0, [culprit])


def test_a_prompt_is_followed_to_before_its_eval_was_there(history, project, ask):
    for path in ("evals/router.yaml", "evals/router.jsonl"):
        project.git("rm", "-q", path)
    history("Rule 1.")
    culprit = history("Rule 2. Be brief.")
    project.git("mv", "prompts/router.yaml", "prompts/desk.yaml")
    history(README__md="moved")
    rows = jsonl(example(*ticket) for ticket in TICKETS)
    history(evals__desk__yaml="examples: desk.jsonl\nscorers: [equals]\n", evals__desk__jsonl=rows)
    found = ask("bisect", "desk", "--good", "HEAD~3")
    assert (found.code, candidates(found)) == (0, [culprit])
