"""Writes `docs/json.md` from `docs/json.md.in`, and `docs/json.schema.json`, from the reports.

python docs/reports.py
"""

import json
from pathlib import Path

from promptci.render.json.reportschema import reports_page, reports_schema

HERE = Path(__file__).parent

if __name__ == "__main__":
    template = (HERE / "json.md.in").read_text("utf-8")
    (HERE / "json.md").write_text(reports_page(template), "utf-8")
    schema = json.dumps(reports_schema(), indent=2) + "\n"
    (HERE / "json.schema.json").write_text(schema, "utf-8")
