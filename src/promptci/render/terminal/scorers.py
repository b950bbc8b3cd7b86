"""The scorers that there are, as a list, one by one, as JSON and as the page in docs/."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table

from promptci.render.terminal.look import Look
from promptci.render.terminal.screen import draw, labelled, table, text
from promptci.scorers.registry.described import Described, Option, common, everything
from promptci.scorers.registry.peers import PEERS

SCORERS_HERE = "<!-- scorers -->"
COMMON_HERE = "<!-- options of every scorer -->"
PEERS_HERE = "<!-- names of peers -->"
"""Where the page's template wants what is generated."""


def listing(look: Look) -> str:
    """All scorers by subject, a line each."""
    return draw(_listing(), look)


def _listing() -> Iterator[RenderableType]:
    for subject, scorers in everything():
        yield text(subject, "bold")
        yield labelled((scorer.name, _summary(scorer)) for scorer in scorers)
        yield ""
    yield text("`promptci scorers NAME` shows one with its options and an example.")


def _summary(scorer: Described) -> str:
    also = f" (also {', '.join(scorer.aliases)})" if scorer.aliases else ""
    return f"{scorer.summary}{also}"


def detail(scorer: Described, look: Look) -> str:
    """One scorer with everything that is known of it."""
    return draw(_detail(scorer), look)


def _detail(scorer: Described) -> Iterator[RenderableType]:
    yield text(f"{scorer.name}: {_summary(scorer)}", "bold")
    yield ""
    yield text("scorers:\n" + _indented(scorer.example))
    if scorer.options:
        yield ""
        yield _table(scorer.options, scorer.shorthand)
    yield ""
    yield text("Every scorer takes:", "bold")
    yield _table(common())
    yield ""
    yield text(f"version {scorer.version}{_is_format(scorer)}")
    if scorer.prompt:
        yield ""
        yield text("The judge's prompt:", "bold")
        yield text(scorer.prompt.rstrip("\n"))


def _is_format(scorer: Described) -> str:
    return ", judges the form of an answer" if scorer.is_format else ""


def _table(options: Sequence[Option], shorthand: str = "") -> Table:
    made = table(dict.fromkeys(("option", "takes", "default", "meaning"), "left"))
    for name, option in _rows(options):
        meaning = option.description
        if shorthand and name == shorthand:
            meaning += " (may be given alone)"
        made.add_row(*map(text, (name, option.kind, _default(option), meaning)))
    return made


def _rows(options: Iterable[Option], before: str = "") -> Iterator[tuple[str, Option]]:
    """Options with those inside them, by their full names."""
    for option in options:
        name = f"{before}{option.name}"
        yield name, option
        yield from _rows(option.inner, f"{name}.")


def _default(option: Option) -> str:
    return "(required)" if option.is_required else option.default


def page(template: str) -> str:
    """The page about scorers: the template, with what is generated put in."""
    scorers = "\n\n".join(_section(subject, found) for subject, found in everything())
    everyone = "\n".join(_markdown_table(common()))
    peers = "\n".join(_peers())
    return (
        template.replace(SCORERS_HERE, scorers)
        .replace(COMMON_HERE, everyone)
        .replace(PEERS_HERE, peers)
    )


def _peers() -> Iterator[str]:
    """What scorers of other tools are called here."""
    yield "| tool | its name | here |"
    yield "| --- | --- | --- |"
    for tool, names in PEERS.items():
        for name, advice in names.items():
            yield f"| {tool} | `{name}` | {advice.replace('|', chr(92) + '|')} |"


def _section(subject: str, scorers: Sequence[Described]) -> str:
    return "\n\n".join((f"### {subject}", *map(_entry, scorers)))


def _entry(scorer: Described) -> str:
    names = ", ".join(f"`{name}`" for name in (scorer.name, *scorer.aliases))
    example = f"```yaml\nscorers:\n{_indented(scorer.example)}\n```"
    parts = [f"#### {names}", f"{scorer.summary[0].upper()}{scorer.summary[1:]}.", example]
    if scorer.options:
        parts.append("\n".join(_markdown_table(scorer.options, scorer.shorthand)))
    return "\n\n".join(parts)


def _markdown_table(options: Sequence[Option], shorthand: str = "") -> Iterator[str]:
    yield "| option | takes | default | meaning |"
    yield "| --- | --- | --- | --- |"
    for name, option in _rows(options):
        shown = f"[`{name}`]" if shorthand and name == shorthand else f"`{name}`"
        default = f"`{option.default}`" if option.default else _default(option)
        cells = (shown, option.kind, default, option.description)
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _indented(example: str) -> str:
    first, *rest = example.split("\n")
    return "\n".join((f"  - {first}", *(f"  {line}" for line in rest)))
