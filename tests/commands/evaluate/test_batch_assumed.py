"""Batches without a mark: one that may be another's is neither lost nor touched."""

import pytest
from msgspec.structs import replace

from fakebatches import FakeMessageBatches
from projects import TICKETS, config, example, jsonl, route, router
from promptci.batching import following
from promptci.commands.main import main
from promptci.models.batchapis.anthropic import AnthropicBatches
from promptci.models.batchapis.kinds import BATCH_KINDS


@pytest.fixture
def api(monkeypatch):
    monkeypatch.setattr(following, "FIRST_WAIT", 0.0)
    monkeypatch.setattr("promptci.models.pacing.retry.FIRST_WAIT", {"transient": 0.0})
    with FakeMessageBatches() as made:
        made.answers(route)
        yield made


@pytest.fixture
def project(repo, api):
    text = config(api.url).replace(f"base_url: {api.url}", f"base_url: {api.url}, batch: anthropic")
    repo.write(router(api.url, config=text))
    repo.commit("Add the router")
    return repo


def sizes(api):
    return [len(each.lines) for each in api.batches]


def anothers(api, ago=0):
    """A batch of another project with as many requests, made so many seconds ago."""
    said = [{"role": "user", "content": "Hello there"}]
    params = {"model": "small-1", "messages": said, "max_tokens": 8}
    made = api._add([{"custom_id": f"{n:064x}", "params": params} for n in range(5)], {})
    made.created -= ago
    return made


def killed(monkeypatch, *, sent, at=1):
    """Run as a process does that is killed at a submission, before or after it."""
    submit, left = AnthropicBatches.submit, iter(range(at - 1))

    async def cut_short(self, parcel):
        if next(left, None) is not None:
            return await submit(self, parcel)
        if sent:
            await submit(self, parcel)
        raise KeyboardInterrupt

    monkeypatch.setattr(AnthropicBatches, "submit", cut_short)
    assert main(["run", "--batch"]) == 130
    monkeypatch.setattr(AnthropicBatches, "submit", submit)


def test_anothers_batch_is_never_cancelled_and_ours_is_sent(project, api, monkeypatch, ask):
    killed(monkeypatch, sent=False)
    theirs = anothers(api)
    api.words.extend(["in_progress"] * 2)
    found = ask("run", "--batch", "--no-wait")
    assert (found.code, sizes(api)) == (3, [5])
    assert "it may be batch_1" in found.stderr
    assert ask("batch").document["batches"][0]["state"] == "assumed"
    for command in (["batch", "cancel"], ["batch", "cancel", "batch_1"]):
        refused = ask(*command)
        assert refused.code == 2
        assert "may be another project's: collect it once it has ended" in refused.document["error"]
    assert ask("batch", "collect").code == 3
    found = ask("run", "--batch")
    assert (found.code, sizes(api), theirs.is_cancelled) == (0, [5, 4], False)
    assert "batch batch_1 is another's: ours is sought" in found.stderr
    assert [each["id"] for each in found.document["batches"]] == ["batch_2"]


def test_ours_is_found_beside_anothers_and_paid_once(project, api, monkeypatch, ask):
    theirs = anothers(api)
    killed(monkeypatch, sent=True)
    found = ask("run", "--batch")
    assert (found.code, sizes(api), theirs.is_cancelled) == (0, [5, 5], False)
    assert [each["id"] for each in found.document["batches"]] == ["batch_2"]


def test_what_was_made_before_is_taken_for_ours_last(project, api, monkeypatch, ask):
    """It may be under way for long when ours has ended."""
    anothers(api, ago=600)
    killed(monkeypatch, sent=True)
    found = ask("run", "--batch")
    assert (found.code, sizes(api), api.looked) == (0, [5, 5], ["batch_2"])


@pytest.mark.parametrize("ceiling", [[], ["--max-cost", "1"], ["--max-requests", "6"]])
def test_an_attempt_without_an_answer_beside_anothers(project, api, ask, ceiling):
    """What was set aside is given back, and set aside once more when it is sent."""
    theirs = anothers(api)
    api.makes.append("refused")
    found = ask("run", "--batch", *ceiling)
    assert (found.code, sizes(api), theirs.is_cancelled) == (0, [5, 5], False)


def test_the_results_of_what_may_be_anothers_may_stay_away(project, api, monkeypatch, ask):
    killed(monkeypatch, sent=False)
    anothers(api)
    content = api._content

    async def none(request, _):
        return await content(request, "none")

    monkeypatch.setattr(api, "_content", none)
    found = ask("run", "--batch")
    assert (found.code, sizes(api)) == (3, [5])
    assert "it may be another project's, so collect it later" in found.document["error"]
    assert "batch cancel" not in found.document["error"]


def test_of_several_of_one_size_each_is_found(project, api, monkeypatch, ask):
    """The first ones, whose ids are known, are not taken for the one that is sought."""
    kind = BATCH_KINDS["anthropic"]
    monkeypatch.setitem(BATCH_KINDS, "anthropic", replace(kind, most_requests=2))
    rows = [example(*ticket) for ticket in TICKETS]
    rows.append(example("again", "Where is my parcel now?", "shipping"))
    project.write({"evals/router.jsonl": jsonl(rows)})
    killed(monkeypatch, sent=True, at=3)
    assert ask("run", "--batch").code == 0
    assert sizes(api) == [2, 2, 2]
