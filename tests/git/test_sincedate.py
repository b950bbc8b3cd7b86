"""What git would silently take for now is refused."""

import subprocess

import pytest

from promptci.errors import RequestError
from promptci.git.sincedate import check_date
from tables import every_row

DATES = (
    "2026-01-31",
    "2026/01/31",
    "2026.1.31",
    "2026-01-31 12:30",
    "2026-01-31T12:30:59+02:00",
    "2026-01-31T12:30:59Z",
    "@1700000000",
    "1700000000",
    "yesterday",
    "Yesterday noon",
    "2 weeks ago",
    "2.weeks.ago",
    "2.weeks",
    "one year ago",
    "last friday",
    "last month",
    "1 year 3 months ago",
    "Jan 5",
    "5 January 2026",
    "january",
    "3 days ago at 5 pm",
    "never",
)
NONSENSE = (
    "",
    " ",
    "nonsense",
    "soon",
    "2026-13-45",
    "2026-02-30",
    "20",
    "ago",
    "weeks",
    "tomorrow's",
    "--output=x",
    "-oX",
    "\n",
    "yester\x00day",
    "HEAD~3",
    "v1.2.3",
    "$(x)",
    "last",
    "2 fnords ago",
)


@pytest.mark.parametrize("text", DATES)
def test_dates_of_all_sorts(text, repo):
    assert check_date(text) == text
    found = subprocess.run(
        ["git", "rev-parse", f"--since={text}"], capture_output=True, text=True, check=True
    )
    assert found.stdout.startswith("--max-age=")


@every_row("text", NONSENSE)
def test_what_is_no_date(text):
    with pytest.raises(RequestError, match="is no date: write one like"):
        check_date(text)
