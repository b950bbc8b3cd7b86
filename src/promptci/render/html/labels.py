"""What states and fates are called on the page, each with a mark that needs no colour."""

from urllib.parse import quote

STATES = {
    "regressed": ("✗", "regressed"),
    "blocked": ("✗", "misses its gate"),
    "no verdict": ("?", "no verdict"),
    "underpowered": ("~", "too few to tell"),
    "no worse": ("=", "no worse"),
    "improved": ("✓", "improved"),
    "new": ("+", "new"),
    "moved": ("Δ", "moved"),
    "unchanged": ("=", "unchanged"),
}

FATES = {
    "lost": ("✗", "lost"),
    "won": ("✓", "won"),
    "flaky": ("~", "flaky"),
    "error": ("!", "no answer"),
    "changed": ("Δ", "edited"),
    "new": ("+", "new"),
    "removed": ("-", "removed"),
    "same": ("=", "same"),
}

RESULTS = {"pass": ("✓", "passed"), "fail": ("✗", "failed"), "error": ("!", "no answer")}


def judge_anchor(name: str) -> str:
    """Where a link leads to what is drawn of a judge."""
    return f"judge-{quote(name, safe='')}"


def link_of(eval_name: str, example: str) -> str:
    """The address of an example on the page, as `linkOf` of `assets/filters.mjs` makes it."""
    parts = (quote(part, safe="!'()*", errors="replace") for part in (eval_name, example))
    return "/".join(parts)
