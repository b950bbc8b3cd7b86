"""Elements: whatever a text holds, it stays the text of its element or attribute."""

from hypothesis import given

from promptci.render.html.markup import Markup, element, join
from promptci.secrets.safetext import for_html_data, for_terminal
from properties import usually
from render.hostile import TEXTS
from render.html.pages import Read


def newlines(text):
    """As a parser of HTML reads line ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


@usually(25)
@given(TEXTS, TEXTS)
def test_a_text_is_one_text_in_one_element(text, title):
    read = Read(element("p", text, title=title))
    assert [name for name, _ in read.elements] == ["p"]
    assert newlines("".join(read.text)) == newlines(for_terminal(text))
    assert newlines(read.elements[0][1]["title"] or "") == newlines(for_terminal(title))


def test_children_may_be_elements_lists_and_nothing():
    made = element("ul", None, [element("li", "a & b"), element("li", 1)], class_="x", hidden=False)
    assert made == '<ul class="x"><li>a &amp; b</li><li>1</li></ul>'
    assert join("<", Markup("<br>")) == "&lt;<br>"


def test_numbers_in_attributes_are_short():
    assert element("path", x=1.0, y=2.345, d=None) == '<path x="1" y="2.35"></path>'


@usually(25)
@given(TEXTS)
def test_no_data_ends_its_script(text):
    safe = for_html_data(text)
    assert not set("<>&\u2028\u2029") & set(safe)
