"""SQL as text: what parses in which dialect, what it does and names, and how far one looks."""

import logging
import subprocess
import sys
import time

import pytest

QUERY = (
    "SELECT o.id, SUM(o.total) AS total FROM orders o JOIN customers c ON c.id = o.id GROUP BY 1"
)
CTE = "WITH recent AS (SELECT id FROM shop.orders) SELECT id FROM recent ORDER BY id LIMIT 5;"
IS_SQL = [
    ({}, "SELECT 1", True, ""),
    ({}, QUERY, True, ""),
    ({}, CTE, True, ""),
    ({}, "select * from t -- all of it\n", True, ""),
    ({}, "(SELECT a FROM t) UNION ALL (SELECT a FROM u)", True, ""),
    ({}, "VALUES (1), (2)", True, ""),
    ({}, "INSERT INTO t (a) VALUES (1); UPDATE t SET a = 2 WHERE a = 1; DELETE FROM t", True, ""),
    ({}, "BEGIN; DELETE FROM t; COMMIT", True, ""),
    ({}, "CREATE TABLE t (a INT PRIMARY KEY, b TEXT)", True, ""),
    ({}, "ALTER TABLE t ADD COLUMN c INT", True, ""),
    ({}, "DROP TABLE IF EXISTS t", True, ""),
    ({}, "TRUNCATE TABLE t", True, ""),
    ({"dialect": "tsql"}, "SELECT TOP 3 [name] FROM [dbo].[t]", True, ""),
    ({"dialect": "mysql"}, "SELECT `a` FROM `t` LIMIT 3, 5", True, ""),
    ({"dialect": "postgres"}, "SELECT a::int, b->>'x' FROM t WHERE c ILIKE 'x%'", True, ""),
    ({"dialect": "bigquery"}, "SELECT * EXCEPT (a) FROM `p.d.t`, UNNEST(xs) AS x", True, ""),
    ({"dialect": "sqlite"}, "REPLACE INTO t VALUES (1)", True, ""),
    ({}, "", False, "not SQL: no statement"),
    ({}, ";;", False, "not SQL: no statement"),
    ({}, "-- nothing", False, "not SQL: no statement"),
    ({}, "COMMIT", False, "not SQL: no statement"),
    ({}, "Hello", False, "not SQL: Hello is no statement"),
    ({}, "The query is SELECT 1", False, "not SQL: "),
    ({}, "Show me the money", False, "not SQL: "),
    ({}, "Use the force", False, "not SQL: "),
    ({}, "Begin the day", False, "not SQL: "),
    ({}, "Update your settings", False, "not SQL: "),
    ({}, "Delete the file", False, "not SQL: "),
    ({}, "Insert coin", False, "not SQL: "),
    ({}, "Create a table", False, "not SQL: "),
    ({}, "Drop the table", False, "not SQL: "),
    ({}, "Copy that", False, "not SQL: "),
    ({}, "Select", False, "not SQL: "),
    ({}, "SELEC 1", False, "not SQL: "),
    ({}, "SELECT * FROM", False, "not SQL: "),
    ({}, "SELECT * FROM t WHERE", False, "not SQL: "),
    ({}, "SELECT a b c FROM t", False, "not SQL: "),
    ({}, "SELECT (1", False, "not SQL: "),
    ({}, "SELECT 'a", False, "not SQL: "),
    ({}, "```sql\nSELECT 1\n```", False, "not SQL: "),
    ({}, "{}", False, "not SQL: "),
    ({}, "<b>x</b>", False, "not SQL: "),
    ({}, "SELECT '\ud800\x00'", True, ""),
    ({}, "SELECT " + "(" * 61 + "1" + ")" * 61, False, "the SQL nests more than 60 deep"),
    ({}, "SELECT " + "CASE WHEN " * 70 + "1", False, "the SQL nests more than 60 deep"),
    ({}, "SELECT " + "NOT " * 12_000 + "1", False, ""),
    ({}, "SELECT " + "- " * 20_000 + "1", False, ""),
    ({}, "SELECT 1" + " + 1" * 11_000, True, ""),
    ({}, "SELECT 1" * 1_250_000, False, "10,000,000 characters: SQL is parsed up to 50,000"),
    ({"single": True}, "SELECT 1;", True, ""),
    ({"single": True}, "SELECT 1; SELECT 2", False, "2 statements, one wanted"),
    ({"statements": ["select"]}, CTE, True, ""),
    (
        {"statements": ["select"]},
        "SELECT 1; DROP TABLE t",
        False,
        "it does drop, which is not allowed",
    ),
    ({"statements": ["insert", "update"]}, "DELETE FROM t", False, "it does delete, which"),
    (
        {"statements": ["select"]},
        "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
        False,
        "",
    ),
    ({"statements": ["select"]}, "SELECT * INTO copy FROM t", False, "it does create"),
    ({"statements": ["insert", "select"]}, "INSERT INTO t SELECT 1", True, ""),
    (
        {"tables": ["t"]},
        "WITH s AS (SELECT * FROM s) SELECT * FROM s",
        False,
        "tables that are not",
    ),
    (
        {"tables": ["t"]},
        "WITH s AS (SELECT 1), u AS (SELECT * FROM s) SELECT * FROM u, t",
        True,
        "",
    ),
    ({"tables": ["t"]}, "WITH u AS (SELECT * FROM s), s AS (SELECT 1) SELECT 1", False, "tables"),
    (
        {"tables": ["t"]},
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
        True,
        "",
    ),
    (
        {"tables": ["t"]},
        "SELECT * FROM (WITH s AS (SELECT 1) SELECT * FROM s) q, s",
        False,
        "tables",
    ),
    ({"tables": ["t"]}, "WITH s AS (SELECT 1) SELECT * FROM main.s", False, "tables that are not"),
    ({"columns": ["a"]}, "SELECT 1 AS b UNION SELECT b FROM t", False, "columns that are not"),
    ({"columns": ["a"]}, "SELECT a AS b FROM t GROUP BY b ORDER BY b", True, ""),
    ({"columns": ["a"]}, "SELECT q.b FROM (SELECT a AS b FROM t) q", True, ""),
    ({"tables": ["orders", "customers"]}, QUERY, True, ""),
    ({"tables": ["ORDERS"]}, QUERY, False, 'tables that are not allowed: "customers"'),
    ({"tables": ["orders"]}, CTE, True, ""),
    ({"tables": ["shop.orders"]}, CTE, True, ""),
    ({"tables": ["other.orders"]}, CTE, False, 'tables that are not allowed: "shop.orders"'),
    ({"tables": ["t"]}, "SELECT 1 WHERE EXISTS (SELECT 1 FROM secrets)", False, "tables that are"),
    ({"tables": ["t"]}, "DELETE FROM users", False, 'tables that are not allowed: "users"'),
    ({"columns": ["id", "total"]}, QUERY, True, ""),
    ({"columns": ["id"]}, "SELECT id, password FROM t", False, "columns that are not allowed: "),
    ({"columns": ["id"]}, "SELECT * FROM t", False, 'columns that are not allowed: "*"'),
    ({"columns": ["id", "*"]}, "SELECT count(*) FROM t WHERE id = 1", True, ""),
]


@pytest.mark.parametrize(("options", "output", "passed", "why"), IS_SQL)
def test_is_sql(score, options, output, passed, why):
    begun = time.thread_time()
    found = score({"is_sql": options}, output)
    assert found.passed is passed, found.why
    assert found.why.startswith(why)
    assert time.thread_time() - begun < 5


CONTAINS_SQL = [
    ({}, "Here you are:\n```sql\nSELECT a FROM t\n```\nDone.", True, ""),
    ({}, "Here you are:\n```\nSELECT a FROM t\n```", True, ""),
    ({}, "SELECT a FROM t", True, ""),
    ({}, "You can run SELECT a FROM t; to see it.", True, ""),
    ({}, "The query:\n\nselect a\nfrom t\nwhere b = 1\n\nHope that helps!", True, ""),
    ({}, "Use `select a from t` for that.", True, ""),
    ({}, "The query is: select a from t.", True, ""),
    ({}, "Update your settings and select an option.", False, "no SQL statement"),
    ({}, "You can select one from the list.", False, "no SQL statement"),
    ({}, "SELECT is a keyword, and so is FROM.", False, "no SQL statement"),
    ({}, "```python\nprint(1)\n```", False, "no SQL statement"),
    ({}, "", False, "no SQL statement"),
    ({"statements": ["select"]}, "```sql\nDROP TABLE t\n```", False, "it does drop"),
    ({}, "SELECT (" * 1_250_000, False, "no SQL statement"),
    ({}, "select\n" * 1_400_000, False, "no SQL statement"),
]


@pytest.mark.parametrize(("options", "output", "passed", "why"), CONTAINS_SQL)
def test_contains_sql(score, options, output, passed, why):
    begun = time.thread_time()
    found = score({"contains_sql": options}, output)
    assert found.passed is passed, found.why
    assert found.why.startswith(why)
    assert time.thread_time() - begun < 8


@pytest.mark.parametrize(
    "kind",
    ["(", "CASE WHEN ", "f(", "CAST(", "EXISTS(", "(SELECT * FROM ", "[", "{'a':", "INTERVAL "],
)
@pytest.mark.parametrize("dialect", [None, "postgres", "tsql", "bigquery", "snowflake"])
def test_nesting_up_to_the_limit_is_parsed_in_time(score, kind, dialect):
    begun = time.thread_time()
    score({"is_sql": {"dialect": dialect}}, f"SELECT {kind * 60}1")
    score({"is_sql": {"dialect": dialect}}, f"SELECT * FROM {kind * 60}t")
    assert time.thread_time() - begun < 5


def test_a_dialect_that_is_not_known_is_a_fault(faults):
    [said] = faults({"is_sql": {"dialect": "postgrs"}})
    assert said.startswith("`dialect`: Unknown dialect 'postgrs'")


def test_the_parser_prints_nothing(score, caplog, capfd):
    with caplog.at_level(logging.NOTSET):
        score("is_sql", "EXPLAIN ANALYZE SELECT 1")
        score("is_sql", "ALTER the deal")
    assert capfd.readouterr() == ("", "")


def test_sql_is_loaded_by_those_that_use_it_alone():
    program = (
        "import sys; from promptci.scorers.registry.catalogue import SCORERS; "
        "[SCORERS[name] for name in ('is_sql', 'json_schema', 'format', 'tool_call')]; "
        "print(*(name in sys.modules for name in ('sqlglot', 'jsonschema')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["False", "False"]
