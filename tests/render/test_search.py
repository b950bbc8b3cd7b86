"""Reports of searches as a person reads them."""

from promptci.promptsearch.searchresult import GateLook, SearchResult
from promptci.promptsearch.trials import Trial
from promptci.render.terminal.experiments.search import report
from promptci.render.terminal.look import Look


def test_of_several_texts_that_are_better_the_first_sentence_names_the_best():
    """It is looked at first and is the last commit of the branch."""
    looks = (
        GateLook(2, 1, 0.025, "accepted", 1e-9, 0.3, 1.0, 40, 0, 28),
        GateLook(1, 2, 0.008, "accepted", 1e-6, 0.3, 0.8, 40, 0, 20),
    )
    trials = (Trial(0, "Answer."), Trial(1, "Answer well."), Trial(2, "Answer best."))
    found = SearchResult(
        *("router", "", "ape", "small", "large", 20, 20),
        trials=trials,
        kept=(2, 1),
        looks=looks,
        branch="search/router",
    )
    said = report(found, Look(120)).splitlines()[0]
    assert said == "router on small: text 2 is better, 30.0% → 100.0%, on branch search/router"
