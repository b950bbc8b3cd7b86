"""Which golden set of a judge is meant, and what to write where there is none."""

import pytest

from projects import MemoryTree
from promptci.errors import NothingToRunError, RequestError
from promptci.judges.labels import judge_sets
from promptci.suite.loading import load_suite
from tables import every_row

SET = "scorer: {closed_qa: It is kind.}\nexamples: [{output: a, label: 1}, {output: b, label: 0}]\n"
CURE = "write one as evals/judges/NAME.yaml, with `scorer` and `examples`"


def sets(name, *, have=SET):
    files = {"prompts/a.yaml": "messages: [{role: user, content: x}]\n"}
    files |= {"evals/judges/tone.yaml": have} if have else {}
    return judge_sets(load_suite(MemoryTree(files)), name)


@every_row("name", [None, "tone", "evals/judges/tone.yaml", "./evals/judges/tone"])
def test_a_set_goes_by_its_name_or_path(name):
    assert [each.name for each in sets(name)] == ["tone"]


def test_a_name_that_is_none_has_the_nearest_or_says_what_to_write():
    with pytest.raises(RequestError, match="did you mean `tone`"):
        sets("tune")
    with pytest.raises(RequestError, match=CURE):
        sets("tone", have="")
    with pytest.raises(NothingToRunError, match=CURE):
        sets(None, have="")
