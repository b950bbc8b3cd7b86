"""Commands about one example, ready to be pasted."""

from collections import Counter
from collections.abc import Iterator
from shlex import quote

from promptci.render.json.page.page import PageV1
from promptci.render.json.page.parts import PageExampleV1
from promptci.secrets.safetext import on_one_line


def commands_of(each: PageExampleV1, page: PageV1) -> Iterator[str]:
    """What a reader may want to do next; `assets/commands.mjs` makes the same.

    WHY is the reader's to fill in. Commands that read the files are left out where these are not
    the head's; only between commits can one be searched. Of an eval with several models that of
    the example is named: `bisect` takes no more than one.
    """
    names = [quote(on_one_line(name)) for name in (each.eval, each.id)]
    both = " ".join(names)
    dashes = "-- " if any(name.startswith("-") for name in names) else ""
    model = (
        f"--model {quote(on_one_line(each.model))} " if each.eval in several_models(page) else ""
    )
    is_here = each.eval not in page.elsewhere
    is_open = each.fate == "lost" and not each.accepted
    if is_here:
        yield f"promptci show {model}{dashes}{both}"
        yield f"promptci why {dashes}{names[0]}"
    if is_here and is_open:
        yield f"promptci accept -m WHY {model}{dashes}{both}"
    if is_open and page.base_rev and (is_here or page.head_rev):
        bad = f"--bad {quote(on_one_line(page.head_rev))} " if page.head_rev else ""
        good = quote(on_one_line(page.base_rev))
        yield f"promptci bisect --good {good} {bad}{model}{dashes}{both}"


def several_models(page: PageV1) -> frozenset[str]:
    """The evals that a page has on several models."""
    counts = Counter(each.eval for each in page.evals)
    return frozenset(name for name, count in counts.items() if count > 1)
