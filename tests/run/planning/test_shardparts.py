"""Parts of a run: every example in one, the heavy ones spread, the others where they were."""

import pytest

from promptci.digest import long_digest
from promptci.run.planning import shardparts
from promptci.run.planning.shardparts import shard_ids
from promptci.specs.evalspec import Example
from tables import every_row


def examples(lengths):
    return [Example(f"e{n}", {"text": f"{n} " + "x" * length}) for n, length in enumerate(lengths)]


def parts(made, of):
    return [shard_ids(made, (number, of)) for number in range(1, of + 1)]


def loads(made, found):
    weights = {each.id: 400 + len(each.vars["text"]) for each in made}
    return [sum(weights[id_] for id_ in part) for part in found]


@pytest.mark.slow
@every_row("lengths", [[10] * 200, [10] * 150 + [5000] * 50, [3] * 5, [1, 90_000]])
@every_row("of", [1, 2, 7, 16])
def test_every_example_is_in_one_part(lengths, of):
    made = examples(lengths)
    found = parts(made, of)
    assert sorted(id_ for part in found for id_ in part) == sorted(each.id for each in made)
    assert parts(made[::-1], of) == found


def test_parts_are_even_where_a_few_examples_are_long():
    made = examples([20_000] * 12 + [20] * 400)
    sums = loads(made, parts(made, 4))
    assert max(sums) <= 1.06 * sum(sums) / 4


def test_most_examples_stay_in_their_part_when_some_are_added():
    before = examples([50] * 300)
    after = [*before, *(Example(f"new{n}", {"text": f"new {n}"}) for n in range(10))]
    moved = sum(len(old - new) for old, new in zip(parts(before, 4), parts(after, 4), strict=True))
    assert moved <= 15


def test_equal_inputs_are_in_one_part():
    twins = [Example(f"{side}{n}", {"text": str(n)}) for side in "ab" for n in range(40)]
    for part in parts(twins, 8):
        assert {id_[1:] for id_ in part if id_[0] == "a"} == {
            id_[1:] for id_ in part if id_[0] == "b"
        }


def test_of_very_many_a_part_takes_the_room_of_its_own(monkeypatch):
    made = [*examples([20] * 500), Example("again", {"text": "0 " + "x" * 20})]
    monkeypatch.setattr(shardparts, "_MANY", 40)
    kept, keep = [], shardparts._Inputs

    def counted(place, weight):
        kept.append(place)
        return keep(place, weight)

    monkeypatch.setattr(shardparts, "_Inputs", counted)
    found = parts(made, 5)
    places = {each.id: int(long_digest(dict(each.vars)), 16) for each in made}
    assert found == [frozenset(i for i, at in places.items() if at % 5 == n) for n in range(5)]
    assert len(kept) <= 500 + 5 * 40
