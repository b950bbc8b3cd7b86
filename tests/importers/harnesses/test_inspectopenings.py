"""What solvers of Inspect sent before a sample's input is part of the prompt, or told."""

from promptci.importers.harnesses.inspectopenings import sent_before, tell_left_out
from promptci.parsing.source import Mark
from tables import every_row

HERE = Mark("l.json", 7, 1)


def sample(given, *sent, **more):
    turns = [{"id": str(given), "role": role, "content": text} for role, text in sent]
    return {"input": given, "messages": turns, **more}, HERE


SYSTEM, ASKED = ("system", "Route {{it}}."), ("user", "q")


@every_row(
    ("samples", "opening", "told"),
    [
        ([sample("q", SYSTEM, ASKED)] * 2, ["Route \\{{it}}."], ""),
        ([sample("q", SYSTEM, ASKED), sample("r", SYSTEM, ("user", "r"))], ["Route \\{{it}}."], ""),
        (
            [sample("q", SYSTEM, ASKED), sample("q", ("user", "q"), error="e")],
            ["Route \\{{it}}."],
            "",
        ),
        ([sample("q", ASKED, ("assistant", "a"))], [], ""),
        ([sample([{"role": "system"}, {"role": "user", "content": "q"}], SYSTEM, ASKED)], [], ""),
        ([sample("q", SYSTEM, ASKED), sample("q", ASKED)], [], "differs from sample to sample"),
        ([sample("q", ("user", "Answer: q"))], [], "sent other words"),
        ([sample("q")], [], ""),
    ],
)
def test_an_opening_is_carried_where_all_have_it(samples, opening, told) -> None:
    losses: list[object] = []
    found = sent_before(samples, Mark("l.json"), losses)  # type: ignore[arg-type]
    assert found == [{"role": "system", "content": text} for text in opening]
    assert told in "".join(map(str, losses))
    assert bool(losses) is bool(told)


def test_what_no_prompt_holds_is_told_once_with_its_first_place() -> None:
    parts = [{"type": "text", "text": "q"}, {"type": "image", "image": "data:"}]
    odd = {"input": [{"role": "user", "content": parts}], "files": {"a": "b"}}
    losses: list[object] = []
    tell_left_out([sample("q"), (odd, HERE), (odd, Mark("l.json", 9, 1))], losses)  # type: ignore[arg-type]
    told = "is not carried, in 2 of 3 samples: recorded outputs are judged without it"
    whats = ("`files`", "a part `image` of the input")
    assert [str(each) for each in losses] == [f"l.json:7:1: {what} {told}" for what in whats]
