"""Write the whole page: one file, which opens without a server and reads without scripts."""

from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files

from promptci.render.html.examples import plain_examples
from promptci.render.html.headline import headline
from promptci.render.html.historysection import history_section
from promptci.render.html.markup import Markup, element, worded
from promptci.render.html.packing import MOST_TEXT, packed
from promptci.render.html.pictures.costs import cost_figure
from promptci.render.html.pictures.latencies import latency_figure
from promptci.render.html.pictures.matrices import matrix_figures
from promptci.render.html.pictures.reliability import reliability_figure
from promptci.render.html.script import LIVE, SCRIPT, joined
from promptci.render.html.summary import evals_section
from promptci.render.json.page.page import PageV1

MOST_FIGURES = 8
"""Evals whose classes and latencies are drawn: those that moved most come first."""


def html_page(page: PageV1, *, is_live: bool = False) -> Iterator[str]:
    """The page in parts. One that `is_live` reloads when the server that gave it says so."""
    scripts = [joined(SCRIPT), *([joined(LIVE)] if is_live else [])]
    style = _asset("page.css")
    title = f"promptci: {page.sentence}"
    yield "<!doctype html>\n"
    yield '<html lang="en"><head><meta charset="utf-8">\n'
    yield element(
        "meta", http_equiv="Content-Security-Policy", content=_policy(scripts, style, is_live)
    )
    yield element("meta", name="viewport", content="width=device-width, initial-scale=1")
    yield element("meta", name="color-scheme", content="light dark")
    yield element("meta", name="referrer", content="no-referrer")
    yield f"{element('title', title)}\n<style>{style}</style></head>\n<body>\n"
    yield element("a", "Skip to examples", href="#examples", class_="skip")
    yield f"{_contents()}\n<main>\n"
    yield f"{headline(page)}\n{evals_section(page)}\n{_examples(page)}\n"
    yield f"{history_section(page)}\n{_figures(page)}\n</main>\n{_footer()}\n"
    yield from packed(page)
    for script in scripts:
        yield f'\n<script type="module">{script}</script>'
    yield "\n</body></html>\n"


def _policy(scripts: list[str], style: str, is_live: bool) -> str:
    """Only these scripts and this style, and nothing from anywhere."""
    allowed = " ".join(map(_source, scripts))
    rules = [
        "default-src 'none'",
        f"script-src {allowed}",
        f"style-src {_source(style)}",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return "; ".join([*rules, *(["connect-src 'self'"] if is_live else [])])


def _source(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"


@cache
def _asset(name: str) -> str:
    return (files("promptci.render.html") / "assets" / name).read_text("utf-8")


def _contents() -> Markup:
    names = ("Evals", "Examples", "History", "Figures")
    return element(
        "nav",
        element("b", "promptci report"),
        (element("a", name, href=f"#{name.lower()}") for name in names),
        aria_label="Sections",
    )


def _examples(page: PageV1) -> Markup:
    """Where the script puts filters and list; without it, the lost examples."""
    return element(
        "section",
        element("h2", "Examples"),
        element("div", id="tools", hidden=True),
        element("div", id="list"),
        plain_examples(page),
        id="examples",
        aria_label="Examples",
    )


def _figures(page: PageV1) -> Markup:
    chosen = ([e for e in page.evals if e.moved] or list(page.evals))[:MOST_FIGURES]
    drawn = [cost_figure(chosen) or cost_figure(page.evals)]
    drawn += [each for found in chosen for each in matrix_figures(found)]
    drawn += [latency_figure(found, page.latency_bounds) for found in chosen]
    drawn += [reliability_figure(each) for each in page.judges]
    shown = [each for each in drawn if each is not None]
    return element(
        "section",
        element("h2", "Figures"),
        element("div", shown, class_="figures")
        if shown
        else element("p", "Nothing measured yet that could be drawn."),
        id="figures",
        aria_label="Figures",
    )


def _footer() -> Markup:
    keys = "Keys: j and k move, n goes to the next lost example, Enter opens, / searches, ? helps. "
    limit = f"Texts are cut after {MOST_TEXT:,} characters; `promptci show` prints them whole."
    return element("footer", element("p", worded(keys + limit)))
