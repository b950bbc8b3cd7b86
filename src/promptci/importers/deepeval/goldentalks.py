"""Conversational goldens of DeepEval: a model plays the user, and a judge reads the whole talk.

Fields as deepeval 4.3.1 saves them: `scenario` is what the user wants, `user_description` and
`persona` who it is, `turns` what was said before, `expected_outcome` what is to come about.
"""

import json
from collections.abc import Iterator

from promptci.errors import Fault
from promptci.importers.imported import ExampleSet, Imported, ImportedEval, ImportedPrompt, Row
from promptci.importers.openai.modelgraded import DEFAULT_JUDGE
from promptci.importers.rows import Located, mark_in, turns_of
from promptci.importers.templates import literal
from promptci.parsing.source import Mark, Plain, excerpt
from promptci.templates.template import as_text

_KEPT = ("context", "comments", "additional_metadata", "expectations", "custom_column_key_values")
_READ = frozenset((
    "id", "name", "scenario", "turns", "expected_outcome", "user_description", "persona", *_KEPT,
    "expected_labels",
))  # fmt: skip


def add_talks(talks: list[Located], name: str, path: str, found: Imported) -> None:
    """Add the prompt, the eval and the examples of goldens whose rows have ids."""
    has_turns = any(_listed(row.get("turns")) for row, _ in talks)
    system: Plain = {"role": "system", "content": "You are a helpful assistant."}
    messages: list[Plain] = [system, "{{ history }}"] if has_turns else [system]
    found.prompts.append(ImportedPrompt(name, {"messages": messages}, path))
    user: Plain = {"model": DEFAULT_JUDGE, "goal": "{{ scenario }}", "knows": "{{ user }}"}
    body: dict[str, Plain] = {"conversation": {"user": user}, "scorers": []}
    found.evals.append(ImportedEval(name, body, name, path))
    found.examples.append(ExampleSet(name, lambda: _rows(talks, found, has_turns=has_turns)))
    said = "conversational goldens have no prompt: one is written, to be edited; a model plays the"
    found.notes.append(Mark(path).warning(f"{said} user, and a judge reads what came about"))


def _rows(talks: list[Located], found: Imported, *, has_turns: bool) -> Iterator[Row]:
    for row, mark in talks:
        for key in sorted(set(row) - _READ):
            if row[key] not in (None, "", [], {}):
                wrong = f"`{excerpt(key)}` of a golden is not carried"
                found.losses.append(field_mark(mark, key).fault(wrong))
        user = [as_text(row[key]) for key in ("user_description", "persona") if row.get(key)]
        values: dict[str, Plain] = {
            "scenario": as_text(row.get("scenario")),
            "user": "\n".join(dict.fromkeys(user)) or "Nothing more.",
        }
        if has_turns:
            values["history"] = _history(row, mark, found.losses)
        wanted = row.get("expected_outcome")
        meta: dict[str, Plain] = {key: row[key] for key in _KEPT if row.get(key)}
        yield {
            "id": str(row["id"]),
            "vars": values,
            "scorers": [_judged(as_text(wanted)) if wanted else {"length": {"min": 1}}],
            **({"meta": meta} if meta else {}),
        }


def _judged(wanted: str) -> Plain:
    asked = f"{literal(wanted)}\n\nJudge by the whole conversation:\n{{{{ conversation }}}}"
    return {"rubric": {"criteria": asked, "model": DEFAULT_JUDGE}}


def _history(row: dict[str, Plain], mark: Mark, losses: list[Fault]) -> list[Plain]:
    """What was said before, in the fields that turns have; DeepEval's own of a turn are losses."""
    given = [each for each in _listed(row.get("turns")) if isinstance(each, dict)]
    return turns_of(list(given), field_mark(mark, "turns"), losses) or []


def field_mark(mark: Mark, key: str) -> Mark:
    """The place of a field of a golden; exports write some names in camel case."""
    first, *others = key.split("_")
    camel = "".join((first, *(each.title() for each in others)))
    return mark_in(mark, key) if (at := mark_in(mark, camel)) is mark else at


def _listed(turns: Plain) -> list[Plain]:
    """Turns as a list, which tables and JSONL hold as a JSON text."""
    if isinstance(turns, str):
        try:
            turns = json.loads(turns)
        except (ValueError, RecursionError):
            return []
    return turns if isinstance(turns, list) else []
