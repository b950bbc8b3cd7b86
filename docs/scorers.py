"""Writes `docs/scorers.md` from `docs/scorers.md.in` and what the scorers say of themselves.

python docs/scorers.py
"""

from pathlib import Path

from promptci.render.terminal.scorers import page

HERE = Path(__file__).parent

if __name__ == "__main__":
    (HERE / "scorers.md").write_text(page((HERE / "scorers.md.in").read_text("utf-8")), "utf-8")
