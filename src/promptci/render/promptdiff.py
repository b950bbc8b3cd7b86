"""How the prompt differs between the two commits that a search ended at."""

from promptci.history.culprit import Culprit
from promptci.render.prompttext import prompt_text
from promptci.render.textdiff import unified


def prompt_diff(found: Culprit) -> list[str]:
    """The prompt's text before and after, as a unified diff."""
    base, head = found.compared.pair.base.prompt, found.compared.pair.head.prompt
    names = (
        f"{base.mark.path} at {found.before.revision.short}",
        f"{head.mark.path} at {found.first.revision.short}",
    )
    return unified(prompt_text(base), prompt_text(head), names)
