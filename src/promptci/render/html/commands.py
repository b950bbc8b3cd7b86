"""Commands about one example, ready to be pasted."""

from collections.abc import Iterator
from shlex import quote

from promptci.render.json.page.page import PageV1
from promptci.render.json.page.parts import PageExampleV1
from promptci.secrets.safetext import on_one_line


def commands_of(each: PageExampleV1, page: PageV1) -> Iterator[str]:
    """What a reader may want to do next; `assets/commands.mjs` makes the same.

    WHY is the reader's to fill in. Commands that read the files are left out where these are not
    the head's; only between commits can one be searched.
    """
    names = [quote(on_one_line(name)) for name in (each.eval, each.id)]
    both = " ".join(names)
    dashes = "-- " if any(name.startswith("-") for name in names) else ""
    is_here = each.eval not in page.elsewhere
    is_open = each.fate == "lost" and not each.accepted
    if is_here:
        yield f"promptci show {dashes}{both}"
        yield f"promptci why {dashes}{names[0]}"
    if is_here and is_open:
        yield f"promptci accept -m WHY {dashes}{both}"
    if is_open and page.base_rev and (is_here or page.head_rev):
        bad = f"--bad {quote(on_one_line(page.head_rev))} " if page.head_rev else ""
        yield f"promptci bisect --good {quote(on_one_line(page.base_rev))} {bad}{dashes}{both}"
