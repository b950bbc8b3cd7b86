"""What a writer is asked, and the text in its answer."""

from promptci.promptsearch.trials import Trial, TrialAnswer
from promptci.promptsearch.writing import (
    drawn,
    fenced_text,
    from_examples,
    from_history,
    longest_ask,
    written_text,
)
from tables import every_row


def answered(id_, wanted="billing", text="My card"):
    return TrialAnswer(id_, text, wanted, "other", 0.0, passed=False)


@every_row(
    ("answer", "text"),
    [
        ("Name the queue.", "Name the queue."),
        ('  "Name the queue."\n', "Name the queue."),
        ('Say "yes" or "no"', 'Say "yes" or "no"'),
        ("```\nName the queue.\n```", "Name the queue."),
        ("Here it is:\n```text\nName the queue.\n```", "Name the queue."),
        ("Answer in a block.\nSuch as:\n```json\n{}\n```", None),
        ("a\r\nb", "a\nb"),
        ("", ""),
    ],
)
def test_the_text_is_found_in_an_answer(answer, text):
    assert written_text(answer) == (answer if text is None else text)


@every_row(
    ("answer", "text"),
    [
        ("I thought.\nSo:\n```\nName it.\n```\nGood luck.", "Name it."),
        ("```Name it.```", "Name it."),
        ("no fence", "no fence"),
        ("```\ncut", "cut"),
        ("```\nSay:\n```json\n{}\n```\n```", "Say:\n```json\n{}\n```"),
        ("```\nName the queue.\n```\nTry:\n```\nMy parcel\n```\n", "Name the queue."),
        ("Old:\n```\nSort.\n```\nNew:\n```text\nName it.\n```", "Name it."),
    ],
)
def test_gepa_takes_what_is_fenced(answer, text):
    assert fenced_text(answer) == text


def test_examples_that_say_nothing_of_what_is_wanted_are_not_shown():
    seen = [answered("a"), answered("b", wanted="")]
    assert [each.id for each in drawn(seen, 1, 0)] == ["a"]


def test_which_examples_are_shown_goes_by_seed_and_number():
    seen = [answered(str(n)) for n in range(20)]
    assert drawn(seen, 1, 0) == drawn(list(reversed(seen)), 1, 0)
    assert len({tuple(e.id for e in drawn(seen, 1, n)) for n in range(5)}) > 1


def test_history_ends_with_the_best_and_placeholders_are_asked_for():
    tried = [Trial(0, "Sort.", train=0.2), Trial(1, "Name it.", train=0.5)]
    ask = from_history(tried, [answered("a")], ("{{ ticket }}",))
    assert ask.index("Sort.\nScore: 20") < ask.index("Name it.\nScore: 50")
    assert "must hold {{ ticket }}" in ask


def test_no_question_is_longer_than_the_longest():
    text = "ü" * 500
    seen = [answered(str(n), "w" * 5000, "i" * 5000) for n in range(5)]
    tried = [Trial(n, text, train=0.5) for n in range(10)]
    inputs = [each.input for each in seen]
    assert len(from_examples(seen, ())) <= len(longest_ask("ape", inputs, text))
    assert len(from_history(tried, seen, ())) <= len(longest_ask("opro", inputs, text))
