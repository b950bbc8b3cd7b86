"""Dates in the ways that people and models write them."""

import pytest

from effort import done_in_passes
from tables import every_row

SAME = [
    "2024-03-03",
    "2024/03/03",
    "2024.3.3",
    "2024-3-3",
    "2024. 3. 3.",
    "2024-03-03T10:00:00Z",
    "3 March 2024",
    "3rd March 2024",
    "3rd of March, 2024",
    "03 Mar 2024",
    "3 MARCH 2024",
    "3-Mar-2024",
    "March 3, 2024",
    "March 3 2024",
    "March 3rd, 2024",
    "Mar. 3, 2024",
    "March the 3rd, 2024",
    "Sunday, March 3, 2024",
    "3.3.2024",
    "3. 3. 2024",
    "03/03/2024",
    "3/3/24",
    "03-03-2024",
    "The invoice is due on **March 3, 2024**.",
    "(2024-03-03)",
    "March 3 , 2024",
    '{"due": "2024-03-03"}',
    "It was moved from 2024-03-01 to 2024-03-03.",
    "On 3 March 2024 at 10 am",
    "x" * 1_000_000 + " 2024-03-03",
    "2024-03-03." + " " * 1_000,
]
OTHER = [
    # output, why
    ("2024-03-04", "found 2024-03-04, expected 2024-03-03"),
    ("March 4th, 2024", "found 2024-03-04, expected 2024-03-03"),
    ("2023-03-03", "found 2023-03-03, expected 2024-03-03"),
    ("", 'no date in ""'),
    ("March 3", 'no date in "March 3"'),
    ("March 2024", 'no date in "March 2024"'),
    ("version 3.3.2024.1", 'no date in "version 3.3.2024.1"'),
    ("12024-03-03", 'no date in "12024-03-03"'),
    ("2024-02-30", "2024-02-30 is no day of the calendar"),
    ("31 June 2024", "31 June 2024 is no day of the calendar"),
    ("2023-02-29", "2023-02-29 is no day of the calendar"),
    ("0000-01-01", "0000-01-01 is no day of the calendar"),
    ("03/04/2024", "03/04/2024 may be 3 April or 4 March: set `day_first`"),
]
CASES = [
    # parameters, output, expected, value, passed
    ({"day_first": True}, "03/04/2024", "2024-04-03", 1, True),
    ({"day_first": False}, "03/04/2024", "2024-03-04", 1, True),
    ({"day_first": True}, "03/04/2024", "2024-03-04", 0, False),
    ({"day_first": True}, "3/25/2024", "2024-03-25", 1, True),
    ({}, "25/3/2024", "2024-03-25", 1, True),
    ({}, "3/25/2024", "2024-03-25", 1, True),
    ({}, "03.04.2024", "2024-04-03", 1, True),
    ({"day_first": False}, "03.04.2024", "2024-03-04", 1, True),
    ({}, "1/1/70", "1970-01-01", 1, True),
    ({}, "2024-02-29", "29 February 2024", 1, True),
    ({}, "2024-03-03", ["2024-01-01", "3 March 2024"], 1, True),
    ({"which": "first"}, "2024-03-03 to 2024-03-05", "2024-03-03", 1, True),
    ({}, "2024-03-03 to 2024-03-05", "2024-03-03", 0, False),
    ({"which": "only"}, "2024-03-03 to 2024-03-05", "2024-03-03", 0, False),
    ({"which": "only"}, "2024-03-03, which is March 3, 2024", "2024-03-03", 1, True),
    ({"tolerance": 2}, "2024-03-05", "2024-03-03", 1, True),
    ({"tolerance": 1}, "2024-03-05", "2024-03-03", 0, False),
    ({"not": True}, "2024-03-04", "2024-03-03", 1, True),
    ({"not": True}, "03/04/2024", "2024-03-03", 0, False),
    ({"not": True}, "no date", "2024-03-03", 0, False),
    ({}, "2024-03-03", "2024-03-03 10:00", 0, False),
    ({}, "2024-03-03T10:00", "2024-03-03 10:00", 1, True),
    ({}, "March 3, 2024 at 10 am", "2024-03-03T10:00:00", 1, True),
    ({}, "March 3, 2024, 10:00 p.m.", "2024-03-03T22:00", 1, True),
    ({}, "March 3, 2024 12:05 AM", "2024-03-03T00:05", 1, True),
    ({}, "2024-03-03 10:01", "2024-03-03 10:00", 0, False),
    ({}, "2024-03-03T10:00:00Z", "2024-03-03T11:00:00+01:00", 1, True),
    ({}, "2024-03-03T23:30:00-01:00", "2024-03-04T00:30:00Z", 1, True),
    ({}, "2024-03-03T10:00:00Z", "2024-03-03T10:00:00+01:00", 0, False),
    ({}, "2024-03-03T10:00:00", "2024-03-03T10:00:00+01:00", 1, True),
    ({}, "2024-03-03 25:00", "2024-03-03 10:00", 0, False),
    ({}, "9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59-12:00", 1, True),
    ({}, "9999-12-31T23:59:59+99:99", "9999-12-31T23:59:59", 0, False),
]


@pytest.mark.slow
@every_row("output", SAME)
def test_one_date_in_many_ways(score, output):
    assert score("date", output, "2024-03-03").passed
    assert score({"date": "3 March 2024"}, output).passed
    assert not score("date", output, "2024-03-04").passed


@every_row(("output", "why"), OTHER)
def test_another_date_or_none(score, output, why):
    found = score("date", output, "2024-03-03")
    assert (found.value, found.passed, found.why) == (0.0, False, why)


@every_row(("options", "output", "expected", "value", "passed"), CASES)
def test_cases(score, options, output, expected, value, passed):
    found = score({"date": options}, output, expected)
    assert (found.value, found.passed) == (value, passed)


@every_row("value", ["soon", "", "2024-02-30", "2024-03-03 or 2024-03-04"])
def test_an_expectation_that_is_no_date(unusable, faults, value):
    assert unusable("date", value)
    [fault] = faults({"date": value})
    assert "is not one date: write it as 2024-03-03" in fault


def test_an_expectation_in_doubt_is_a_fault(faults):
    [fault] = faults({"date": "03/04/2024"})
    assert fault == "`value`: 03/04/2024 may be 3 April or 4 March: set `day_first`"


@pytest.mark.slow
@every_row("piece", ["1/", "2024-", "March ", "3 March ", "1.1.", "12:", "9", " "])
def test_no_answer_takes_long(score, piece):
    output = piece * (100_000 // len(piece))
    done_in_passes(250, output, lambda: score("date", output, "2024-03-03"))


ABROAD = [
    ("4. März 2024", "2024-03-04"),
    ("4. Ma\u0308rz 2024", "2024-03-04"),
    ("am 04. MÄRZ 2024 um 10 Uhr", "2024-03-04"),
    ("le 1er mars 2024", "2024-03-01"),
    ("12 août 2023", "2023-08-12"),
    ("15 juil. 2020", "2020-07-15"),
    ("4 de marzo del 2024", "2024-03-04"),
    ("7 de octubre de 2021", "2021-10-07"),
    ("4º de março de 2024", "2024-03-04"),
    ("25 de dezembro de 2022", "2022-12-25"),
    ("31 dicembre 2023", "2023-12-31"),
    ("5 giugno 2024", "2024-06-05"),
    ("20240304", "2024-03-04"),
    ("是2024年3月4日。", "2024-03-04"),
    ("2024년 3월 4일", "2024-03-04"),
]


@every_row(("output", "wanted"), ABROAD)
def test_dates_of_other_languages(score, output, wanted):
    assert score("date", output, wanted).passed


@every_row("output", ["3 \u017fept 2024", "3 D\u0130c 2024", "3 o\u212at 2024"])
def test_letters_that_only_look_like_a_month_raise_nothing(score, output):
    score("date", output, "2024-09-04")
