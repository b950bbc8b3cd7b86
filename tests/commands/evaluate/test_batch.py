"""`run --batch` and its kin: sent, waited for, killed, collected; nothing is asked twice."""

import json
import re
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from msgspec import structs
from msgspec.structs import replace

from fakebatches import FakeBatches
from fakes import Reply, error_body, response_to
from processes import PROMPTCI, Forked, wait_until
from projects import JUDGE, REWORDED, TICKETS, config, example, jsonl, route, router
from promptci.batching import following
from promptci.batching.receipt import BatchFolder
from promptci.commands.main import main
from promptci.errors import ModelError
from promptci.models.batchapis.kinds import BATCH_KINDS
from promptci.models.batchapis.sdkservice import SDKBatches
from promptci.project.batchruns import batches
from promptci.project.batchruns.batchkeeping import collect_batches
from promptci.project.project import Project

RECORD = "evals/router.scores.yaml"
ALL = len(TICKETS)


@pytest.fixture(scope="module")
def server():
    with FakeBatches() as made:
        yield made


@pytest.fixture
def api(server, monkeypatch):
    """The service; looks at it come one after the other."""
    server.forget()
    server.answers(route)
    monkeypatch.setattr(following, "FIRST_WAIT", 0.0)
    monkeypatch.setattr(batches, "CROWDED_WAIT", 0.0)
    monkeypatch.setattr("promptci.models.pacing.retry.FIRST_WAIT", {"transient": 0.0})
    return server


def settings(url, more=""):
    """The configuration, whose endpoint takes batches."""
    return config(url, more).replace(f"base_url: {url}", f"base_url: {url}, batch: openai")


@pytest.fixture
def project(repo, api):
    """The project `router`, committed."""
    repo.write(router(api.url, config=settings(api.url)))
    repo.commit("Add the router")
    return repo


def sizes(api):
    return [len(each.lines) for each in api.batches]


def forget_answers(project):
    assert main(["cache", "clear"]) == 0
    (project.path / RECORD).unlink(missing_ok=True)


def live(project, api):
    """The record of a live run; nothing of it is left."""
    assert main(["run"]) in (0, 1, 3)
    record = (project.path / RECORD).read_bytes() if (project.path / RECORD).exists() else b""
    forget_answers(project)
    api.sent.clear()
    return record


def test_a_batch_gives_the_record_of_a_live_run(project, api, ask):
    alone = live(project, api)
    found = ask("run", "--batch")
    assert found.code == 0, found.document
    assert (project.path / RECORD).read_bytes() == alone
    [sent] = found.document["batches"]
    assert (sent["id"], sent["requests"], sent["answered"]) == ("batch_1", ALL - 1, ALL - 1)
    assert (sent["stage"], sent["state"]) == ("collected", "completed")
    assert (api.count, sizes(api)) == (1, [ALL - 1])  # the first one is asked live
    [made] = [each.made for each in api.batches]
    assert (made["endpoint"], made["completion_window"]) == ("/v1/chat/completions", "24h")
    assert made["metadata"] == {"promptci": sent["uid"]}
    for line in api.lines:
        assert (line["method"], line["url"]) == ("POST", "/v1/chat/completions")
        assert re.fullmatch("[0-9a-f]{64}", line["custom_id"])
        assert line["body"]["max_tokens"] == 8
        assert "service_tier" not in line["body"]
    assert ask("run").only["asked"] == 0
    assert (api.count, sizes(api)) == (1, [ALL - 1])


def test_a_batch_that_is_not_waited_for_is_collected_by_the_same_command(project, api, ask):
    first = ask("run", "--batch", "--no-wait")
    assert first.code == 3
    assert first.document["error"] == (
        "1 batch is under way (batch_1): run the same command again to collect, "
        "or `promptci batch collect`"
    )
    assert [each["id"] for each in first.document["batches"]] == ["batch_1"]
    assert api.looked == []
    api.words.append("in_progress")
    assert ask("run", "--batch", "--no-wait").code == 3
    assert ask("run", "--batch", "--no-wait").code == 0
    assert (api.count, sizes(api)) == (1, [ALL - 1])
    listed = ask("batch").document["batches"]
    assert [(each["id"], each["stage"]) for each in listed] == [("batch_1", "collected")]


def test_judges_ride_in_a_second_batch(project, api, ask):
    rows = [example(*ticket) | {"vars": {"ticket": ticket[1], "tone": "x"}} for ticket in TICKETS]
    project.write(
        {
            "evals/router.yaml": f"examples: router.jsonl\nscorers:\n  - equals\n  - {JUDGE}\n",
            "evals/router.jsonl": jsonl(rows),
        }
    )
    api.answers(lambda asked: "good" if asked.body["model"] == "large-1" else route(asked))
    alone = live(project, api)
    assert ask("run", "--batch").code == 0
    models = [{line["body"]["model"] for line in each.lines} for each in api.batches]
    assert models == [{"small-1"}, {"large-1"}]
    assert (project.path / RECORD).read_bytes() == alone
    keys = [line["custom_id"] for line in api.lines]
    assert len(keys) == len(set(keys))


def test_what_is_more_than_a_batch_may_hold_is_parted(project, api, ask, monkeypatch):
    kind = replace(BATCH_KINDS["openai"], most_requests=2)
    monkeypatch.setitem(BATCH_KINDS, "openai", kind)
    assert ask("run", "--batch").code == 0
    assert sizes(api) == [2, 2, 1]
    forget_answers(project)
    longest = max(len(line) for each in api.uploads.values() for line in each.splitlines(True))
    monkeypatch.setitem(
        BATCH_KINDS, "openai", replace(kind, most_requests=9, most_bytes=2 * longest)
    )
    assert ask("run", "--batch").code == 0
    assert sizes(api)[3:] == [2, 2, 1]
    assert max(map(len, list(api.uploads.values())[3:])) <= 2 * longest


def test_a_file_that_the_service_finds_too_large_is_halved(project, api, ask):
    assert ask("run", "--batch").code == 0
    [file] = api.uploads.values()
    api.most_bytes = len(file) - 1
    forget_answers(project)
    assert ask("run", "--batch").code == 0
    assert sizes(api)[1:] == [2, 3]


@pytest.mark.long
def test_lines_that_cannot_be_sent_are_named(project, api, ask, monkeypatch):
    kind = replace(BATCH_KINDS["openai"], most_bytes=50)
    monkeypatch.setitem(BATCH_KINDS, "openai", kind)
    found = ask("run", "--batch")
    assert found.code == 3
    assert found.only["errors"] == ALL - 1
    assert api.batches == []


@pytest.mark.parametrize("word", ["expired", pytest.param("cancelled", marks=pytest.mark.long)])
def test_what_a_batch_leaves_open_goes_into_the_next(project, api, ask, word):
    alone = live(project, api)
    api.ends, api.most_answered = word, 2

    def results(lines):
        if len(api.batches) > 1:
            api.batches[-1].word, api.ends = "completed", "completed"
        return lines

    api.results = results
    found = ask("run", "--batch")
    assert found.code == 0
    assert sizes(api) == [5, 3]
    assert [each["answered"] for each in found.document["batches"]] == [2, 3]
    assert f"batch batch_1 is {word}: 2 answers, 3 without (batch_{word}" in found.stderr
    assert (project.path / RECORD).read_bytes() == alone


@pytest.mark.long
def test_what_is_left_open_may_be_asked_live(project, api, ask):
    api.ends, api.most_answered = "expired", 2
    assert ask("run", "--batch", "--live-rest").code == 0
    assert (api.count, sizes(api)) == (1 + 3, [5])


@pytest.mark.long
def test_what_no_batch_answers_is_an_error(project, api, ask):
    api.ends = "expired"
    found = ask("run", "--batch")
    assert (found.code, found.only["errors"], sizes(api)) == (3, 5, [5, 5, 5])
    assert main(["show", "router", "card"]) in (0, 3)


def test_results_in_any_order_double_missing_and_strange(project, api, ask):
    alone = live(project, api)

    def mangle(lines):
        if len(lines) < 5:
            return lines
        first, second, *rest = lines
        other = {**second, "custom_id": first["custom_id"]}  # a second answer to the first
        strange = {**first, "custom_id": "f" * 64}
        failed = {**second, "response": None, "error": {"code": "x", "message": "y"}}
        return [*reversed(rest[1:]), strange, first, failed, other, second]

    api.results = mangle
    found = ask("run", "--batch")
    assert found.code == 0
    assert sizes(api) == [5, 1]
    assert "1 that were not asked for" in found.stderr
    assert (project.path / RECORD).read_bytes() == alone


@pytest.mark.long
def test_results_that_are_no_json_are_passed_over(project, api, ask):
    api.results = lambda lines: lines

    def broken(name, data):
        api.batches[0].files[name] = b"[]\nno\n\n{}\n" + data[: data.rindex(b"{")] + b"{"

    finish = api._finish

    def once(batch):
        finish(batch)
        if batch.id == "batch_1":
            for name, data in list(batch.files.items()):
                broken(name, data)

    api._finish = once
    try:
        assert ask("run", "--batch").code == 0
    finally:
        del api._finish
    assert sizes(api)[0] == 5
    assert sum(sizes(api)) >= 6


@pytest.mark.long
def test_a_wrong_model_has_the_same_result_as_live(project, api):
    text = settings(api.url).replace("model: small-1}", "model: small-1, served: small-1}")
    project.write({"promptci.yaml": text})

    def other(asked):
        body = response_to(asked.body, route(asked))
        return {**body, "model": "tiny"} if "Hello" in asked else body

    api.answers(other)
    alone = live(project, api)
    assert main(["run", "--batch"]) == 3
    assert ((project.path / RECORD).read_bytes() if alone else b"") == alone
    assert sizes(api) == [5]


def test_looks_that_are_refused_are_repeated_as_told(project, api, ask):
    busy = Reply(429, {"Retry-After": "0"}, error_body("slow down"))
    api.looks.extend([busy, Reply(503), busy, Reply(cut=0)])
    assert ask("run", "--batch").code == 0
    assert (len(api.looked), sizes(api)) == (5, [5])


@pytest.mark.parametrize("status", [404, pytest.param(403, marks=pytest.mark.long)])
def test_a_batch_of_which_its_service_says_nothing_is_not_sent_again(project, api, ask, status):
    """It may be paid: to a key of another project a service says the same."""
    assert ask("run", "--batch", "--no-wait").code == 3
    api.looks.extend([Reply(status, body=error_body("No such batch"))] * 15)
    for command in (["run", "--batch"], ["run", "--batch", "--no-wait"], ["batch", "collect"]):
        found = ask(*command)
        assert (found.code, sizes(api)) == (3, [5])
        assert found.document["error"] == (
            f"batch batch_1 was sent, and `lab` refused batch batch_1 (HTTP {status}: "
            "No such batch): use the key that sent it, or give it up with `promptci batch cancel "
            "batch_1`, and the same command asks and pays again"
        )
    assert ask("run", "--batch").code == 0
    assert (api.looks, sizes(api)) == (api.looks.__class__(), [5])


def test_a_batch_of_which_its_service_says_nothing_is_given_up_when_told(project, api, ask):
    assert ask("run", "--batch", "--no-wait").code == 3
    api.batches[0].id = "elsewhere"
    assert ask("run", "--batch").code == 3
    assert main(["batch", "cancel"]) == 0
    found = ask("run", "--batch")
    assert "is unknown: 0 answers, 5 without" in found.stderr
    assert (found.code, sizes(api)) == (0, [5, 5])


@pytest.mark.parametrize(("fault", "made"), [("lost", 1), ("refused", 1), ("twice", 2)])
def test_a_submission_without_an_answer_is_looked_for(project, api, ask, fault, made):
    api.makes.append(fault)
    found = ask("run", "--batch")
    assert found.code == 0
    assert len(api.batches) == made
    assert [each.is_cancelled for each in api.batches] == [False, True][:made]
    assert ("batch_2 was the same as batch_1, sent twice" in found.stderr) == (fault == "twice")
    assert [each["id"] for each in found.document["batches"]] == ["batch_1"]


@pytest.mark.parametrize("odd", ["find", "cancel"])
def test_what_was_sent_once_is_not_cancelled_and_what_cannot_be_is_told(
    project, api, ask, monkeypatch, odd
):
    """A list may show a batch on two of its pages; a second one may be done when it is found."""
    find = SDKBatches.find

    async def doubled(*given):
        return [batch for batch in await find(*given) for _ in range(2)]

    async def refused(*_):
        raise ModelError("409 Cannot cancel a completed batch", "refused")

    api.makes.append({"find": "lost", "cancel": "twice"}[odd])
    monkeypatch.setattr(SDKBatches, odd, {"find": doubled, "cancel": refused}[odd])
    found = ask("run", "--batch")
    assert (found.code, {each.is_cancelled for each in api.batches}) == (0, {False})
    assert [each["id"] for each in found.document["batches"]] == ["batch_1"]
    assert ("cannot be cancelled, and may have to be paid: 409" in found.stderr) == (
        odd == "cancel"
    )


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_batch_whose_id_was_never_seen_is_found(project, api, ask, monkeypatch, when):
    submit = SDKBatches.submit

    async def killed(self, parcel):
        if when == "after":
            await submit(self, parcel)
        raise KeyboardInterrupt

    monkeypatch.setattr(SDKBatches, "submit", killed)
    assert ask("run", "--batch").code == 130
    monkeypatch.setattr(SDKBatches, "submit", submit)
    assert [each["stage"] for each in ask("batch").document["batches"]] == ["planned"]
    found = ask("run", "--batch")
    assert (found.code, sizes(api)) == (0, [5 if when == "after" else 4])
    said = "had been sent before its id was known" if when == "after" else "never sent"
    assert "a batch of 5 requests to `small` had been" in found.stderr
    assert said in found.stderr


@pytest.mark.parametrize(
    "how", [signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.long)]
)
def test_ended_while_it_waits_nothing_is_sent_twice(project, api, ask, how):
    api.words.extend(["in_progress"] * 1000)
    with Forked([*PROMPTCI, "run", "--batch"]) as child:
        wait_until(lambda: len(api.looked) > 0)
        child.send_signal(how)
    assert child.returncode == (130 if how == signal.SIGINT else -how)
    api.words.clear()
    found = ask("run", "--batch")
    assert (found.code, api.count, sizes(api)) == (0, 1, [5])
    assert [each["answered"] for each in found.document["batches"]] == [5]


@pytest.mark.long
def test_the_time_of_a_command_may_end_before_that_of_a_batch(project, api, ask, monkeypatch):
    monkeypatch.setattr(following, "FIRST_WAIT", 0.05)
    api.words.extend(["in_progress"] * 1000)
    found = ask("run", "--batch", "--max-time", "0.5")
    assert found.code == 4
    assert "the time of 0.5 s is over" in found.document["error"]
    api.words.clear()
    assert ask("run", "--batch").code == 0
    assert sizes(api) == [5]


def test_of_two_collectors_one_collects(project, api, ask):
    assert ask("run", "--batch", "--no-wait").code == 3
    folder = BatchFolder(project.path / ".promptci/batches")
    [receipt] = folder.open()
    other = Project(project.path, environ={})
    with closing(other), ThreadPoolExecutor(1) as pool:
        with folder.collecting(receipt.uid):
            asked = pool.submit(collect_batches, other, ())
            wait_until(lambda: len(api.looked) == 1)
            folder.write(structs.replace(receipt, stage="collected", answered=5))
        [found] = asked.result()
    assert (found.stage, found.answered) == ("collected", 5)
    assert other.workspace.cache.size().answers == 1  # it stored nothing itself


@pytest.mark.long
def test_parts_of_a_run_ride_in_batches_of_their_own(project, api):
    for number in (1, 2):
        assert main(["run", "--batch", "--shard", f"{number}/2", "--bundle", f".{number}"]) == 0
        assert main(["cache", "clear"]) == 0
    assert main(["merge", ".1", ".2"]) == 0
    assert (api.count, sum(sizes(api))) == (2, ALL - 2)


@pytest.mark.long
def test_judges_after_own_code_ride_in_a_batch(project, api, ask):
    code = "- python: own:right"
    project.write(
        {
            "own.py": "def right(output, expected, vars):\n    return output == expected\n",
            "evals/router.yaml": f"examples: router.jsonl\nscorers:\n  - rubric: x\n  {code}\n",
            "promptci.yaml": settings(api.url, "allow: [code]\n").replace(
                "defaults: {", "defaults: {judge: large, "
            ),
        }
    )
    reply = json.dumps({"reason": "so", "score": 1.0, "pass": True})
    api.answers(lambda a: reply if a.body["model"] == "large-1" else route(a))
    found = ask("run", "--batch")
    assert found.code == 0, found.document
    assert (api.count, sizes(api)) == (2, [5, 5])


@pytest.mark.long
def test_judges_that_prefer_a_side_ride_in_a_batch(project, api, ask):
    text = settings(api.url).replace("defaults: {", "defaults: {judge: large, ")
    scorers = "scorers:\n  - equals\n  - select_best: {criteria: x}\n"
    project.write(
        {"promptci.yaml": text, "evals/router.yaml": f"examples: router.jsonl\n{scorers}"}
    )
    project.commit("Prefer")
    reply = json.dumps({"reason": "so", "choice": "first"})

    def rule(asked):
        if "response_format" in asked.body:
            return reply
        return "alike" if "parcel" in str(asked) else f"{asked.body['model']} {asked}"

    api.answers(rule)
    found = ask("compare", "small", "large", "--batch")
    [contest] = found.only["contests"]
    assert (contest["n"], contest["same"], contest["votes"]["first"]) == (ALL, 1, 2 * (ALL - 1))
    assert found.document["batches"], found.document
    judged = [line for line in api.lines if "response_format" in line["body"]]
    live = [body for body in api.requests if "response_format" in body]
    assert len(judged) > ALL > len(live)


@pytest.mark.long
def test_an_answer_that_holds_a_key_is_not_stored(project, api, ask, monkeypatch):
    key = "sk-aB3dE5gH7jK9mN1pQ3sT5vW7"
    monkeypatch.setenv("LAB_KEY", key)
    text = settings(api.url).replace("batch: openai", "batch: openai, key_env: LAB_KEY")
    project.write({"promptci.yaml": text})
    api.line_answer = lambda line: key if "parcel" in str(line) else route(str(line["body"]))
    found = ask("run", "--batch")
    assert (found.code, found.only["errors"], sizes(api)) == (3, 1, [5])
    stored = (project.path / ".promptci").rglob("*")
    assert not any(key.encode() in each.read_bytes() for each in stored if each.is_file())


@pytest.mark.long
def test_progress_never_goes_below_nothing(project, api, ask):
    found = ask("run", "--batch", "--max-requests", "3")
    assert "-" not in found.stderr.partition("of 6 examples done")[2]


def test_another_machine_collects(project, api, ask, tmp_path, monkeypatch):
    assert ask("run", "--batch", "--no-wait").code == 3
    there = tmp_path / "there"
    shutil.copytree(project.path, there, ignore=shutil.ignore_patterns("cache*", "runs"))
    monkeypatch.chdir(there)
    api.words.append("in_progress")
    assert ask("batch", "collect").code == 3
    found = ask("batch", "collect", "batch_1")
    assert (found.code, found.document["batches"][0]["answered"]) == (0, 5)
    assert ask("batch", "collect").code == 0
    assert ask("run").only["asked"] == 1  # the one that the other machine asked live
    monkeypatch.chdir(project.path)
    assert ask("run", "--batch").code == 0
    assert sizes(api) == [5]


def test_a_batch_is_cancelled_and_its_answers_are_kept(project, api, ask, capsys):
    assert ask("run", "--batch", "--no-wait").code == 3
    api.words.append("in_progress")
    found = ask("batch", "cancel")
    assert (found.code, api.batches[0].is_cancelled) == (0, True)
    assert found.document["batches"][0]["state"] == "cancelling"
    assert main(["batch"]) == 0
    said = capsys.readouterr().out
    assert "1 batch is not collected: `promptci batch collect` stores" in said
    assert ask("batch", "list").document["batches"] == found.document["batches"]
    api.words.clear()
    api.most_answered = 4
    assert ask("batch", "collect").document["batches"][0]["answered"] == 4
    assert ask("batch", "cancel").document["batches"] == []
    assert ask("run").only["asked"] == 1
    assert main(["batch"]) == 0
    assert "the command that sent them finds them there" in capsys.readouterr().out
    wrong = ask("batch", "collect", "batch_9")
    assert wrong.code == 2
    assert "there is no batch `batch_9` known here" in wrong.document["error"]


def test_ceilings_hold_before_a_batch_is_sent(project, api, ask):
    found = ask("run", "--batch", "--max-requests", "3")
    assert (found.code, api.count, sizes(api)) == (4, 1, [2])
    assert (found.only["passed"], found.only["total"]) == (3, 3)
    assert "the ceiling of 3 requests is reached" in found.document["error"]
    assert [each["answered"] for each in found.document["batches"]] == [2]
    assert ask("run", "--batch").code == 0
    assert (api.count, sizes(api)) == (2, [2, 2])


def test_a_ceiling_on_money_counts_at_the_price_of_batches(project, api, ask):
    prices = "small-1: {input: 1, output: 2, batch: {input: 0.5, output: 1}}"
    text = settings(api.url).replace("small-1: {input: 1, output: 2}", prices)
    project.write({"promptci.yaml": text})
    whole, half = (
        sum(float(each["cost"]) for each in ask("run", "--dry-run", *more).document["evals"])
        for more in ((), ("--batch",))
    )
    assert half == pytest.approx(whole / 2)
    assert ask("run", "--batch", "--max-cost", str(half * 1.2)).code == 0
    assert sizes(api) == [5]


def test_a_ceiling_on_money_needs_a_bound_for_every_answer(project, api, ask):
    prompt = project.path / "prompts/router.yaml"
    prompt.write_text(prompt.read_text().replace("parameters: {max_tokens: 8}\n", ""))
    found = ask("run", "--batch", "--max-cost", "1")
    assert found.code == 2
    assert "answers have no `max_tokens`: add it" in found.document["error"]
    assert api.batches == []


def test_what_a_batch_took_counts_once_whoever_collects_it(project, api, ask):
    ceiling = ("--max-cost", "0.00025")
    assert ask("run", "--batch", "--no-wait", *ceiling).code == 3
    spending = project.path / ".promptci/spending"
    [ledger] = spending.glob("*.jsonl")
    held = sum(float(json.loads(line).get("cost", 0)) for line in ledger.read_text().splitlines())
    assert ask("batch", "collect").code == 0
    took = sum(float(json.loads(line).get("cost", 0)) for line in ledger.read_text().splitlines())
    assert 0 < took < held
    assert ask("run", "--batch", *ceiling).code == 0
    assert list(spending.glob("*.jsonl")) == []


def test_a_parameter_that_a_model_refuses_is_left_out_of_the_lines(project, api, ask):
    refused = error_body("Unsupported parameter: 'temperature'", param="temperature")

    def picky(asked):
        if "temperature" in asked.body:
            return Reply(400, body={"error": refused["error"] | {"code": "unsupported_parameter"}})
        return route(asked)

    api.answers(picky)
    prompt = project.path / "prompts/router.yaml"
    prompt.write_text(
        prompt.read_text().replace("{max_tokens: 8}", "{max_tokens: 8, temperature: 0}")
    )
    alone = live(project, api)
    assert ask("run", "--batch").code == 0
    assert (sizes(api), api.count) == ([5], 2)
    assert not any("temperature" in line["body"] for line in api.lines)
    assert (project.path / RECORD).read_bytes() == alone


@pytest.mark.long
def test_a_parameter_that_only_lines_are_refused_for_is_left_out_of_the_next(project, api, ask):
    refused = error_body("Unsupported parameter: 'temperature'", param="temperature")
    body = {"error": refused["error"] | {"code": "unsupported_parameter"}}
    api.line_answer = lambda line: (
        Reply(400, body=body) if "temperature" in line["body"] else route(str(line["body"]))
    )
    prompt = project.path / "prompts/router.yaml"
    prompt.write_text(
        prompt.read_text().replace("{max_tokens: 8}", "{max_tokens: 8, temperature: 0}")
    )
    assert ask("run", "--batch").code == 0
    assert sizes(api) == [5, 5]


@pytest.mark.long
def test_a_line_that_is_refused_for_good_is_not_sent_again(project, api, ask):
    long = Reply(400, body=error_body("This model's maximum context length is 8 tokens"))
    api.line_answer = lambda line: long if "parcel" in str(line) else route(str(line["body"]))
    found = ask("run", "--batch")
    assert (found.code, found.only["errors"], sizes(api)) == (3, 1, [5])


def test_a_batch_that_there_is_no_room_for_is_sent_in_parts_later(project, api, ask):
    api.why = {"code": "token_limit_exceeded", "message": "Enqueued token limit reached"}
    api.most_requests = 4
    found = ask("run", "--batch")
    assert found.code == 0
    assert sizes(api) == [5, 2, 2, 1]
    assert found.document["batches"][0]["stage"] == "failed"


def test_a_wrong_key_ends_it_before_anything_is_sent(project, api, ask):
    api.answers(lambda _: Reply(401, body=error_body("Incorrect API key provided")))
    assert ask("run", "--batch").code == 3
    assert api.batches == []
    assert list((project.path / ".promptci/batches").glob("*.jsonl")) == []


def test_check_and_compare_ride_in_batches(project, api, ask):
    assert ask("run").code == 0
    project.commit("The record")
    prompt = project.path / "prompts/router.yaml"
    prompt.write_text(prompt.read_text().replace(*REWORDED))
    assert ask("run").code == 0
    assert main(["cache", "clear"]) == 0
    api.sent.clear()
    found = ask("check", "--batch", "--base", "HEAD")
    assert [each["answered"] for each in found.document["batches"]] == [ALL - 1]
    assert (found.code, found.document["stale"]) == (0, [])
    again = ask("check", "--base", "HEAD")
    assert again.document["batches"] == []
    assert again.document["evals"][0]["verdict"] == found.document["evals"][0]["verdict"]
    found = ask("compare", "small", "large", "--batch")
    assert [each["model"] for each in found.document["batches"]] == ["large"]
    assert (sizes(api), api.count) == ([ALL - 1] * 2, 2)


@pytest.mark.long
def test_asking_again_replaces_what_is_stored(project, api, ask):
    assert ask("run", "--batch").code == 0
    api.answers(lambda _: "other")
    found = ask("run", "--batch", "--refresh")
    assert (found.only["passed"], sizes(api)) == (1, [5, 5])
    assert ask("run").only["passed"] == 1


def test_an_endpoint_without_batches_is_refused(project, api, ask):
    project.write({"promptci.yaml": config(api.url)})
    found = ask("run", "--batch")
    assert found.code == 2
    assert "the endpoint `lab` takes no batches that promptci knows of" in found.document["error"]
    assert api.count == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--no-wait"], "--no-wait says how batches are used: add --batch"),
        (["run", "--batch", "--offline"], "--batch does not go with --offline"),
        (["run", "--batch", "--fail-fast"], "--batch does not go with --fail-fast"),
        (["run", "--batch", "--watch"], "--batch goes with none of --watch, --on and --rev"),
        (["run", "--batch", "--on", "ray"], "--batch goes with none of --watch, --on and --rev"),
        (["check", "--batch", "--frozen"], "--frozen asks no model"),
    ],
)
def test_options_that_contradict_each_other(project, api, capsys, arguments, said):
    assert main(arguments) == 2
    assert said in capsys.readouterr().err
    assert api.count == 0


def test_receipts_choose_no_endpoint(project, api, ask):
    assert ask("run", "--batch", "--no-wait").code == 3
    [receipt] = (project.path / ".promptci/batches").glob("*.json")
    text = receipt.read_text()
    receipt.write_text(text.replace("127.0.0.1", "127.0.0.2"))
    found = ask("batch", "collect")
    assert (found.code, api.looked) == (2, [])
    assert "is not what promptci.yaml says" in found.document["error"]
    receipt.write_text(text.replace('"count"', '"amount"'))
    found = ask("run", "--batch")
    assert found.code == 3
    assert "is no receipt of a batch" in found.document["error"]
    receipt.write_text(text)
    receipt.with_suffix(".keys").write_text("../../etc\n")
    assert ask("batch", "collect").code == 3


def test_the_table_of_batches(project, api, capsys):
    assert main(["batch"]) == 0
    assert capsys.readouterr().out == "no batches: `promptci run --batch` sends one\n"
    assert main(["run", "--batch"]) == 0
    capsys.readouterr()
    assert main(["batch", "list"]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"batch_1 +lab +small +5 +5 +collected \(completed\)", shown)


@pytest.mark.long
def test_nothing_of_a_batch_but_receipts_stays(project, api, ask):
    assert ask("run", "--batch").code == 0
    left = {Path(each).suffix for each in (project.path / ".promptci/batches").iterdir()}
    assert left <= {".json", ".keys", ""}


@pytest.mark.long
def test_answers_of_batches_are_shared(project, api, ask, tmp_path):
    folder = tmp_path.with_name("answers")
    folder.mkdir()
    project.write({"promptci.yaml": settings(api.url, f"cache: {{shared: {folder}}}\n")})
    assert ask("run", "--batch", "--no-wait").code == 3
    assert ask("batch", "collect").code == 0
    assert ask("run").only["asked"] == 0
    assert main(["cache", "clear"]) == 0
    assert ask("run", "--batch").only["asked"] == 0
    assert (api.count, sizes(api)) == (1, [5])


@pytest.mark.long
def test_a_live_run_says_what_it_asks_a_second_time(project, api, ask):
    assert ask("run", "--batch", "--no-wait").code == 3
    found = ask("run", "--example", "parcel")
    assert "warning: batches are under way (batch_1): what they hold is asked" in found.stderr
    assert "warning" not in ask("run", "--batch").stderr
    assert "warning" not in ask("run", "--refresh").stderr


@pytest.mark.long
def test_answers_without_a_latency_are_shown(project, api, ask, capsys):
    assert ask("run", "--batch").code == 0
    shown = ask("show", "router", "parcel").document
    assert '"latency": null' in json.dumps(shown)
    capsys.readouterr()
    assert main(["show", "router", "parcel"]) == 0
    assert "nan" not in capsys.readouterr().out
    assert main(["report", "-o", "page.html"]) == 0
    for kind in ("csv", "otel", "promptfoo"):
        assert main(["export", kind, "-o", f"out-{kind}"]) == 0
        written = [each for each in Path(f"out-{kind}").rglob("*") if each.is_file()]
        assert written
        assert not any(re.search(r"\bnan\b", each.read_text(), re.IGNORECASE) for each in written)


def azure(project, api, monkeypatch):
    monkeypatch.setattr("promptci.models.batchapis.sdkservice.FILE_WAIT", 0.0)
    monkeypatch.setenv("LAB_KEY", "k")
    there = api.url.removesuffix("/v1")
    given = f"base_url: {there}, kind: azure, api_version: 2026-01-01, key_env: LAB_KEY"
    text = settings(api.url).replace(f"base_url: {api.url}, batch: openai", given)
    project.write({"promptci.yaml": text})


def test_azure_takes_batches_once_it_has_looked_the_file_through(project, api, ask, monkeypatch):
    azure(project, api, monkeypatch)
    api.file_words.extend(["pending", "pending", "running"])
    assert ask("run", "--batch").code == 0
    assert (sizes(api), len(api.file_words)) == ([5], 0)
    assert {line["url"] for line in api.lines} == {"/chat/completions"}
    assert api.batches[0].made["endpoint"] == "/chat/completions"


@pytest.mark.long
def test_a_file_that_azure_cannot_read_is_told(project, api, ask, monkeypatch):
    azure(project, api, monkeypatch)
    api.file_words.extend(["pending", "error"])
    found = ask("run", "--batch")
    assert found.code == 3
    assert "could not read the file of the batch" in found.document["error"]
    assert ask("batch").document["batches"] == []


@pytest.mark.long
def test_what_may_have_been_sent_elsewhere_stops_nothing_else(project, api, ask, monkeypatch):
    submit = SDKBatches.submit

    async def killed(self, parcel):
        raise KeyboardInterrupt

    monkeypatch.setattr(SDKBatches, "submit", killed)
    assert ask("run", "--batch", "--model", "large").code == 130
    monkeypatch.setattr(SDKBatches, "submit", submit)
    [receipt] = (project.path / ".promptci/batches").glob("*.json")
    receipt.write_text(receipt.read_text().replace('"lab"', '"gone"'))
    found = ask("run", "--batch")
    assert (found.code, sizes(api)) == (0, [5])
    assert "warning: a batch that may have been sent is not looked for" in found.stderr
    found = ask("run", "--batch", "--model", "large")
    assert found.code == 2
    assert "is not what promptci.yaml says" in found.document["error"]


def test_the_steps_of_a_flow_ride_one_round_after_the_other(project, api, ask):
    project.write(
        {
            "prompts/again.yaml": "messages: [{role: user, content: '{{ first }}, {{ ticket }}'}]",
            "flows/twice.yaml": "steps: [{first: {prompt: router}}, {last: {prompt: again}}]",
            "evals/twice.yaml": "flow: twice\nexamples: router.jsonl\nscorers: [equals]\n",
        }
    )
    assert ask("run", "twice", "--batch").only["passed"] == ALL
    assert sum(sizes(api)) + len(api.sent) == 2 * ALL
    assert len(sizes(api)) == 2
    assert ask("run", "twice").only["asked"] == 0
