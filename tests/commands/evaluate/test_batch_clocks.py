"""Batches of services that are behind themselves, or with another clock: none is paid twice."""

import time
from types import SimpleNamespace

import pytest
from aiohttp import web

from fakebatches import FakeBatches, FakeJobs, FakeMessageBatches, FakeTogether
from fakes import Reply, error_body
from projects import config, route, router
from promptci.batching import following, sending
from promptci.commands.main import main
from promptci.models.batchapis import anthropic
from promptci.project.batchruns import batchcollecting

KINDS = {"openai": FakeBatches, "anthropic": FakeMessageBatches, "mistral": FakeJobs}
SERVERS = {**KINDS, "together": FakeTogether}


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def api(kind, monkeypatch):
    monkeypatch.setattr(following, "FIRST_WAIT", 0.0)
    monkeypatch.setattr("promptci.models.pacing.retry.FIRST_WAIT", {"transient": 0.0})
    with SERVERS[kind]() as made:
        made.answers(route)
        yield made


@pytest.fixture
def project(repo, api, kind):
    text = config(api.url).replace(f"base_url: {api.url}", f"base_url: {api.url}, batch: {kind}")
    repo.write(router(api.url, config=text))
    repo.commit("Add the router")
    return repo


def sizes(api):
    return [len(each.lines) for each in api.batches]


@pytest.mark.parametrize("ahead", [-5 * 3600, 5 * 3600])
def test_a_submission_without_an_answer_is_found_by_any_clock(project, api, monkeypatch, ahead):
    clock = SimpleNamespace(time=lambda: time.time() + ahead)
    for module in (sending, anthropic):
        monkeypatch.setattr(module, "time", clock)
    api.makes.append("lost")
    assert main(["run", "--batch"]) == 0
    assert sizes(api) == [5]


def test_a_batch_that_is_not_there_at_first_is_waited_for(project, api):
    api.looks.extend([Reply(404, body=error_body("No batch found with that id"))] * 3)
    assert main(["run", "--batch"]) == 0
    assert sizes(api) == [5]


def test_results_that_are_not_there_at_first_are_waited_for(project, api, monkeypatch):
    content, left = api._content, iter(range(3))

    async def late(request, name):
        is_late = next(left, None) is not None
        return await content(request, "none" if is_late else name)

    monkeypatch.setattr(api, "_content", late)
    assert main(["run", "--batch"]) == 0
    assert sizes(api) == [5]


@pytest.mark.parametrize(
    ("kind", "asked", "code", "waits"),
    [("openai", "7", 0, [7.0]), ("anthropic", "9", 0, [9.0]), ("mistral", "7200", 3, [])],
    indirect=["kind"],
)
def test_what_results_ask_to_wait_is_obeyed(project, api, monkeypatch, asked, code, waits):
    """Hours are not waited for: the same command collects later."""
    content, left, slept = api._content, iter(range(1)), []

    async def limited(request, name):
        if next(left, None) is None:
            return await content(request, name)
        return web.Response(status=429, headers={"Retry-After": asked})

    async def sleep(seconds):
        slept.append(seconds)

    monkeypatch.setattr(api, "_content", limited)
    monkeypatch.setattr(batchcollecting, "asyncio", SimpleNamespace(sleep=sleep))
    assert main(["run", "--batch"]) == code
    assert (slept, sizes(api)) == (waits, [5])
    assert main(["run", "--batch"]) == 0
    assert sizes(api) == [5]


@pytest.mark.parametrize("kind", ["openai"], indirect=True)
@pytest.mark.parametrize("page", ["<html>Please wait</html>", ""])
def test_a_page_in_the_place_of_results_is_asked_for_again(project, api, monkeypatch, page):
    content, left = api._content, iter(range(3))

    async def proxied(request, name):
        is_page = next(left, None) is not None
        return web.Response(text=page) if is_page else await content(request, name)

    monkeypatch.setattr(api, "_content", proxied)
    assert main(["run", "--batch"]) == 0
    assert sizes(api) == [5]


@pytest.mark.parametrize(
    ("kind", "short", "code"),
    [
        *(("openai", 2, 0), ("anthropic", 2, 0)),
        *(("openai", 20, 3), ("anthropic", 20, 3), ("together", 20, 3)),
    ],
    indirect=["kind"],
)
def test_results_that_are_fewer_than_counted_are_asked_for_again(
    project, api, monkeypatch, short, code, ask
):
    """Answers that the service counts are paid: the rest is asked again only when told."""
    document, content, left = api._document, api._content, iter(range(short))

    def counted(batch):
        found = document(batch)
        if batch.word == "completed":
            found["request_counts"] = {"total": 5, "completed": 5, "failed": 0}
        return found

    async def cut_off(request, name):
        found = await content(request, name)
        lines = found.body.splitlines(keepends=True)
        is_short = len(lines) == 5 and next(left, None) is not None
        return web.Response(body=b"".join(lines[:2]) + lines[2][:40]) if is_short else found

    monkeypatch.setattr(api, "_document", counted)
    monkeypatch.setattr(api, "_content", cut_off)
    found = ask("run", "--batch")
    assert (found.code, sizes(api)) == (code, [5])
    if code:
        assert "(only 2 of 5 results could be read)" in found.document["error"]
        word = api.batches[0].word
        assert main(["batch", "cancel"]) == 0
        api.batches[0].word = word  # it had ended
        assert main(["run", "--batch"]) == 0
        assert sizes(api) == [5, 3]


@pytest.mark.parametrize("kind", ["openai"], indirect=True)
def test_results_whose_connection_breaks_are_read_again(project, api, monkeypatch):
    content, left = api._content, iter(range(3))

    async def broken(request, name):
        found = await content(request, name)
        if next(left, None) is None:
            return found
        response = web.StreamResponse(headers={"Content-Length": str(len(found.body))})
        await response.prepare(request)
        await response.write(found.body[:300])
        request.transport.close()
        return response

    monkeypatch.setattr(api, "_content", broken)
    assert main(["run", "--batch"]) == 0
    assert sizes(api) == [5]


@pytest.mark.parametrize("kind", ["openai"], indirect=True)
def test_results_may_begin_with_a_byte_order_mark(project, api, monkeypatch):
    content = api._content

    async def marked(request, name):
        found = await content(request, name)
        return web.Response(body=b"\xef\xbb\xbf" + found.body)

    monkeypatch.setattr(api, "_content", marked)
    assert main(["run", "--batch"]) == 0
    assert sizes(api) == [5]


@pytest.mark.parametrize("kind", ["together"], indirect=True)
def test_what_was_answered_before_the_end_is_waited_for(project, api, monkeypatch):
    """A file of what is paid of a batch that expired may be named later."""
    document, left = api._document, iter(range(3))
    api.ends, api.most_answered = "expired", 2

    def early(batch):
        found = document(batch)
        if batch.files and next(left, None) is not None:
            found.pop("output_file_id", None)
            found.pop("error_file_id", None)
        elif batch.files:
            api.ends = "completed"
        return found

    monkeypatch.setattr(api, "_document", early)
    assert main(["run", "--batch"]) == 0
    assert sizes(api) == [5, 3]


@pytest.mark.parametrize("kind", ["openai", "mistral", "together"], indirect=True)
def test_files_that_are_named_later_are_waited_for(project, api, monkeypatch):
    document, left = api._document, iter(range(3))

    def early(batch):
        found = document(batch)
        if batch.files and next(left, None) is not None:
            found = {name: said for name, said in found.items() if not name.startswith("output")}
            found["request_counts"] = {"total": 5, "completed": 5, "failed": 0}
            found |= {"completed_requests": 5, "progress": 100.0}
        return found

    monkeypatch.setattr(api, "_document", early)
    assert main(["run", "--batch"]) == 0
    assert sizes(api) == [5]


def test_results_that_stay_away_are_not_paid_for_again(project, api, monkeypatch, ask):
    """They are collected later, or given up where that is said."""
    content = api._content

    async def none(request, _):
        return await content(request, "none")

    monkeypatch.setattr(api, "_content", none)
    for command in (["run", "--batch"], ["run", "--batch", "--no-wait"], ["batch", "collect"]):
        found = ask(*command)
        assert (found.code, sizes(api)) == (3, [5])
        assert "`promptci batch cancel " in found.document["error"]
    monkeypatch.setattr(api, "_content", content)
    assert main(["run", "--batch"]) == 0
    assert sizes(api) == [5]


def test_results_that_stay_away_are_given_up_when_told(project, api, monkeypatch):
    content, left = api._content, iter(range(9))

    async def none(request, name):
        return await content(request, "none" if next(left, None) is not None else name)

    async def ended(_request, _name):
        return web.json_response({"error": {"message": "it has ended"}}, status=400)

    monkeypatch.setattr(api, "_content", none)
    monkeypatch.setattr(api, "_cancel", ended)
    assert main(["run", "--batch"]) == 3
    assert main(["batch", "cancel"]) == 0
    assert main(["run", "--batch"]) == 0
    assert sizes(api) == [5, 5]


@pytest.mark.parametrize("kind", ["mistral", "together"], indirect=True)
def test_of_results_that_are_given_up_what_can_be_read_is_kept(project, api, monkeypatch, ask):
    """The file of errors is gone, that of answers is whole."""
    content = api._content

    async def none(request, name):
        return await content(request, "none" if name.endswith("err") else name)

    monkeypatch.setattr(api, "_content", none)
    api.line_answer = lambda line: (
        Reply(500, body=error_body("no")) if "parcel" in str(line) else route(str(line))
    )
    found = ask("run", "--batch")
    assert (found.code, sizes(api)) == (3, [5])
    api.line_answer = None
    assert main(["batch", "cancel"]) == 0
    for batch in api.batches:
        batch.word = "completed"
    assert ask("run", "--batch").code == 0
    assert sizes(api) == [5, 1]


@pytest.mark.parametrize("status", [401, 403])
def test_what_may_have_been_sent_is_not_forgotten_where_no_list_is_shown(
    project, api, monkeypatch, ask, status
):
    """Such as to a key that may make batches and not list them."""
    shown = api._list

    async def none(_):
        return web.json_response({"error": {"message": "not for you"}}, status=status)

    api.makes.append("lost")
    monkeypatch.setattr(api, "_list", none)
    for _ in range(2):
        found = ask("run", "--batch")
        assert (found.code, sizes(api)) == (3, [5])
        assert found.document["error"].startswith("model endpoint `lab` ")
        assert "not for you" in found.document["error"]
    monkeypatch.setattr(api, "_list", shown)
    assert main(["run", "--batch"]) == 0
    assert sizes(api) == [5]


@pytest.mark.parametrize("kind", ["openai"], indirect=True)
def test_an_attempt_that_is_refused_says_nothing_of_the_one_before(project, api, monkeypatch):
    """The list is behind, too, so that the first one is not found at once."""
    make, shown, left = api._make, api._list, iter(range(1))

    async def refused(request):
        if api.batches:
            return web.json_response({"error": {"message": "no"}}, status=401)
        return await make(request)

    async def late(request):
        if next(left, None) is None:
            return await shown(request)
        return web.json_response({"data": [], "has_more": False})

    api.makes.append("lost")
    monkeypatch.setattr(api, "_make", refused)
    monkeypatch.setattr(api, "_list", late)
    assert main(["run", "--batch"]) == 3
    monkeypatch.setattr(api, "_make", make)
    assert main(["run", "--batch"]) == 0
    assert sizes(api) == [5]


@pytest.mark.parametrize("kind", ["mistral"], indirect=True)
@pytest.mark.parametrize("part", ["_look", "_content"])
@pytest.mark.parametrize("status", [401, 503])
def test_what_cannot_be_collected_now_is_told_with_the_cure(
    project, api, monkeypatch, ask, part, status
):
    monkeypatch.setattr("promptci.models.pacing.retry.RETRIES", 1)
    assert main(["run", "--batch", "--no-wait"]) == 3

    async def refused(*_):
        return web.json_response({"error": {"message": "not so fast"}}, status=status)

    monkeypatch.setattr(api, part, refused)
    cure = "name its key by `key_env`" if status == 401 else "the same command collects it later"
    for command in (["run", "--batch", "--no-wait"], ["batch", "collect"]):
        found = ask(*command)
        assert (found.code, sizes(api)) == (3, [5])
        assert found.document["error"].startswith("model endpoint `lab` ")
        assert cure in found.document["error"]
