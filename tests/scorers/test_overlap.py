"""ROUGE, BLEU, GLEU and chrF, compared with the packages that the field counts with.

Those are imported late: it takes most of a second, and each worker reads this module.
"""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptci.parsing.source import Mark, as_node
from promptci.scorers.base.verdict import UnusableGolden
from promptci.scorers.registry.registry import Reach, Subject, bind_all
from promptci.scorers.text.grams import mteval_tokens
from tables import every_row

logging.disable(logging.WARNING)  # sacrebleu warns of one-word answers

CAT = "The cat sat on the mat."
GUIDE = (
    "It is a guide to action which ensures that the military always obeys the commands of the party"
)
GUIDES = [
    "It is a guide to action that ensures that the military will forever heed Party commands",
    "It is the guiding principle which guarantees the military forces always being under the "
    "command of the Party",
    "It is the practical guide for the army always to heed the directions of the party",
]
SENTENCES = [
    # the output, the references
    (CAT, [CAT]),
    ("the cat sat on the mat", [CAT]),
    ("The cat sat on the mat!", [CAT]),
    ("A dog ran in a park", [CAT]),
    ("xyzzy", [CAT]),
    ("", [CAT]),
    (" \n\t", [CAT]),
    (CAT, ["mat"]),
    ("mat", [CAT]),
    ("mat", ["mat"]),
    ("mat", ["mats"]),
    ("a", ["a"]),
    ("a", ["b"]),
    ("the the the the the the the", ["the cat is on the mat"]),
    ("the cat is on the mat", ["the the the the the the the"]),
    ("mat the on sat cat The", [CAT]),
    ("on the mat sat the cat", [CAT]),
    (GUIDE, [GUIDES[0]]),
    (GUIDE, GUIDES),
    (GUIDES[0], GUIDES[1:]),
    ("short", ["short one", "short", "a very much longer reference than that"]),
    ("one two three", ["one two", "one two three four five"]),
    ("Größe und Übermut", ["Größe und Übermut tun selten gut"]),
    ("größe UND übermut", ["Größe und Übermut"]),
    ("naïve café déjà vu", ["naive cafe deja vu"]),
    ("Привет, мир 42", ["Привет, дивный мир 42"]),
    ("今日は良い天気です 1", ["今日はいい天気です 1"]),
    ("👍 ok 👍🏽", ["👍 ok"]),
    ("e\u0301tude 1", ["\u00e9tude 1"]),
    ("It costs $1,234.56, i.e. 5-10% more; isn't it?", ["It costs $1,234.56 - 5-10% more."]),
    ("a &amp; b &quot;c&quot; &lt;d&gt;", ['a & b "c" <d>']),
    ("well-\nknown and well-known", ["wellknown and well-known"]),
    ("(hi) 'there' U.S.A. 3.14 .5 x. 1,", ["hi there, U.S.A. 3.14 (.5) x 1"]),
    ("snake_case x1y2 a/b c\\d", ["snake case x1y2 a b c d"]),
    ("İstanbul K 1", ["istanbul k 1"]),
    ("<skipped> word", ["word"]),
    ("two\nlines here", ["two lines here"]),
    ("a b c d e f g h i j " * 40, ["j i h g f e d c b a " * 30]),
]


def rouge(kind, measure):
    def count(output, references):
        return max(getattr(each, measure) for each in rouge_scores(kind, output, references))

    return count


def rouge_scores(kind, output, references):
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer([kind], use_stemmer=False)
    return [scorer.score(reference, output)[kind] for reference in references]


def gleu(output, references):
    from nltk.translate.gleu_score import sentence_gleu

    return sentence_gleu([peer_tokens(r) for r in references], peer_tokens(output))


def peer_tokens(text):
    from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

    return Tokenizer13a()(text).split()


def bleu(lowercase=False):
    def score(output, references):
        from sacrebleu import sentence_bleu

        return sentence_bleu(output, references, lowercase=lowercase).score / 100

    return score


def chrf(**options):
    def score(output, references):
        from sacrebleu.metrics import CHRF

        return CHRF(**options).sentence_score(output, references).score / 100

    return score


PEERS = [
    ({"rouge_n": {}}, rouge("rouge1", "fmeasure")),
    ({"rouge1": {"measure": "recall"}}, rouge("rouge1", "recall")),
    ({"rouge2": {"measure": "precision"}}, rouge("rouge2", "precision")),
    ({"rouge_n": {"n": 3}}, rouge("rouge3", "fmeasure")),
    ({"rouge_l": {}}, rouge("rougeL", "fmeasure")),
    ({"rougeL": {"measure": "recall"}}, rouge("rougeL", "recall")),
    ({"rouge-l": {"measure": "precision"}}, rouge("rougeL", "precision")),
    ({"bleu": {}}, bleu()),
    ({"bleu": {"ignore_case": True}}, bleu(lowercase=True)),
    ({"gleu": {}}, gleu),
    ({"chrf": {}}, chrf()),
    ({"chrf": {"words": 2}}, chrf(word_order=2)),
    ({"chrf": {"ignore_case": True}}, chrf(lowercase=True)),
    ({"chrf": {"beta": 1}}, chrf(beta=1)),
]


@pytest.mark.slow
@every_row(("scorer", "peer"), PEERS)
def test_scores_agree_with_the_packages_of_the_field(score, scorer, peer):
    for output, references in SENTENCES:
        found = score(scorer, output, references)
        assert found.value == pytest.approx(peer(output, references), abs=1e-9), output
        assert bool(found.why) is (found.value < 1), output


PIECES = [*" .,-0a9Z&;<>'/_!", "&amp;", "é", "-\n", "\n", "\t", '"']


@pytest.mark.slow
@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_words_are_those_of_sacrebleu(text):
    assert list(mteval_tokens(text)) == peer_tokens(text.rstrip())


@given(st.text("aB9 .!?_-éß日", max_size=30), st.text("aB9 .!?_-éß日", max_size=30))
def test_any_two_texts_agree_on_every_measure(output, reference):
    for scorer, peer in PEERS:
        [bound] = bind_all([as_node(scorer, Mark("x"))], [], Reach(lambda *_: None))
        try:
            found = bound.judge(Subject(output, reference, has_expected=True))
        except UnusableGolden:
            continue
        assert found.value == pytest.approx(peer(output, [reference]), abs=1e-9), scorer


@every_row("scorer", ["rouge1", "rouge_l", "bleu", "gleu", "chrf"])
@every_row("reference", ["", " \n", []])
def test_an_empty_reference_judges_nothing(unusable, faults, scorer, reference):
    assert unusable(scorer, reference).startswith("`expected` is ")
    assert faults({scorer: {"value": reference}})


CASES = [
    # parameters, output, expected, value, passed
    ("rouge_n", "a b c d", "a b c d", 1, True),
    ("rouge_n", "a b c x", "a b c d", 0.75, True),
    ("rouge_n", "a b x y", "a b c d", 0.5, False),
    ({"rouge_n": {"threshold": 0.5}}, "a b x y", "a b c d", 0.5, True),
    ({"rouge_n": {"n": 2}}, "a b c", "a", 0, False),
    ({"rouge_n": {"not": True}}, "a b x y", "a b c d", 0.5, True),
    ({"rouge_n": "a b"}, "a b", ..., 1, True),
    ({"rouge_n": ["x", "a b"]}, "a b", ..., 1, True),
    ({"rouge_n": {"unicode": True}}, "ПРИВЕТ мир", "Привет, мир", 1, True),
    ({"rouge_n": {"unicode": True}}, "今日", "今夜", 0.5, False),
    ("rouge_l", "d c b a", "a b c d", 0.25, False),
    ("rouge_l", "Open it.\nSwitch off.", "Switch off.\nOpen it.", 0.5, False),
    ("rouge_n", "a b c d " * 19, "a b c d", 0.1, False),
    ("rouge_l", "a b c d " * 19, "a b c d", 0.1, False),
    ({"rouge_l": {"measure": "recall"}}, "a x b x c x d", "a b c d", 1, True),
    ({"rouge_l": {"unicode": True}}, "e\u0301tude", "\u00e9tude", 1, True),
    ("bleu", "a b c d", "a b c d", 1, True),
    ("bleu", "x", "a b c d", 0, False),
    ("gleu", "a b", "a b c", 0.5, True),
    ("chrf", "abc", "abc", 1, True),
    ("chrf", "a b c", "abc", 1, True),
    ("chrf", "xyz", "abc", 0, False),
]


@every_row(("scorer", "output", "expected", "value", "passed"), CASES)
def test_cases(score, scorer, output, expected, value, passed):
    found = score(scorer, output, expected)
    assert (found.value, found.passed) == (pytest.approx(value), passed)


def test_reasons(score):
    assert score("rouge_l", "a b x", "a b c").why == '0.67 against "a b c"'
    assert score("bleu", "a", "b").why == '0.00 for "a"'
    limit = "at most 1,000,000: `extract` the part that counts"
    long = score("chrf", "x" * 1_000_001, "x")
    assert long.why == f"too long to compare: 1,000,001 characters, {limit}"
    assert score("rouge_l", "a " * 400_000, "b " * 400_000).why == (
        "too long to compare: 400,000 words: `extract` a part"
    )
