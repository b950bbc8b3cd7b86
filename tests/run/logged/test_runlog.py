"""Run logs are for looking back: the newest first, and what cannot be read is passed over."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from promptci.errors import StorageError
from promptci.run.logged import runlog
from promptci.run.logged.logformat import Line
from promptci.run.logged.runlog import KEPT, RunLog, Unfinished, log_lines, unfinished
from promptci.secrets import known
from promptci.specs.credentials import Secret

START = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)
PASSED = Line(
    eval="router",
    model="smollm2",
    example="refund-2",
    attempt=0,
    fate="pass",
    score=1.0,
    key="ab" * 32,
    scores=(("equals", 1.0, True, ""), ("length", 0.5, False, 'said "no"\n🙂')),
)
FAILED = Line(
    eval="router", model="smollm2", example="x", attempt=1, fate="error", score=0, why="timeout"
)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / ".promptci" / "runs"


def write(folder, *entries, seconds=0):
    log = RunLog(folder, now=START + timedelta(seconds=seconds))
    for entry in entries:
        log.add(entry)
    log.close()
    return log.path


def test_what_was_logged_is_found_the_newest_run_first(folder):
    write(folder, PASSED, FAILED)
    late = replace(FAILED, why="refused")
    write(folder, late, seconds=0.001)
    assert list(log_lines(folder)) == [late, PASSED, FAILED]


def test_what_an_earlier_log_says_already_is_only_counted(folder):
    write(folder, PASSED, FAILED)
    path = write(folder, PASSED, FAILED, seconds=1)
    assert path.read_bytes().splitlines()[1:] == [b'{"same":2}']
    assert list(log_lines(folder)) == [PASSED, FAILED]


def test_a_run_of_very_many_examples_remembers_no_earlier_lines(folder, monkeypatch):
    monkeypatch.setattr("promptci.run.logged.runlog.MOST", 1)
    write(folder, PASSED, FAILED)
    log = RunLog(folder, now=START + timedelta(seconds=1), total=2)
    log.add(PASSED)
    log.close()
    assert b'"same"' not in log.path.read_bytes()


def test_what_was_otherwise_in_between_is_written_again(folder):
    other = replace(PASSED, fate="fail", score=0.0)
    for seconds, line in enumerate((PASSED, other, PASSED)):
        write(folder, line, seconds=seconds)
    assert list(log_lines(folder)) == [PASSED, other, PASSED]


def test_an_unchanged_run_of_many_examples_is_a_short_log(folder):
    lines = [replace(PASSED, example=f"n{number}") for number in range(1050)]
    first = write(folder, *lines)
    second = write(folder, *lines, replace(PASSED, example="new"), seconds=1)
    assert second.stat().st_size < first.stat().st_size / 100
    assert {line.example for line in log_lines(folder)} == {*(f"n{n}" for n in range(1050)), "new"}


def test_results_that_are_as_before_count_in_a_run_that_was_cut_short(folder):
    begun(folder, PASSED, FAILED, ends=True)
    begun(folder, PASSED, FAILED, ends=False, seconds=1)
    found = unfinished(folder, "router")
    assert (found.done, found.total) == (2, 3)


def test_logs_that_are_too_old_or_too_large_go_and_what_they_held_is_written_again(
    folder, monkeypatch
):
    old = write(folder, PASSED)
    new = write(folder, PASSED, seconds=91 * 24 * 3600)
    assert [old.exists(), list(log_lines(folder))] == [True, [PASSED]]
    newer = write(folder, PASSED, seconds=91 * 24 * 3600 + 1)
    assert [old.exists(), new.exists(), list(log_lines(folder))] == [False, True, [PASSED]]
    monkeypatch.setattr("promptci.run.logged.runlog.MOST_BYTES", 10)
    write(folder, FAILED, seconds=91 * 24 * 3600 + 2)
    assert not new.exists()
    assert newer.exists()


def test_a_log_larger_than_all_may_be_together_outlives_small_ones(folder, monkeypatch):
    monkeypatch.setattr("promptci.run.logged.runlog.MOST_BYTES", 2_000)
    large = [write(folder, *many(n), seconds=n) for n in range(3)]
    for n in range(3, 6):
        write(folder, FAILED, seconds=n)
    assert [each.exists() for each in large] == [False, False, True]


def many(number):
    return [replace(PASSED, example=f"n{number}-{n}") for n in range(50)]


def test_a_log_holds_no_secret_in_its_reasons_and_its_ids_as_they_are(folder, monkeypatch):
    monkeypatch.setattr(known, "_kept", {Secret("s3cret/value", "the key"), Secret("refund-2", "")})
    scores = (("equals", 0.0, False, 'expected "s3cret/v…"'),)
    write(folder, replace(PASSED, scores=scores, why="no s3cret/value"))
    (line,) = log_lines(folder)
    assert line.scores == (("equals", 0.0, False, 'expected "[redacted]…"'),)
    assert (line.example, line.why) == ("refund-2", "no [redacted]")


def test_a_log_is_named_by_its_moment_and_begins_with_a_head(folder):
    path = write(folder, PASSED)
    assert path.name == f"20260102T030405678Z-{os.getpid()}.jsonl"
    head, line = path.read_text().splitlines()
    assert json.loads(head) == {"format": 1, "began": "2026-01-02T03:04:05+00:00"}
    assert json.loads(line)["example"] == "refund-2"
    assert path.stat().st_mode & 0o777 == 0o600


@given(why=st.text(), example=st.text())
def test_any_text_is_logged(tmp_path_factory, why, example):
    folder = tmp_path_factory.mktemp("runs")
    line = Line("e", "m", example, 0, "fail", 0.25, scores=(("s", 0.25, False, why),))
    write(folder, line)
    assert list(log_lines(folder)) == [line]


def test_half_a_character_is_logged_as_a_question_mark(folder):
    write(folder, Line("e", "m", "x", 0, "error", 0, why="said \ud800"))
    assert [line.why for line in log_lines(folder)] == ["said ?"]


@pytest.mark.parametrize(
    "junk",
    [
        b'{"eval": "router", "mod',
        b"not json\n",
        b"\xff\xfe\n",
        b"{}\n[]\nnull\n\n",
        b'{"eval": 1, "model": "m", "example": "x", "attempt": 0, "fate": "pass", "score": 1}\n',
        b'{"eval": "\xff", "model": "m", "example": "x", "attempt": 0, "fate": "x", "score": 1}\n',
        b"[" * 100_000 + b"\n",
    ],
)
def test_what_cannot_be_decoded_is_passed_over(folder, junk):
    """As after a crash in the middle of a line."""
    path = write(folder, PASSED)
    with path.open("ab") as file:
        file.write(junk)
    write(folder, FAILED, seconds=1)
    assert list(log_lines(folder)) == [FAILED, PASSED]


def test_a_log_is_the_newest_even_where_the_clock_was_set_back(folder):
    for number, seconds in enumerate((0, -1, -(10**9), 0)):
        write(folder, replace(PASSED, attempt=number), seconds=seconds)
    assert [line.attempt for line in log_lines(folder)] == [3, 2, 1, 0]


@pytest.mark.parametrize("head", [b"", b"\n", b'{"format": 2, "began": "x"}\n', b"\xff\n", b"[]\n"])
def test_a_log_of_another_format_is_passed_over(folder, head):
    path = write(folder, PASSED)
    path.write_bytes(head + path.read_bytes().partition(b"\n")[2])
    assert list(log_lines(folder)) == []


def test_no_logs_are_no_lines(folder):
    assert list(log_lines(folder)) == []


@pytest.mark.slow
def test_old_logs_go_when_a_run_begins(folder):
    paths = [write(folder, PASSED, seconds=number) for number in range(KEPT + 5)]
    assert sorted(folder.iterdir()) == paths[5:]


def test_a_log_that_another_run_removes_meanwhile_is_no_error(folder, monkeypatch):
    paths = [write(folder, PASSED, seconds=number) for number in range(3)]
    listed = runlog._logs

    def list_and_lose(of):
        found = listed(of)
        if paths:
            paths.pop(0).unlink()
        return found

    monkeypatch.setattr(runlog, "_logs", list_and_lose)
    assert runlog.surviving(folder, START) == {path.name for path in listed(folder)}
    last = write(folder, FAILED, seconds=4)
    assert paths == []
    assert list(folder.iterdir()) == [last]


def test_nothing_else_is_ever_removed_or_read(tmp_path, folder):
    """A stranger's branch may hold the folder as a link to your golden examples."""
    evals = tmp_path / "evals"
    evals.mkdir()
    for number in range(KEPT + 5):
        (evals / f"{number:02}.jsonl").write_text('{"vars": {}}\n')
    folder.parent.mkdir()
    folder.symlink_to(evals)
    write(folder, PASSED)
    assert len(list(evals.iterdir())) == KEPT + 5 + 1
    assert list(log_lines(folder)) == [PASSED]


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / ".promptci").touch()
    with pytest.raises(StorageError, match=r"\.jsonl: the run log cannot be written: Not a dir"):
        RunLog(tmp_path / ".promptci" / "runs", now=START)


def test_a_full_disk_is_a_sentence(folder):
    log = RunLog(folder, now=START)
    log._file.close()
    log._file = Path("/dev/full").open("wb")  # noqa: SIM115
    log.add(PASSED)
    with pytest.raises(StorageError, match="cannot be written: No space left on device"):
        log.close()


def test_a_log_that_may_not_be_read_is_a_sentence(folder):
    path = write(folder, PASSED)
    path.unlink()
    path.mkdir()
    with pytest.raises(StorageError, match="the run log cannot be read: Is a directory"):
        list(log_lines(folder))


# Runs that were cut short


def begun(folder, *entries, ends, evals=("router",), seconds=0):
    log = RunLog(folder, now=START + timedelta(seconds=seconds), evals=evals, total=3)
    for entry in entries:
        log.add(entry)
    if ends:
        log.end()
    log.close()
    return log.path


def test_a_run_that_ended_is_whole_and_one_that_did_not_says_how_far_it_came(folder):
    assert unfinished(folder, "router") is None
    begun(folder, PASSED, FAILED, ends=False)
    found = Unfinished("2026-01-02T03:04:05+00:00", done=2, total=3)
    assert unfinished(folder, "router") == found
    assert list(log_lines(folder)) == [PASSED, FAILED]
    begun(folder, PASSED, ends=True, seconds=1, evals=("other",))
    assert unfinished(folder, "router") == found
    begun(folder, PASSED, ends=True, seconds=2)
    assert unfinished(folder, "router") is None
    assert list(log_lines(folder)) == [PASSED, FAILED]


@pytest.mark.parametrize("kept", [0, 1, 40, -2, -1])
def test_a_log_that_breaks_off_anywhere_is_unfinished_or_not_there(folder, kept):
    """Cut in its head it is no log; cut in a line, that line does not count."""
    path = begun(folder, PASSED, FAILED, ends=True)
    whole = path.read_bytes()
    path.write_bytes(whole[:kept])
    found = unfinished(folder, "router")
    assert found is None if kept in (0, 1, 40, -1) else found is not None
    assert all(line in (PASSED, FAILED) for line in log_lines(folder))


@given(at=st.integers(0, 2000), byte=st.integers(0, 255))
def test_a_damaged_log_breaks_nothing(tmp_path_factory, at, byte):
    folder = tmp_path_factory.mktemp("runs")
    path = begun(folder, PASSED, FAILED, ends=True)
    raw = bytearray(path.read_bytes())
    raw[at % len(raw)] = byte
    path.write_bytes(raw)
    assert len(list(log_lines(folder))) <= 3
    unfinished(folder, "router")


def test_logs_of_earlier_versions_are_not_called_unfinished(folder):
    write(folder, PASSED)
    assert unfinished(folder, "router") is None
