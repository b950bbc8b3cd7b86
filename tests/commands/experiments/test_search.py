"""`promptci search`: a better text for a prompt, judged on examples that were not seen."""

import json
import re
import shutil
import signal
from subprocess import DEVNULL

import pytest

from commands.test_documents import VALIDATOR
from fakes import Reply, error_body
from processes import PROMPTCI, Forked
from projects import EVAL, PROMPT, jsonl
from promptci.commands.main import main

QUEUES = ("billing", "shipping", "account", "other")
CANARY = "zebrafinch"
"""A word of every golden example, which no writer may be shown."""

PRESENT = "You route support tickets."
GOOD = "Name the queue."
BEST = "Answer with the queue: billing, shipping, account or other."
METHODS = ("ape", "opro", "gepa")


def rows(part, count, word):
    """Examples of one part, whose ticket ends with the queue that it belongs to."""
    return jsonl(
        {
            "id": f"{part}-{n}",
            "vars": {"ticket": f"{word} ticket {n} of {part}: {QUEUES[n % 4]}"},
            "expected": QUEUES[n % 4],
        }
        for n in range(count)
    )


def model(asked):
    """Right on all with the best text, on every second with the good one, on few with another."""
    turns = asked.body["messages"]
    if turns[0]["role"] != "system":
        return writer(asked)
    system, ticket = turns[0]["content"], turns[-1]["content"]
    number = int(ticket.split(" of ")[0].rpartition(" ")[2])
    share = {BEST: 1, GOOD: 2}.get(system, 5)
    return ticket.rpartition(": ")[2] if number % share == 0 else "none"


def writer(asked):
    """Finds the good text from examples or a history, the best one from the good."""
    return f"```\n{BEST}\n```" if GOOD in asked else GOOD


@pytest.fixture
def parts(project, api):
    """The router with a part to learn from, one to choose by, and a gate of its own."""
    project.write(
        {
            "evals/router.jsonl": rows("gate", 12, CANARY),
            "evals/router.train.jsonl": rows("train", 5, "red"),
            "evals/router.select.jsonl": rows("select", 5, "blue"),
        }
    )
    project.commit("Part the examples")
    api.answers(model)
    return project


@pytest.fixture
def search(ask):
    """Runs a short search and gives its report."""

    def run(*options):
        found = ask("search", "router", "--candidates", "6", *options)
        assert list(VALIDATOR.iter_errors(found.document)) == []
        return found

    return run


def to_the_writer(api):
    """What the writer was asked, all of it."""
    found = (body["messages"] for body in api.requests)
    return [turns[0]["content"] for turns in found if turns[0]["role"] == "user"]


def test_an_eval_with_a_fault_is_told_with_its_place_not_as_uncommitted(parts, capsys):
    text = parts.path.joinpath("evals/router.yaml").read_text()
    parts.write({"evals/router.yaml": f"{text}gate: {{must_pass: [gone]}}\n"})
    parts.commit("Name an example that is not there")
    assert main(["search", "router"]) == 2
    said = capsys.readouterr().err
    assert re.match(r"evals/router.yaml:\d+:\d+: `must_pass` names no example `gone`", said)


@pytest.mark.parametrize("by", METHODS)
def test_the_best_text_is_found_and_becomes_a_branch(parts, api, search, by):
    if by == "gepa":
        pytest.importorskip("gepa")  # of the extra `search`
    parts.write({"evals/router.yaml": parts.path.joinpath("evals/router.yaml").read_text() + "\n"})
    parts.git("add", "-A")
    before = parts.git("status", "--porcelain"), parts.git("rev-parse", "HEAD")
    found = search("--by", by)
    assert found.code == 0
    [look] = found.document["looks"]
    assert (look["verdict"], look["won"], look["lost"], look["commit"]) == (
        "accepted",
        9,
        0,
        parts.git("rev-parse", "search/router").strip(),
    )
    tried = {trial["number"]: trial["text"] for trial in found.document["trials"]}
    assert (tried[0], tried[look["trial"]]) == (PRESENT, BEST)
    assert len(to_the_writer(api)) == len(tried) - 1
    assert len(tried) == 7 or by == "gepa", "which writes nothing where nothing is wrong"
    assert api.count == WHOLE or by == "gepa"
    assert (parts.git("status", "--porcelain"), parts.git("rev-parse", "HEAD")) == before
    assert parts.git("rev-parse", "search/router~1") == before[1]
    changed = parts.git("diff", "--name-only", "search/router~1", "search/router").split()
    assert changed == ["evals/router.scores.yaml", "prompts/router.yaml"]
    check_that_the_gate_was_closed(api)
    check_that_a_run_would_write_the_same(parts, api)


def check_that_a_run_would_write_the_same(parts, api, branch="search/router"):
    """The records of the branch are those of a run there, whose answers are all stored."""
    parts.git("stash", "-q")
    parts.git("checkout", "-q", branch)
    asked = api.count
    assert main(["run"]) == 0
    assert (api.count, parts.git("status", "--porcelain")) == (asked, "")


def check_that_the_gate_was_closed(api):
    """No word of the gate reached the writer, and nothing was asked of it before the last text."""
    shown = to_the_writer(api)
    assert any("red ticket" in each for each in shown)
    assert not any(CANARY in each for each in shown)
    order = ["gate" if CANARY in json.dumps(body) else "search" for body in api.requests]
    assert order == sorted(order, reverse=True)
    assert order.count("gate") >= 24


def test_what_is_not_shown_to_be_better_is_refused(parts, api, search):
    """The good text wins 5 and loses 2 of the gate's: no proof, and no branch."""
    api.answers(lambda asked: GOOD if "role': 'system" not in str(asked.body) else model(asked))
    found = search()
    [look] = found.document["looks"]
    assert (found.code, look["verdict"], look["commit"]) == (1, "refused", "")
    assert "not shown to be better" in look["why"]
    assert parts.git("branch", "--list", "search/*") == ""


def test_each_look_is_judged_more_strictly_than_the_one_before(parts, api, search):
    found = search("--keep", "2")
    assert [look["number"] for look in found.document["looks"]] == [1, 2]
    levels = [look["level"] for look in found.document["looks"]]
    assert levels == pytest.approx([0.05 / 2, 0.05 / 6])
    again = search("--keep", "2", "--by", "opro", "--branch", "other")
    assert [look["number"] for look in again.document["looks"]] == [1, 2], "the same texts"
    api.answers(lambda asked: model(asked).replace(BEST, "Sort it."))
    third = search("--writer", "large", "--branch", "third", "--keep", "2")
    assert [look["number"] for look in third.document["looks"]] == [2], "nothing new is kept"


def test_a_text_that_loses_what_must_pass_is_refused(parts, api, search):
    gate = parts.path.joinpath("evals/router.yaml").read_text() + "gate: {must_pass: [gate-5]}\n"
    parts.write({"evals/router.yaml": gate})
    parts.commit("Guard one")

    def rule(asked):
        is_lost = "ticket 5 of gate" in asked and BEST in str(asked.body)
        return "none" if is_lost else model(asked)

    api.answers(rule)
    [look] = search().document["looks"]
    assert (look["verdict"], look["why"]) == (
        "refused",
        "router on small: `gate-5` must pass and is lost",
    )


def test_a_search_that_a_ceiling_ended_goes_on_and_pays_nothing_twice(parts, api, search):
    whole = search("--dry-run").document["most_requests"]
    short = search("--max-requests", str(whole - 25))
    assert short.code == 4
    assert "set aside to judge what is found" in short.document["stopped"]
    asked = api.count
    assert asked <= whole - 25
    found = search("--max-requests", str(2 * whole))
    assert found.code == 0
    assert api.count <= 2 * whole
    keys = [json.dumps(body, sort_keys=True) for body in api.requests if "red" in str(body)]
    plain = [key for key in keys if '"role": "system"' in key]
    assert len(plain) == len(set(plain)), "an example was asked twice with the same text"
    rows = ledger_rows(parts)
    assert len({row["search"] for row in rows}) == 1
    assert len(rows) == len({json.dumps(row) for row in rows})


@pytest.mark.slow
def test_a_search_that_was_killed_asks_again_at_most_what_was_under_way(parts, api, search):
    def rule(asked):
        if api.count == 40:
            child.kill()
            child.wait()
        return model(asked)

    given = ["search", "router", "--candidates", "6", "--concurrency", "4"]
    api.answers(rule)
    with Forked([*PROMPTCI, *given], stdout=DEVNULL, stderr=DEVNULL) as child:
        pass
    assert child.returncode == -signal.SIGKILL
    killed_at = api.count
    api.answers(model)
    found = search()
    assert (found.code, found.document["branch"]) == (0, "search/router")
    assert api.count <= WHOLE + 4
    assert killed_at < WHOLE, "it was killed before its end"
    looks = [row for row in ledger_rows(parts) if row["row"] == "look"]
    assert {row["look"] for row in looks} == {1}


WHOLE = 10 + 6 + 10 + 10 + 24 + 2 * 2 * 9
"""Questions of a whole search: the text at present, six written, two measured, and the gate."""


def ledger_rows(repo):
    lines = (repo.path / ".promptci/search/router.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_the_ledger_shows_every_text_and_every_look(parts, api, search, ask, capsys):
    """And the same search asks nothing and adds nothing to it."""
    assert ask("search", "router", "--ledger").code == 5
    search()
    document = ask("search", "router", "--ledger").document
    assert list(VALIDATOR.iter_errors(document)) == []
    [one] = document["searches"]
    assert [trial["number"] for trial in one["trials"]] == list(range(7))
    assert (one["by"], one["looks"][0]["branch"]) == ("ape", "search/router")
    assert main(["search", "router", "--ledger"]) == 0
    assert "accepted (look 1, level 0.025, branch search/router)" in capsys.readouterr().out
    asked, rows = api.count, ledger_rows(parts)
    parts.git("branch", "-D", "search/router")
    with (parts.path / ".promptci/search/router.jsonl").open("a") as file:
        file.write('{"row": "trial", "se')
    assert search().code == 0
    assert api.count == asked
    assert [row for row in ledger_rows_that_are_whole(parts) if row not in rows] == []


def ledger_rows_that_are_whole(repo):
    for line in (repo.path / ".promptci/search/router.jsonl").read_text().splitlines():
        if line.endswith("}"):
            yield json.loads(line)


@pytest.mark.parametrize("by", ["ape", "opro"])
def test_what_it_would_ask_is_a_bound(parts, api, search, by):
    estimate = search("--by", by, "--dry-run").document
    assert WHOLE <= estimate["most_requests"] <= 2 * WHOLE
    assert api.count == 0


def test_ceilings_that_leave_nothing_are_refused_before_anything_is_asked(parts, api, search):
    found = search("--max-requests", "30")
    assert found.code == 2
    assert "judging what is found may take 74 requests" in found.document["error"]
    assert "raise it, or --keep fewer" in found.document["error"]
    assert search("--budget-usd", "0.0001").code == 2
    parts.write({"prompts/router.yaml": PROMPT.replace("parameters: {max_tokens: 8}\n", "")})
    parts.commit("Answers may be as long as they like")
    found = search("--max-tokens", "10000")
    assert "or give the prompt `max_tokens`, without which" in found.document["error"]
    assert api.count == 0


def test_a_gate_with_which_nothing_can_be_shown_is_told_before_anything_is_asked(
    parts, api, search
):
    parts.write({"evals/router.jsonl": rows("gate", 6, CANARY)})
    parts.commit("Too small")
    found = search()
    assert (found.code, api.count) == (2, 0)
    assert (
        "has 6 examples, and at look 1, whose level is 0.025, 7 must be won at least"
        in (found.document["error"])
    )


def test_a_perfect_prompt_is_not_searched(parts, api, search):
    api.answers(lambda asked: asked.rpartition(": ")[2])
    found = search()
    assert found.code == 5
    assert "gets all that it is to be chosen by right" in found.document["error"]
    assert api.count == 10


def test_a_writer_without_answers_ends_the_search(parts, api, search):
    def rule(asked):
        if asked.body["messages"][0]["role"] == "system":
            return model(asked)
        return Reply(400, body=error_body("no such model", code="model_not_found"))

    api.answers(rule)
    assert search().code == 3


def test_gepa_does_not_swallow_what_went_wrong(parts, api, search):
    """It logs errors of the writer and would go on paying."""
    pytest.importorskip("gepa")  # of the extra `search`
    calls = []

    def rule(asked):
        if asked.body["messages"][0]["role"] == "system":
            return model(asked)
        calls.append(asked)
        return GOOD if len(calls) == 1 else Reply(400, body=error_body("bad", code="bad"))

    api.answers(rule)
    found = search("--by", "gepa")
    assert (found.code, len(calls)) == (3, 2)


PART = '{"id": "t", "vars": {"ticket": "TICKET"}, "expected": "billing", "cluster": "ada"}\n'


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"evals/router.train.jsonl": rows("gate", 2, CANARY)},
            "evals/router.train.jsonl:1:1: the example `gate-0` of `train` is also golden in "
            "`router`, as `gate-0`",
        ),
        (
            {"evals/router.select.jsonl": rows("train", 2, "red")},
            "evals/router.select.jsonl:1:1: the example `train-0` of `select` is also in `train`",
        ),
        (
            {
                "evals/router.train.jsonl": PART.replace("TICKET", "One  Ticket"),
                "evals/router.select.jsonl": PART.replace("TICKET", "one ticket").replace(
                    ', "cluster": "ada"', ""
                ),
            },
            "the example `t` of `select` is also in `train`",
        ),
        (
            {
                "evals/router.train.jsonl": PART.replace("TICKET", "one"),
                "evals/router.select.jsonl": PART.replace("TICKET", "two"),
            },
            "the example `t` of `select` is also in `train`",
        ),
        (
            {"evals/safe.yaml": f"prompt: router\n{EVAL.replace('router', 'router.train')}"},
            "is also golden in `safe`, as `train-0`",
        ),
    ],
)
def test_parts_that_overlap_are_refused_with_place_and_cure(parts, api, search, files, told):
    parts.write(files)
    parts.commit("Overlap")
    found = search()
    assert found.code == 2
    assert told in found.document["error"]
    assert (
        "`promptci examples split router gate=0.5 train=0.3 select=0.2`"
        in (found.document["error"])
    )
    assert api.count == 0


def test_without_parts_the_cure_is_told(project, ask, api):
    found = ask("search", "router")
    assert found.code == 2
    assert "there is no file evals/router.train.jsonl" in found.document["error"]
    assert api.count == 0


def test_a_part_may_be_named_from_where_the_user_is_or_beside_the_eval(parts, ask):
    parts.write({"more/train.jsonl": rows("more", 3, "red"), "evals/choose.jsonl": PART})
    parts.commit("More parts")
    named = ["--train", "more/train.jsonl", "--select", "choose.jsonl"]
    assert ask("search", "router", "--dry-run", *named).code == 0
    found = ask("search", "router", "--dry-run", "--train", "more/trian.jsonl")
    assert "there is no file evals/more/trian.jsonl" in found.document["error"]


def test_what_is_not_committed_is_no_place_to_begin(parts, api, search):
    prompt = parts.path / "prompts/router.yaml"
    prompt.write_text(prompt.read_text().replace("route", "sort"))
    found = search()
    assert (found.code, api.count) == (2, 0)
    assert "commit it first" in found.document["error"]


def test_a_branch_that_is_there_is_not_touched(parts, api, search):
    parts.git("branch", "search/router")
    found = search()
    assert (found.code, api.count) == (2, 0)
    assert "`git branch -D search/router`" in found.document["error"]
    assert search("--branch", "search").code == 2, "a folder of branches is there"
    assert search("--branch", "no..name").code == 2


def test_a_text_without_its_placeholder_is_told_in_the_ledger(parts, api, search):
    """Where there is no system message the last user message is what is searched."""
    parts.write(
        {
            "prompts/router.yaml": "parameters: {max_tokens: 8}\nmessages:\n"
            "  - role: user\n    content: |-\n      # What it says\n      Queue of: {{ ticket }}\n"
        }
    )
    parts.commit("One message")

    def rule(asked):
        if "must hold" in asked:
            is_first = not any("must hold" in each for each in to_the_writer(api)[:-1])
            return "Say the queue." if is_first else "Say:\nthe queue of {{ ticket }}"
        return asked.rpartition(": ")[2] if asked.startswith("Say:") else "none"

    api.answers(rule)
    found = search()
    assert found.code == 0
    assert "lacks `{{ ticket }}`" in {each["fault"] for each in found.document["trials"]}
    assert parts.git("show", "search/router:prompts/router.yaml").endswith(
        "content: |-\n      Say:\n      the queue of {{ ticket }}"
    )


@pytest.mark.parametrize("how", ["looks", "branch"])
def test_looks_elsewhere_count_where_they_were_fetched(parts, api, search, how):
    """A colleague who looked once, at another text, is known by the ref or by the branch."""
    first = search()
    [look] = first.document["looks"]
    assert look["number"] == 1
    refs = parts.git("for-each-ref", "--format=%(refname)", "refs/promptci/looks").split()
    assert len(refs) == 1
    shown = ("log", "-1", "--format=%(trailers:only)")
    assert parts.git(*shown, refs[0]) == parts.git(*shown, "search/router")
    if how == "looks":
        parts.git("branch", "-D", "search/router")
    else:
        parts.git("update-ref", "-d", refs[0])
    shutil.rmtree(parts.path / ".promptci")  # as on another machine
    api.answers(other)
    second = search("--branch", "mine")
    assert [each["number"] for each in second.document["looks"]] == [2]


def other(asked):
    """A model that is right on all with another text, which its writer finds."""
    best = "Name the queue."
    turns = asked.body["messages"]
    if turns[0]["role"] != "system":
        return best
    return turns[-1]["content"].rpartition(": ")[2] if turns[0]["content"] == best else model(asked)


@pytest.mark.usefixtures("parts")
def test_a_budget_without_a_price_is_refused_before_anything_is_said(api, ask):
    found = ask("search", "router", "--writer", "large", "--budget-usd", "2")
    assert (found.code, api.count) == (2, 0)
    assert "a ceiling on cost needs a price for `large`" in found.document["error"]
    assert "asking up to" not in found.stderr


def test_without_an_author_what_it_would_ask_is_known_and_nothing_is_begun(
    parts, api, search, hermetic
):
    (hermetic / ".gitconfig").write_text("[user]\n    useConfigOnly = true\n")
    assert search("--dry-run").code == 0
    found = search()
    assert (found.code, api.count) == (3, 0)
    assert "git does not know who makes a commit" in found.document["error"]
