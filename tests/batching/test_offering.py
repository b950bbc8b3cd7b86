"""What of a round is written down, what waits, and what is asked at once."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from promptci.batching.offering import MOST_ATTEMPTS, Offer
from promptci.batching.receipt import BatchEntry, BatchFolder
from promptci.errors import RequestError
from promptci.models.batchapis.kinds import BATCH_KINDS, BatchKind
from promptci.models.batchapis.reading import LineFailure
from promptci.models.hosted.refusals import Refusal
from promptci.specs.completion import Completion
from promptci.specs.message import Message
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Request, Settings
from promptci.specs.wellknown import EMBEDDED
from promptci.spending.limits import BatchMode
from promptci.spending.reservations import HoldingBudget

from .test_receipt import receipt

LAB = EndpointSpec("lab", "openai", "http://lab.invalid/v1", batch="openai")
CLAUDE = EndpointSpec("claude", "openai", "http://claude.invalid/v1", batch="anthropic")


def request(text="x", endpoint=LAB, **settings):
    settings = {"parameters": {"temperature": 0}} | settings
    return Request(Settings(ModelSpec("m", "m", endpoint), **settings), (Message("user", text),))


@pytest.fixture
def made(tmp_path):
    refused = {}

    def make(mode=BatchMode(), stored=(), **ceilings):  # noqa: B008
        budget = HoldingBudget(most=lambda _: Decimal(1), **ceilings)
        folder = BatchFolder(tmp_path / "batches")
        offer = Offer(folder, budget, lambda _: refused, mode, lambda keys: dict(stored))
        offer.begin(())
        return offer, folder

    return make


def taken(offer, *requests):
    return [offer(each, None, replaces=False) for each in requests]


def test_the_first_request_of_a_model_goes_live_and_nothing_is_written_beside_it(made):
    offer, _ = made()
    assert taken(offer, request("a"), request("b")) == [False, True]
    assert (offer.has_asked, offer.spool.drafts) == (True, [])
    offer.begin(())
    assert taken(offer, request("b"), request("b"), request("c")) == [True] * 3
    [draft] = offer.spool.drafts
    assert [entry.key for entry in draft.entries] == [request("b").key, request("c").key]
    offer.spool.discard()


def test_nothing_is_sent_where_another_model_gives_the_first_answer(made):
    """A model that says which one may answer, beside one at the same place that lets any."""

    def ask(text, served):
        asked = request(text)
        model = replace(asked.settings.model, served=served)
        return replace(asked, settings=replace(asked.settings, model=model))

    first, wrong, right, any_ = (
        ask(*each) for each in (("a", "m*"), ("b", "m*"), ("c", "t*"), ("d", None))
    )
    offer, _ = made(stored={first.key: Completion("yes", served_model="tiny")})
    assert taken(offer, first, wrong) == [False, True]
    offer.begin(())
    assert taken(offer, wrong, right, any_) == [True] * 3
    [draft] = offer.spool.drafts
    assert [entry.key for entry in draft.entries] == [right.key, any_.key]
    assert list(offer.unanswered) == [wrong.key]
    assert "`tiny` answer, not `m*`: nothing was sent" in offer.unanswered[wrong.key]
    offer.spool.discard()


def test_what_no_batch_carries_goes_live(made):
    offer, _ = made()
    local = Request(Settings(EMBEDDED), (Message("user", "x"),))
    text = request(endpoint=CLAUDE, task="embeddings", parameters={})
    assert taken(offer, local, text) == [False, False]
    assert not offer.has_asked
    with pytest.raises(RequestError, match="takes no batches that promptci knows of"):
        taken(offer, request(endpoint=EndpointSpec("x", "openai", "http://x.invalid")))


def test_what_is_under_way_is_waited_for(made):
    offer, folder = made()
    folder.plan(receipt(stage="sent"), [BatchEntry(request("a").key)])
    offer.begin(folder.open())
    assert taken(offer, request("a")) == [True]
    assert [each.uid for each in offer.awaited] == [receipt().uid]
    assert offer.spool.drafts == []


def past_the_first(offer):
    taken(offer, request("first"))
    offer.begin(())


@pytest.mark.parametrize("live", [False, True])
def test_what_a_batch_left_open_goes_into_the_next_or_live(made, live):
    offer, _ = made(BatchMode(live_rest=live))
    past_the_first(offer)
    key = request("a").key
    for attempt in range(1, 2 if live else MOST_ATTEMPTS + 1):
        offer.note_failures({key: LineFailure("late", passes=True)})
        offer.begin(())
        is_last = attempt == MOST_ATTEMPTS and not live
        assert taken(offer, request("a")) == [not live]
        assert (key in offer.unanswered) == is_last
        offer.spool.discard()
    offer.begin(())
    assert taken(offer, request("a")) == [True]  # what got no answer live is not asked once more
    assert offer.unanswered == {key: "late" if live else "late; sent in 3 batches"}


def test_a_refused_parameter_is_left_out_of_every_line_that_had_it(made):
    offer, _ = made()
    past_the_first(offer)
    taken(offer, request("a"), request("b"))
    offer.spool.discard()
    said = Refusal(400, "Unsupported parameter: temperature", frozenset({"unsupported_parameter"}))
    offer.note_failures({request(t).key: LineFailure("no", False, said) for t in ("a", "b")})
    offer.begin(())
    assert taken(offer, request("a"), request("b")) == [True, True]
    offer.spool.close()
    [draft] = offer.spool.drafts
    assert len(draft.entries) == 2
    assert draft.shapes[0].sampling == "provider-default"
    assert b"temperature" not in offer.spool.folder.lines(draft.uid).read_bytes()
    assert offer.unanswered == {}
    offer.spool.discard()


def test_a_line_that_is_refused_for_good_has_no_answer(made):
    offer, _ = made()
    past_the_first(offer)
    offer.note_failures({request("a").key: LineFailure("too long", passes=False)})
    offer.begin(())
    assert taken(offer, request("a")) == [True]
    assert offer.unanswered == {request("a").key: "too long"}


def test_what_a_ceiling_has_no_room_for_is_left(made):
    offer, _ = made(max_requests=2)
    past_the_first(offer)
    assert taken(offer, *map(request, "abc")) == [True] * 3
    [draft] = offer.spool.drafts
    assert (len(draft.entries), offer.no_room.requests) == (2, 1)
    offer.spool.discard()


def test_less_is_sent_at_once_where_there_was_no_room_at_the_service(made, monkeypatch):
    kind = BatchKind(BATCH_KINDS["openai"].module, 10, 10**6)
    monkeypatch.setitem(BATCH_KINDS, "openai", kind)
    offer, _ = made()
    past_the_first(offer)
    offer.shrink(receipt(model_id="m", count=4))
    assert offer.is_crowded
    offer.begin(())
    taken(offer, *map(request, "abcde"))
    assert [len(each.entries) for each in offer.spool.drafts] == [2, 2, 1]
    offer.spool.discard()
