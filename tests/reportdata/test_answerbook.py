"""What is remembered of everything that a command evaluated."""

from decimal import Decimal

from msgspec.structs import replace

from promptci.reportdata.answerbook import AnswerBook
from promptci.run.driving.unasked import NOT_STORED
from promptci.run.planning.plan import Plan
from promptci.run.solving.solve import Evaluated
from render import values


def filled(answers):
    """A book with the answers to one task, and the results that it took."""
    task, book = values.pair(values.files(4)).head, AnswerBook()
    results = values.answered(Plan((task,)), answers)
    for finished in results:
        book.take(finished)
    return task, book, results


def test_the_first_answer_is_kept_and_repeats_are_counted():
    task, book, results = filled({"t-01": "other"})
    assert book.has(task)
    for attempt in (1, 2, 1, 2):  # two evals may ask the same
        book.take(replace(results[1], attempt=attempt))
    assert book.repeats(task, "t-01") == ("fail", "fail")
    assert book.repeats(task, "t-00") == ()
    found = book.of(task, "t-01")
    assert found is not None
    evaluated, asked = found
    taken = results[1].evaluated
    assert replace(evaluated, latency=0) == replace(taken, latency=0, request=None)
    assert asked == (("system", "You route support tickets."), ("user", "Ticket number 1"))


def test_an_answer_that_is_not_stored_is_counted_and_not_known():
    task, book, results = filled({})
    gone = Evaluated(replace(results[0].evaluated.result, fate="error"), why=NOT_STORED)
    book.take(replace(results[0], evaluated=gone, attempt=1))
    assert (book.missing, book.missing_repeats) == (0, 1)
    other = AnswerBook()
    for _ in range(2):
        other.take(replace(results[0], evaluated=gone))
    assert (other.missing, other.of(task, "t-00"), other.has(task)) == (1, None, False)


def test_costs_are_known_only_where_all_answers_are():
    task, book, results = filled({})
    whole = book.cost(task)
    assert whole.cost == 4 * Decimal(40 + len("billing")) / 1_000_000
    assert whole.tokens == 4 * 42
    assert whole.latency(0.5) == whole.latencies[0]
    part = AnswerBook()
    part.take(results[0])
    assert (part.cost(task).cost, part.cost(task).tokens) == (None, None)
    assert AnswerBook().cost(task).latency(0.5) is None
