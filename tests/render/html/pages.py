"""Pages made by hand: real files parsed and judged, invented answers, no git and no cache."""

import base64
import json
import re
import zlib
from collections.abc import Mapping
from html.parser import HTMLParser

from promptci.check.checked import Checked
from promptci.compare.pairing.pairs import Pair
from promptci.render.html.page import html_page
from promptci.render.json.page.page import PageV1, page_document
from promptci.reportdata.answerbook import AnswerBook
from promptci.reportdata.pastscores import Past
from promptci.reportdata.reported import Reported
from promptci.run.planning.plan import Plan
from render import values

REWORDED = {"prompts/router.yaml": values.PROMPT.replace("You route", "You always route")}
"""The head's prompt: sides that ask the same share their answers."""


def page_of(
    base: Mapping[str, str | None] | None = None,
    head: Mapping[str, str | None] | None = None,
    *,
    of: Pair | None = None,
    past: Past | None = None,
    knows: bool = True,
) -> PageV1:
    """A page of one eval; unless it `knows` the answers, only their fates are there."""
    pair = of or values.pair(values.files(**REWORDED), values.files())
    found = values.compared(base, head, of=pair)
    book = AnswerBook()
    for task, answers in ((pair.base, base), (pair.head, head)) if knows else ():
        for finished in values.answered(Plan((task,)), answers or {}):
            book.take(finished)
    checked = Checked(values.BASE, compared=(found,))
    return page_document(Reported(checked, "the working tree", book, past=past or Past()))


def written(page: PageV1) -> str:
    """The whole file."""
    return "".join(html_page(page))


class Read(HTMLParser):
    """The elements of a page, with what is in scripts, styles, and text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.raw: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "input", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> without a beginning"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("script", "style"):
            self.raw.append((self.open[-1], data))
        else:
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


def index_of(text: str) -> dict[str, object]:
    """The index that the script reads."""
    [found] = re.findall(r'<script type="application/json" id="index">(.*?)</script>', text, re.S)
    index: dict[str, object] = json.loads(found)
    return index


def chunks_of(text: str) -> list[dict[str, object]]:
    """The chunks of texts, decoded."""
    found = re.findall(r'<script type="text/plain" id="chunk-\d+">(.*?)</script>', text)
    return [json.loads(zlib.decompress(base64.b64decode(data))) for data in found]
