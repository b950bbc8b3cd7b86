"""Make golden candidates of logged calls: redacted, each once, a sample of all kinds."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from sys import intern

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.atomic import write_text
from promptci.digest import digest, long_digest, short_digest
from promptci.errors import Fault, NothingToRunError, RequestError, SpecError, told_once
from promptci.git.tree import Tree
from promptci.git.unfollowed import no_evals
from promptci.importers.logged.logs import LoggedCall, read_log
from promptci.importers.promptmatch import variables_of
from promptci.parsing.jsonline import read_object
from promptci.parsing.source import Mark, Plain, decode
from promptci.project.importing import sources_of
from promptci.project.naming import named_eval
from promptci.project.project import Project
from promptci.run.planning.selection import select
from promptci.secrets.personal import personal_field, without_personal_data
from promptci.specs.answerer import writing_prompt
from promptci.specs.evalspec import EvalSpec
from promptci.specs.prompt import Prompt
from promptci.suite.golden import Golden

TODO = "TODO"
"""The placeholder for what is expected, until a person writes it."""
_LONG_ANSWER = 60


class CollectResult(Struct, frozen=True):
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
    if not suite.evals:
        cure = f"`collect` fills one that is there, so write evals/{name}.yaml and its prompt first"
        raise NothingToRunError(no_evals(suite.tree, f"{cure}, see `promptci init`"))
    [spec] = select(suite, (name,))
    prompt = writing_prompt(suite.prompts[spec.prompt], "`collect`")
    sources, relative = sources_of(project, log.absolute())
    losses: list[Fault] = []
    target = project.workspace.repo.root / candidates_path(name)
    before = read_candidates(target, candidates_path(name)) if target.is_file() else []
    survey = _Survey(prompt, seed, frozenset(_known(suite.tree, spec, before)))
    for call in read_log(sources, relative, losses):
        survey.take(call)
    if not survey.calls and not losses:
        raise RequestError(f"{log}: there is no call in it: name a log of requests and answers")
    places = frozenset(_sampled(survey.fresh, sample))
    if places:
        again = enumerate(read_log(sources, relative, []))  # only those chosen are kept in memory
        calls = (call for place, call in again if place in places)
        chosen = filter(None, (_row(_redacted(call, Counter()), prompt) for call in calls))
        written = (json.dumps(row, ensure_ascii=False) for row in [*before, *chosen])
        write_text(target, "".join(f"{line}\n" for line in written))
    return CollectResult(
        candidates_path(name), survey.calls, survey.known, survey.repeated, survey.unmatched,
        len(places), dict(sorted(survey.taken_out.items())), tuple(told_once(losses)),
    )  # fmt: skip


def _known(tree: Tree, spec: EvalSpec, before: Iterable[dict[str, Plain]]) -> Iterator[str]:
    """The digests of inputs that are examples or candidates already."""
    for each in Golden.of(tree, spec):
        if not isinstance(each, Fault):
            yield long_digest(each.vars)
    for row in before:
        yield long_digest(row["vars"])


class _Fresh(Struct, frozen=True):
    """A call that may become a candidate: its place in the log, its lot, its kind of answer."""

    place: int
    lot: str
    stratum: str


class _Survey(Struct):
    """What a log holds, call by call, without keeping the calls."""

    prompt: Prompt
    seed: int
    there: frozenset[str]
    calls: int = 0
    known: int = 0
    repeated: int = 0
    unmatched: int = 0
    taken_out: Counter[str] = field(default_factory=Counter)
    fresh: list[_Fresh] = field(default_factory=list)
    _seen: dict[str, tuple[int, int]] = field(default_factory=dict)

    def take(self, call: LoggedCall) -> None:
        """Count a call, and note it where its input is new.

        Of the steps of an agent, which have one input, that with all calls of tools is noted.
        """
        place = self.calls
        self.calls += 1
        row = _row(_redacted(call, self.taken_out), self.prompt)
        if row is None:
            self.unmatched += 1
            return
        key = long_digest(row["vars"])
        if key in self.there:
            self.known += 1
            return
        noted, most = self._seen.get(key, (len(self.fresh), -1))
        self.repeated += most >= 0
        if len(call.since_asked) > most:
            self._seen[key] = noted, len(call.since_asked)
            lot = digest([self.seed, row["vars"]])
            self.fresh[noted : noted + 1] = [_Fresh(place, lot, intern(_stratum(row)))]


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
    answer = without_personal_data(call.answer, counts)
    calls = tuple(_without(each, counts) for each in call.calls)
    return replace(call, turns=turns, answer=answer, calls=calls)


def _without(value: Plain, counts: Counter[str]) -> Plain:
    """A value with all of its texts redacted."""
    if isinstance(value, str):
        return without_personal_data(value, counts)
    if isinstance(value, list):
        return [_without(each, counts) for each in value]
    if isinstance(value, dict):
        return {key: _field_without(key, each, counts) for key, each in value.items()}
    return value


def _field_without(name: str, value: Plain, counts: Counter[str]) -> Plain:
    """The value of a field, whose name may say that it is personal."""
    if isinstance(value, str | int | float):
        return personal_field(name, value, counts) or _without(value, counts)
    return _without(value, counts)


def _row(call: LoggedCall, prompt: Prompt) -> dict[str, Plain] | None:
    """A call as a candidate; None where the prompt could not have sent it."""
    variables = variables_of(prompt, call.turns)
    if variables is None:
        return None
    meta: dict[str, Plain] = {"answer": call.answer}
    if call.trajectory:
        meta["tool_calls"] = list(call.trajectory)
    if call.model:
        meta["model"] = call.model
    return {"id": short_digest(variables), "vars": variables, "expected": TODO, "meta": meta}


def _sampled(fresh: Iterable[_Fresh], size: int) -> Iterator[int]:
    """The places of so many calls, one of each kind of answer in turn, by their lots."""
    strata: dict[str, list[int]] = defaultdict(list)
    for each in sorted(fresh, key=lambda each: each.lot):
        strata[each.stratum].append(each.place)
    return islice(_in_turn(list(strata.values())), size)


def _stratum(row: Mapping[str, Plain]) -> str:
    """What kind of answer was given: a short one by its text, a long one by its size."""
    meta = row["meta"]
    answer = str(meta.get("answer", "")).strip().casefold() if isinstance(meta, dict) else ""
    return answer if len(answer) <= _LONG_ANSWER else f"long {len(answer).bit_length()}"


def _in_turn(strata: list[list[int]]) -> Iterator[int]:
    depth = max(map(len, strata), default=0)
    for turn in range(depth):
        yield from (places[turn] for places in strata if turn < len(places))
