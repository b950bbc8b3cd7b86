"""One query on a copy of a database in memory: what it gives.

The job holds `fixture` (the path of a database or script), `query`, `values` for its parameters,
`max_rows`, `seconds`, and `most`, the characters that the result may have as JSON. Standard output
gets one JSON object: `columns` and `rows`, or `fault` (`fixture` or `query`) and `why`.
"""

import json
from pathlib import Path
from typing import Any

from promptci.sandbox.child.limits import limit, read_job
from promptci.sandbox.child.query import MEMORY, QUERY_ERRORS, Database, Refused, say
from promptci.sandbox.child.tables import Cell


def run_query(job: dict[str, Any]) -> dict[str, Any]:
    """Load the data, ask once."""
    database = Database(job["seconds"])
    try:
        database.load(Path(job["fixture"]).read_bytes())
    except QUERY_ERRORS as error:
        return {"fault": "fixture", "why": database.why(error)}
    try:
        found = database.table(job["query"], most=job["max_rows"], values=job["values"])
    except (*QUERY_ERRORS, Refused) as error:
        return {"fault": "query", "why": database.why(error)}
    rows = [[_plain(cell) for cell in row] for row in found.rows]
    given = {"columns": found.columns, "rows": rows}
    if len(json.dumps(given)) > job["most"]:
        return {"fault": "query", "why": f"it gives more than {job['most']} characters"}
    return given


def _plain(cell: Cell) -> str | int | float | None:
    return cell.hex() if isinstance(cell, bytes) else cell


def main() -> None:
    """Read the job, set limits, ask."""
    job = read_job()
    limit(seconds=2 * job["seconds"], memory=MEMORY, file_size=0)
    say(run_query(job))
