"""Golden examples kept in little room are those that were read."""

from projects import MemoryTree, example, jsonl
from promptci.parsing.source import Mark
from promptci.specs.evalspec import Example
from promptci.suite.golden import Golden
from promptci.suite.packedexamples import Packing, packed_examples
from tables import every_row

PLAIN = Example("a", {"ticket": "Hi"}, mark=Mark("r.jsonl", 1, 1))
FULL = Example(
    "b",
    {"n": -7, "share": 1.0, "no": None, "yes": True, "deep": [{"é\u2028": [[], {}]}]},
    {"queue": [1, "x"]},
    tags=("x", "y"),
    scorers=("equals", {"contains": {"ignore_case": True}}),
    cluster="7",
    mark=Mark("r.jsonl", 2, 3),
    steps={"s": "x"},
    runs=("t",),
    never=("u",),
    meta={"by": "Ada"},
)
LARGE = Example("c", {"n": 1 << 70}, None, mark=Mark("r.jsonl", 3, 1))


@every_row("also", [(), (LARGE,)])
def test_what_is_unpacked_equals_what_was_packed_whatever_it_holds(also):
    given = [PLAIN, FULL, Example("d", {}, None, has_expected=False, mark=PLAIN.mark), *also] * 70
    packing = Packing()
    for each in given:
        packing.add(each)
    assert len(packing) == len(given)
    packs = packing.packs()
    found = [each for pack in packs for each in packed_examples(pack, "r.jsonl")]
    assert found == given
    assert [repr(each) for each in found] == [repr(each) for each in given]  # 1.0 is not 1
    assert [each.digest for each in found] == [each.digest for each in given]
    assert {type(pack) for pack in packs} == ({tuple} if also else {bytes})


def test_an_example_takes_a_tenth_once_its_file_was_read():
    rows = [example(f"n{number}", f"No. {number}", "x") for number in range(250)]
    golden = Golden(MemoryTree({"r.jsonl": jsonl(rows)}), path="r.jsonl")
    first = list(golden.examples())
    assert [type(pack) for pack in golden.kept] == [bytes] * 3
    assert sum(map(len, golden.kept)) < 100 * len(rows)
    assert list(golden.examples()) == first
