"""The embedded model as a judge: small as it is, its reply has the form that was asked for."""

import asyncio

import pytest

from promptci.models.embedded.local import LocalModel
from scorers.stub import drive


@pytest.fixture(scope="module")
def answer():
    """One server, shared, since loading is the slow part."""
    with asyncio.Runner() as runner:
        model = LocalModel(1)
        yield lambda request: runner.run(model.complete(request))
        runner.run(model.aclose())


@pytest.mark.parametrize(
    "scorer",
    [
        {"closed_qa": {"criteria": "It is polite.", "model": "smollm2"}},
        *(
            pytest.param(scorer, marks=pytest.mark.long)
            for scorer in (
                {"factuality": {"model": "smollm2"}},
                {"g_eval": {"criteria": "It is polite.", "steps": ["Read."], "model": "smollm2"}},
            )
        ),
    ],
    ids=lambda scorer: next(iter(scorer)),
)
def test_structured_output_reaches_the_embedded_model(bound, subject, answer, scorer):
    judging = bound(scorer).judge(
        subject("Thank you, gladly!", "Thanks, I will.", input="Can you help me?")
    )
    score, asked = drive(judging, answer)
    assert 0 <= score.value <= 1
    assert score.why
    assert len(asked) == 1
