"""Commands about one example, ready to be pasted."""

from collections.abc import Iterator
from shlex import quote

from promptci.render.json.page.parts import PageExampleV1
from promptci.secrets.safetext import on_one_line


def commands_of(each: PageExampleV1, base: str | None) -> Iterator[str]:
    """What a reader may want to do next; `assets/commands.mjs` makes the same.

    WHY is the reader's to fill in. Only where the `base` is a commit can one be searched since.
    """
    names = [quote(on_one_line(name)) for name in (each.eval, each.id)]
    both = " ".join(names)
    dashes = "-- " if any(name.startswith("-") for name in names) else ""
    yield f"promptci show {dashes}{both}"
    yield f"promptci why {dashes}{names[0]}"
    if each.fate == "lost" and not each.accepted:
        yield f"promptci accept -m WHY {dashes}{both}"
        if base:
            yield f"promptci bisect --good {quote(on_one_line(base))} {dashes}{both}"
