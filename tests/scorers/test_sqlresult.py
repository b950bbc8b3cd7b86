"""SQL by execution, in real child processes on real SQLite."""

import os
import sqlite3

import pytest

from promptci.records.record import Score
from promptci.scorers.base.verdict import NoVerdict
from promptci.scorers.sql.sqlresult import is_ordered
from tables import every_row

SCRIPT = """\
PRAGMA foreign_keys = OFF;
BEGIN TRANSACTION;
CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT, price REAL, tags TEXT);
INSERT INTO items VALUES (1, 'pen', 1.5, '["a","b"]'), (2, 'ink', 9.99, '[]'), (3, 'cap', NULL, '');
CREATE VIEW cheap AS SELECT * FROM items WHERE price < 5;
CREATE INDEX by_name ON items (name);
COMMIT;
"""
FILES = {"evals/shop.sql": SCRIPT.encode()}
NAMES = "SELECT name FROM items"
FIXTURE = {"fixture": "shop.sql"}

CASES = {
    "the same query": (FIXTURE, NAMES, NAMES, True),
    "another way to say it": (FIXTURE, "select i.name from items i order by id desc;", NAMES, True),
    "in a fence": (FIXTURE, f"Here you are:\n```sql\n{NAMES}\n```\nIt names all.", NAMES, True),
    "in a fence without a language": (FIXTURE, f"```\n{NAMES};\n```", NAMES, True),
    "the first fence of SQL": (FIXTURE, f"```text\nx\n```\n```SQL\n{NAMES}\n```", NAMES, True),
    "a comment after it": (FIXTURE, f"{NAMES} -- all\n", NAMES, True),
    "a subset": (FIXTURE, f"{NAMES} WHERE id = 1", NAMES, False),
    "a view": (FIXTURE, "SELECT name FROM cheap", "SELECT 'pen'", True),
    "floats within tolerance": (FIXTURE, "SELECT 0.1 + 0.2", "SELECT 0.3", True),
    "floats beyond it": ({**FIXTURE, "tolerance": 0}, "SELECT 0.1 + 0.2", "SELECT 0.3", False),
    "a recursive query": (
        FIXTURE,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3) SELECT i FROM n",
        "SELECT id FROM items",
        True,
    ),
    "functions": (FIXTURE, "SELECT upper(name) FROM items WHERE id=1", "SELECT 'PEN'", True),
    "a table from JSON": (
        FIXTURE,
        "SELECT j.value FROM items, json_each(items.tags) j WHERE items.id = 1",
        "SELECT 'a' UNION SELECT 'b'",
        True,
    ),
    "order, asked for": (
        {**FIXTURE, "ordered": True},
        f"{NAMES} ORDER BY id DESC",
        f"{NAMES} ORDER BY id",
        False,
    ),
    "order, as the query wanted": (
        {**FIXTURE, "ordered": "auto"},
        f"{NAMES} ORDER BY id DESC",
        f"{NAMES} ORDER BY id",
        False,
    ),
    "no order, as the query wanted": (
        {**FIXTURE, "ordered": "auto"},
        f"{NAMES} ORDER BY id DESC",
        NAMES,
        True,
    ),
    "columns by position": (
        FIXTURE,
        "SELECT price, name FROM items",
        "SELECT name, price FROM items",
        False,
    ),
    "columns by name": (
        {**FIXTURE, "columns": "name"},
        "SELECT price, NAME FROM items",
        "SELECT name, price FROM items",
        True,
    ),
    "a list of queries wanted": (FIXTURE, NAMES, ["SELECT 1", NAMES], True),
    "none of a list": (FIXTURE, "SELECT 2", ["SELECT 1", NAMES], False),
    "a script in the eval": ({"script": "CREATE TABLE t(a)"}, "SELECT * FROM t", "SELECT 1", False),
    "a query in the eval": ({**FIXTURE, "value": "SELECT '{{ name }}'"}, "SELECT 'Ada'", ..., True),
    "turned round": ({**FIXTURE, "not": True}, "SELECT 2", "SELECT 1", True),
    "no rows on either side": (FIXTURE, f"{NAMES} WHERE 0", f"{NAMES} WHERE 1 = 2", True),
    "unicode": (FIXTURE, "SELECT 'größer 🐘'", "SELECT 'größer 🐘'", True),
}


@pytest.mark.parametrize(("options", "output", "expected", "passed"), CASES.values(), ids=CASES)
def test_a_query_is_right_if_its_rows_are(sandboxed, options, output, expected, passed):
    score = sandboxed({"sql_execution": options}, output, expected, files=FILES)
    assert score.passed is passed
    assert score.value == (1.0 if passed else 0.0)


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
ATTACKS = {
    "nothing": ("", "there is no query"),
    "blanks": (" \n ", "there is no query"),
    "an empty fence": ("```sql\n\n```", "there is no query"),
    "a comment alone": ("-- SELECT 1", "this is no query"),
    "prose": ("I would select all names.", 'near "I": syntax error'),
    "a table that is not there": ("SELECT * FROM nowhere", "no such table: nowhere"),
    "several statements": ("SELECT 1; SELECT 2", "it holds several statements"),
    "a hidden second statement": (f"{NAMES}; DROP TABLE items", "it holds several statements"),
    "attach": ("ATTACH 'canary' AS x", "it may only read tables, and this is ATTACH"),
    "vacuum into": ("VACUUM INTO 'canary'", "it may only read tables, and this is ATTACH"),
    "pragma": ("PRAGMA table_info(items)", "it may only read tables, and this is PRAGMA"),
    "pragma as a table": ("SELECT * FROM pragma_database_list", "it may only read tables"),
    "insert": ("INSERT INTO items(id) VALUES (9)", "it may only read tables, and this is INSERT"),
    "update": ("UPDATE items SET id = 9", "it may only read tables, and this is UPDATE"),
    "delete": ("DELETE FROM items", "it may only read tables, and this is DELETE"),
    "create": ("CREATE TABLE x (a)", "it may only read tables"),
    "begin": ("BEGIN", "it may only read tables, and this is TRANSACTION"),
    "load_extension": ("SELECT load_extension('x')", "the function load_extension"),
    "fts3_tokenizer": ("SELECT fts3_tokenizer('simple')", "the function fts3_tokenizer"),
    "writefile": ("SELECT writefile('canary', 'x')", "no such function: writefile"),
    "readfile": ("SELECT readfile('/etc/passwd')", "no such function: readfile"),
    "a bomb of zeros": ("SELECT zeroblob(1000000000)", "the function zeroblob"),
    "a bomb of chance": ("SELECT randomblob(1000000000)", "the function randomblob"),
    "chance": ("SELECT name FROM items ORDER BY random()", "the function random"),
    "a bomb of text": ("SELECT hex(printf('%.*c', 9000000, 'x'))", "string or blob too big"),
    "an endless query": (f"{ENDLESS} SELECT count(*) FROM n", "it ran longer than 0.2 seconds"),
    "endless rows": (f"{ENDLESS} SELECT i FROM n", "it gives more than 10000 rows"),
    "two million rows": (
        f"{ENDLESS[:-1]} LIMIT 2000000) SELECT i FROM n",
        "it gives more than 10000 rows",
    ),
    "a product of tables": (
        "SELECT count(*) FROM items a" + "".join(f", items t{n}" for n in range(40)),
        "it ran longer than 0.2 seconds",
    ),
    "few rows, much data": (
        f"{ENDLESS} SELECT printf('%.*c', 5000000, 'x') FROM n",
        "it gives more than 20 MB",
    ),
    "a sort of much data": (
        f"{ENDLESS} SELECT DISTINCT printf('%.*c', 5000000, i) || i FROM n ORDER BY 1",
        "",
    ),
    "a long query": (f"SELECT '{'x' * 3_000_000}'", "query string is too large"),
    "a deep query": (f"SELECT {'(' * 5_000}1{')' * 5_000}", ""),
    "a null character": (f"{NAMES}\0", "null character"),
    "half a character": ("SELECT '\ud800'", "it holds half a character"),
    "ten megabytes": ("x " * 5_000_000, ""),
}


@pytest.mark.parametrize(("output", "why"), ATTACKS.values(), ids=ATTACKS)
def test_no_query_does_harm(sandboxed, tmp_path, output, why):
    score = sandboxed({"sql_execution": {**FIXTURE, "seconds": 0.2}}, output, NAMES, files=FILES)
    assert isinstance(score, Score)
    assert not score.passed
    assert why in score.why
    assert not list(tmp_path.rglob("*canary*"))
    assert not os.path.exists("canary")  # noqa: PTH110 (where the test is)


BROKEN = {
    "a script with an error": (
        "CREAT TABLE x (a);",
        NAMES,
        "the fixture shop.sql cannot be loaded",
    ),
    "a script that attaches": ("ATTACH 'canary' AS x;", NAMES, "cannot be loaded"),
    "a script that writes elsewhere": ("VACUUM INTO 'canary';", NAMES, "cannot be loaded"),
    "a script that loads": ("SELECT load_extension('x');", NAMES, "cannot be loaded"),
    "an endless script": (f"{ENDLESS} SELECT count(*) FROM n;", NAMES, "cannot be loaded"),
    "a damaged database": ("SQLite format 3\0" + "x" * 600, NAMES, "cannot be loaded"),
    "a query wanted that is wrong": (SCRIPT, "SELECT absent", "no such column: absent"),
    "a query wanted that is endless": (
        SCRIPT,
        f"{ENDLESS} SELECT count(*) FROM n",
        "it ran longer",
    ),
    "a query wanted that writes": (SCRIPT, "DELETE FROM items", "it may only read tables"),
    "too many rows wanted": (SCRIPT, f"{ENDLESS} SELECT i FROM n", "more than 10000 rows"),
    "no query wanted": (SCRIPT, "", "`expected` is empty"),
    "a number wanted": (SCRIPT, 5, "the query wanted is no SQL"),
}


@pytest.mark.parametrize(("fixture", "expected", "why"), BROKEN.values(), ids=BROKEN)
def test_what_is_broken_in_the_eval_is_no_fault_of_the_answer(
    sandboxed, tmp_path, fixture, expected, why
):
    options = {"sql_execution": {**FIXTURE, "seconds": 0.2}}
    found = sandboxed(options, NAMES, expected, files={"evals/shop.sql": fixture.encode()})
    assert isinstance(found, NoVerdict)
    assert why in str(found)
    assert not list(tmp_path.rglob("*canary*"))


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_a_database_file_is_a_fixture_too_and_stays_as_it_is(sandboxed, tmp_path, journal):
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA journal_mode = {journal}")
        db.executescript(SCRIPT)
    db.close()
    data = path.read_bytes()
    options = {"sql_execution": {"fixture": "../data/shop.db"}}
    score = sandboxed(
        options, "SELECT max(price) FROM items", "SELECT 9.99", files={"data/shop.db": data}
    )
    assert score.passed
    assert path.read_bytes() == data


@every_row(
    ("query", "ordered"),
    [
        ("SELECT a FROM t ORDER BY a", True),
        ("select a from t order\n by a", True),
        ("SELECT a FROM t", False),
        ("SELECT a FROM (SELECT a FROM t ORDER BY a)", False),
        ("SELECT ' order by ' FROM t", False),
        ("SELECT a FROM t -- ORDER BY a", False),
        ("SELECT a FROM t /* ORDER BY a */", False),
        ('SELECT "order by" FROM t', False),
        ("SELECT row_number() OVER (ORDER BY a) FROM t", False),
        ("SELECT count(*) FROM t) ORDER BY a", False),
    ],
)
def test_whether_a_query_orders_its_rows(query, ordered):
    assert is_ordered(query) is ordered


@every_row(
    ("options", "fault"),
    [
        ({}, "needs a `fixture` or a `script`"),
        ({"fixture": "a.sql", "script": "x"}, "and not both"),
        ({"fixture": "missing.sql"}, "cannot be read here"),
        ({"script": "x", "value": 5}, "`value` must be"),
        ({"script": "x", "value": " "}, "the query wanted is no SQL"),
        ({"script": "x", "tolerance": 2}, "`tolerance`"),
        ({"script": "x", "max_rows": 0}, "`max_rows`"),
        ({"script": "x", "seconds": 0}, "`seconds`"),
    ],
)
def test_options_that_cannot_be(faults, options, fault):
    assert any(fault in said for said in faults({"sql_execution": options}))


def test_the_fixture_is_in_the_fingerprint_by_its_content(bound):
    one = bound({"sql_execution": {"script": "CREATE TABLE t(a)", "value": "SELECT 1"}})
    two = bound({"sql_execution": {"script": "CREATE TABLE t(b)", "value": "SELECT 1"}})
    assert one.canonical != two.canonical
