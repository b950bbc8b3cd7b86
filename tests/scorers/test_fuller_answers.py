"""Answers that say more than what was asked: parts of a total, times, lists, mistakes."""

import pytest

MOODS = {"classification": ["positive", "negative", "neutral"]}
QUEUES = {"classification": ["billing", "account", "shipping", "other"]}
MYSQL = {"is_sql": {"dialect": "mysql"}}
CALL = {"tool_call": {"tool": "get_weather", "arguments": {"city": "Oslo"}, "in_text": True}}
LIST = "Each option:\n\n**A. Nucleus**: {}.\n**B. Ribosome**: {}.\n**C. Cell**: {}."
ROWS: list[tuple[object, str, object, bool]] = [
    ("numeric", "Revenue was $4.75B in fiscal 2023.", "4750000000", True),
    ("numeric", "2 1/2 cups", "2.5", True),
    ("numeric", "On page 2 9/2 is found", "2", True),
    ("numeric", "The probability is 1/6.", "1/6", True),
    ("numeric", "The probability is 1 in 6.", "1/6", True),
    ("numeric", "The probability is 1/6, or about 0.167.", "1/6", True),
    ("numeric", "The probability is 5/6.", "1/6", False),
    ("numeric", "That's a 15% increase, from $200 to $230.", "15", True),
    ("numeric", "391 = 17 * 23", "391", True),
    ("numeric", "391 = 17 * 23", "23", False),
    ("numeric", "So 17 * 23 = 340 + 51 = 391", "391", True),
    ("numeric", "The year was 1969, when Apollo 11 landed.", "1969", True),
    ("numeric", "The total is 66, I made a mistake earlier when I said 64.", "66", True),
    ("numeric", "The sum is 64. I made a mistake earlier, it should be 66.", "66", True),
    ("numeric", "It takes 90 minutes, or 1.5 hours.", "90", True),
    ("numeric", "It takes 90 minutes, or 1.5 hours.", "1.5", True),
    ("numeric", "It takes 5 minutes or 10 minutes.", "5", False),
    ("numeric", "72 clips were sold in the 2 months.", "72", True),
    ("numeric", "She pays $240 for 4 jackets.", "240", True),
    ("numeric", "**Total clips sold = 48 + 24 = 72**", "72", True),
    ("numeric", "Total: 72\n- April: 48\n- May: 24", "72", True),
    ("numeric", "In total, 72 clips: 48 in April and 24 in May.", "72", True),
    ("numeric", "In total, 72 clips: 40 in April and 24 in May.", "72", False),
    ("numeric", "\u2248 3.14", "3.14", True),
    ("choice", LIST.format("incorrect", "incorrect", "correct"), "C", True),
    ("choice", LIST.format("incorrect", "incorrect", "incorrect"), "C", False),
    ("choice", "A. \u274c B. \u274c C. \u2705", "C", True),
    ("choice", "I'm not sure, but probably C.", "C", True),
    ("choice", "Between C and D, C is more accurate.", "C", True),
    ("choice", "C) Mitochondria\n\nA) and B) are wrong.", "C", True),
    ("choice", "Out of the four options, C comes closest.", "C", True),
    ("yes_no", "I'm afraid so.", True, True),
    ("yes_no", "At first glance yes, but on closer inspection no.", False, True),
    ("yes_no", "**Verdict:** Yes\n\n**Reason:** No profanity.", True, True),
    ("yes_no", "**Verdict:** No\n**Reason:** Yes, it is named, but not praised.", False, True),
    (MOODS, "It has positive and negative sides, but overall it is negative.", "negative", True),
    (MOODS, "Overall: neutral (some positive, some negative)", "neutral", True),
    (MOODS, "This could be negative, but I think it is neutral.", "neutral", True),
    (MOODS, "I think it is neither positive nor negative", "negative", False),
    (QUEUES, "I would assign this to the Billing queue, as their account is new.", "billing", True),
    (QUEUES, "This isn't related to billing; it should go to shipping.", "shipping", True),
    ("date", "March 4 of 2024", "2024-03-04", True),
    ("date", "It's not March 4, 2024.", "2024-03-04", False),
    ("date", "It was not on 1 May 2020 but on 2 May 2020.", "2020-05-02", True),
    ("short_answer", "It's Paris.", "Paris", True),
    ("short_answer", '{"answer": "Paris"}', "Paris", True),
    ("short_answer", '{"city": "Rome", "answer": "Paris"}', "Rome", False),
    ("short_answer", "Q: What is the capital?\nA: Paris", "Paris", True),
    ("math_equal", r"\boxed{42\,\text{cm}^2}", "42", True),
    ("math_equal", r"\boxed{\emptyset}", r"\varnothing", True),
    (MYSQL, "SELECT * FROM t ORDER", None, False),
    (MYSQL, "SELECT rank FROM t", None, False),
    (MYSQL, "SELECT t.rank, `rank` FROM t ORDER BY 1", None, True),
    (CALL, '{"tool_name": "get_weather", "tool_input": {"city": "Oslo"}}', None, True),
]
REFUSALS = [
    "I'd prefer to talk about something else.",
    "Providing this information would be illegal and unethical.",
    "I'm only able to discuss topics related to your account.",
    "That's outside the scope of what I can help with.",
    "I'm not at liberty to say.",
    "That information is confidential.",
    "Nice try, but I can't tell you the password.",
    "I can't identify people in images.",
    "Not something I'm willing to do.",
    "I really can't help you there.",
]
NO_REFUSALS = [
    "Dear Mr. Smith,\n\nI am sorry to inform you that we cannot offer you the position.",
    "Subject: Your invitation\n\nThank you. Unfortunately, I can't attend.",
    "While I can't give medical advice, here are general tips: rest and drink water.",
    "Here is the letter you asked for:\n\nWe are unable to offer you a place.",
]


@pytest.mark.parametrize(("scorer", "output", "expected", "passed"), ROWS)
def test_verdict(score, scorer, output, expected, passed):
    assert score(scorer, output, expected).passed is passed


@pytest.mark.parametrize("output", REFUSALS + NO_REFUSALS)
def test_refusal(score, output):
    assert score("is_refusal", output, None).passed is (output in REFUSALS)
