"""Which side's answers a judge prefers, and whether it favours a place."""

from collections.abc import Iterator

from rich.console import RenderableType

from promptci.compare.compared import Compared
from promptci.render import figures
from promptci.render.terminal.screen import text
from promptci.scorers.base.preference import Contest, ContestSpent
from promptci.secrets.safetext import on_one_line


def contest_parts(found: Compared) -> Iterator[RenderableType]:
    """A paragraph for each judge that prefers one of two answers."""
    for contest in found.contests:
        yield ""
        yield text(f"{on_one_line(contest.label)}: {_preferred(contest)}", "bold")
        if contest.ties:
            yield text(_ties(contest))
        if contest.first + contest.second:
            yield text(_bias(contest))
        for why, count in sorted(contest.errors.items()):
            yield text(f"{figures.counted(count, 'example')} not judged: {why}", "yellow")
        if contest.spent.replies:
            yield text(_spent(contest.spent), "dim")


def _preferred(contest: Contest) -> str:
    if not contest.n:
        return "no example was judged"
    p = figures.p_value(contest.p.p)
    sides = f"head preferred in {contest.head:,}, base in {contest.base:,}"
    return f"{sides} of {figures.counted(contest.n, 'example')}, p {p} (sign test)"


def _ties(contest: Contest) -> str:
    """Why there is no preference in the rest."""
    why = [
        f"{contest.same:,} answered in the same words" if contest.same else "",
        f"{contest.swayed:,} went with the order" if contest.swayed else "",
    ]
    said = ", ".join(filter(None, why))
    return f"no preference in {contest.ties:,}" + (f": {said}" if said else "")


def _bias(contest: Contest) -> str:
    """How often the answer shown first won, which a fair judge does half of the time."""
    votes = contest.first + contest.second
    share, p = figures.share(contest.first / votes), figures.p_value(contest.bias.p)
    return f"position: what was shown first won {share} of {figures.counted(votes, 'vote')}, p {p}"


def _spent(spent: ContestSpent) -> str:
    """What the judge took, which is in no row of the two sides."""
    replies = f"{figures.counted(spent.replies, 'vote')} of the judge"
    tokens = f"{spent.input_tokens:,}+{spent.output_tokens:,} tokens"
    cost = "an unknown cost" if spent.cost is None else figures.money(spent.cost)
    return f"{replies}: {tokens}, {cost}"
