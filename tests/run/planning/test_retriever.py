"""Documents looked up: embedded once, ranked by cosine with ties by id."""

import json
from importlib.util import find_spec

import pytest

from promptci.models.vector import from_floats, pack
from promptci.run.planning.retriever import make_retriever
from promptci.scorers.base.verdict import NoVerdict
from promptci.specs.completion import Completion
from promptci.specs.message import Message
from promptci.specs.request import Settings
from promptci.specs.retrieval import Document, Retrieval
from promptci.specs.tokenprice import Usage
from promptci.specs.wellknown import MINILM
from tables import every_row

VECTORS = {
    "east": (1.0, 0.0),
    "also east": (2.0, 0.0),
    "north": (0.0, 1.0),
    "west": (-1.0, 0.0),
    "nowhere": (0.0, 0.0),
}
DOCUMENTS = tuple(Document(f"{n}.md", text) for n, text in zip("baced", VECTORS, strict=True))


def retriever(**options):
    settings = Settings(MINILM, task="embeddings")
    return make_retriever(Retrieval(DOCUMENTS, **options), settings)


def answers(asks, vectors=VECTORS):
    texts = (ask.messages[0].content for ask in asks)
    return tuple(Completion(pack(from_floats(vectors[text])), usage=Usage(3, 0)) for text in texts)


def drive(found, query, example="x", vectors=VECTORS):
    """What is asked, and the answer."""
    asking = found.answer((Message("user", query),), example)
    asks = next(asking)
    with pytest.raises(StopIteration) as done:
        asking.send(answers(asks, vectors))
    return asks, done.value.value


def test_the_nearest_come_first_and_equal_ones_by_id():
    asks, solved = drive(retriever(), "east")
    assert json.loads(solved.completion.text) == ["a.md", "b.md", "c.md", "d.md", "e.md"]
    assert len(asks) == 6
    assert solved.trace[0].completion.text.splitlines()[::3] == ["1.000000 a.md", "0.000000 d.md"]


def test_only_so_many_are_given_and_their_texts_if_wanted():
    assert json.loads(drive(retriever(k=1), "west")[1].completion.text) == ["e.md"]
    given = drive(retriever(k=2, give="texts"), "north")[1].completion.text
    assert given.startswith("[c.md]\nnorth\n\n[a.md]\nalso east")


def test_no_line_of_a_document_is_taken_for_the_id_of_another():
    text = "[a]\nkey = 1\n\n[x.md]\n- [b] c\n"
    settings = Settings(MINILM, task="embeddings")
    found = make_retriever(Retrieval((Document("x.md", text),), give="texts"), settings)
    given = drive(found, "q", vectors={text: (1.0, 0.0), "q": (1.0, 0.0)})[1].completion.text
    assert given == "[x.md]\n [a]\nkey = 1\n\n [x.md]\n- [b] c"


def test_the_corpus_counts_with_the_first_example_and_waits_for_no_other():
    found = retriever()
    first, _ = drive(found, "east", "x")
    other, _ = drive(found, "north", "y")
    again, _ = drive(found, "east", "x")
    assert [len(first), len(other), len(again)] == [6, 1, 6], "x asks what is stored by then"
    assert [ask.key for ask in first] == [ask.key for ask in again]
    two = retriever()
    one, late = (next(two.answer((Message("user", "east"),), id_)) for id_ in ("x", "y"))
    assert [ask.is_counted for ask in one] == [True] * 6
    assert [ask.is_counted for ask in late] == [True] + [False] * 5
    assert [ask.key for ask in one] == [ask.key for ask in late]


@pytest.mark.slow
@pytest.mark.skipif(find_spec("usearch") is None, reason="it is of the extra `usearch`")
def test_an_index_finds_what_the_exact_search_finds():
    exact, index = retriever(k=1), retriever(k=1, index="usearch")
    for query in ("east", "north", "west"):
        assert drive(exact, query)[1].completion.text == drive(index, query)[1].completion.text


@every_row(
    ("broken", "why"),
    [((1.0, 0.0, 0.0), "do not fit together"), ((float("nan"), 0.0), "cannot be used")],
)
def test_vectors_that_cannot_be_compared_are_no_verdict(broken, why):
    asking = retriever().answer((Message("user", "east"),), "x")
    asks = next(asking)
    with pytest.raises(NoVerdict, match=why):
        asking.send(answers(asks, {**VECTORS, "west": broken}))


def test_the_order_of_reading_makes_no_other_corpus():
    one, other = Retrieval(DOCUMENTS), Retrieval(DOCUMENTS[::-1])
    assert one.content == other.content
    assert Retrieval(DOCUMENTS[1:]).content != one.content


@pytest.mark.parametrize("give", ["ids", "texts"])
@pytest.mark.parametrize("k", [1, 3, 9])
def test_no_answer_is_longer_than_a_dry_run_estimates(give, k):
    found = retriever(give=give, k=k)
    longest = len(found.retrieval.longest)
    for query in VECTORS:
        assert len(drive(found, query)[1].completion.text) <= longest
