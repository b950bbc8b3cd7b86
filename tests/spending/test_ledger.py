"""What was spent under a ceiling outlasts a command that was cut short."""

import subprocess
import sys
from decimal import Decimal

import pytest

from promptci.errors import StorageError
from promptci.spending.ledger import Ledger
from promptci.spending.spent import Spending

ONE = Spending(1, 100, Decimal("0.10"))


def spend(folder, works, times, *, ends=False):
    """One command; gives what it found that earlier ones had spent on its work."""
    ledger = Ledger(folder)
    before = ledger.begin(works)
    for _ in range(times):
        ledger.add(ONE)
    if ends:
        ledger.end()
    ledger.close()
    return before


def test_a_command_cut_short_counts_against_the_next(tmp_path):
    assert spend(tmp_path, ["a", "b"], 3) == Spending()
    assert spend(tmp_path, ["a", "b"], 2) == Spending(3, 300, Decimal("0.30"))
    assert spend(tmp_path, ["b"], 0) == Spending(5, 500, Decimal("0.50"))
    assert spend(tmp_path, ["c"], 0) == Spending()


def test_whoever_asks_again_counts_only_what_is_spent_at_the_same_time(tmp_path):
    spend(tmp_path, ["a"], 3)
    living = Ledger(tmp_path)
    living.begin(["a"])
    living.add(ONE)
    mine = Ledger(tmp_path)
    mine.counts_unfinished = False
    assert mine.begin(["a"]).requests == 1
    living.add(ONE)
    living.close()
    with mine.alone() as others:
        assert others.requests == 2
    assert spend(tmp_path, ["a"], 0).requests == 5


def test_after_a_command_that_ended_nothing_is_left(tmp_path):
    spend(tmp_path, ["a"], 3)
    assert spend(tmp_path, ["a"], 2, ends=True).requests == 3
    assert spend(tmp_path, ["a"], 0) == Spending()
    assert list(tmp_path.iterdir()) == []


def test_a_smaller_work_that_ended_does_not_end_the_larger(tmp_path):
    spend(tmp_path, ["a", "b"], 3)
    spend(tmp_path, ["a"], 1, ends=True)
    assert spend(tmp_path, ["b"], 0).requests == 3


def test_each_ledger_is_counted_once_and_one_s_own_not_at_all(tmp_path):
    spend(tmp_path, ["a", "b"], 3)
    ledger = Ledger(tmp_path)
    assert ledger.begin(["a"]).requests == 3
    ledger.add(ONE)
    assert ledger.begin(["b"]).requests == 3
    ledger.close()
    assert spend(tmp_path, ["b"], 0).requests == 4


def test_what_a_living_command_spends_counts_for_the_others(tmp_path):
    script = (
        "import sys; from pathlib import Path; from decimal import Decimal\n"
        "from promptci.spending.budget import Spending\n"
        "from promptci.spending.ledger import Ledger\n"
        "ledger = Ledger(Path(sys.argv[1])); ledger.begin(['a'])\n"
        "ledger.add(Spending(1, 100, Decimal('0.10'))); print(flush=True); input()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], **pipes) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert spend(tmp_path, ["a"], 1, ends=True) == ONE
        assert spend(tmp_path, ["b"], 0) == Spending()
        other.kill()
        other.wait()
        assert spend(tmp_path, ["a"], 0) == ONE


def test_work_that_later_commands_end_one_by_one_is_settled(tmp_path):
    spend(tmp_path, ["a", "b", "c"], 3)
    assert spend(tmp_path, ["a"], 1, ends=True).requests == 3
    assert spend(tmp_path, ["a"], 0) == Spending()
    assert spend(tmp_path, ["b", "new"], 1, ends=True).requests == 3
    assert spend(tmp_path, ["b"], 0) == Spending()
    assert spend(tmp_path, ["c"], 0, ends=True).requests == 3
    assert list(tmp_path.iterdir()) == []


def test_what_is_set_aside_counts_until_it_is_given_back(tmp_path):
    ledger = Ledger(tmp_path)
    ledger.begin(["a"])
    ledger.add(Spending(1, 100, Decimal("0.10")))
    ledger.add(Spending(1, 100, Decimal("0.10")))
    ledger.add(Spending(0, -80, Decimal("-0.07")))
    ledger.close()
    assert spend(tmp_path, ["a"], 0) == Spending(2, 120, Decimal("0.13"))


def test_without_spending_no_file_is_made(tmp_path):
    spend(tmp_path / "spending", ["a"], 0)
    assert not (tmp_path / "spending").exists()


@pytest.mark.parametrize(
    "junk", [b"", b"{", b"\xff\xfe", b'{"requests": "many"}', b'{"requests": -5}', b"[]\n{}"]
)
def test_a_damaged_line_is_passed_over(tmp_path, junk):
    spend(tmp_path, ["a"], 3)
    [path] = tmp_path.iterdir()
    with path.open("ab") as file:
        file.write(junk)
    assert spend(tmp_path, ["a"], 0).requests == 3


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "spending").write_text("a file")
    with pytest.raises(StorageError, match="the ledger cannot be used"):
        spend(tmp_path / "spending", ["a"], 1)


def test_what_another_spends_is_seen_before_each_call_and_remembered_when_it_has_ended(tmp_path):
    mine, other = Ledger(tmp_path), Ledger(tmp_path)
    mine.begin(["a"])
    other.begin(["a", "b"])
    with mine.alone() as spent:
        assert spent == Spending()
        mine.add(ONE)
    with other.alone() as spent:
        assert spent == ONE
        other.add(ONE)
        other.add(ONE)
    with mine.alone() as spent:
        assert spent.requests == 2
    other.end()
    with mine.alone() as spent:
        assert spent.requests == 2
    mine.end()
