"""Falls asked again: how often, and what of them holds."""

from promptci.drift.confirming import ask_what_holds
from tables import every_row

CASES = {
    "one that holds is asked twice": ({"a": "ff"}, 2, {"a": "ff"}),
    "one that passes is asked once": ({"a": "p"}, 2, {"a": "p"}),
    "an error holds nothing": ({"a": "e"}, 2, {"a": "e"}),
    "nothing is asked": ({"a": "f"}, 0, {"a": ""}),
    "there are none": ({}, 2, {}),
    "all that hold are asked alike": ({"a": "ff", "b": "ff"}, 2, {"a": "ff", "b": "ff"}),
    "what is saved goes to the rest": ({"a": "p", "b": "fff"}, 2, {"a": "p", "b": "fff"}),
    "and they may pass by it": ({"a": "p", "b": "ffp"}, 2, {"a": "p", "b": "ffp"}),
    "eight times at most": (
        {"a": "f" * 99, **dict.fromkeys("bcdefghij", "p")},
        2,
        {"a": "f" * 8, **dict.fromkeys("bcdefghij", "p")},
    ),
    "more where more is wished": ({"a": "f" * 99}, 12, {"a": "f" * 12}),
}


@every_row("name", CASES)
def test_what_holds_is_asked_as_often_as_is_paid_for(name):
    fates, times, wanted = CASES[name]
    letters, asked = {"p": "pass", "f": "fail", "e": "error"}, []

    def ask(ids, attempt):
        asked.extend(ids)
        return {id_: [letters[fates[id_][attempt]]] for id_ in ids}

    found = ask_what_holds(frozenset(fates), times, ask)
    assert found == {id_: [letters[each] for each in some] for id_, some in wanted.items()}
    assert len(asked) <= len(fates) * times
