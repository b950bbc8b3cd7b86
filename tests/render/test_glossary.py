"""The words of the reports are explained, with examples that are computed and hold."""

from pathlib import Path

from promptci.commands.main import main
from promptci.render.glossary import WORDS, find_word, glossary_page, spellings
from promptci.stats.mcnemar import exact_mcnemar
from promptci.stats.tango import tango
from tables import every_row

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_that_of_the_glossary():
    template = (DOCS / "statistics.md.in").read_text("utf-8")
    assert (DOCS / "statistics.md").read_text("utf-8") == glossary_page(template)


@every_row("word", WORDS)
def test_every_word_has_an_example(word):
    assert "xample" in word.text


def test_every_spelling_leads_to_one_word():
    found = [find_word(name) for name in spellings()]
    assert None not in found
    assert len({name.casefold() for name in spellings()}) == len(spellings())
    assert find_word("NET-LOSS") is find_word("net loss") is find_word("net_loss")
    assert find_word("nonsense") is None


def test_the_examples_are_right():
    low, high = tango(5, 1, n=40).low, tango(5, 1, n=40).high
    assert f"{100 * low:+.1f} to {100 * high:+.1f} points" in find_word("underpowered").text
    assert low < -0.02 < 0 < high
    assert tango(0, 0, n=400).low > -0.02
    assert tango(30, 2, n=100).high < -0.02
    assert 2 - 1 > 0.02 * 40
    assert 6 / 40 == 0.15
    assert f"p = {exact_mcnemar(9, 1).p:.2g}" in find_word("p").text
    assert exact_mcnemar(9, 1).p < 0.05 < exact_mcnemar(5, 1).p
    assert "0.03, 0.06, 0.2" in find_word("holm").text
    assert "73%" in find_word("pass^k").text
    assert 2 > 0.02 * 30


def test_a_word_is_explained_and_another_is_suggested(capsys):
    assert main(["explain", "negative", "flips"]) == 0
    assert capsys.readouterr().out.startswith("negative flips\n\nThe share of all")
    assert main(["explain", "underpowred"]) == 2
    assert "did you mean `underpowered`?" in capsys.readouterr().err
    assert main(["explain"]) == 0
    assert capsys.readouterr().out.splitlines() == [word.name for word in WORDS]
    assert main(["explain", "TAR", "--json"]) == 0
    assert '"name": "TAR"' in capsys.readouterr().out.replace('":"', '": "')
