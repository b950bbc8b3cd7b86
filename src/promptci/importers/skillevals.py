"""Evals of skills for Claude: inputs with what is expected in words."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from msgspec import Struct, field

from promptci.importers.foreignyaml import load_foreign
from promptci.importers.imported import (
    ExampleSet,
    Imported,
    ImportedEval,
    ImportedPrompt,
    Importer,
    Row,
)
from promptci.importers.names import Names, slug
from promptci.importers.rows import objects_of
from promptci.importers.sources import Sources
from promptci.parsing.source import Mark, Node, Plain, excerpt

_EXPECTED = (
    "expectations", "assertions", "criteria", "rubric", "expected_behavior",
    "expected_output", "expected", "expect",
)  # fmt: skip
_SHOWN = "put what the model must see into the prompt"
_LOST = {
    "files": _SHOWN,
    "setup": _SHOWN,
    "tools": _SHOWN,
    "skills": _SHOWN,
    "should_trigger": "whether a skill is called is its client's doing: ask for it in a prompt",
}
_ASKED = ("prompt", "query", "input")
_TEXTS = ("text", "description", "criterion")
_NAMES = frozenset((*_TEXTS, "id", "name", "type"))
"""What an item of what is expected says of itself; all else of it checks something."""
_LISTS = ("evals", "cases", "tests")
_OF_FILE = frozenset((
    *_LISTS, "skill_name", "description", "$schema", "version", "author", "created", "notes",
))  # fmt: skip
_PLAIN = frozenset(("evals", "eval", "cases", "case", "tests", "skills", "."))
"""Folders and files that are called so whatever the skill."""
DEFAULT_JUDGE = "openai/gpt-6-luna"


def read_claude_evals(sources: Sources, path: str) -> Imported:
    """Read `evals.json` of a skill, a `case.yaml`, or a folder of skills and cases.

    Each skill is an eval: the cases of one file, or those in folders side by side.
    """
    found, names = Imported(), Names()
    skills: dict[str, _Skill] = {}
    for each in sources.at(path):
        if (
            PurePosixPath(each).name in ("evals.json", "case.yaml", "case.yml", "evals.yaml")
            or each == path
            or (each.endswith(".json") and _is_claude(each, sources.read(each)[:65_536]))
        ):
            root = load_foreign(sources.read(each), each, found.losses)
            skill = skills.setdefault(_place_of_skill(root, each), _Skill(each))
            skill.cases += [(case, each) for case in _cases(root)]
            skill.said |= _said_of_skill(root)
            _tell_file(root, found)
    for place, skill in skills.items():
        _add(place, skill, names, found)
    return found


class _Skill(Struct):
    """Cases that belong together, each with its file, and what their file says of all."""

    path: str
    cases: list[tuple[Node, str]] = field(default_factory=list)
    said: dict[str, Plain] = field(default_factory=dict)


def _place_of_skill(root: Node, path: str) -> str:
    """What cases of one skill have in common: their file, their folder, or the one around it."""
    file = PurePosixPath(path)
    if _cases(root) != [root]:
        return path
    return str(file.parent.parent if file.stem == "case" else file.parent)


def _add(place: str, skill: _Skill, names: Names, found: Imported) -> None:
    said = dict(skill.said)
    folders = [*PurePosixPath(skill.path).parts[:1], *PurePosixPath(place).parts]
    parts = [re.sub(r"\.(?:json|ya?ml)$", "", each) for each in folders]
    given = said.pop("skill_name", [each for each in ("skill", *parts) if each not in _PLAIN][-1])
    name = names.take(slug(str(given)) or "skill")
    messages: list[Plain] = [{"role": "user", "content": "{{ prompt }}"}]
    found.prompts.append(ImportedPrompt(name, {**said, "messages": messages}, skill.path))
    found.evals.append(ImportedEval(name, {"scorers": []}, name, skill.path))
    found.examples.append(ExampleSet(name, lambda: _case_rows(skill.cases, found)))
    read_by = "what is expected is in words, which a judge reads"
    kept_off = "files and tools of an agent are not given to the model"
    found.notes.append(Mark(skill.path).warning(f"{read_by}; {kept_off}"))


def _tell_file(root: Node, found: Imported) -> None:
    """What a file says beside its cases is reported: it may change what its runner does."""
    parts = root.value if isinstance(root.value, dict) and _cases(root) != [root] else {}
    for key in parts:
        if key not in _OF_FILE:
            wrong = f"`{excerpt(key)}` beside the cases is not carried: write what it does by hand"
            found.losses.append(root.key_mark(key).fault(wrong))


def _said_of_skill(root: Node) -> dict[str, Plain]:
    """The skill's name and what its evals are about, where a file of several cases says so."""
    parts = root.value if isinstance(root.value, dict) and "evals" in root.value else {}
    kept = {key: parts[key].plain() for key in ("skill_name", "description") if key in parts}
    return {key: value for key, value in kept.items() if isinstance(value, str) and value.strip()}


def _cases(root: Node) -> list[Node]:
    parts = root.value if isinstance(root.value, dict) else {}
    listed = next((parts[key] for key in _LISTS if key in parts), root)
    return listed.value if isinstance(listed.value, list) else [listed]


def _case_rows(cases: list[tuple[Node, str]], found: Imported) -> Iterator[Row]:
    for number, (node, path) in enumerate(cases, 1):
        case = node.plain()
        asked = case.get(_field(case, _ASKED)) if isinstance(case, dict) else None
        if not isinstance(case, dict) or not isinstance(asked, str):
            found.losses.append(node.mark.fault("a case has no `prompt` that is a text: add one"))
            continue
        wanted = _expectations(case)
        if not wanted and "should_trigger" not in case and not any(_unread(case)):
            found.losses.append(
                node.mark.fault("a case says nothing of what is expected: add `expected_output`")
            )
        for key, cure in _LOST.items():
            if case.get(key) not in (None, "", [], {}):
                wrong = f"`{key}` of a case is not carried: {cure}"
                found.losses.append(node.key_mark(key).fault(wrong))
        for key, wrong in _unread(case):
            found.losses.append(node.key_mark(key).fault(wrong))
        scorers: list[Plain] = [
            {"rubric": {"criteria": _criterion(each), "model": DEFAULT_JUDGE}} for each in wanted
        ]
        ident = case.get(_field(case, _IDS), _folder_id(path, cases))
        found.place = node.mark
        yield {
            "id": str(ident) if ident != "" else str(number),
            "vars": {"prompt": asked},
            "scorers": scorers or [{"length": {"min": 1}}],
            **({"meta": meta} if (meta := _case_meta(case)) else {}),
        }


def _folder_id(path: str, cases: list[tuple[Node, str]]) -> str:
    """The folder of a case is its id where each is in a file of its own."""
    alone = len(cases) > 1 and [each for _, each in cases].count(path) == 1
    return PurePosixPath(path).parent.name if alone else ""


_IDS = ("id", "name")


def _field(case: Mapping[str, Plain], names: Iterable[str]) -> str:
    """The first field of these that says something; empty where none does."""
    return next((name for name in names if case.get(name) not in (None, "", [], {})), "")


def _case_meta(case: dict[str, Plain]) -> dict[str, Plain]:
    """What a case says besides: it is kept, and the expected output where others are judged."""
    named = next((key for key in _EXPECTED if _said_in(case.get(key))), "")
    whole = any(set(each) - set(_TEXTS) for each in objects_of(case.get(named)))
    read = {_field(case, _IDS), _field(case, _ASKED), *_LOST} - {"should_trigger"}
    read |= set() if whole else {named}
    return {k: v for k, v in case.items() if k not in read and v not in (None, "", [], {})}


def _expectations(case: dict[str, Plain]) -> list[str]:
    """What an answer must do, a sentence each."""
    return next((found for key in _EXPECTED if (found := _said_in(case.get(key)))), [])


def _criterion(wanted: str) -> str:
    """What a judge reads; a label such as `FAIL` alone says nothing of an answer."""
    return wanted if len(wanted.split()) > 1 else f"The answer comes to this: {wanted}"


def _said_in(value: Plain) -> list[str]:
    """The sentences of a field that says what is expected."""
    found: list[str] = []
    for each in value if isinstance(value, list) else [value]:
        text = each.get(_field(each, _TEXTS)) if isinstance(each, dict) else each
        if isinstance(text, str) and text.strip():
            found.append(text.strip())
    return found


def _unread(case: Mapping[str, Plain]) -> Iterator[tuple[str, str]]:
    """Fields that judge and are not carried, each with what is wrong and the cure."""
    for key, value in case.items():
        if key in _EXPECTED and isinstance(value, list) and len(_said_in(value)) < len(value):
            yield key, f"an item of `{key}` that is no text is left out: write it as a scorer"
        elif key in _EXPECTED and (more := sorted(set().union(*objects_of(value)) - _NAMES)):
            names = ", ".join(f"`{excerpt(each)}`" for each in more)
            yield key, f"{names} of `{key}` is kept in `meta` and checks nothing: write a scorer"
        elif re.match("scorers|graders|checks|must_(?!not)", key) and value:
            yield key, f"`{excerpt(key)}` of a case is not carried: write each as a scorer"
        elif re.match("forbidden|unacceptable|must_not|should_not|fail", key) and value:
            wrong = f"`{excerpt(key)}` of a case is not carried"
            yield key, f"{wrong}: write it as `not: {{rubric: …}}`"


def _is_claude(path: str, head: bytes) -> bool:
    name = PurePosixPath(path).name
    return (
        name in ("case.yaml", "case.yml")
        or (name == "evals.json" and b'"testing_criteria"' not in head)
        or (b'"skill_name"' in head and b'"evals"' in head)
        or (b'"query"' in head and b'"expected_behavior"' in head)
    )


CLAUDE_EVALS = Importer(
    "claude-evals", "Evals of a skill (`evals.json`, `case.yaml`)", _is_claude, read_claude_evals
)
