"""Whom a change may ask: endpoints that its base knows, under whatever names of models."""

import pytest

from projects import MemoryTree
from promptci.check.trust import trusted
from promptci.errors import NotAtBaseError
from promptci.suite.loading import load_suite

OWN = "endpoints: {own: {base_url: 'http://127.0.0.1:9/v1'}}\n"


def suite(config):
    return load_suite(MemoryTree({"promptci.yaml": config} if config else {}))


def test_a_change_may_say_which_known_endpoint_answers_to_ids():
    found, notes = trusted(suite("defaults: {endpoint: openrouter}\n"), suite(""))
    assert found.config.model("meta/llama-4").endpoint.name == "openrouter"
    assert notes == ["the default endpoint is openrouter here and none at the base"]


def test_ids_go_to_no_endpoint_that_the_base_does_not_know():
    found, notes = trusted(suite(f"{OWN}defaults: {{endpoint: own}}\n"), suite(""))
    with pytest.raises(NotAtBaseError, match="does not know the endpoint `own`"):
        found.config.model("meta/llama-4")
    assert notes[-1] == (
        "the default endpoint is own here and none at the base, which was used: "
        "merge promptci.yaml first"
    )
