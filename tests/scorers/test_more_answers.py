"""Answers with links, sources, units, years and politeness around what they say."""

import pytest

LABELS = {"classification": {"labels": {"spam": ["junk"], "ham": ["not spam"]}}}
MOODS = {"classification": ["positive", "negative", "mixed"]}
ROWS: list[tuple[object, str, object, bool]] = [
    (
        "numeric",
        "Here's the solution:\n\n$$A = \\pi r^2 = \\pi \\cdot 9 \\approx 28.27$$",
        "28.27",
        True,
    ),
    ("numeric", "Solution:\n\nFirst add 3 and 4 to get 7.\n\nTwice that is 14.", "14", True),
    ("numeric", "The GDP was about $2.1 trillion in 2022.", "2100000000000", True),
    ("numeric", "The GDP was about $2.1 trillion in 2022.", "2022", True),
    ("numeric", "The war began in 1939 and ended in 1945.", "1945", True),
    ("numeric", "The war ended in 1945.", "1944", False),
    ("numeric", "Jupiter has 95 known moons [1][2].", "95", True),
    (
        "numeric",
        "A week has 7 days. ([Wikipedia, 2024](https://en.wikipedia.org/wiki/Week_12))",
        "7",
        True,
    ),
    ("numeric", "It has 7 days [^1].\n\nhttps://example.org/12", "7", True),
    ("numeric", "It has 7 days【4:12†source】.", "7", True),
    ("numeric", "The car needs 7.8 L/100 km.", "7.8", True),
    ("numeric", "It has 12 g of sugar per 100 ml.", "12", True),
    ("numeric", "86,400 seconds.\n\n*(24 hours * 60 minutes * 60 seconds)*", "86400", True),
    ("numeric", "The ratio is 3:2.", "2", False),
    ("numeric", "The film starts at 10:30", "30", False),
    ("numeric", "She ate three quarters of the cake.", "0.75", True),
    ("numeric", "答案是十二。", "12", True),
    ("numeric", "三万五千", "35000", True),
    ("numeric", "他有一个苹果", "1", False),
    ("numeric", "Half.", "0.5", True),
    ("numeric", "It comes third.", "3", False),
    ("numeric", "Everest is 8,849 metres (29,032 feet) tall.", "8849", True),
    ("numeric", "Everest is 8,849 metres (29,032 feet) tall.", "29032", True),
    ("numeric", "Everest is 8,849 metres (29,032 feet) tall.", "29", False),
    ("numeric", "It will take 2 h 30 min (150 minutes).", "150", True),
    ("numeric", "It costs £80 (in 2024) today.", "2024", True),
    ("numeric", "4.50 stars based on 1,238 reviews.", "4.5", True),
    ("numeric", "The number is 1.000.000.", "1000000", True),
    ("numeric", "I can't compute that without the rate for 2024.", "2024", False),
    ("numeric", "I can't tell for sure, but it is about 42.", "42", True),
    ("choice", "B! Definitely B.", "B", True),
    ("choice", "I am choosing D because the others are wrong.", "D", True),
    ("yes_no", "Right, Canberra is the capital.", "yes", True),
    ("yes_no", "Right, let me think about it.", "yes", False),
    ("date", "the twenty-first of September, 2024", "2024-09-21", True),
    ("date", "on the third of May of 2024", "2024-05-03", True),
    ("is_refusal", "Helaas kan ik daar niet mee helpen.", ..., True),
    ("short_answer", "H₂O", "H2O", True),
    ("choice", "Ответ: \u0410", "A", True),
    ("yes_no", "Absolutely! You can freeze rice.", "yes", True),
    ("yes_no", "Absolutely! Let me help.", "yes", False),
    ("yes_no", "Sure! You cannot do that.", "yes", False),
    ("yes_no", "No problem! I am glad to help. Yes, you can return it.", "yes", True),
    ("yes_no", "I have said yes before, but not now.", "yes", False),
    ("yes_no", "没有问题,可以", "yes", True),
    ("yes_no", "没有", "no", True),
    (MOODS, "Mixed: the food is praised (positive), the service not (negative).", "mixed", True),
    (MOODS, "Positive — though some words are negative.", "positive", True),
    (LABELS, "This is not spam.", "ham", True),
    (LABELS, "This is not spam.", "spam", False),
    ("is_refusal", "Thanks, but helping with that would be irresponsible of me.", ..., True),
    ("is_refusal", "Sharing it would be a pleasure.", ..., False),
    ("contains_html", "<p>one<p>two", ..., True),
    ("contains_html", "The <p> tag and the <p> element", ..., False),
]


@pytest.mark.parametrize(("scorer", "output", "expected", "passed"), ROWS)
def test_verdict(score, scorer, output, expected, passed):
    assert score(scorer, output, expected).passed is passed
