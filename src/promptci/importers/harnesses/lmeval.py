"""Samples of lm-eval, as outputs for `promptci score`.

Fields as lm_eval 0.4.13 writes them: `doc_id`, `doc`, `target`, `arguments`, `resps`, `filter`, and
the figures of each sample by their names. Earlier versions write `arguments` as lists.
"""

import json
import re
from collections.abc import Iterator

from msgspec import Struct, field

from promptci.errors import Fault
from promptci.importers.harnesses.likelihoods import likeliest, only_likelihoods
from promptci.importers.harnesses.lmevalresults import Rows, has_figures, samples_by_task
from promptci.importers.harnesses.recorded import recorded_outputs
from promptci.importers.imported import Imported, Importer, OutputSet, Row
from promptci.importers.names import Names, slug
from promptci.importers.rows import Located, first_object, turns_of
from promptci.importers.sources import Sources
from promptci.parsing.source import Mark, Plain
from promptci.templates.template import as_text


def read_lm_eval(sources: Sources, path: str) -> Imported:
    """Read samples that lm-eval logged (`samples_*.jsonl`), or results that hold them by task.

    Of likelihoods of choices the likeliest choice is the answer. Of several answers to one sample
    the first is what `promptci score` judges, and all of them are written as trials. Raises
    `SpecError` for results without samples.
    """
    found, names = Imported(), Names()
    for task, rows in samples_by_task(sources, path, found).items():
        name = names.take(slug(re.sub(r"^samples_|_\d{4}-.*$", "", task)) or "lm-eval")
        log = _Log(rows, path, found, _is_of_choices(rows))
        fallback: Plain = {"equals": {"strip": True}} if log.is_of_choices else "short_answer"
        recorded_outputs(found, name, path, log.samples, _example, _output, fallback=fallback)
        log.tell(name)
    return found


def _is_of_choices(rows: Rows) -> bool:
    """Whether the first sample holds likelihoods. Raises `SpecError` where of no choices."""
    for row, mark in rows():
        if only_likelihoods(row):
            likeliest(row, mark)
            return True
        break
    return False


class _Log(Struct):
    """One file of samples; what was met in it is known when its samples were gone through."""

    rows: Rows
    path: str
    found: Imported
    is_of_choices: bool
    filters: dict[str, None] = field(default_factory=dict)
    is_repeated: bool = False
    renamed: int = 0

    def samples(self) -> Iterator[Located]:
        """Each sample once, under an id of its own."""
        return ((row, mark) for row, mark, is_first in self._all() if is_first)

    def _all(self) -> Iterator[tuple[dict[str, Plain], Mark, bool]]:
        names, sent = Names(), dict[str, int]()
        self.renamed = 0
        for row, mark in self.rows():
            name = row.get("filter")
            if name not in self.filters:
                self.filters[as_text(name)] = None
            if as_text(name) != next(iter(self.filters)):
                continue  # the same answers again, out of which something else was taken
            if not self._read(row, mark):
                continue
            ident = str(row.get("doc_id", mark.line))
            asked = hash(repr(row.get("prompt_hash") or row.get("arguments")))
            is_again = sent.setdefault(ident, asked) == asked and ident in names.taken
            self.is_repeated = self.is_repeated or is_again or len(_said(row)) > 1
            row["doc_id"] = ident if is_again else names.take(ident)
            self.renamed += row["doc_id"] != ident
            yield row, mark, not is_again

    def _read(self, row: dict[str, Plain], mark: Mark) -> bool:
        """Put the answer and what is right into a row; whether it may stay."""
        if not (self.is_of_choices and only_likelihoods(row)):
            row["target"] = _listed(row.get("target"), row.get("doc"))
            return True
        chosen = likeliest(row, mark)
        if isinstance(chosen, Fault):
            self.found.losses.append(chosen)
            return False
        row["target"], row["resps"] = chosen.right, [[chosen.answer]]
        return True

    def trials(self) -> Iterator[Row]:
        """Every answer to every sample."""
        for row, _, _ in self._all():
            for text in _said(row):
                yield {"id": str(row["doc_id"]), "output": text}

    def tell(self, name: str) -> None:
        """Say what runs otherwise here than it did there."""
        told = [self._judged(), self._chosen(), self._again(name), self._names()]
        self.found.notes += [Mark(self.path).warning(each) for each in told if each]

    def _judged(self) -> str:
        if len(self.filters) < 2:
            return ""
        named = ", ".join(f"`{each}`" for each in self.filters)
        return f"its answers were judged behind {named} there: here they are judged whole"

    def _chosen(self) -> str:
        return (
            "it holds likelihoods of choices: the likeliest is carried as the answer, which is "
            "what `acc` counts"
            if self.is_of_choices
            else ""
        )

    def _again(self, name: str) -> str:
        if not self.is_repeated:
            return ""
        self.found.outputs.append(OutputSet(f"{name}.trials", self.trials))
        return (
            f"it holds several answers to a sample: `promptci noise {name} --outputs "
            f"evals/{name}.trials.outputs.jsonl` judges all, `promptci score` the first"
        )

    def _names(self) -> str:
        if not self.renamed:
            return ""
        many = "one sample has" if self.renamed == 1 else f"{self.renamed:,} samples have"
        return f"{many} a `doc_id` that another has before: a number is added to it, as in `0-2`"


def _said(row: dict[str, Plain]) -> list[str]:
    """The whole answers to a sample; what a filter took of them where only that is there."""
    given = _first(row.get("resps"))
    if isinstance(given, list) and len(given) == 1 and isinstance(given[0], str):
        return [given[0]]  # most are
    listed = given if isinstance(given, list) else [given]
    texts = [each for each in listed if isinstance(each, str)]
    taken = _first(row.get("filtered_resps"))
    return texts or ([taken] if isinstance(taken, str) else [])


def _first(value: Plain) -> Plain:
    return value[0] if isinstance(value, list) and value else None


def _example(row: dict[str, Plain], mark: Mark, losses: list[Fault]) -> Row:
    arguments = row.get("arguments")
    given = arguments.get("gen_args_0") if isinstance(arguments, dict) else _first(arguments)
    prompt = given.get("arg_0") if isinstance(given, dict) else _first(given)
    made: Row = {"id": str(row["doc_id"])}
    sent = prompt if prompt is not None else row.get("doc", row.get("input"))
    turns = turns_of(_chat_of(sent), mark, losses)
    made["vars"] = {"input": turns or [{"role": "user", "content": as_text(sent)}]}
    if row.get("target") not in (None, ""):
        made["expected"] = (
            row["target"] if not isinstance(row["target"], str) else row["target"].strip()
        )
    return made


def _chat_of(sent: Plain) -> Plain:
    """The turns of a chat, which lm-eval logs as JSON in a text, alone in a list."""
    text = sent[0] if isinstance(sent, list) and len(sent) == 1 else sent
    if not isinstance(text, str) or not text.startswith("[{"):
        return None
    try:
        read: Plain = json.loads(text)
    except (ValueError, RecursionError):
        return None
    turns = [each for each in read if isinstance(each, dict)] if isinstance(read, list) else []
    return [{key: part for key, part in turn.items() if key != "type"} for turn in turns]


def _listed(target: Plain, doc: Plain) -> Plain:
    """The texts of a target that is a list, which lm-eval logs as Python shows it."""
    if not isinstance(target, str) or target[:1] != "[" or not _LIST.fullmatch(target.strip()):
        return target
    if isinstance(doc, dict) and target in doc.values():
        return target
    return [_unquoted(each.group()) for each in _TEXT.finditer(target)]


_TEXT = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_LIST = re.compile(rf"\[(?:{_TEXT.pattern})(?:, (?:{_TEXT.pattern}))*\]")


def _unquoted(text: str) -> Plain:
    """What a text is that Python shows with its quotes and escapes."""
    return re.sub(
        r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|.)",
        lambda found: _ESCAPED.get(found[1]) or _sign(found[1]),
        text[1:-1],
    )


def _sign(escape: str) -> str:
    return chr(int(escape[1:], 16) % 0x110000) if len(escape) > 1 else escape


_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}


def _output(row: dict[str, Plain]) -> Row | None:
    said = _said(row)
    return {"id": str(row["doc_id"]), "output": said[0]} if said else None


def _is_lm_eval(path: str, head: bytes) -> bool:
    keys = set(first_object(head)) if path.endswith((".jsonl", ".json")) else set()
    if "doc_id" in keys and not keys.isdisjoint(("resps", "filtered_resps")):
        return True
    return path.endswith(".json") and has_figures(head)


LM_EVAL = Importer(
    "lm-eval", "Samples of lm-eval, as outputs for `promptci score`", _is_lm_eval, read_lm_eval
)
