"""What answers cost by the table: length, time of day, caches and tiers."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from msgspec.structs import replace

from promptci.specs.completion import Completion
from promptci.specs.config import Config
from promptci.specs.message import Message
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.pricefile import PriceFile, TierPriceFile, read_price
from promptci.specs.request import Request, Settings
from promptci.specs.tokenprice import Price, Usage
from promptci.spending.pricebook import PriceBook
from promptci.spending.prices import TablePrice, find_price
from tables import every_row

DEEPSEEK = EndpointSpec("deepseek", "openai", "https://api.deepseek.com/v1")
HOUR = {hour: datetime(2025, 9, 1, hour, 45, tzinfo=UTC) for hour in range(24)}


def table(model: ModelSpec) -> TablePrice:
    price = find_price(model)
    assert isinstance(price, TablePrice)
    return price


LUNA = table(Config().model("openai/gpt-6-luna"))


def test_a_price_is_that_of_a_short_prompt() -> None:
    assert (LUNA.input, LUNA.output) == (Decimal("0.1"), Decimal("0.5"))
    assert LUNA.cost(Usage(1000, 100)) == Decimal("0.00015")


def test_what_comes_from_a_cache_costs_less() -> None:
    whole, cached = LUNA.cost(Usage(1000)), LUNA.cost(Usage(1000, cached_tokens=900))
    assert cached == whole / 10 + 9 * whole / 100
    assert LUNA.most(Usage(1000, cached_tokens=900)) >= whole


def test_a_long_prompt_costs_more_a_token() -> None:
    short, long = LUNA.cost(Usage(100_000)), LUNA.cost(Usage(300_000))
    assert long > 3 * short
    assert LUNA.most(Usage(300_000)) >= long


@every_row(("tier", "share"), [("flex", "0.5"), ("batch", "0.5"), ("priority", "2")])
def test_a_tier_has_its_own_price(tier: str, share: str) -> None:
    usage, tiered = Usage(1000, 10), Usage(1000, 10, service_tier=tier)
    assert LUNA.cost(tiered) == LUNA.cost(usage) * Decimal(share)
    assert LUNA.most(tiered) >= max(LUNA.cost(usage), LUNA.cost(tiered))


def test_some_prices_go_by_the_clock() -> None:
    price = table(ModelSpec("d", "deepseek-flash", DEEPSEEK))
    usage = Usage(100_000, 10_000)
    costs = {price.cost(usage, at) for at in HOUR.values()}
    assert max(costs) == 2 * min(costs)
    assert price.most(usage) >= max(costs)


@every_row(
    "name",
    [
        "openai/text-embedding-3-small",
        "openai/ft:gpt-4o-mini-2024-07-18:o::i",
        "openrouter/openai/gpt-4o",
    ],
)
def test_embeddings_tuned_models_and_names_with_slashes_have_prices(name: str) -> None:
    assert table(Config().model(name)).cost(Usage(1000)) > 0


@every_row("name", ["openai/gpt-of-mine", "ollama/gpt-4o", "lmstudio/x"])
def test_what_is_not_known_has_no_price(name: str) -> None:
    assert find_price(Config().model(name)) is None


PERPLEXITY = EndpointSpec("perplexity", "openai", "https://api.perplexity.ai")


@every_row(
    ("model", "endpoint"),
    [
        ("sonar-deep-research", PERPLEXITY),
        ("perplexity/sonar-deep-research", Config().endpoints["openrouter"]),
    ],
)
def test_a_model_that_costs_more_than_input_and_output_has_no_price_but_the_projects_own(
    model: str, endpoint: EndpointSpec
) -> None:
    assert find_price(ModelSpec("research", model, endpoint)) is None
    own = Price(Decimal(2), Decimal(8))
    assert find_price(ModelSpec("research", model, endpoint, own)) == own


def test_a_fee_for_each_request_is_part_of_what_an_answer_costs() -> None:
    price = table(ModelSpec("s", "sonar", PERPLEXITY))
    fee = 2 * price.cost(Usage(1000, 1000)) - price.cost(Usage(2000, 2000))
    assert fee > price.cost(Usage(1000, 1000)) / 2
    assert price.most(Usage(1000, 1000)) >= price.cost(Usage(1000, 1000))


def test_the_projects_own_price_can_name_cached_input() -> None:
    price = Price(Decimal(1), Decimal(2), Decimal("0.1"))
    usage = Usage(1_000_000, 1_000_000, cached_tokens=500_000)
    assert price.cost(usage) == Decimal("2.55")
    assert price.most(usage) == 3


@every_row(("said", "share"), [("", "0.5"), ("default", "1"), ("flex", "0.5")])
def test_the_tier_that_answered_counts_else_the_one_asked_for(said: str, share: str) -> None:
    model = Config().model("openai/gpt-6-luna")
    settings = Settings(model, {"extra_body": {"service_tier": "flex"}, "max_tokens": 10})
    request = Request(settings, (Message("user", "hello"),))
    usage = Usage(1000, 10)
    book = PriceBook()
    cost = book.cost(request, Completion("x", usage=Usage(1000, 10, service_tier=said)))
    assert cost == LUNA.cost(usage) * Decimal(share)
    most = book.most(request)
    assert most is not None
    assert most >= LUNA.cost(Usage(1, 10))


def test_an_answer_of_a_batch_costs_half_where_that_is_known() -> None:
    usage = Usage(1000, 10)
    assert LUNA.most_in_batch(usage) == LUNA.most(usage) / 2
    book, price = PriceBook(), Price(Decimal(2), Decimal(4))
    endpoints = Config().endpoints
    for name, share in (("openai", 2), ("mistral", 2), ("openrouter", 1)):
        known = book.price(ModelSpec("m", "m", endpoints[name], price))
        assert known is not None
        assert known.most_in_batch(usage) == price.most(usage) / share
        in_batch = book.price_in_batch(ModelSpec("m", "m", endpoints[name], price))
        assert in_batch is not None
        assert in_batch.most(usage) == known.most_in_batch(usage)
        assert in_batch.cost(usage) == known.cost(Usage(1000, 10, service_tier="batch"))
    large = table(Config().model("mistral/mistral-large-latest"))
    assert large.most_in_batch(usage) == large.most(usage) / 2
    named = Price(Decimal(2), Decimal(4), None, Price(Decimal(1), Decimal(3)))
    assert named.cost(Usage(1_000_000, 0, service_tier="batch")) == 1
    assert named.cost(Usage(1_000_000, 0)) == 2


def test_a_projects_own_price_may_differ_in_the_flex_tier() -> None:
    tier = TierPriceFile(input=1, output=2, cached_input=0.5)
    price = read_price(PriceFile(input=2, output=4, flex=tier))
    usage = Usage(1_000_000, 1_000_000, cached_tokens=500_000)
    assert price.cost(usage) == 6
    assert price.cost(replace(usage, service_tier="flex")) == Decimal("2.75")
    assert price.most(replace(usage, service_tier="flex")) == 6  # it may fall back
    dearer = read_price(PriceFile(input=1, output=1, flex=TierPriceFile(input=3, output=3)))
    assert dearer.most(usage) == 6


OWN = {
    "input": 2,
    "output": 4,
    "cached_input": 0.2,
    "written_input": 2.5,
    "long": {"above": 1000, "input": 4, "output": 8},
    "hours": [{"from": "16:30", "to": "00:30", "input": 1, "output": 2}],
    "priority": {"input": 6, "output": 6},
    "batch": {"input": 1, "output": 1, "long": {"above": 1000, "input": 3, "output": 3}},
}
NOON, NIGHT = datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2026, 1, 1, 0, 29, tzinfo=UTC)


@every_row(
    ("usage", "at", "millionths"),
    [
        (Usage(1000, 10), NOON, 2040),
        (Usage(1000, 10, cached_tokens=500), NOON, 1140),
        (Usage(1000, 10, written_tokens=500), NOON, 2290),
        (Usage(1001, 10), NOON, 4084),
        (Usage(1000, 10), NIGHT, 1020),
        (Usage(1000, 10), NIGHT.replace(minute=30), 2040),
        (Usage(1000, 10), NOON.replace(hour=16, minute=30), 1020),
        (Usage(1000, 10, service_tier="priority"), NIGHT, 6060),
        (Usage(1000, 10, service_tier="batch"), NOON, 1010),
        (Usage(1001, 10, service_tier="batch"), NOON, 3033),
    ],
)
def test_a_projects_own_price_knows_caches_lengths_hours_and_tiers(
    usage: Usage, at: datetime, millionths: int
) -> None:
    price = read_price(msgspec.convert(OWN, PriceFile))
    assert price.cost(usage, at) * 1_000_000 == millionths
    assert price.most(usage) >= price.cost(usage, at)
    assert price.most_in_batch(usage) <= price.most(usage)


def test_the_most_that_it_costs_is_the_dearest_of_all() -> None:
    price = read_price(msgspec.convert({**OWN, "priority": None}, PriceFile))
    assert price.most(Usage(1000, 10)) * 1_000_000 == 2540
    assert price.most(Usage(2000, 10)) * 1_000_000 == 8080
    assert price.halved.most(Usage(2000, 10)) * 1_000_000 == 4040


@every_row("clock", ["24:00", "9:30", "noon"])
def test_a_time_that_is_none_is_refused(clock: str) -> None:
    hours = [{"from": clock, "to": "10:00", "input": 1, "output": 2}]
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"input": 1, "output": 1, "hours": hours}, PriceFile)


def test_as_many_tokens_of_another_model_or_tier_cost_what_they_do_there() -> None:
    book, usage = PriceBook(), Usage(1000, 10)
    prices = {name: Price(Decimal(number), Decimal(1)) for number, name in enumerate("abc", 1)}
    settings = [Settings(ModelSpec(n, n, DEEPSEEK, price), {}) for n, price in prices.items()]
    messages = (Message("user", "Hi"),)
    for _ in range(2):
        for each, price in zip(settings, prices.values(), strict=True):
            asked = Request(each, messages)
            assert book.cost(asked, Completion("x", usage=usage)) == price.cost(usage)
            flex = replace(usage, service_tier="flex")
            assert book.cost(asked, Completion("x", usage=flex)) == price.cost(flex)
