"""Multiple-choice letters, and yes or no, in the disguises that models give them."""

import pytest

from effort import done_in_passes
from tables import every_row

CITIES = ["London", "Berlin", "Paris", "Rome"]
LISTED = "A) London\nB) Berlin\nC) Paris\nD) Rome\n"

PICKS_C = [
    "C",
    "(C)",
    "C.",
    "C)",
    "c",
    "(c)",
    "c.",
    "[C]",
    "[[C]]",
    "**C**",
    "**C.**",
    "**(C)**",
    "`C`",
    '"C"',
    "_C_",
    " C \n",
    "C) Paris",
    "C. Paris",
    "C: Paris",
    "C - Paris",
    "(C) Paris",
    "**C) Paris**",
    "**C.** Paris",
    "- C) Paris",
    "Option C",
    "Choice C.",
    "option (C)",
    "Answer: C",
    "answer: c",
    "ANSWER: C",
    "**Answer:** C",
    "**Answer: C**",
    "Answer:\n\nC",
    "Answer: (C) Paris",
    "Answer - C is Paris\n\nAnswer: C",
    "Final answer: C",
    "The answer is C",
    "The answer is C.",
    "The answer is (C).",
    "The answer is **C**.",
    "The answer is: C",
    "The answer is C because Paris is the capital.",
    "The answer is C) Paris.",
    "The correct answer is C.",
    "The correct answer is option C.",
    "The correct option is (C).",
    "The best choice would be C.",
    "the answer is c.",
    "The answer to this question is C.",
    "The final answer is: $\\boxed{C}$. I hope it is correct.",
    "\\boxed{C}",
    "$\\boxed{\\text{C}}$",
    "\\boxed{\\mathrm{(C)}}",
    "<answer>C</answer>",
    '{"answer": "C"}',
    '```json\n{"answer": "C", "why": "A is wrong"}\n```',
    "I choose C.",
    "I would go with C.",
    "I'd pick option C",
    "It's C.",
    "C is correct.",
    "C is the correct answer.",
    "Option C is the right one.",
    "(C) is correct",
    "So, C.",
    "Therefore, C",
    "C, since Paris is the capital.",
    "C because it is the capital.",
    "La respuesta es C.",
    "Antwort: C",
    "答案是C。",
    "#### C",
    "The answer is 'C'.",
    "Correct: C",
    "It must be C.",
    "- C",
    "1. C",
    "Response: C",
    "<think>Is it A? The answer is A maybe.</think>\nC",
    "The answer is C, not A.",
    "It's not A, B or D. So it's C",
    # the last statement wins over earlier reasoning
    "Answer: A\n\nWait, that is London. Answer: C",
    "At first I thought the answer is B. But the answer is C.",
    "If the answer is A, France is in England. So the answer is C.",
    "The answer is B? No.\n\nC",
    "C\n\nA is wrong because London is in England. B is wrong, too.",
    "C\n\nExplanation: the answer is not A.",
    "C) Paris\n\nParis is the capital of France.",
    "C) Paris\nA) is wrong\nB) is wrong\nD) is wrong",
    LISTED + "\nThe answer is C",
    LISTED + "\nThe correct answer is C.",
    LISTED + "\nMy final answer is C.",
    LISTED + "\nC",
    LISTED + "\nC) Paris",
    "A) is wrong.\nB) is incorrect.\nC) fits.\nD) is not the capital.",
    "(A) is in England, (B) in Germany, (D) in Italy, so (C).",
    "Let us see: option A is wrong, option B is wrong, so it has to be option C",
    "A dog could not know, but a person picks (C)",
    "I think it is a trap: **C** fits.",
    "**Answer: C. Paris**\n\nIt is the seat of government. Option A describes England.",
    "正确答案是 **C**。选项A描述的是英国。",
    "选项C正确。选项A错误。",
    "应该是选项C",
    "**C. Paris**\n\nOption A matches the largest city, option B the coldest.",
    "x" * 1_000_000 + "\nAnswer: C",
]
NOT_C = [
    # output, why
    ("A", "picks A, expected C"),
    ("The answer is A.", "picks A, expected C"),
    ("A\n\nNot C, since Paris is no island.", "picks A, expected C"),
    ("The answer is A because of C.", "picks A, expected C"),
    ("Answer: C\n\nOn second thoughts:\nAnswer: B", "picks B, expected C"),
    ("D) Rome", "picks D, expected C"),
    ("(E)", "picks E, expected C"),
    ("", 'picks none of A to J: ""'),
    ("A dog", 'picks none of A to J: "A dog"'),
    ("The answer is a dog", 'picks none of A to J: "The answer is a dog"'),
    ("I do not know.", 'picks none of A to J: "I do not know."'),
    ("Cats", 'picks none of A to J: "Cats"'),
    ("C++", 'picks none of A to J: "C++"'),
    ("The answer is C++", 'picks none of A to J: "The answer is C++"'),
    ("The answer is Canada", 'picks none of A to J: "The answer is Canada"'),
    ("A C-section is a surgery.", 'picks none of A to J: "A C-section is a surgery."'),
    ("None of the above", 'picks none of A to J: "None of the above"'),
    ("The answer is A and C.", "names several choices: A and C"),
    ("Answer: A, C", "names several choices: A and C"),
    ("B or not B", 'does not settle on a choice: "B or not B"'),
    ("The answer is B or C", "names several choices: B and C"),
    (LISTED, "lists the choices A to D and settles on none"),
    ("Answer: X", 'picks none of A to J: "Answer: X"'),
]


@pytest.mark.slow
@every_row("output", PICKS_C)
def test_an_answer_that_picks_c(score, output):
    found = score("choice", output, "C")
    assert (found.value, found.passed, found.why) == (1.0, True, "")
    assert not score({"choice": {"not": True}}, output, "C").passed
    assert not score("choice", output, "A").passed


@every_row(("output", "why"), NOT_C)
def test_an_answer_that_does_not_pick_c(score, output, why):
    found = score({"choice": "C"}, output)
    assert (found.value, found.passed, found.why) == (0.0, False, why)


@every_row("output", ["I do not know.", "Answer: A, C", LISTED, "The answer is a dog"])
def test_an_answer_that_picks_nothing_fails_under_not_too(score, output):
    assert not score({"choice": {"value": "C", "not": True}}, output).passed


WITH_TEXTS = [
    # options, output, expected, value, passed
    (CITIES, "C", "C", 1, True),
    (CITIES, "C", "Paris", 1, True),
    (CITIES, "Paris", "C", 1, True),
    (CITIES, "It is Paris.", "C", 1, True),
    (CITIES, "**paris**", "C", 1, True),
    (CITIES, "The answer is Paris.", "Paris", 1, True),
    (CITIES, "Rome", "C", 0, False),
    (CITIES, "Paris or Rome", "C", 0, False),
    (CITIES, "Paris, not Rome.\n\nParis", "C", 1, True),
    (CITIES, "Parisian", "C", 0, False),
    (CITIES, "The answer is A London.", "A", 1, True),
    (CITIES, "The answer is (E).", "C", 0, False),
    (["spam", "not spam"], "It is not spam", "B", 1, True),
    (["spam", "not spam"], "spam", "A", 1, True),
    ({"x": "red", "Y": "blue"}, "Answer: X", "X", 1, True),
    ({"x": "red", "Y": "blue"}, "blue", "Y", 1, True),
    ({"1": "red", "2": "blue"}, "Answer: 2", "2", 1, True),
    ({"1": "red", "2": "blue"}, "(1)", "1", 1, True),
    ([4, 5, 6], "5", "B", 1, True),
    ("cities", "Paris", "C", 1, True),
    ("cities", "B) Berlin", "C", 0, False),
]


@every_row(("options", "output", "expected", "value", "passed"), WITH_TEXTS)
def test_options_with_texts(score, options, output, expected, value, passed):
    found = score({"choice": {"options": options}}, output, expected, cities=CITIES)
    assert (found.value, found.passed) == (value, passed)


def test_the_variable_with_the_options_is_one_that_the_scorer_needs(bound):
    assert bound({"choice": {"options": "cities"}}).variables == {"cities"}


@every_row("expected", ["Z", "", "Paris", 3, None, "AB", {"a": 1}])
def test_an_expectation_that_is_no_letter_judges_nothing(unusable, expected):
    why = unusable("choice", expected)
    assert why.endswith("is none of the choices A to J") or why.startswith("`expected` is ")


@every_row("options", [[], {}, {"AB": "x"}])
def test_options_that_are_none(faults, options):
    assert faults({"choice": {"options": options}}) == [
        "`options` holds no options: give a list, or texts by their letters"
    ]


YES = [
    "yes",
    "Yes.",
    "YES!",
    "**Yes**",
    "Yes, it is.",
    "Yes - it is not blue.",
    "Yes it is",
    "Yes\n\nNo other colour fits.",
    "yeah",
    "Yep, sure",
    "y",
    "true",
    "True.",
    "Answer: yes",
    "The answer is **yes**.",
    "The answer is no longer open: yes.\n\nYes",
    "\\boxed{\\text{Yes}}",
    '{"answer": "yes"}',
    "<answer>Yes</answer>",
    "No cat can fly. So yes.\n\nAnswer: Yes",
    "No. Wait, that is wrong.\n\nYes.",
    "Let me think. It is blue.\n\nTherefore, yes.",
    '"Yes"',
    "- Yes",
    "Absolutely, yes.",
    "I would say yes.",
    "It is. Yes",
    "\u2705 Yes",
    "In short: yes",
]
NO = [
    "no",
    "No.",
    "No, it is not.",
    "No it isn't",
    "**No** \u2014 not at all",
    "Nope",
    "n",
    "False",
    "Answer: No",
    "The answer is no.",
    "The correct answer would be: No",
    "Yes, at first sight. But the answer is no.",
    "Yes? Let me check.\n\nNo",
    "NO\n",
    "I would say no.",
    "\u274c No",
    "It is not. No.",
]
NEITHER = [
    "",
    "not sure",
    "I'm not sure.",
    "No idea.",
    "No one knows",
    "No question about it was asked",
    "Nobody",
    "Yesterday",
    "Noteworthy",
    "Yes and no",
    "Yes/No",
    "yes or no",
    "Maybe",
    "The answer is unknown",
    "The answer is no longer known",
    "I can't say whether yes is right",
]


@every_row(("output", "said"), [(o, True) for o in YES] + [(o, False) for o in NO])
def test_yes_or_no(score, output, said):
    expected = "yes" if said else "no"
    assert score("yes_no", output, expected).passed
    assert score({"yes_no": said}, output).passed
    assert not score({"yes_no": not said}, output).passed
    assert score({"yes_no": {"value": not said, "not": True}}, output).passed


@every_row("output", NEITHER)
def test_neither_yes_nor_no(score, output):
    for expected in (True, False):
        found = score({"yes_no": {"not": True}}, output, expected)
        assert (found.value, found.passed) == (0.0, False)
        assert found.why.startswith("neither yes nor no: ")


@every_row("expected", [1, None, "maybe", "", []])
def test_an_expectation_that_is_neither(unusable, expected):
    assert unusable("yes_no", expected)


@pytest.mark.slow
def test_letters_in_great_number_are_each_looked_at_once(score):
    output = "A or B " * 700  # 28 times this before
    done_in_passes(
        400, output, lambda: score({"choice": {"value": "C", "options": CITIES}}, output)
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "scorer", [{"choice": {"value": "C", "options": CITIES}}, {"yes_no": True}]
)
@every_row(
    "piece", ["answer: ", "(A) ", "A) x\n", "the ", "\\boxed{", "so no ", "*", "((", "paris "]
)
def test_no_answer_takes_long(score, scorer, piece):
    output = piece * (25_000 // len(piece))
    done_in_passes(150, output, lambda: score(scorer, output))
