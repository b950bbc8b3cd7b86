"""What states and fates are called on the page, each with a mark that needs no colour."""

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
