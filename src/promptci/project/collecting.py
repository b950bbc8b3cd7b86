"""Make golden candidates of logged calls: redacted, each once, a sample of all kinds."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from promptci.atomic import write_text
from promptci.digest import digest, long_digest, short_digest
from promptci.errors import Fault, RequestError, SpecError, told_once
from promptci.importers.logs import LoggedCall, read_log
from promptci.importers.promptmatch import variables_of
from promptci.parsing.jsonline import read_object
from promptci.parsing.source import Mark, Plain, decode
from promptci.project.importing import sources_of
from promptci.project.naming import named_eval
from promptci.project.project import Project
from promptci.run.selection import select
from promptci.secrets.personal import without_personal_data
from promptci.specs.answerer import plain_prompt
from promptci.specs.prompt import Prompt
from promptci.suite.golden import Golden

TODO = "TODO"
"""What stands in the place of what is expected, until a person says it."""
_LONG_ANSWER = 60


@dataclass(frozen=True, slots=True)
class CollectResult:
    """What was found in a log and what was kept of it.

    `taken_out` counts what was redacted, by kind; `known` are calls whose inputs are examples or
    candidates already.
    """

    path: str
    calls: int
    known: int
    repeated: int
    unmatched: int
    added: int
    taken_out: Mapping[str, int]
    losses: tuple[Fault, ...]

    @property
    def exit_code(self) -> int:
        """0; 1 where lines of the log could not be read."""
        return 1 if self.losses else 0


def candidates_path(name: str) -> str:
    """Where an eval's candidates are."""
    return f"evals/{name}.candidates.jsonl"


def collect_log(
    project: Project, log: Path, name: str, *, sample: int = 50, seed: int = 1
) -> CollectResult:
    """Add a sample of a log's calls to an eval's candidates.

    Secrets and personal data with a form are taken out before anything is compared or written. A
    call whose input is an example or a candidate already is never added again. The sample takes
    from each kind of answer in turn (short answers by their text, long ones by length), by `seed`.
    """
    name = named_eval(project, name)
    suite = project.workspace.suite
    [spec] = select(suite, (name,))
    prompt = plain_prompt(suite.prompts[spec.prompt], "`collect`")
    sources, relative = sources_of(project, log.absolute())
    losses: list[Fault] = []
    counts: Counter[str] = Counter()
    calls = [_redacted(call, counts) for call in read_log(sources, relative, losses)]
    if not calls and not losses:
        raise RequestError(f"{log}: there is no call in it: name a log of requests and answers")
    rows = [row for call in calls if (row := _row(call, prompt)) is not None]
    target = project.workspace.repo.root / candidates_path(name)
    before = read_candidates(target, candidates_path(name)) if target.is_file() else []
    known = {
        long_digest(each.vars)
        for each in Golden.of(suite.tree, spec)
        if not isinstance(each, Fault)
    }
    known |= {long_digest(row["vars"]) for row in before}
    fresh, repeated = _once(rows, known)
    chosen = _sampled(fresh, sample, seed)
    if chosen:
        written = (json.dumps(row, ensure_ascii=False) for row in [*before, *chosen])
        write_text(target, "".join(f"{line}\n" for line in written))
    return CollectResult(
        candidates_path(name), len(calls), len(rows) - len(fresh) - repeated, repeated,
        len(calls) - len(rows), len(chosen), dict(sorted(counts.items())), tuple(told_once(losses)),
    )  # fmt: skip


def read_candidates(path: Path, name: str) -> list[dict[str, Plain]]:
    """The candidates in a file. Raises `SpecError` for a line that holds none."""
    found: list[dict[str, Plain]] = []
    for number, line in enumerate(decode(path.read_bytes(), name).split("\n"), 1):
        mark = Mark(name, number, 1)
        row = read_object(line, mark) if line.strip() else None
        if isinstance(row, Fault):
            raise SpecError([row])
        if row is not None and not isinstance(row.get("vars"), dict):
            raise SpecError([mark.fault('a candidate has no `vars`: write {"id": …, "vars": {…}}')])
        found += [] if row is None else [row]
    return found


def _redacted(call: LoggedCall, counts: Counter[str]) -> LoggedCall:
    turns = [_without(turn, counts) for turn in call.turns]
    return replace(call, turns=turns, answer=without_personal_data(call.answer, counts))


def _without(value: Plain, counts: Counter[str]) -> Plain:
    """A value with all of its texts redacted."""
    if isinstance(value, str):
        return without_personal_data(value, counts)
    if isinstance(value, list):
        return [_without(each, counts) for each in value]
    if isinstance(value, dict):
        return {key: _without(each, counts) for key, each in value.items()}
    return value


def _row(call: LoggedCall, prompt: Prompt) -> dict[str, Plain] | None:
    """A call as a candidate; None where the prompt could not have sent it."""
    variables = variables_of(prompt, call.turns)
    if variables is None:
        return None
    meta: dict[str, Plain] = {"answer": call.answer}
    if call.model:
        meta["model"] = call.model
    return {"id": short_digest(variables), "vars": variables, "expected": TODO, "meta": meta}


def _once(rows: Iterable[dict[str, Plain]], known: set[str]) -> tuple[list[dict[str, Plain]], int]:
    """The rows whose inputs are new, each once, and how often one came again."""
    seen: set[str] = set()
    fresh: list[dict[str, Plain]] = []
    repeated = 0
    for row in rows:
        key = long_digest(row["vars"])
        if key in known:
            continue
        if key in seen:
            repeated += 1
            continue
        seen.add(key)
        fresh.append(row)
    return fresh, repeated


def _sampled(rows: Sequence[dict[str, Plain]], size: int, seed: int) -> list[dict[str, Plain]]:
    """So many rows, one of each kind of answer in turn; which ones depends on the seed alone."""
    strata: dict[str, list[dict[str, Plain]]] = defaultdict(list)
    for row in sorted(rows, key=lambda each: digest([seed, each["vars"]])):
        strata[_stratum(row)].append(row)
    chosen: list[dict[str, Plain]] = []
    for turn in _in_turn(list(strata.values())):
        if len(chosen) == size:
            break
        chosen.append(turn)
    order = {id(row): place for place, row in enumerate(rows)}
    return sorted(chosen, key=lambda row: order[id(row)])


def _stratum(row: Mapping[str, Plain]) -> str:
    """What kind of answer was given: a short one by its text, a long one by its size."""
    meta = row["meta"]
    answer = str(meta.get("answer", "")).strip().casefold() if isinstance(meta, dict) else ""
    return answer if len(answer) <= _LONG_ANSWER else f"long {len(answer).bit_length()}"


def _in_turn(strata: list[list[dict[str, Plain]]]) -> Iterator[dict[str, Plain]]:
    depth = max(map(len, strata), default=0)
    for place in range(depth):
        yield from (rows[place] for rows in strata if place < len(rows))
