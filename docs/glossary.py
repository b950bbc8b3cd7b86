"""Writes `docs/statistics.md` from `docs/statistics.md.in` and the glossary.

python docs/glossary.py
"""

from pathlib import Path

from promptci.render.glossary import glossary_page

HERE = Path(__file__).parent

if __name__ == "__main__":
    template = (HERE / "statistics.md.in").read_text("utf-8")
    (HERE / "statistics.md").write_text(glossary_page(template), "utf-8")
