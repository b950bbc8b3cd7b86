"""The embedded model as a judge: small as it is, its reply has the form that was asked for."""

import asyncio

import pytest

from promptci.models.embedded.local import LocalModel
from scorers.stub import drive


@pytest.mark.parametrize(
    "scorer",
    [
        {"closed_qa": {"criteria": "It is polite.", "model": "smollm2"}},
        {"factuality": {"model": "smollm2"}},
        {"g_eval": {"criteria": "It is polite.", "steps": ["Read."], "model": "smollm2"}},
    ],
    ids=lambda scorer: next(iter(scorer)),
)
def test_structured_output_reaches_the_embedded_model(bound, subject, scorer):
    async def answer(request):
        model = LocalModel(1)
        try:
            return await model.complete(request)
        finally:
            await model.aclose()

    judging = bound(scorer).judge(
        subject("Thank you, gladly!", "Thanks, I will.", input="Can you help me?")
    )
    score, asked = drive(judging, lambda request: asyncio.run(answer(request)))
    assert 0 <= score.value <= 1
    assert score.why
    assert len(asked) == 1
