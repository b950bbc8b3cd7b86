"""A fuzzer for everything that reads what others wrote.

    python tests/fuzz.py record --runs 3000 --seed 7     one target, so many inputs
    python tests/fuzz.py --seconds 600                   every target in turn
    python tests/fuzz.py yaml --seconds 600 --guided     led by coverage, with atheris installed

Inputs are made from good files and bad pieces. A target may refuse an input with its own error and
do nothing else: not raise, not take over two seconds of processor time, not die. A failing input is
printed with the seed that makes it again.
"""

import argparse
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from effort import done_within, measured, read_prose
from promptci.errors import Fault, SpecError
from promptci.models.hosted.answers import (
    BrokenAnswer,
    MalformedAnswer,
    read_answer,
    read_embedding,
)
from promptci.parsing.datafile import read_csv, read_jsonl
from promptci.parsing.yamlfile import load_yaml
from promptci.records.scorefile import dump, parse
from promptci.scorers.base.jsontext import NotJSON, find_json
from promptci.scorers.registry.registry import Reach, bind_all
from promptci.specs.config import Config
from promptci.specs.configfile import parse_config
from promptci.specs.evalparsing import parse_evalspec
from promptci.specs.flows.parsing import parse_flow
from promptci.specs.flows.stepreader import FlowSurroundings
from promptci.specs.promptparsing import parse_prompt
from promptci.specs.promptyml import parse_promptyml
from promptci.specs.request import Settings
from promptci.suite.flowfiles import bind_condition
from promptci.templates.template import Template, TemplateError

ROOT = Path(__file__).parent.parent
MEMORY = 2 << 30
DEAREST = 60.0
"""Times what reading a million letters of prose costs, for one input; it is five times as long as
any input, and hostile ones are refused in one of them."""
_GLANCE = 0.05
"""Seconds of one input after which it is worth comparing: the comparison takes longer."""

LARGEST = 200_000


def yaml(data: bytes) -> None:
    with suppress(SpecError):
        load_yaml(data, "a.yaml")


def prompt(data: bytes) -> None:
    with suppress(SpecError):
        faults: list[Fault] = []
        found = parse_prompt(load_yaml(data, "prompts/a.yaml"), "a", faults)
        assert found is not None or faults


def eval_(data: bytes) -> None:
    with suppress(SpecError):
        faults: list[Fault] = []
        found = parse_evalspec(load_yaml(data, "evals/a.yaml"), "a", faults)
        if found is not None:
            bind_all(found.scorers, faults, Reach(lambda name, more: Settings(_model(name), more)))


def flow(data: bytes) -> None:
    with suppress(SpecError):
        faults: list[Fault] = []
        text = '{messages: [{role: user, content: "{{ question }}{{ rows }}{{ task }}"}]}'
        asked = parse_prompt(load_yaml(text.encode(), "prompts/a.yaml"), "a", [])
        prompts = dict.fromkeys(("text-to-sql", "say-rows", "shopping-list"), asked)
        around = FlowSurroundings(prompts, read=_no_data, bind=bind_condition)
        found = parse_flow(load_yaml(data, "flows/a.yaml"), "a", faults, around)
        assert found is not None or faults
        if found is not None:
            assert len(found.digest) == 64


def _no_data(node, faults) -> tuple[str, bytes]:
    return "shop.sql", b""


def _model(name: str):
    return Config().model(name)


def config(data: bytes) -> None:
    with suppress(SpecError):
        parse_config(load_yaml(data, "promptci.yaml"), [])


def promptyml(data: bytes) -> None:
    with suppress(SpecError):
        parse_promptyml(load_yaml(data, "a.prompt.yml"), "a", [])


def jsonl(data: bytes) -> None:
    for _ in read_jsonl(BytesIO(data), "a.jsonl"):
        pass


def csv(data: bytes) -> None:
    for _ in read_csv(BytesIO(data), "a.csv"):
        pass


def record(data: bytes) -> None:
    with suppress(SpecError, UnicodeDecodeError):
        found = dump(parse(data.decode(), "evals/a.scores.yaml", "a"))
        assert dump(parse(found, "evals/a.scores.yaml", "a")) == found


def template(data: bytes) -> None:
    text = data.decode(errors="surrogateescape")
    with suppress(TemplateError):
        rendered = Template.parse(text).render({"ticket": "{{ x }}", "a": {"b": [1, None]}})
        assert "{{ ticket }}" not in rendered or "\\{{" in text


def answer(data: bytes) -> None:
    with suppress(BrokenAnswer, MalformedAnswer):
        found = read_answer(data, latency=0.0, sampling="greedy")
        found.text.encode()
    with suppress(BrokenAnswer, MalformedAnswer):
        read_embedding(data, latency=0.0)


def json_in_prose(data: bytes) -> None:
    with suppress(NotJSON):
        find_json(data.decode(errors="surrogateescape"))


TARGETS: Mapping[str, tuple[Callable[[bytes], None], tuple[str, ...]]] = {
    "yaml": (yaml, ("prompts/*.yaml", "evals/*.yaml", "evals/*.scores.yaml")),
    "prompt": (prompt, ("prompts/*.yaml", "prompts/v1/*.yaml")),
    "eval": (eval_, ("evals/*.yaml", "evals/v1/*.yaml")),
    "flow": (flow, ("flows/*.yaml",)),
    "config": (config, ("src/promptci/project/starter/promptci.yaml",)),
    "promptyml": (promptyml, ("prompts/*.yaml",)),
    "jsonl": (jsonl, ("evals/*.jsonl",)),
    "csv": (csv, ("evals/*.csv",)),
    "record": (record, ("evals/*.scores.yaml", "evals/v1/*.scores.yaml")),
    "template": (template, ("prompts/*.yaml",)),
    "answer": (answer, ("evals/*.jsonl",)),
    "json_in_prose": (json_in_prose, ("evals/*.jsonl",)),
}

SEEDS: Mapping[str, tuple[bytes, ...]] = {
    "config": (
        b"endpoints: {lab: {base_url: https://x.invalid/v1, key_env: K, headers: {A: b}}}\n"
        b"models: {m: {endpoint: lab, model: m-1}}\nprices: {m: {input: 1, output: 2}}\n"
        b"defaults: {model: m, concurrency: 4, max_cost: 1.5, max_requests: 9}\n",
    ),
    "promptyml": (
        b"name: a\nmodel: openai/gpt-4o\nmodelParameters: {temperature: 0.5, maxTokens: 9}\n"
        b"messages: [{role: system, content: 'Be {{tone}}'}, {role: user, content: '{{input}}'}]\n"
        b"testData: [{input: hi, expected: ho, tone: x}]\nresponseFormat: json_schema\n"
        b'jsonSchema: \'{"name": "n", "schema": {"type": "object"}}\'\n'
        b"evaluators: [{name: e, string: {contains: '{{expected}}'}}, {uses: github/similarity}]\n",
    ),
    "answer": (
        b'{"choices":[{"message":{"content":"x","tool_calls":[{"id":"1"}]},"finish_reason":"stop"}],'
        b'"usage":{"prompt_tokens":1,"completion_tokens":2},"model":"m"}',
        b'{"data":[{"embedding":[0.5,1e9,-0.0]}],"usage":{"prompt_tokens":3}}',
    ),
    "template": (b"{{ ticket }} \\{{ x }} {{a.b}}",),
}

PIECES = (
    *(b"{", b"}", b"[", b"]", b"- ", b": ", b"? ", b"| ", b">", b"&a ", b"*a ", b"<<: ", b"!!str "),
    *(b"#", b"'", b'"', b"\\", b",", b"\n", b"\r", b"\t", b" ", b"\x00", b"\xff", b"\xef\xbb\xbf"),
    *(b"\xe2\x80\xa8", b"\xf0\x9f\x98\x80", b"\xed\xa0\x80", b"---\n", b"...\n", b"%YAML 1.1\n"),
    *(b"{{", b"}}", b"{{ ", b"\\{{", b"null", b"true", b"no", b"012", b"1e999", b"-0", b".nan"),
    *(
        b"9" * 400,
        b"0.1",
        b"-1",
        b"2026-01-01",
        b"1:30",
        b"format: 1",
        b"format: 2",
        b"<<<<<<< x\n",
    ),
    *(b"is: pass", b"digest: ", b"score: 1", b"NaN", b"Infinity", b"\\ud800", b"(a+)+$", b"$ref"),
)


def corpus(name: str) -> list[bytes]:
    """Good inputs of a target."""
    files = (path for pattern in TARGETS[name][1] for path in sorted(ROOT.glob(pattern)))
    return [*SEEDS.get(name, ()), *(path.read_bytes() for path in files)] or [b""]


def mutated(rng: random.Random, good: list[bytes]) -> bytes:
    """A good input, changed in one to six places."""
    data = bytearray(rng.choice(good))
    for _ in range(rng.randint(1, 6)):
        at, end = sorted((rng.randint(0, len(data)), rng.randint(0, len(data))))
        end = min(end, at + rng.choice((1, 8, 64, 4096)))
        match rng.randrange(7):
            case 0:
                data[at:end] = b""
            case 1:
                data[at:at] = data[at:end] * rng.choice((1, 2, 50))
            case 2:
                data[at:at] = rng.choice(PIECES)
            case 3:
                data[at:at] = rng.choice(PIECES) * rng.choice((2, 40, 5_000))
            case 4:
                data[at:end] = rng.choice(PIECES)
            case 5 if data:
                data[min(at, len(data) - 1)] = rng.randrange(256)
            case _:
                other = rng.choice(good)
                data[at:] = other[rng.randint(0, len(other)) :]
    return bytes(data[:LARGEST])


def tried(name: str, data: bytes) -> None:
    """Put one input to a target."""

    def work() -> None:
        TARGETS[name][0](data)

    _, spent = measured(work)
    if spent > _GLANCE:
        done_within(DEAREST, read_prose, work)


def inputs(name: str, seed: int) -> Iterator[tuple[int, bytes]]:
    """Inputs without end, each with the seed that makes it."""
    good = corpus(name)
    for number in range(seed * 1_000_000, (seed + 1) * 1_000_000):
        yield number, mutated(random.Random(f"{name} {number}"), good)


def fuzz(name: str, *, runs: int | None, seconds: float | None, seed: int) -> int:
    """Fuzz one target; gives the number of inputs."""
    ends = None if seconds is None else time.monotonic() + seconds
    count = 0
    for number, data in inputs(name, seed):
        if count == runs or (ends is not None and time.monotonic() > ends):
            break
        try:
            tried(name, data)
        except BaseException:
            print(f"{name}: input {number} fails: {data!r}", file=sys.stderr)  # noqa: T201
            raise
        count += 1
    return count


def guided(name: str, seconds: float) -> None:
    """The same led by coverage. It ends the process."""
    import atheris

    with atheris.instrument_imports(include=["promptci"]):
        for module in [each for each in sys.modules if each.startswith("promptci")]:
            del sys.modules[module]
        import fuzz as again
    folder = ROOT / ".fuzz" / name
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(corpus(name)):
        (folder / f"good-{number}").write_bytes(data)
    kept = f"-artifact_prefix={folder.parent}/"
    options = [
        kept,
        f"-max_total_time={seconds:.0f}",
        f"-max_len={LARGEST}",
        "-timeout=10",
        str(folder),
    ]
    atheris.Setup([sys.argv[0], *options], lambda data: again.tried(name, data))
    atheris.Fuzz()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--runs", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--guided", action="store_true")
    parser.add_argument("--list", action="store_true")
    given = parser.parse_args()
    if given.list:
        print(*TARGETS)  # noqa: T201
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for name in given.targets or TARGETS:
        if given.guided:
            guided(name, given.seconds or 60)
        count = fuzz(name, runs=given.runs, seconds=given.seconds, seed=given.seed)
        print(f"{name}: {count} inputs")  # noqa: T201


if __name__ == "__main__":
    main()
