"""The last lines of a run."""

from decimal import Decimal
from types import SimpleNamespace

from promptci.render.terminal.evaluate.closing import closing
from promptci.spending.limits import Progress


def test_a_model_that_was_only_tried_is_named():
    outcome = SimpleNamespace(
        record=SimpleNamespace(eval="router", model="big one", passed=1, total=2),
        failures=(),
        comparison=None,
        spent=SimpleNamespace(is_known=True),
    )
    progress = Progress(2, done=2, cached=2)
    tried = [("router", "big one")]
    assert closing(progress, (), [outcome], keeps=True, tried=tried).splitlines() == [
        "0 asked, 2 from the cache; no record was written of `big one`, which these evals do not"
        " name",
        "`promptci show router --model 'big one'` shows what fails, and why",
    ]


def test_what_fails_most_is_named():
    evals = [("a", 5), ("b", 1), ("c", 3), ("of a record alone", 0)]
    outcomes = [
        SimpleNamespace(
            record=SimpleNamespace(eval=name, model="m", passed=passed, total=6),
            failures=(),
            comparison=None,
            spent=SimpleNamespace(is_known=name in "abc"),
        )
        for name, passed in evals
    ]
    said = closing(Progress(1, done=1), (), outcomes, keeps=True)
    assert said.endswith("`promptci show b` shows what fails, and why")


def test_of_many_records_the_first_few_are_named():
    names = [f"evals/e{number}.scores.yaml" for number in range(300)]
    said = closing(Progress(1, done=1, cached=1), names, (), keeps=True)
    assert said.endswith(f"; wrote {', '.join(names[:3])} and 297 more records")
    assert closing(Progress(0), names[:6], (), keeps=True).endswith(f"wrote {', '.join(names[:6])}")


def test_what_the_provider_had_in_its_cache_is_said():
    progress = Progress(3, done=3, asked=3, cost=Decimal("0.5"), input_tokens=36_000)
    assert closing(progress, (), (), keeps=True) == (
        "3 asked for $0.5000, 0 from the cache; no record changed"
    )
    progress.read_tokens = 24_000
    assert closing(progress, (), (), keeps=True) == (
        "3 asked for $0.5000, 0 from the cache; of 36k input tokens 24k came from the provider's"
        " cache; no record changed"
    )
