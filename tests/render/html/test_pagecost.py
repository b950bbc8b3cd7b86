"""What all evals cost together: the sum, and what is not in it."""

from msgspec.structs import replace

from promptci.render.json.page.pagecost import page_cost
from promptci.render.json.page.parts import PageEvalV1
from render.html.pages import Read, page_of, written
from tables import every_row

PAGE = page_of({}, {"t-01": "shipping"})
SIDE = replace(PAGE.evals[0].head, cost="0.5", judges_apart=False)
FREE = replace(SIDE, cost="0")
UNPRICED = replace(SIDE, cost=None)
UNTOLD = replace(UNPRICED, tokens=0, is_untold=True)
GONE = replace(SIDE, cost=None, tokens=None)
JUDGED = replace(SIDE, judges_apart=True)
WHOLE = replace(PAGE.evals[0], base=replace(SIDE, cost="0.25"), head=SIDE)


@every_row(
    "evals, said",
    [
        ([WHOLE], "The answers cost $0.5000, $0.2500 at the base."),
        ([WHOLE, WHOLE], "The answers cost $1.00, $0.5000 at the base."),
        ([replace(WHOLE, base=SIDE)], "The answers cost $0.5000, as at the base."),
        ([replace(WHOLE, base=None, state="unchanged")], "cost $0.5000, as at the base."),
        ([replace(WHOLE, base=None, state="new")], "The answers cost $0.5000, $0 at the base."),
        ([replace(WHOLE, base=FREE, head=FREE)], "The answers cost $0, as at the base."),
        (
            [WHOLE, replace(WHOLE, eval="dear", base=UNPRICED)],
            "The answers cost $0.5000, $0.2500 at the base; "
            "the price of the model of `dear` is not known.",
        ),
        (
            [replace(WHOLE, base=UNTOLD, head=UNTOLD)],
            "What the answers cost is not known; "
            "the endpoint of `router` did not say how many tokens each answer took.",
        ),
        (
            [replace(WHOLE, base=UNTOLD, head=UNPRICED)],
            "the price of the model of `router` is not known.",
        ),
        (
            [replace(WHOLE, head=GONE)],
            "What the answers cost is not known; not all answers of `router` are stored here.",
        ),
        ([replace(WHOLE, head=JUDGED)], "at the base; judges of `router` are not counted."),
    ],
)
def test_a_sum_says_what_is_not_in_it(evals: list[PageEvalV1], said: str) -> None:
    assert page_cost(evals, has_base=True).sentence.endswith(said)


def test_the_sum_is_on_the_first_screen() -> None:
    words = Read(written(PAGE)).words
    assert (
        words.index("compared with") < words.index("The answers cost") < words.index("Evals that")
    )
    assert page_cost([WHOLE], has_base=False).sentence == "The answers cost $0.5000."
