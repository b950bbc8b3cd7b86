"""`--batch` at services with an API of their own: the same as live, and their own faults."""

import re
from collections.abc import Iterator

import pytest

from fakebatches import FakeBatches, FakeGemini, FakeJobs, FakeMessageBatches, FakeTogether
from fakes import Reply, error_body
from projects import TICKETS, config, route, router
from promptci.batching import following
from promptci.commands.main import main
from promptci.models.batchapis.anthropic import AnthropicBatches
from promptci.models.batchapis.gemini import GeminiBatches
from promptci.models.batchapis.mistral import MistralBatches
from promptci.models.batchapis.together import TogetherBatches

RECORD = "evals/router.scores.yaml"
ALL = len(TICKETS)
SERVERS = {
    "anthropic": FakeMessageBatches,
    "mistral": FakeJobs,
    "gemini": FakeGemini,
    "together": FakeTogether,
}
SERVICES = {
    "anthropic": AnthropicBatches,
    "mistral": MistralBatches,
    "gemini": GeminiBatches,
    "together": TogetherBatches,
}


@pytest.fixture(scope="module", params=list(SERVERS))
def server(request) -> Iterator[FakeBatches]:
    with SERVERS[request.param]() as made:
        made.name = request.param
        yield made


@pytest.fixture
def api(server, monkeypatch):
    server.forget()
    server.answers(route)
    monkeypatch.setattr(following, "FIRST_WAIT", 0.0)
    monkeypatch.setattr("promptci.models.pacing.retry.FIRST_WAIT", {"transient": 0.0})
    return server


@pytest.fixture
def project(repo, api):
    text = config(api.url).replace(
        f"base_url: {api.url}", f"base_url: {api.url}, batch: {api.name}"
    )
    repo.write(router(api.url, config=text))
    repo.commit("Add the router")
    return repo


def sizes(api):
    return [len(each.lines) for each in api.batches]


def test_a_batch_gives_the_record_of_a_live_run(project, api, ask):
    alone = ask("run").only
    record = (project.path / RECORD).read_bytes()
    assert main(["cache", "clear"]) == 0
    (project.path / RECORD).unlink()
    api.sent.clear()
    found = ask("run", "--batch")
    assert (found.code, api.count, sizes(api)) == (0, 1, [ALL - 1])
    assert (project.path / RECORD).read_bytes() == record
    for name in ("passed", "input_tokens", "output_tokens"):
        assert found.only[name] == alone[name]
    assert all(re.fullmatch("[0-9a-f]{64}", line["custom_id"]) for line in api.lines)
    assert ask("run").only["asked"] == 0


def test_a_state_of_gemini_may_have_the_older_name(repo, monkeypatch, ask):
    monkeypatch.setattr(following, "FIRST_WAIT", 0.0)
    monkeypatch.setattr(FakeGemini, "state_prefix", "JOB_STATE_")
    with FakeGemini() as made:
        made.answers(route)
        text = config(made.url).replace(
            f"base_url: {made.url}", f"base_url: {made.url}, batch: gemini"
        )
        repo.write(router(made.url, config=text))
        found = ask("run", "--batch")
    assert (found.code, found.document["batches"][0]["state"]) == (0, "succeeded")


@pytest.mark.long
def test_what_a_batch_leaves_open_goes_into_the_next(project, api, ask):
    api.ends, api.most_answered = "expired", 2

    def results(lines):
        api.ends = "completed"
        return lines

    api.results = results
    found = ask("run", "--batch")
    assert (found.code, sizes(api)) == (0, [5, 3])
    assert [each["answered"] for each in found.document["batches"]] == [2, 3]


@pytest.mark.parametrize("server", ["gemini", "together"], indirect=True)
def test_what_expired_without_results_goes_into_the_next(project, api, ask, monkeypatch):
    """Counts or progress say that there was something, and there is nothing to retrieve."""
    api.ends = "expired"
    api.hides_files = True
    make = api._make

    def answer(*given):
        if api.batches:
            api.ends, api.hides_files = "completed", False
        return make(*given)

    monkeypatch.setattr(api, "_make", answer)
    found = ask("run", "--batch")
    assert (found.code, sizes(api)) == (0, [5, 5])
    assert [each["answered"] for each in found.document["batches"]] == [0, 5]


@pytest.mark.long
def test_a_batch_may_be_left_and_cancelled(project, api, ask):
    assert ask("run", "--batch", "--no-wait").code == 3
    assert ask("batch", "cancel").code == 0
    api.most_answered = 4
    assert ask("batch", "collect").document["batches"][0]["answered"] == 4
    assert ask("run", "--batch").code == 0
    assert (api.count, sizes(api)) == (2, [5])


@pytest.mark.long
@pytest.mark.parametrize("fault", ["lost", "refused"])
@pytest.mark.long
def test_a_submission_without_an_answer_is_looked_for(project, api, ask, fault):
    api.makes.append(fault)
    assert ask("run", "--batch").code == 0
    assert sizes(api) == [5]


@pytest.mark.long
@pytest.mark.parametrize("when", ["before", "after", "ended"])
@pytest.mark.long
def test_a_batch_whose_id_was_never_seen_is_found(project, api, ask, monkeypatch, when):
    service = SERVICES[api.name]
    submit = service.submit

    async def killed(self, parcel):
        if when != "before":
            await submit(self, parcel)
        raise KeyboardInterrupt

    monkeypatch.setattr(service, "submit", killed)
    assert ask("run", "--batch").code == 130
    monkeypatch.setattr(service, "submit", submit)
    if when == "ended":
        api._finish(api.batches[0])
    found = ask("run", "--batch")
    assert (found.code, sizes(api)) == (0, [4 if when == "before" else 5])
    assert ("never sent" in found.stderr) == (when == "before")


@pytest.mark.long
def test_too_much_for_one_batch_is_halved(project, api, ask):
    api.most_requests = 3
    assert ask("run", "--batch").code == 0
    assert sizes(api) == [2, 3]


@pytest.mark.long
def test_looks_that_are_refused_are_repeated(project, api, ask):
    api.looks.extend([Reply(429, {"Retry-After": "0"}, error_body("slow down")), Reply(503)])
    assert ask("run", "--batch").code == 0
    assert not api.looks


@pytest.mark.long
def test_a_line_that_is_refused_for_good_is_an_error(project, api, ask):
    api.line_answer = lambda line: (
        Reply(400, body=error_body("no")) if "parcel" in str(line) else route(str(line))
    )
    found = ask("run", "--batch")
    assert (found.code, found.only["errors"], sizes(api)) == (3, 1, [5])


@pytest.mark.long
def test_a_batch_that_is_gone_is_sent_again_when_told(project, api, ask):
    assert ask("run", "--batch", "--no-wait").code == 3
    api.batches.clear()
    assert ask("run", "--batch").code == 3
    assert sizes(api) == []
    assert main(["batch", "cancel"]) == 0
    assert ask("run", "--batch").code == 0
    assert sizes(api) == [5]


@pytest.mark.long
@pytest.mark.parametrize("server", ["gemini"], indirect=True)
@pytest.mark.long
def test_gemini_takes_a_file_where_requests_are_many(project, api, ask, monkeypatch):
    monkeypatch.setattr("promptci.models.batchapis.gemini.INLINE", 100)
    assert ask("run", "--batch").code == 0
    assert (sizes(api), api.uploads["files/1"].count(b"\n")) == ([5], 5)
    assert main(["cache", "clear"]) == 0
    api.makes.append("elsewhere")
    found = ask("run", "--batch")
    assert found.code == 3
    assert "names another host for the file" in found.document["error"]
