"""What the solvers of Inspect sent beside a sample's input: carried where it is the same in all."""

from collections.abc import Iterable, Sequence
from itertools import takewhile

from promptci.errors import Fault
from promptci.importers.harnesses.evalarchive import GIVEN
from promptci.importers.rows import Located, objects_of
from promptci.parsing.source import Mark, Plain, excerpt
from promptci.templates.template import as_text


def sent_before(samples: Iterable[Located], mark: Mark, losses: list[Fault]) -> list[Plain]:
    """The system's messages that all samples were sent before their input; else none, and a loss.

    Samples that failed before anything was sent are passed over. An input that a solver changed
    is a loss with its place.
    """
    found: dict[tuple[str, ...], None] = {}
    asked_on: list[Mark] = []
    for sample, place in samples:
        turns = objects_of(sample.get("messages"))
        if sample.get("error") or not turns:
            continue
        own = sample.get("input")
        begun = [] if isinstance(own, str) else _system(objects_of(own))
        opening = _system(turns)[len(begun) :]
        found[tuple(as_text(turn.get("content")) for turn in opening)] = None
        asked = next((as_text(t.get("content")) for t in turns if t.get("role") == "user"), None)
        if isinstance(own, str) and asked is not None and asked.strip() != own.strip():
            wrong = "a solver sent other words than the sample's input, which is what is carried"
            losses.append(place.fault(f"{wrong}: write them into the prompt"))
        given = 1 if isinstance(own, str) else _asked(objects_of(own))
        asked_on += [place] if _asked(turns) > given else []
    if asked_on:
        wrong = f"in {len(asked_on):,} samples a solver asked on behind the input"
        cure = "which is not carried: write it into the prompt"
        losses.append(asked_on[0].fault(f"{wrong}, {cure}"))
    if len(found) > 1:
        wrong = "what solvers sent before the input differs from sample to sample"
        losses.append(mark.fault(f"{wrong} and is not carried: write it into the prompt"))
        return []
    return [
        {"role": "system", "content": text.replace("{{", "\\{{")}
        for opening in found
        for text in opening
    ]


def tell_left_out(samples: Sequence[Located], losses: list[Fault]) -> None:
    """A loss for each kind of thing that samples were given beside a text, at the first of them."""
    found: dict[str, list[Mark]] = {}
    for sample, mark in samples:
        turns = objects_of(sample.get("input"))
        parts = [part for turn in turns for part in objects_of(turn.get("content"))]
        kinds = {as_text(part.get("type")) for part in parts} - {"text"}
        beside = {f"a part `{excerpt(kind)}` of the input" for kind in kinds}
        for what in sorted(beside | {f"`{key}`" for key in GIVEN if sample.get(key)}):
            found.setdefault(what, []).append(mark)
    for what, places in found.items():
        counted = f"{what} is not carried, in {len(places):,} of {len(samples):,} samples"
        losses.append(places[0].fault(f"{counted}: recorded outputs are judged without it"))


def _asked(turns: list[dict[str, Plain]]) -> int:
    return sum(turn.get("role") == "user" for turn in turns)


def _system(turns: list[dict[str, Plain]]) -> list[dict[str, Plain]]:
    return list(takewhile(lambda turn: turn.get("role") == "system", turns))
