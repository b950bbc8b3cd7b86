"""SQL as text: what parses in which dialect, what it does and names, and how far one looks."""

import logging
import subprocess
import sys

from effort import done_in_passes, done_within
from promptci.scorers.sql import engines
from tables import every_row

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
    ({}, "COMMIT", True, ""),
    ({}, "BEGIN", True, ""),
    ({}, "START TRANSACTION", True, ""),
    ({}, "commit to it", False, "not SQL: TO behind COMMIT"),
    ({}, "EXPLAIN SELECT a FROM t", True, ""),
    ({"statements": ["select"]}, "EXPLAIN SELECT a FROM t", True, ""),
    ({"statements": ["select"]}, "EXPLAIN ANALYZE DELETE FROM t", False, "it does delete, which"),
    ({"statements": ["select"]}, "BEGIN", False, "it only begins or ends a transaction"),
    ({"statements": ["select"]}, "BEGIN; SELECT 1; COMMIT", True, ""),
    ({"dialect": "postgres", "tables": ["t"]}, "CALL f()", False, "it is not known what one"),
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
    ({"dialect": "mysql"}, "FROM users SELECT *", False, "not SQL: FROM in the place of SELECT"),
    ({}, "SELECT 1; FROM t SELECT a", False, "not SQL: FROM in the place of SELECT"),
    ({"dialect": "duckdb"}, "FROM users SELECT *", True, ""),
    ({"dialect": "mysql"}, "SELECT TRIM(FROM a) FROM t", True, ""),
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


@every_row(("options", "output", "passed", "why"), IS_SQL)
def test_is_sql(score, options, output, passed, why):
    found = done_in_passes(900, output, lambda: score({"is_sql": options}, output))
    assert found.passed is passed, found.why
    assert found.why.startswith(why)


TAKEN = {
    None: [
        "SELECT 1",
        "BEGIN",
        "COMMIT",
        "START TRANSACTION",
        "EXPLAIN SELECT 1",
        "EXPLAIN ANALYZE SELECT a FROM t",
        "INSERT INTO t SELECT * FROM u",
        "SELECT count(*) FROM t",
        "SELECT EXTRACT(YEAR FROM d) FROM t",
        "SELECT a FROM t ORDER BY a LIMIT 5 OFFSET 3",
        "SELECT a, b FROM t JOIN u USING (id)",
        "CREATE TABLE t AS SELECT 1",
        "SELECT a FROM t WHERE b IN (1, 2)",
        "UPDATE t SET a = 1, b = 2",
        "INSERT INTO t VALUES (1), (2)",
        "SELECT TRIM(BOTH 'x' FROM a) FROM t",
        "DELETE FROM t USING u WHERE t.a = u.a",
        "CREATE TABLE t (a INT REFERENCES u ON DELETE SET NULL)",
    ],
    "mysql": [
        "SELECT a <=> b FROM t",
        "SELECT CAST(a AS SIGNED), CAST(b AS CHAR), CAST(c AS DECIMAL(10, 2)) FROM t",
        "SELECT a->>'$.b' FROM t",
        "SELECT a DIV b, a XOR b FROM t",
        "SELECT GROUP_CONCAT(a ORDER BY b SEPARATOR ',') FROM t",
        "SELECT a FROM t GROUP BY a WITH ROLLUP",
        "SELECT a FROM t LOCK IN SHARE MODE",
        "SELECT a AS `nulls last` FROM t WHERE b = 'LIMIT ALL'",
        "CALL p(1)",
        "GRANT SELECT ON db.* TO 'u'@'h'",
        "RENAME TABLE a TO b",
        "LOAD DATA INFILE 'x' INTO TABLE t",
        "SELECT `a` FROM `t`",
        "REPLACE INTO t VALUES (1)",
        "SHOW TABLES",
        "INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE a = 2",
        "SELECT a FROM (SELECT 1 AS a) q",
        "EXPLAIN SELECT 1",
        "BEGIN",
        "START TRANSACTION",
        "DELETE t FROM t JOIN u ON t.a = u.a",
        "SELECT a FROM t FULL JOIN u ON t.a=u.a",
        "CREATE TABLE t LIKE u",
        "CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, b VARCHAR(20)) ENGINE=InnoDB",
        "SELECT GROUP_CONCAT(a ORDER BY b SEPARATOR ',') FROM t",
        "SELECT a || b FROM t",
        "SELECT IF(a, 1, 2) FROM t",
        "UPDATE t JOIN u ON t.id=u.id SET t.a=1",
        "ALTER TABLE t ADD COLUMN c INT",
        "TRUNCATE t",
        "SELECT * FROM t LIMIT 3, 5",
    ],
    "sqlite": [
        "INSERT INTO t (a, b) SELECT * FROM s",
        "INSERT INTO s.t (a, b) VALUES (1, 2) ON CONFLICT (a) DO UPDATE SET b = 3",
        "BEGIN",
        "BEGIN IMMEDIATE",
        "EXPLAIN QUERY PLAN SELECT * FROM t",
        "PRAGMA table_info(t)",
        "VACUUM",
        "vacuum",
        "reindex t",
        "analyze t;",
        "savepoint a; release a",
        "SELECT 1;;",
        "SELECT 1; -- done\n;",
        "SELECT * FROM t UNION SELECT a, b FROM u",
        "SELECT * FROM a JOIN b USING (id)",
        "SELECT * FROM t ORDER BY 2",
        "REPLACE INTO t VALUES (1)",
        "SELECT json_extract(a, '$.b') FROM t",
        "SELECT * FROM a NATURAL JOIN b",
        "INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 2",
        "SELECT name FROM sqlite_master WHERE type='table'",
        "ALTER TABLE t RENAME TO u",
        "ALTER TABLE t DROP COLUMN a",
        "WITH x AS (SELECT a FROM t) SELECT * FROM x",
        "SELECT a, ROW_NUMBER() OVER (PARTITION BY b ORDER BY c) FROM t",
        "SELECT (SELECT * FROM u) FROM t",
        "SELECT strftime('%Y', d) AS y, SUM(x) FROM orders o LEFT JOIN customers c ON o.cid = c.id WHERE c.name LIKE 'A%' GROUP BY y HAVING SUM(x) > 10 ORDER BY 2 DESC LIMIT 5",  # noqa: E501
        "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY AUTOINCREMENT, n TEXT NOT NULL DEFAULT '')",  # noqa: E501
        "CREATE INDEX i ON t (a, b)",
        "SELECT CASE WHEN a > 1 THEN 'x' ELSE 'y' END FROM t",
        "UPDATE t SET a = (SELECT max(b) FROM u) WHERE id IN (SELECT id FROM v)",
        "DELETE FROM t WHERE a = 1",
        "CREATE VIEW v AS SELECT a FROM t",
    ],
    "postgres": [
        "BEGIN",
        "EXPLAIN SELECT 1",
        "EXPLAIN (ANALYZE, BUFFERS) SELECT * FROM t",
        "SELECT a::int FROM t",
        "SELECT DISTINCT ON (a) * FROM t",
        "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING RETURNING *",
        "SELECT * FROM t WHERE a ~ 'x' AND b @> '{}'",
        "CREATE TABLE t (id SERIAL, b JSONB)",
        "GRANT SELECT ON t TO bob",
        "SET search_path = x",
        "SHOW TABLES",
        "CALL f()",
        "SELECT * FROM generate_series(1, 3)",
        "SELECT count(*) FILTER (WHERE a) FROM t",
        "SELECT ARRAY[1,2]",
        "COMMENT ON TABLE t IS 'x'",
        "CREATE EXTENSION postgis",
        "DO $$ BEGIN NULL; END $$",
        "ANALYZE t",
        "LOCK TABLE t IN SHARE MODE;",
        "COPY t FROM STDIN",
        "copy t (a, b) to stdout with (format csv)",
        "vacuum analyze t",
    ],
}
REFUSED = {
    None: [
        "SELECT a, FROM t",
        "SELECT a FROM t GROUP BY",
        "SELECT",
        "UPDATE t SET",
        "SELECT a FROM t,",
        "INSERT INTO t (a,b,) VALUES (1,2)",
        "INSERT INTO t VALUES (1,)",
        "SELECT a FROM t WHERE a IN (1,2,)",
        "SELECT a FROM t JOIN b ON",
        "CREATE TABLE t",
        "CREATE TABLE t (a INT,)",
        "CREATE TABLE t ()",
        "SELECT FROM t",
        "INSERT INTO t",
        "INSERT INTO t SELECT",
        "SELECT * t",
        "SELECT *",
        "SELECT DISTINCT FROM t",
        "SELECT * FROM",
        "call me maybe",
        "set the table",
        "use it",
        "analyze this",
        "explain why",
        "begin the day",
        "SELECT a FROM (SELECT FROM t) q",
        "grant me a wish",
        "show me",
        "describe it",
        "commit to it",
        "rollback the change",
    ],
    "mysql": [
        "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET b = 1",
        "CREATE MATERIALIZED VIEW v AS SELECT 1",
        "SELECT a FROM t LIMIT ALL",
        "SELECT a FROM t ORDER BY a NULLS LAST",
        "SELECT DISTINCT ON (a) a FROM t",
        "SELECT ARRAY[1, 2]",
        "SELECT * EXCEPT (a) FROM t",
        "SELECT COUNT(*) FILTER (WHERE a = 1) FROM t",
        "SELECT CAST(a AS VARCHAR) FROM t",
        "SELECT CAST(a AS INT) FROM t",
        "SELECT a IS DISTINCT FROM b FROM t",
        "UPDATE t SET a = 1 FROM s WHERE t.x = s.x",
        "INSERT OR REPLACE INTO t VALUES (1)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)",
        "CREATE TABLE t (a INT[])",
        "SELECT a FROM t LEFT SEMI JOIN s ON t.a = s.a",
        "SELECT a FROM t CROSS APPLY f(a)",
        "SELECT a FROM t WHERE a IN ()",
        "SELECT a FROM t WHERE a SIMILAR TO 'x'",
        "SELECT a FROM t GROUP BY CUBE (a)",
        "call me maybe (please)",
        "SELECT a, FROM t",
        "SELECT a FROM t GROUP BY",
        "SELECT",
        "UPDATE t SET",
        "SELECT a FROM t,",
        "INSERT INTO t (a,b,) VALUES (1,2)",
        "INSERT INTO t VALUES (1,)",
        "SELECT a FROM t WHERE a IN (1,2,)",
        "SELECT a FROM t JOIN b ON",
        "CREATE TABLE t",
        "CREATE TABLE t (a INT,)",
        "CREATE TABLE t ()",
        "SELECT FROM t",
        "INSERT INTO t",
        "INSERT INTO t SELECT",
        "SELECT * t",
        "SELECT *",
        "SELECT DISTINCT FROM t",
        "SELECT * FROM",
        "call me maybe",
        "set the table",
        "use it",
        "analyze this",
        "explain why",
        "begin the day",
        "SELECT a FROM (SELECT FROM t) q",
        "grant me a wish",
        "show me",
        "describe it",
        "commit to it",
        "rollback the change",
        "SELECT a::int FROM t",
        "SELECT a FROM t WHERE a ILIKE 'x'",
        "SELECT a FROM (SELECT 1)",
        "SELECT * FROM a FULL OUTER JOIN b ON a.x=b.x",
        "UPDATE t WHERE a=1",
        "SELECT a FROM t WHERE a == 1",
        "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING",
        "SELECT a FROM t FETCH FIRST 5 ROWS ONLY",
        "SELECT 1 FROM t QUALIFY 1",
        "SELECT TOP 5 * FROM t",
    ],
    "sqlite": [
        "INSERT INTO t (a, b) VALUES (1)",
        "WITH x (a, b) AS (SELECT 1) SELECT * FROM x",
        "SELECT a, FROM t",
        "SELECT a FROM t GROUP BY",
        "SELECT",
        "UPDATE t SET",
        "SELECT a FROM t,",
        "INSERT INTO t (a,b,) VALUES (1,2)",
        "INSERT INTO t VALUES (1,)",
        "SELECT a FROM t WHERE a IN (1,2,)",
        "SELECT a FROM t JOIN b ON",
        "CREATE TABLE t",
        "CREATE TABLE t (a INT,)",
        "CREATE TABLE t ()",
        "SELECT FROM t",
        "INSERT INTO t",
        "INSERT INTO t SELECT",
        "SELECT * t",
        "SELECT *",
        "SELECT DISTINCT FROM t",
        "SELECT * FROM",
        "call me maybe",
        "set the table",
        "use it",
        "analyze this",
        "explain why",
        "begin the day",
        "SELECT a FROM (SELECT FROM t) q",
        "grant me a wish",
        "show me",
        "describe it",
        "commit to it",
        "rollback the change",
        "SELECT TOP 5 * FROM t",
        "TRUNCATE TABLE t",
        "SELECT a FROM t WHERE a ILIKE 'x'",
        "SELECT a::int FROM t",
        "SHOW TABLES",
        "SELECT a FROM t RIGHT OUTER b",
        "CREATE TABLE t (a INT, PRIMARY KEY)",
        "SELECT date_trunc('x' FROM d)",
        "INSERT INTO t VALUES (1) RETURNING",
        "DELETE t WHERE a=1",
        "CALL f()",
    ],
    "postgres": [
        "SELECT a, FROM t",
        "SELECT a FROM t GROUP BY",
        "SELECT",
        "UPDATE t SET",
        "SELECT a FROM t,",
        "INSERT INTO t (a,b,) VALUES (1,2)",
        "INSERT INTO t VALUES (1,)",
        "SELECT a FROM t WHERE a IN (1,2,)",
        "SELECT a FROM t JOIN b ON",
        "CREATE TABLE t",
        "CREATE TABLE t (a INT,)",
        "SELECT FROM t",
        "INSERT INTO t",
        "SELECT * t",
        "SELECT *",
        "SELECT DISTINCT FROM t",
        "SELECT * FROM",
        "call me maybe",
        "set the table",
        "use it",
        "analyze this",
        "explain why",
        "begin the day",
        "grant me a wish",
        "show me",
        "describe it",
        "commit to it",
        "rollback the change",
        "SELECT `a` FROM t",
        "REPLACE INTO t VALUES (1)",
        "SELECT a FROM t LIMIT 3, 5",
        "SELECT [a] FROM t",
        "SELECT TOP 5 a FROM t",
        "SELECT a b c",
        "INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a=1",
        "listen to me",
        "fetch it",
        "close the door",
        "move it",
        "PRAGMA table_info(t)",
        "SHOW TABLES FROM x",
    ],
}


@every_row(("dialect", "sql"), [(d, sql) for d in TAKEN for sql in TAKEN[d]])
def test_what_a_database_takes_is_sql(score, dialect, sql):
    assert score({"is_sql": dialect and {"dialect": dialect}}, sql).why == ""


@every_row(("dialect", "sql"), [(d, sql) for d in REFUSED for sql in REFUSED[d]])
def test_what_a_database_refuses_and_what_is_prose_is_none(score, dialect, sql):
    assert score({"is_sql": dialect and {"dialect": dialect}}, sql).why.startswith("not SQL: ")


def test_other_names_of_dialects_are_known(score):
    assert score({"is_sql": "postgresql"}, "SELECT a::int FROM t").passed
    assert score({"is_sql": "mssql"}, "SELECT TOP 3 a FROM t").passed


def test_named_queries_that_double_each_time_are_not_compiled(score):
    doubled = ", ".join(f"b{n} AS (SELECT 1 FROM b{n - 1} p, b{n - 1} q)" for n in range(1, 40))
    found = score({"is_sql": "sqlite"}, f"WITH b0 AS (SELECT 1), {doubled} SELECT * FROM b39")
    assert found.why == "the SQL is too intricate to be parsed"


def test_nothing_that_sqlite_compiles_is_run(score, tmp_path):
    place = tmp_path / "made.db"
    for sql in (f"ATTACH '{place}' AS x", f"VACUUM INTO '{place}'", "SELECT load_extension('x')"):
        score({"is_sql": "sqlite"}, sql)
    assert not place.exists()


def test_without_the_parser_of_postgres_the_record_tells(monkeypatch, bound, score):
    assert "parser" not in bound({"is_sql": "postgres"}).canonical
    monkeypatch.setattr(engines, "_has_postgres", lambda: False)
    assert bound({"is_sql": "postgres"}).canonical["parser"] == "sqlglot"
    assert not score({"is_sql": "postgres"}, "SELECT a, FROM t").passed


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
    ({"dialect": "sqlite"}, "You can use SELECT a FROM t WHERE b < 5 to find them.", True, ""),
    ({}, "Use DELETE FROM t WHERE id = 3 carefully!", True, ""),
    ({}, "Query: SELECT * FROM", False, "no SQL statement"),
    ({}, "Select an item from the list.", False, "no SQL statement"),
    ({}, "Create a new table in the settings.", False, "no SQL statement"),
    ({"dialect": "sqlite"}, "```sql\nSELECT a, FROM t\n```", False, "no SQL statement"),
    *[
        ({**dialect, "tables": ["t"]}, sql, False, 'tables that are not allowed: "u"')
        for dialect in ({}, {"dialect": "sqlite"}, {"dialect": "postgres"}, {"dialect": "mysql"})
        for sql in (
            "SELECT t.a FROM t JOIN u ON u.a = t.a",
            "Run:\n```sql\nSELECT t.a\nFROM t\nJOIN u ON u.a = t.a\n```",
            "Run:\n```sql\nSELECT a FROM u WHERE a IN (SELECT a FROM t)\n```",
            "Run SELECT a FROM u UNION SELECT a FROM t; it is quick.",
        )
    ],
    ({"tables": ["t"]}, "Not SELECT a FROM u; but SELECT a FROM t; will do.", True, ""),
    ({"statements": ["select"]}, "```sql\nSELECT a FROM t;\nDROP TABLE t\n```", False, "it does"),
    ({}, "SELECT (" * 1_250_000, False, "no SQL statement"),
    ({}, "select\n" * 1_400_000, False, "no SQL statement"),
]


@every_row(("options", "output", "passed", "why"), CONTAINS_SQL)
def test_contains_sql(score, options, output, passed, why):
    found = done_in_passes(200, output, lambda: score({"contains_sql": options}, output))
    assert found.passed is passed, found.why
    assert found.why.startswith(why)


@every_row(
    "kind",
    ["(", "CASE WHEN ", "f(", "CAST(", "EXISTS(", "(SELECT * FROM ", "[", "{'a':", "INTERVAL "],
)
@every_row("dialect", [None, "postgres", "tsql", "bigquery", "snowflake"])
def test_nesting_up_to_the_limit_is_parsed_in_time(score, kind, dialect):
    scorer = {"is_sql": {"dialect": dialect}}

    def read_broad_query():
        assert score(scorer, f"SELECT {', '.join(['a'] * 300)} FROM t").passed

    for query in (f"SELECT {kind * 60}1", f"SELECT * FROM {kind * 60}t"):
        done_within(30, read_broad_query, lambda query=query: score(scorer, query))


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
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout.split() == ["False", "False"]
