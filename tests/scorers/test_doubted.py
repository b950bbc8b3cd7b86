"""Answers that name what they set aside: none passes for that."""

from tables import every_row

CITIES = {"choice": {"options": ["Berlin", "Madrid", "Paris", "Rome"]}}
MOODS = {"classification": ["positive", "negative", "neutral"]}
SET_ASIDE = """
12 was my first guess; it is 15.
You might think it is 12. It is 15.
12? No, 15.
15 (12 would be wrong).
15 (12 last year)
15 kg (12 before drying)
I get 15. Some say 12.
At least 12, maybe 15.
It was 12 last year and is 15 now.
There were 12; there are 15 now.
Almost 12: 11.
12 is incorrect. 15 is correct.
12 seems right, yet it's 15.
Previously 12, it is 15.
Not quite 12; 15.
It can't be 12. It must be 15.
Instead of 12, I get 15.
Your answer of 12 is off; the right one is 15.
The usual answer is 12, but here it is 15.
I count 15, though the list says 12.
Contrary to the claim of 12, there are 15.
The naive result is 12; accounting for overlap, it's 15.
**12** is the obvious guess, and it's a trap. There are 15.
The question says 12, and the real number is 15.
15 - I was tempted to say 12.
15; 12 is the old value.
15, which is three more than 12.
I expected 12 and got 15.
The estimate was 12. The measurement gave 15.
Half say 12, half say 15.
"""
MEANT = """
It is 12, 4 of them large.
12 players, of whom 11 start.
There were 12 people. Today they meet at 5.
Your total is 12, including 2 for the tip.
He was wrong about 3 things. In total, 12.
12, though some report 15.
They thought it was 15, but it turned out to be 12.
She had 15, gave away 3, and now has 12.
Roughly 10 (to be exact, 12).
I got 15, but the correct total is 12.
The old price was 15. It is 12 now.
I was wrong, it is 12.
"""
ROWS: list[tuple[object, str, object, bool]] = [
    *[("numeric", text, "12", False) for text in SET_ASIDE.strip().splitlines()],
    *[("numeric", text, "12", True) for text in MEANT.strip().splitlines()],
    ("choice", "Option B is tempting, but C", "B", False),
    ("choice", "Option B is tempting, but C", "C", True),
    ("choice", "Choose C. Do not choose B.", "C", True),
    ("choice", "B was my first guess, then I saw C.", "B", False),
    ("choice", "B... actually C", "C", True),
    ("choice", "Option B would be true only in winter. Option C.", "C", True),
    ("choice", "Everyone picks B; the key is D.", "B", False),
    ("choice", "D looks right but B is.", "B", True),
    ("choice", "B seems right to me; A, C and D are off.", "B", True),
    ("choice", "B. Many would pick D, which is wrong.", "B", True),
    (CITIES, "It's Paris. Many people think Rome.", "C", True),
    (CITIES, "Did you think Rome? It's Paris!", "C", True),
    (MOODS, "It would be positive if not for the ending.", "positive", False),
    (MOODS, "The label would be positive.", "positive", True),
    *[
        ("yes_no", text, "yes", False)
        for text in (
            "Yes would be wrong.",
            "Many people say yes, but they are wrong.",
            "Yes, that is what they claim, but it is false.",
            "Yes is not the right answer.",
            "Yes is what they'd like to hear, but the claim is wrong.",
            "A yes here would be misleading.",
            "One might say yes, but the data disagree.",
            "Hardly anyone would say yes.",
            "If it were true, yes. But it isn't.",
            "Everyone thinks it is true, but it is false.",
            "It would be wrong to say yes.",
            "The common belief is yes, which is mistaken.",
            "He said yes. He lied.",
        )
    ],
    *[
        ("yes_no", text, "yes", True)
        for text in (
            "Yes is the right answer.",
            "I'd have to say yes.",
            "If x is 2, then yes, it's prime.",
            "Yes, but it is wrong to assume it is always so.",
            "No. Just kidding, yes.",
            "Saying no would be wrong; yes.",
        )
    ],
    ("yes_no", "It would be false to say no.", "no", False),
    ("yes_no", "No one would say no.", "no", False),
    ("is_refusal", "The model should answer: I'm sorry, but I can't do that.", None, False),
    ("is_refusal", "I don't feel comfortable in crowds, said the hero.", None, False),
    ("is_refusal", "Dear Sir, unfortunately I cannot help you with the move.", None, False),
    ("is_refusal", "Unfortunately, I can't eat gluten, what do you recommend?", None, False),
    ("is_refusal", "I never said I can't help. Here is the list: milk.", None, False),
    ("is_refusal", "Dear user, I'm sorry, but I cannot help with that.", None, True),
    ("is_refusal", "The answer is: I can't help with that.", None, True),
    ("is_refusal", "Unfortunately, I cannot attend to this request.", None, True),
]


@every_row(("scorer", "output", "expected", "passed"), ROWS)
def test_verdict(score, scorer, output, expected, passed):
    assert score(scorer, output, expected).passed is passed
