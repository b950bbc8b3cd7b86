"""The words of the reports, for people who never took a course in statistics."""

from msgspec import Struct

from promptci.stats.families import holm
from promptci.stats.mcnemar import exact_mcnemar
from promptci.stats.power import detectable_loss, examples_to_settle
from promptci.stats.proportion import wilson
from promptci.stats.tango import tango


class Word(Struct, frozen=True):
    """A word of the reports, the other ways to write it, and what it means with an example."""

    name: str
    also: tuple[str, ...]
    text: str


def _of(lost: int, won: int) -> str:
    return f"{exact_mcnemar(lost, won).p:.2g}"


def _ends(lost: int, won: int, n: int) -> str:
    found = tango(lost, won, n=n)
    return f"{100 * found.low:+.1f} to {100 * found.high:+.1f} points"


def _share(count: int, n: int) -> str:
    found = wilson(count, n)
    return f"with a range of {100 * found.low:.0f} to {100 * found.high:.0f}%"


WORDS = (
    Word(
        "underpowered",
        ("power", "too few examples"),
        "There are too few examples to say whether the change is worse for inputs other than "
        "these. It is no verdict for or against: what was lost on these examples is still lost, "
        "and may block on its own (see net_loss and must_pass). Example: 5 lost and 1 won of 40 "
        f"gives a range of {_ends(5, 1, 40)}, which holds both a bad fall and no fall at all. "
        "More examples narrow it; the report says about how many would settle it.",
    ),
    Word(
        "no worse",
        ("no_worse",),
        "A fall of the tolerance or more is ruled out: the lower end of the range of the change "
        f"lies above it. Example: 0 lost and 0 won of 400 gives {_ends(0, 0, 400)}, so a fall of "
        "2 points is ruled out.",
    ),
    Word(
        "regressed",
        ("worse", "regression"),
        "The score fell by more than chance explains: the adjusted p is at most 0.05, and the "
        f"whole range of the change lies below the tolerance. Example: 30 lost and 2 won of 100 "
        f"gives {_ends(30, 2, 100)}. It blocks: exit 1.",
    ),
    Word(
        "blocked",
        ("blocks", "gate"),
        "A rule of the gate says no on these very examples, so the exit code is 1: net_loss, "
        "must_pass, or a floor (min_score). The lines with ✗ say which. Beyond these examples the "
        "change may be underpowered, or even no worse, all the same. Example: 2 of 40 lost with a "
        "tolerance of 2%.",
    ),
    Word(
        "net_loss",
        ("net loss",),
        "A rule of the gate on these very examples: lost less won, after asking flipped ones "
        "again, is more than the tolerance allows. Example: with a tolerance of 2%, 40 examples "
        "allow 0.8, so 2 lost and 1 won blocks. It needs no statistics, and so it can block where "
        "the verdict is underpowered: these examples did get worse.",
    ),
    Word(
        "composability gap",
        ("gap", "compositionality gap", "composition", "control flow"),
        "Of a flow: the share of examples that are wrong as a whole among those with every step "
        "and the control flow right. It is what better steps cannot fix. Example: 20 of 50 "
        f"examples have every step right, and 8 of these a wrong answer: 40%, {_share(8, 20)}.",
    ),
    Word(
        "must_pass",
        ("must pass",),
        "Examples that may never be lost, named in the eval's gate. One that is lost blocks, "
        "whatever the score does. Example: `gate: {must_pass: [refund-2]}`.",
    ),
    Word(
        "tolerance",
        (),
        "The fall of the score that the gate allows, 2 points unless the eval says otherwise. "
        "Example: with 2% a score of 90% may fall to 88%.",
    ),
    Word(
        "flip",
        ("flips", "lost", "won"),
        "An example whose verdict changed: lost if it passed before and fails now, won the other "
        "way round. Example: a score that stays at 90% can hide 5 lost behind 5 won.",
    ),
    Word(
        "negative flips",
        ("negative flip", "negative-flip rate", "nfr"),
        "The share of all compared examples that were lost, whatever was won. Users notice what "
        "worked yesterday. Example: 6 lost and 6 won of 40 is no change of the score, and 15% "
        "negative flips.",
    ),
    Word(
        "flaky",
        ("confirmed", "confirmation"),
        "An example that flipped and flipped back when it was asked again: noise of the model, "
        "not the change. What says the same each time is confirmed. Example: lost at first, then "
        "passed once in two repeats, is flaky and does not count as lost. A record keeps the "
        "verdict that it had, so `log` may show another score than `check` and `bisect`, which go "
        "by the answers.",
    ),
    Word(
        "p",
        ("p value", "mcnemar", "exact mcnemar"),
        "How often chance alone would bring at least such a difference, if the change made none. "
        "Only flips tell: with no effect each is lost or won like the toss of a coin. Example: 5 "
        f"lost and 1 won has p = {_of(5, 1)}, as common as a coin that falls so one-sidedly; 9 "
        f"lost and 1 won has p = {_of(9, 1)}. It is not the chance that the change is harmless.",
    ),
    Word(
        "adjusted p",
        ("holm", "adjusted_p"),
        "p, made stricter because several evals were tested at once: of twenty harmless ones, "
        "one would have p below 0.05 by chance. Example: three evals with p of 0.01, 0.03 and 0.2 "
        f"have adjusted p of {', '.join(f'{p:.2g}' for p in holm([0.01, 0.03, 0.2]))} (Holm's "
        "method).",
    ),
    Word(
        "interval",
        ("range", "95%", "confidence interval", "tango"),
        "The range in which the true change lies, with a method that is right 95 times of 100. "
        f"Example: 9 lost and 1 won of 100 gives {_ends(9, 1, 100)}.",
    ),
    Word(
        "detectable",
        ("smallest drop", "could not be seen"),
        "The smallest true fall that so many examples would show four times out of five. Example: "
        f"with 30 examples and losses alone it is {100 * (detectable_loss(30) or 0):.0f} points, "
        "so smaller falls can pass unseen.",
    ),
    Word(
        "needed",
        ("how many examples",),
        "About how many examples would settle whether the fall is within the tolerance. Example: "
        f"where 1 in 10 flips, 2 points take about {examples_to_settle(0.02, 0.1):,}.",
    ),
    Word(
        "TAR",
        ("tara", "tarr", "total agreement rate"),
        "Total agreement rate: the share of examples whose answer is the same in all of several "
        "runs. TARr compares the raw text, TARa the answer that was read out of it. Example: 45 of "
        "50 examples with the same answer five times is a TARa of 90%.",
    ),
    Word(
        "pass^k",
        ("pass k", "pass-k", "passk"),
        "The share of examples that pass every time when each is asked k times. Example: one that "
        f"passes 9 times of 10 passes three times in a row in {100 * 0.9**3:.0f}% of cases.",
    ),
    Word(
        "false alarm",
        ("false alarms", "alarm"),
        "The gate blocks although nothing changed, because the model answers otherwise each time. "
        "`promptci noise` says how often. Example: a rate of 3% is about one of 33 harmless "
        "changes.",
    ),
    Word(
        "not comparable",
        ("n/c",),
        "The two sides cannot be compared, since no unchanged example was answered "
        "on both. Example: all inputs were edited. Exit 3: nothing was found out.",
    ),
    Word(
        "stale",
        ("stale record", "stale records", "older"),
        "A score record that is not of the files beside it: the prompt, the examples, the scorers "
        "or the model were edited after the run, or a merge took the record from one side. Its "
        "figures are those of other files. Example: `promptci log` says `stale: other prompt` of a "
        "commit whose prompt is not the one that was asked. `promptci run` rewrites it.",
    ),
    Word(
        "unmeasured",
        ("not measured", "not measured yet", "left open"),
        "An example that neither side of a merge asked as it is now: it counts as no pass until it "
        "is asked. Example: one branch edits the prompt, another adds an example; their merge has "
        "one that is not measured yet. `promptci run` and `promptci check` ask it.",
    ),
    Word(
        "exit code",
        ("exit", "exit codes"),
        "0 good, 1 the answer is no, 2 malformed request, 3 could not find out, 4 budget reached, "
        "5 nothing to run, 70 a bug, 130 interrupted. Where something certainly blocks it is 1, "
        "also where something else is open. 1 goes with a line that says what blocks, "
        "also where the verdict beyond these examples is underpowered. Example: 2 of 30 lost "
        "with a tolerance of 2% exits 1, and says `blocked: lost 2`.",
    ),
)
"""Every word in the order of the page."""


def find_word(name: str) -> Word | None:
    """A word by any of its spellings; case and the kind of dash make no difference."""
    wanted = _plain(name)
    for word in WORDS:
        if wanted in map(_plain, (word.name, *word.also)):
            return word
    return None


def spellings() -> list[str]:
    """All that can be asked for."""
    return [name for word in WORDS for name in (word.name, *word.also)]


def glossary_page(template: str) -> str:
    """The page with a section for each word in the place of `<!-- words -->`."""
    sections = []
    for word in WORDS:
        also = f"\n\nAlso: {', '.join(word.also)}." if word.also else ""
        sections.append(f"## {word.name}\n\n{word.text}{also}\n")
    return template.replace("<!-- words -->\n", "\n".join(sections))


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())
