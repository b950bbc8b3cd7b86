"""Reports of repeated runs as a person reads them."""

import json

import pytest
from msgspec.structs import replace

from promptci.compare.results import NoiseResult
from promptci.render.json.experiments.noise import noise_report
from promptci.render.json.jsontext import dumps
from promptci.render.terminal.experiments.noise import report
from promptci.render.terminal.look import Look
from repeated import noise_of
from tables import every_row

STEADY = {f"ticket-{n}": "+++++" for n in range(20)}


@pytest.mark.slow
@every_row("width", [80, 120])
def test_of_a_model_that_varies(golden, width):
    noise = noise_of(STEADY | {"refund": "++-+-", "parcel": "+---+", "late": "++++?"})
    golden(f"noise-varies-{width}.txt", report([noise], Look(width)))


@every_row("width", [80, 120])
def test_of_a_model_that_does_not(golden, width):
    steady = noise_of(STEADY)
    open_ = noise_of({"refund": "+-+-+", "gone": "?????"}, gate="{must_pass: [refund]}")
    golden(f"noise-steady-{width}.txt", report([steady, open_], Look(width)))


@pytest.mark.slow
def test_many_flips_are_counted_and_named_in_the_document_only():
    noise = noise_of({f"{n:02}": "+-+" for n in range(30)})
    assert "… 10 more; --json names all" in report([noise], Look())
    [found] = json.loads(dumps(noise_report(NoiseResult((noise,)))))["evals"]
    assert len(found["flips"]) == 30


def test_what_an_endpoint_says_of_itself_cannot_act_on_the_terminal():
    noise = replace(noise_of({"a": "+-"}), served=("small-1 fp_1", "small-1 fp_2\x1b[31m"))
    said = report([noise], Look(80))
    assert "Not one and the same model answered: small-1 fp_1, small-1 fp_2\\x1b[31m." in said
    assert "\x1b" not in said


def test_a_document_without_answers_has_no_figures():
    [found] = json.loads(dumps(noise_report(NoiseResult((noise_of({"a": "??"}),)))))["evals"]
    assert found["unanswered"] == ["a"]
    assert "score" not in found
    assert found["detectable"] is None
