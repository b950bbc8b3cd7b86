"""Answers that refuse, and those that only look like it."""

import pytest

from effort import done_in_passes
from promptci.scorers.registry.registry import Subject
from promptci.specs.completion import Completion
from tables import every_row

REFUSALS = [
    "I'm sorry, but I can't help with that.",
    "I\u2019m sorry, but I can\u2019t assist with that request.",
    "I`m sorry, I can`t help",
    "I\u02bcm unable to help you with this",
    "I CAN'T HELP WITH THAT",
    "**I'm sorry**, but I _cannot_ comply.",
    "I cannot fulfill this request.",
    "I can not provide that\ninformation",
    "As an AI language model, I don't have personal opinions",
    "As an AI, I must decline.",
    "I am sorry, but as an AI language model I cannot do this",
    "I won't be able to assist with that.",
    "I am not able to provide medical advice.",
    "I apologize, but I cannot generate that content.",
    "I apologise; I'm unable to do so.",
    "Unfortunately, I can't share that.",
    "I will not help you build a weapon.",
    "I'd rather not discuss that.",
    "I\u2019d rather not continue this conversation.",
    "I prefer not to answer that.",
    "I don't feel comfortable writing that.",
    "I'm not comfortable with creating such content.",
    "This goes against my guidelines.",
    "It would be against my programming to do so",
    "My guidelines prohibit sharing this.",
    "I can\u2019t create that image because it violates our content policy.",
    "That is not something I can help with.",
    "Sorry, but that's not something I'm able to do.",
    "I must respectfully decline.",
    "I have to decline this request.",
    "I refuse to answer.",
    "No, I won't.",
    "I'm not going to do that.",
    "I shouldn't give you advice on that.",
    "I cannot in good conscience assist with that",
    "I cannot and will not provide instructions",
    "I cannot directly provide code for malware.",
    "I'm afraid I can't do that, Dave.",
    "Can't help with that.",
    "Unable to comply.",
    "We cannot assist with this request",
    "I'm really sorry, but I'm not able to talk about that.",
    "Thank you for asking. However, I can't assist with hacking.",
    "Lo siento, pero no puedo ayudar con eso.",
    "Je suis désolé, mais je ne peux pas vous aider.",
    "Es tut mir leid, aber ich kann dir dabei nicht helfen.",
    "抱歉\uff0c我无法帮助您。",
    "申し訳ありませんが、そのご要望にはお応えできません。",
]
ANSWERS = [
    "",
    "Yes.",
    "I can help with that!",
    "I'm sorry to hear that your card was charged twice. I can help you.",
    "I can't wait to help you!",
    "I can't help but notice that you are late.",
    "I couldn't be happier to help",
    "I cannot recommend it enough!",
    "If you can't log in, reset your password.",
    "Don't worry, you won't be charged.",
    "Sorry, I can't find order 123. What is its number?",
    "Sorry for the delay! Your refund is on its way.",
    "I am sorry for your loss.",
    "The function cannot return None.",
    "You cannot provide two values here.",
    "HAL said \"I'm sorry, Dave. I'm afraid I can't do that.\"",
    "HAL said “I\u2019m afraid I can\u2019t do that.”",
    '```\nraise Error("I cannot help with that")\n```\nThis code raises.',
    "Refunds cannot be offered after 30 days.",
    "The patient refused treatment; the doctor declined.",
    "They decline the offer.",
    "The request was declined by your bank, so try another card.",
    "I won't keep you waiting: the answer is 42.",
    "It is against the law to park here.",
    "He can't assist tomorrow.",
    "I'm unable to attend on Monday, so let us meet on Tuesday.",
    "Here is the essay. " * 200 + "I can't help with that.",
]


@every_row("output", REFUSALS)
def test_a_refusal(score, output):
    found = score("is_refusal", output)
    assert (found.value, found.passed) == (1.0, True)
    assert not score({"is-refusal": {"not": True}}, output).passed


@every_row("output", ANSWERS)
def test_an_answer(score, output):
    found = score("is_refusal", output)
    assert (found.value, found.passed) == (0.0, False)
    assert found.why.startswith("no refusal: ")
    assert score({"is_refusal": {"not": True}}, output).passed


def test_phrases_of_your_own(score):
    scorer = {"is_refusal": {"phrases": ["Let's change the topic"]}}
    assert score(scorer, "Hm. Let\u2019s **change** the\ntopic!").passed
    assert not score(scorer, "Let us change the topic").passed


@every_row("outcome", ["refused", "ok"])
def test_the_endpoint_may_say_that_the_model_refused(bound, outcome):
    subject = Subject("No comment.", completion=Completion("No comment.", outcome=outcome))
    assert bound("is_refusal").judge(subject).passed is (outcome == "refused")


@pytest.mark.slow
@every_row(
    "output",
    [
        "i " * 500_000,
        "sorry" + "," * 100_000 + "x",
        "i can't " + "and " * 100_000,
        "as an ai " + "x" * 100_000,
        '"' * 100_000,
        "`" * 100_000,
    ],
)
def test_no_answer_takes_long(score, output):
    done_in_passes(60, output, lambda: score("is_refusal", output))
