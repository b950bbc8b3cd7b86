"""Closeness in meaning: driven by hand here, by the real model of meaning below."""

import asyncio

import pytest

from promptci.models.embedded.minilm import MiniLM
from promptci.models.vector import from_floats, pack
from promptci.records.record import Score
from promptci.scorers.base.verdict import NoVerdict
from promptci.specs.completion import Completion
from tables import every_row

VECTORS = {"cat": [1, 0], "kitten": [0.8, 0.6], "stone": [0, 1], "anti": [-1, 0], "nil": [0, 0]}


def similarity(bound, subject, scorer, output, expected=...):
    """The score when texts have the vectors above; also what was asked."""
    found = bound(scorer).judge(subject(output, expected))
    if isinstance(found, Score):
        return found, ()
    requests = next(found)
    with pytest.raises(StopIteration) as stop:
        found.send(tuple(Completion(pack(from_floats(VECTORS[_text(r)]))) for r in requests))
    return stop.value.value, tuple(map(_text, requests))


def _text(request):
    assert request.settings.task == "embeddings"
    [message] = request.messages
    return message.content


@every_row(
    ("options", "output", "expected", "value", "passed"),
    [
        ({}, "cat", "cat", 1.0, True),
        ({}, " cat\n", "cat", 1.0, True),
        ({}, "kitten", "cat", 0.8, True),
        ({"threshold": 0.81}, "kitten", "cat", 0.8, False),
        ({}, "stone", "cat", 0.0, False),
        ({}, "anti", "cat", 0.0, False),
        ({}, "nil", "cat", 0.0, False),
        ({}, "kitten", ["stone", "cat"], 0.8, True),
        ({}, "kitten", ["cat", "stone"], 0.8, True),
        ({"value": "cat"}, "kitten", ..., 0.8, True),
        ({"not": True}, "stone", "cat", 1.0, True),
        ({"not": True}, "cat", "cat", 0.0, False),
        ({}, "", "cat", 0.0, False),
        ({}, "   \n", "cat", 0.0, False),
        ({"not": True}, "x" * 100_001, "cat", 0.0, False),
    ],
)
def test_table(bound, subject, options, output, expected, value, passed):
    score, _ = similarity(bound, subject, {"similar": options}, output, expected)
    assert (score.value, score.passed) == (pytest.approx(value, abs=1e-4), passed)


def test_the_closest_of_several_is_named(bound, subject):
    score, asked = similarity(bound, subject, "similar", "kitten", ["stone", "anti"])
    assert asked == ("kitten", "stone", "anti")
    assert score == Score(0.6, False, '0.60 close to "stone": "kitten"')


@every_row("text", ["", "AAAA", "nonsense!", pack(from_floats([float("nan")] * 2))])
def test_an_answer_that_is_no_vector_is_an_error_and_no_score(bound, subject, text):
    asking = bound("similar").judge(subject("cat", "stone"))
    next(asking)
    with pytest.raises(NoVerdict, match="cannot be used"):
        asking.send((Completion(text), Completion(text)))


def test_vectors_of_different_sizes_are_an_error(bound, subject):
    asking = bound("similar").judge(subject("cat", "stone"))
    next(asking)
    with pytest.raises(NoVerdict, match="do not fit together"):
        asking.send((Completion(pack(from_floats([1]))), Completion(pack(from_floats([1, 2])))))


def test_a_model_that_embeds_nothing_is_refused(faults):
    assert faults({"similar": {"model": "smollm2"}}) == [
        "`smollm2` answers prompts and embeds nothing: use `minilm`, `words` or a hosted model"
    ]
    [wrong] = faults(
        {
            "choice_judge": {
                "model": "minilm",
                "prompt": "x",
                "choices": [{"choice": "a", "score": 1}],
            }
        }
    )
    assert wrong == "`minilm` embeds texts and answers no prompt: name another model"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("one", "other", "is_close"),
    [
        ("The parcel arrived late.", "The package came too late.", True),
        ("How do I reset my password?", "I forgot my password, how can I change it?", True),
        ("The parcel arrived late.", "I would like to book a table for two.", False),
        ("A cat sleeps on the sofa.", "Interest rates rose again in March.", False),
        ("caf\u00e9 \U0001f600 \ud800", "caf\u00e9 \U0001f600 \ud800", True),
        ("word " * 5000, "word " * 5000, True),
    ],
)
def test_the_model_of_meaning_tells_paraphrases_from_the_rest(bound, subject, one, other, is_close):
    pytest.importorskip("onnxruntime")  # of the extra `similar`
    asking = bound({"similar": {"threshold": 0.5}}).judge(subject(one, other))
    requests = next(asking)

    async def answers():
        model = MiniLM(2)
        found = await asyncio.gather(*(model.complete(request) for request in requests))
        again = await model.complete(requests[0])
        await model.aclose()
        assert again.text == found[0].text
        return tuple(found)

    with pytest.raises(StopIteration) as stop:
        asking.send(asyncio.run(answers()))
    assert stop.value.value.passed is is_close
