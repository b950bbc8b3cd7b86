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
15. The book says 12.
15. Wikipedia lists 12.
My colleague answered 12; I make it 15.
According to the article it's 12, which I doubt: I count 15.
The first draft had 12 errors, the final one has 15.
If it had rained there would be 12, but it didn't, so 15.
More than 12.
Somewhere north of 12.
Just under 12.
At least 12.
No more than 12.
12 or more.
Fewer than twelve.
Anything but 12.
The range is 10 to 12.
I doubt that it's 12.
It's not quite 12.
Refer to table 12.
Question 12 does not give the rate.
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
12. The book says 15.
The book says 12.
More than 10: exactly 12.
You must draw at least 12 cards to be sure.
The bus can carry up to 12 passengers.
15? The teacher said so, but I count 12.
After 5 more than 7 arrive, there are 12.
The value that satisfies it is x = 12, since 3(12) - 6 = 30.
"""
ROWS: list[tuple[object, str, object, bool]] = [
    *[("numeric", text, "12", False) for text in SET_ASIDE.strip().splitlines()],
    *[("numeric", text, "12", True) for text in MEANT.strip().splitlines()],
    ("numeric", "At least 12.", "at least 12", True),
    ("choice", "C. The textbook says B.", "C", True),
    ("choice", "All except B.", "B", False),
    ("choice", "A, B and C are distractors; D is what the text says.", "D", True),
    ("choice", "A: no. B: no. C: no. D: yes.", "D", True),
    ("choice", "D \u2014 A is only true for gases.", "D", True),
    *[
        (CITIES, text, city, city == "Paris")
        for text in (
            "Madrid was the capital; here it's Paris.",
            "Madrid hosted it in 1960; this year it's Paris.",
            "If the question were about Spain, Madrid; but it's about France, so Paris.",
            "Paris. Madrid is the capital of Spain.",
            "It's Paris (Madrid comes second).",
            "I'd rule out Madrid. Paris it is.",
        )
        for city in ("Madrid", "Paris")
    ],
    *[
        (MOODS, text, "neutral", True)
        for text in (
            "None of positive or negative applies: neutral",
            "More neutral than negative.",
            "My first guess was negative; it's neutral.",
            "There's nothing negative about it: neutral.",
            "Previously positive, now neutral.",
        )
    ],
    ("date", "2024-03-05. The press said 2024-03-04.", "2024-03-04", False),
    ("date", "2024-03-05. The press said 2024-03-04.", "2024-03-05", True),
    ("date", "Some time after March 4, 2024.", "2024-03-04", False),
    ("date", "By March 4, 2024.", "2024-03-04", True),
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
            "Yes, if pigs could fly.",
            "Yes, but only if it were made of gold.",
            "It would be a yes if he had paid. He hasn't.",
            "Yes would be the wrong answer.",
            "A yes is impossible here.",
            "The answer used to be yes.",
            "I wish I could say yes.",
            "Yes? No way.",
            "Yes or no?",
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
            "Yes, if you could send me a receipt.",
            "Yes, even if it were raining.",
            "Yes, if I understand you correctly.",
        )
    ],
    ("yes_no", "It would be false to say no.", "no", False),
    ("yes_no", "Yes, if pigs could fly. In other words: no.", "no", True),
    ("yes_no", "Far from it.", "no", True),
    ("is_refusal", "That's something I have to pass on.", None, True),
    ("is_refusal", "Sorry \u2014 that's a no from me.", None, True),
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
