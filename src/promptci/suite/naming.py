"""Which evals a name means: one rule for every command that takes names."""

from collections.abc import Iterable, Mapping, Sequence

from promptci.errors import RequestError
from promptci.parsing.source import excerpt
from promptci.specs.answerer import Answerer
from promptci.specs.evalspec import EvalSpec
from promptci.specs.flows.flow import Flow
from promptci.suite.filenames import YAML, name_below

_MOST = 3
_ALL = (".", "evals", "prompts", "flows")
_RECORDS = tuple(f".scores{ending}" for ending in YAML)


def evals_called(
    name: str, evals: Mapping[str, EvalSpec], prompts: Mapping[str, Answerer]
) -> list[EvalSpec]:
    """The evals that a name means, by the first of these rules that finds any.

    The name or path of an eval, or the path of its score record, means that eval alone; that of a
    prompt means every eval of the prompt; that of a folder every eval in it, or on a prompt in it.
    A slash at the end means a folder.
    """
    path = name.removeprefix("./")
    folder = path.rstrip("/")
    if folder in _ALL:
        return list(evals.values())
    if folder == path:
        mine = [spec for spec in evals.values() if _is_eval(spec, path)]
        of_prompt = [
            spec
            for spec in evals.values()
            if (prompt := prompts.get(spec.prompt)) is not None and _is_prompt(prompt, path)
        ]
        if mine or of_prompt:
            return mine or of_prompt
    return [spec for spec in evals.values() if _is_below(spec, prompts.get(spec.prompt), folder)]


def passed_over(
    names: Iterable[str], evals: Mapping[str, EvalSpec], prompts: Mapping[str, Answerer]
) -> str:
    """A sentence on evals that a name would mean as a prompt's, where it is an eval's as well."""
    called = [spec for name in names for spec in evals_called(name, evals, prompts)]
    for name in names:
        prompt = prompts.get(name)
        rest = [s for s in evals.values() if s.prompt == name and s not in called]
        if name in evals and prompt is not None and rest:
            others = ", ".join(f"`{spec.name}`" for spec in rest[:_MOST])
            more = f" and {len(rest) - _MOST} more" if len(rest) > _MOST else ""
            path = prompt.mark.path
            return (
                f"`{name}` is an eval; on the prompt of that name are also {others}{more}: {path}"
            )
    return ""


def _is_eval(spec: EvalSpec, path: str) -> bool:
    record = next((path.removesuffix(end) for end in _RECORDS if path.endswith(end)), path)
    return path == spec.mark.path or spec.name in (path, name_below(record, "evals/"))


def _is_prompt(prompt: Answerer, path: str) -> bool:
    folder = "flows" if isinstance(prompt, Flow) else "prompts"
    return path in (prompt.name, prompt.mark.path, f"{folder}/{prompt.name}")


def _is_below(spec: EvalSpec, prompt: Answerer | None, folder: str) -> bool:
    inner = name_below(folder, "evals/")
    is_on_its_prompt = prompt is not None and prompt.mark.path.startswith(f"{folder}/")
    return spec.name.startswith(f"{inner}/") or is_on_its_prompt


def only_eval(found: Sequence[EvalSpec], name: str) -> EvalSpec:
    """The only one of the evals that a name means. Raises `RequestError` where it means several."""
    if len(found) > 1:
        names = ", ".join(f"`{spec.name}`" for spec in found)
        raise RequestError(f"`{excerpt(name)}` names several evals: name one of {names}")
    return found[0]
