"""What judges were asked about one answer, what they replied and what that took."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType

from promptci.render import figures
from promptci.render.terminal.screen import text
from promptci.run.rejudged import StoredJudgement


def judgement_parts(found: Sequence[StoredJudgement]) -> Iterator[RenderableType]:
    """A paragraph for each question to a judge."""
    for each in found:
        name = each.request.settings.model.name
        again = ", asked once more" if each.request.attempt else ""
        yield text(f"\njudge {each.scorer}: {name}{again}", "bold")
        for message in each.request.messages:
            yield text(f"\n{message.role}", "cyan")
            yield text(message.content)
        if each.reply is None:
            yield text("\nno reply is stored", "yellow")
            continue
        yield text(
            "\nreply" if each.reply.outcome == "ok" else f"\nreply ({each.reply.outcome})", "cyan"
        )
        yield text(each.reply.text)
        usage, cost = each.reply.usage, each.reply.cost
        price = "an unknown cost" if cost is None else figures.money(cost)
        yield text(f"{usage.input_tokens}+{usage.output_tokens} tokens, {price}", "dim")
