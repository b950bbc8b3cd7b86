"""Golden examples from every format, read again each time."""

import io
import sys
from datetime import date, datetime

import pytest

from projects import EVAL, MemoryTree, example, jsonl
from promptci.errors import Fault, RequestError, SpecError
from promptci.git.repo import Repo
from promptci.specs.columns import Columns
from promptci.suite.golden import Golden
from promptci.suite.loading import load_suite
from tables import every_row

ROWS = [
    example("a", "Hi", "other", tags=["x", "y"], cluster=7, meta={"by": "Ada"}),
    example("b", "Ho", {"queue": "other"}),
]
FORMATS = {
    "rows.jsonl": jsonl(ROWS),
    "rows.yaml": """\
- {id: a, vars: {ticket: Hi}, expected: other, tags: [x, y], cluster: 7, meta: {by: Ada}}
- {id: b, vars: {ticket: Ho}, expected: {queue: other}}
""",
    "inline": "",
}


def golden_of(examples, **files):
    prompt = "messages: [{role: user, content: '{{ ticket }}'}]\n"
    spec = f"examples: {examples}\nscorers: [equals]\n"
    content = {"prompts/router.yaml": prompt, "evals/router.yaml": spec}
    tree = MemoryTree(content | {f"evals/{name}": text for name, text in files.items()})
    return Golden.of(tree, load_suite(tree).evals["router"])


def facts(found):
    return (found.id, found.vars, found.expected, found.tags, found.cluster)


@every_row("name", FORMATS)
def test_the_same_examples_come_from_every_format(name):
    if name == "inline":
        found = golden_of("\n" + FORMATS["rows.yaml"])
    else:
        found = golden_of(name, **{name: FORMATS[name]})
    first, second = found.examples()
    assert facts(first) == ("a", {"ticket": "Hi"}, "other", ("x", "y"), "7")
    assert facts(second) == ("b", {"ticket": "Ho"}, {"queue": "other"}, (), "")


def test_csv_has_columns_of_its_own_and_variables():
    text = "id,ticket,expected,tags,cluster,meta.by,lang\na,Hi,other,x; y,7,Ada,\n,Ho,,,,,de\n"
    found = golden_of("r.csv", **{"r.csv": text})
    first, second = found.examples()
    assert facts(first) == ("a", {"ticket": "Hi", "lang": ""}, "other", ("x", "y"), "7")
    assert not second.has_expected  # an empty cell is not given
    assert (second.vars, len(second.id)) == ({"ticket": "Ho", "lang": "de"}, 12)


def test_an_example_without_an_id_is_called_by_its_inputs():
    rows = jsonl([{"vars": {"ticket": "Hi"}, "expected": 1}, {"vars": {"ticket": "Hi"}}])
    first, second = golden_of("r.jsonl", **{"r.jsonl": rows}).examples()
    assert first.id == second.id
    assert first.digest != second.digest


def test_every_example_knows_its_line():
    found = golden_of("r.jsonl", **{"r.jsonl": f"\n{jsonl(ROWS)}"})
    assert [(each.mark.path, each.mark.line) for each in found.examples()] == [
        ("evals/r.jsonl", 2),
        ("evals/r.jsonl", 3),
    ]


def test_faulty_rows_are_among_the_examples():
    text = '{"vars": 3, "tag": []}\nnot json\n' + jsonl(ROWS[:1])
    found = list(golden_of("r.jsonl", **{"r.jsonl": text}))
    assert [isinstance(each, Fault) for each in found] == [True, True, True, False]
    assert str(found[0]) == ("evals/r.jsonl:1:1: unknown key `tag`: did you mean `tags`?")
    with pytest.raises(SpecError):
        list(golden_of("r.jsonl", **{"r.jsonl": text}).examples())


@every_row(
    ("files", "examples", "said"),
    [
        ({}, "gone.jsonl", "there is no file evals/gone.jsonl"),
        ({}, "../../etc/passwd", "leads out of the project"),
        ({}, "/etc/passwd.csv", "is no path inside the project"),
        ({"r.toml": ""}, "r.toml", "examples are read from .jsonl, .json, .csv, .yaml,"),
        ({"r.yaml": "a: 1\n"}, "../evals/r.yaml", "holds a list"),
        ({"r.yaml": "- {vars: 3}\n- {idd: 1}\n"}, "r.yaml", "`vars` must be"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(files, examples, said):
    tree = MemoryTree({f"evals/{name}": text for name, text in files.items()})
    spec = load_suite(
        MemoryTree(
            {
                "prompts/router.yaml": "messages: [{role: user, content: Hi}]\n",
                "evals/router.yaml": EVAL.replace("router.jsonl", examples),
            }
        )
    ).evals["router"]
    with pytest.raises(SpecError, match=said):
        list(Golden.of(tree, spec).examples())


def test_a_stamp_tells_that_somebody_wrote_to_the_file(repo):
    repo.write(
        {
            "prompts/router.yaml": "messages: [{role: user, content: '{{ ticket }}'}]\n",
            "evals/router.yaml": EVAL,
            "evals/router.jsonl": jsonl(ROWS),
        }
    )
    opened = Repo.discover(repo.path)
    golden = Golden.of(opened.worktree, load_suite(opened.worktree).evals["router"])
    before = golden.stamp()
    assert before == golden.stamp()
    repo.write({"evals/router.jsonl": jsonl(ROWS[:1])})
    assert golden.stamp() != before
    repo.commit("Add the router")
    committed = opened.tree(opened.resolve("HEAD"))
    assert Golden.of(committed, load_suite(committed).evals["router"]).stamp() is None
    opened.close()


def test_examples_are_read_again_each_time():
    found = golden_of("r.jsonl", **{"r.jsonl": jsonl(ROWS)})
    assert len(list(found)) == len(list(found)) == 2
    assert found.inline == ()


def mapped(columns, rows, name="r.csv"):
    """The examples of a file, and its faults."""
    spec = f"examples: {name}\nscorers: [equals]\ncolumns: {columns}\n"
    tree = MemoryTree(
        {
            "prompts/router.yaml": "messages: [{role: user, content: '{{ ticket }}'}]\n",
            "evals/router.yaml": spec,
            f"evals/{name}": rows,
        }
    )
    found = list(Golden.of(tree, load_suite(tree).evals["router"]))
    return found, [str(each) for each in found if isinstance(each, Fault)]


SHEET = "Ticket ID,Ticket,Queue,Team,Labels,Notes\nT-1,Hi,billing,a;b,x; y,n\nT-2,Ho,,,,\n"


def test_columns_map_the_headers_of_a_spreadsheet():
    columns = "{id: ticket id, vars: {ticket: Ticket}, expected: {queue: Queue}, tags: Labels}"
    (first, second), _ = mapped(columns, SHEET)
    assert facts(first) == ("T-1", {"ticket": "Hi"}, {"queue": "billing"}, ("x", "y"), "")
    assert (second.id, second.expected, second.tags) == ("T-2", {"queue": ""}, ())


def test_what_is_not_mapped_is_what_its_name_says_where_the_rest_are_variables():
    rows = "ID, ticket ,Expected,Tags\n7,card,billing,a;b\n"
    [found], _ = mapped("{expected: Expected}", rows)
    assert (found.id, dict(found.vars), found.tags) == ("7", {"ticket": "card"}, ("a", "b"))
    [found], _ = mapped("{id: ticket}", rows)
    assert (found.id, found.expected, dict(found.vars)) == ("card", "billing", {"ID": "7"})


def test_columns_can_be_listed_or_be_all_the_rest():
    (first, second), _ = mapped("{vars: [Ticket], expected: Queue, cluster: Team}", SHEET)
    assert facts(first)[1:] == ({"Ticket": "Hi"}, "billing", (), "a;b")
    assert not second.has_expected
    (first, _), _ = mapped("{id: Ticket ID, expected: Queue, tags: [Team, Labels]}", SHEET)
    assert (first.vars, first.tags) == ({"Ticket": "Hi", "Notes": "n"}, ("a", "b", "x", "y"))


def test_a_log_is_mapped_by_its_fields():
    row = {"request": {"messages": [{"content": "Hi"}]}, "answer": {"q": 1}, "id": 7}
    columns = "{id: id, vars: {ticket: request.messages.0.content}, expected: {queue: answer.q}}"
    [found], _ = mapped(columns, jsonl([row]), "r.jsonl")
    assert facts(found)[:3] == ("7", {"ticket": "Hi"}, {"queue": 1})
    _, faults = mapped("{vars: {ticket: request.text}}", jsonl([row]), "r.jsonl")
    assert faults == [
        "evals/r.jsonl:1:1: there is no column `request.text`: did you mean `request`?"
    ]


def test_evals_of_openai_are_read_by_two_names():
    rows = jsonl([{"input": [{"role": "user", "content": "Hi"}], "ideal": ["a", "b"]}])
    [found], _ = mapped("{vars: {ticket: input}, expected: ideal}", rows, "r.jsonl")
    assert found.expected == ["a", "b"]
    assert found.vars == {"ticket": [{"role": "user", "content": "Hi"}]}


def test_a_column_that_is_not_there_is_said_once_at_the_header():
    _, faults = mapped("{vars: {ticket: Tickets}, expected: Queue}", SHEET)
    assert faults == ["evals/r.csv:1:1: there is no column `Tickets`: did you mean `Ticket`?"]


def test_cells_may_hold_json():
    text = 'ticket,expected\nHi,"{""queue"": [1]}"\nHo,\n'
    (first, second), _ = mapped("{json: [expected]}", text)
    assert (first.expected, first.vars) == ({"queue": [1]}, {"ticket": "Hi"})
    assert not second.has_expected
    _, faults = mapped("{json: [expected]}", "ticket,expected\nHi,nope\n")
    assert faults[0].startswith("evals/r.csv:2:1: column `expected` holds no JSON (Expecting value")
    _, faults = mapped("{json: [expected]}", "ticket,expected\nHi,NaN\n")
    assert "NaN is no JSON" in faults[0]


@every_row("examples", ["[{vars: {ticket: Hi}, expected: x}]", "rows.yaml"])
def test_columns_without_a_data_file_are_a_fault(examples):
    prompt = "messages: [{role: user, content: '{{ ticket }}'}]\n"
    spec = f"examples: {examples}\nscorers: [equals]\ncolumns: {{id: x}}\n"
    files = {"prompts/router.yaml": prompt, "evals/router.yaml": spec}
    if examples == "rows.yaml":
        files["evals/rows.yaml"] = FORMATS["rows.yaml"]
    tree = MemoryTree(files)
    with pytest.raises(SpecError, match="`columns` are those of a data file"):
        Golden.of(tree, load_suite(tree).evals["router"])


@every_row("name", ["r.jsonl", "r.json"])
def test_a_json_array_is_read_as_its_objects(name):
    text = '[\n  {"id": "a", "vars": {"ticket": "]"}},\n\n  {"id": "b",\n   "vars": {}}\n]\n'
    found = golden_of(name, **{name: text})
    assert [(each.id, each.mark.line) for each in found.examples()] == [("a", 2), ("b", 4)]


def test_columns_of_ones_own_are_known_in_any_case():
    text = "ID,Ticket,Expected,TAGS\na,Hi,other,x\n"
    [found] = golden_of("r.csv", **{"r.csv": text}).examples()
    assert facts(found) == ("a", {"ticket": "Hi"}, "other", ("x",), "")


SCHEMA = [
    {"ticket": "007", "n": 1, "at": "2026-03-04", "expected": {"queue": "x"}, "score": None},
    {"ticket": "ja", "n": 2, "at": "2026-03-05", "expected": {"queue": "y"}, "score": 0.5},
]


def parquet_of(rows):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    out = io.BytesIO()
    table = pyarrow.Table.from_pylist(
        [{**row, "at": date.fromisoformat(row["at"])} for row in rows]
    )
    parquet.write_table(table, out)
    return out.getvalue()


def test_parquet_is_read_by_its_schema():
    columns = "{vars: [ticket, n, at, score], expected: expected}"
    (first, second), _ = mapped(columns, parquet_of(SCHEMA), "r.parquet")
    assert first.vars == {"ticket": "007", "n": 1, "at": "2026-03-04", "score": None}
    assert (second.vars["score"], second.expected) == (0.5, {"queue": "y"})
    with pytest.raises(SpecError, match="this is not Parquet that can be read"):
        mapped(columns, b"PAR1 nonsense PAR1", "r.parquet")


def test_flat_columns_of_parquet_are_variables_and_null_is_not_given():
    columns = Columns(is_text=False, variables=frozenset({"ticket"}))
    flat = {"Ticket": "Hi", "expected": None, "tags": ["x"], "n": 1.5, "meta.by": "me"}
    assert columns.example(flat) == {
        "vars": {"ticket": "Hi", "n": 1.5},
        "tags": ["x"],
        "meta": {"by": "me"},
    }
    whole = {"vars": {"ticket": None}, "id": None, "expected": {"queue": "x"}, "tags": None}
    assert columns.example(whole) == {"vars": {"ticket": None}, "expected": {"queue": "x"}}


def test_a_workbook_is_read_as_a_spreadsheet():
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for record in [
        ["Ticket", "Queue", "Day", None],
        ["007", 3.0, datetime(2026, 3, 4), None],
        ["Ho", None, None, None],
        [None, None, None, None],
    ]:
        book.active.append(record)
    out = io.BytesIO()
    book.save(out)
    columns = "{vars: {ticket: Ticket, day: Day}, expected: Queue}"
    (first, second), _ = mapped(columns, out.getvalue(), "r.xlsx")
    assert facts(first)[1:3] == ({"ticket": "007", "day": "2026-03-04"}, 3)
    assert (second.vars, second.has_expected) == ({"ticket": "Ho", "day": ""}, False)
    with pytest.raises(SpecError, match=r"this is not an .xlsx workbook that can be read"):
        mapped(columns, b"no", "r.xlsx")


@pytest.mark.parametrize("name", ["r.parquet", "r.xlsx"])
def test_tables_need_their_extra(name, monkeypatch):
    for module in ("pyarrow.parquet", "openpyxl"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(RequestError, match=r"needs the `tables` extra: pip install"):
        mapped("{id: a}", b"", name)
