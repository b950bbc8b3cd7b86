"""A query of a flow, as the child runs it: what it gives, and what it may not."""

import pytest

from promptci.sandbox.child.rows import run_query

SHOP = """
CREATE TABLE item (name, price, seen);
INSERT INTO item VALUES ('tea', 2, x'00ff'), ('oil', 4.5, NULL);
"""


@pytest.fixture
def ask(tmp_path):
    path = tmp_path / "shop.sql"
    path.write_text(SHOP)

    def run(query, **more):
        job = {"fixture": str(path), "values": {}, "max_rows": 10, "most": 1000, "seconds": 2.0}
        return run_query({**job, "query": query, **more})

    return run


def test_rows_come_with_their_columns(ask):
    found = ask("SELECT * FROM item ORDER BY price")
    assert found == {
        "columns": ("name", "price", "seen"),
        "rows": [["tea", 2, "00ff"], ["oil", 4.5, None]],
    }


def test_parameters_are_values_and_never_sql(ask):
    query = "SELECT price FROM item WHERE name = :name"
    assert ask(query, values={"name": "tea"})["rows"] == [[2]]
    assert ask(query, values={"name": "x' OR 1 --"})["rows"] == []
    assert "name" in ask(query)["why"]


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("INSERT INTO item VALUES (1, 2, 3)", "it may only read tables, and this is INSERT"),
        ("DROP TABLE item", "it may only read tables, and this is"),
        ("ATTACH '/etc/passwd' AS p", "it may only read tables, and this is ATTACH"),
        ("PRAGMA writable_schema = on", "it may only read tables, and this is PRAGMA"),
        ("SELECT load_extension('x')", "it may only read tables, and this is the function"),
        ("SELECT 1; SELECT 2", "it holds several statements"),
        ("", "there is no query"),
        ("nonsense", "syntax error"),
        ("SELECT * FROM gone", "no such table: gone"),
        ("SELECT * FROM item a, item b, item c, item d", "it gives more than 10 rows"),
        ("SELECT hex(zeroblob(600)) FROM item", "it may only read tables"),
        ("SELECT replace(hex(x'00'), '0', printf('%600d', 1)) FROM item", "more than 1000 char"),
    ],
)
def test_what_a_query_may_not_is_a_sentence(ask, query, why):
    found = ask(query)
    assert found["fault"] == "query"
    assert why in found["why"]


def test_a_query_without_an_end_is_stopped(ask):
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
    assert ask(endless, seconds=0.05)["why"] == "it ran longer than 0.05 seconds"


def test_data_that_cannot_be_loaded_is_no_fault_of_the_query(ask, tmp_path):
    (tmp_path / "bad.sql").write_text("CREATE TABLE (")
    assert ask("SELECT 1", fixture=str(tmp_path / "bad.sql"))["fault"] == "fixture"
