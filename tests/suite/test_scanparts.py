"""A large file that several processes look through: the same is found as by one, or it is one."""

import json
import os
import subprocess
import sys

import pytest

from projects import PROMPT
from tables import every_row

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2, reason="there are no helpers"
)

LOOK = """
import sys
from pathlib import Path
from promptci.git.gitprocess import Git
from promptci.git.worktree import WorkTree
from promptci.digest import digest
from promptci.scorers.registry.registry import Reach
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Settings
from promptci.suite import scanparts
from promptci.suite.evaljudges import Judges
from promptci.suite.golden import Golden
from promptci.suite.loading import load_suite
from promptci.suite.outlines import input_marks, outlines
from promptci.suite.scanned import _scanned

if sys.argv[2] == "alone":
    scanparts.helpers_to_spare = lambda: 0
took = []
look = scanparts.scan_in_parts
def told(*args):
    found = look(*args)
    took.append(found is not None)
    return found
scanparts.scan_in_parts = told
root = Path(sys.argv[1])
tree = WorkTree(Git(root), root)
suite, faults = load_suite(tree), []
spec = suite.evals["r"]
model = ModelSpec("m", "m", EndpointSpec("e", "openai", "http://127.0.0.1:9"))
judges = Judges(spec, Reach(lambda name, parameters: Settings(model, parameters)), faults)
golden = Golden.of(tree, spec)
scan = _scanned(golden, spec, suite.prompts["r"], judges, faults, may_be_alike=True)
groups = scan.groups
print("helped" if took == [True] else "by one")
print(scan.count, scan.digest, scan.is_whole, scan.longest, sorted(scan.steps))
print(groups and (sorted(groups.tags.items()), sorted(groups.clusters.items())))
print(groups and (sorted(groups.expected.items()), groups.has_few_values))
print([str(fault) for fault in faults])
print(len(golden.kept) > 0, [(e.id, e.digest, e.mark.line) for e in golden.examples()][-3:]
      if not faults else "")
print(digest([repr(each) for each in outlines(golden)]) if not faults else "")
"""


def rows(count, words=40, **more):
    """Examples with texts of so many times three words."""
    return [
        {
            "id": f"n{number}",
            "vars": {"ticket": f"{number} " + "a few words " * words},
            "expected": f"say {number}",
            **more,
        }
        for number in range(count)
    ]


def lines(examples):
    return "".join(json.dumps(each) + "\n" for each in examples)


def look(folder, text, *, spec="scorers: [contains]\n", how="together"):
    """What is found, and whether helpers helped."""
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    for name, content in {
        "prompts/r.yaml": PROMPT,
        "evals/r.yaml": f"examples: r.jsonl\n{spec}",
        "evals/r.jsonl": text,
    }.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", LOOK, str(folder), how],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        timeout=120,
    )
    assert ran.stderr == ""
    by, _, found = ran.stdout.partition("\n")
    return by, found


FEW = [each | {"expected": f"class {n % 5}"} for n, each in enumerate(rows(900))]
THIRTEEN = [each | {"expected": f"class {n % 13}"} for n, each in enumerate(rows(900))]
TAGGED = [
    each | {"tags": [f"t{n % 7}"], "cluster": f"c{n % 50}"} for n, each in enumerate(rows(900))
]
NO_IDS = [{"vars": each["vars"], "expected": "x"} for each in rows(900)]


@every_row(
    ("examples", "spec"),
    [
        (rows(900), "scorers: [contains]\n"),
        (rows(11_000, words=1), "scorers: [contains]\n"),
        (FEW, "scorers: [contains]\n"),
        (THIRTEEN, "scorers: [contains]\n"),
        (TAGGED, "scorers: [{contains: {only: [t3]}}, regex: a]\n"),
        (NO_IDS, "scorers: [equals]\n"),
        (rows(900), "scorers: [contains]\ngate: {must_pass: [n7, n899]}\n"),
        (rows(900), "scorers: [contains]\ngate: {must_pass: [n7, missing]}\n"),
        (rows(900), "scorers: [{contains: {only: [nobody]}}, regex: a]\n"),
    ],
)
def test_the_same_is_found_as_by_one(tmp_path, examples, spec):
    by, found = look(tmp_path, lines(examples), spec=spec)
    assert (by, found) == ("helped", look(tmp_path, lines(examples), spec=spec, how="alone")[1])


def changed(number, line, examples=None):
    """Lines of many examples, one of which is another."""
    made = lines(examples or rows(900)).splitlines(keepends=True)
    made[number] = line
    return "".join(made)


DOUBLE = json.dumps(rows(1)[0]) + "\n"
OWN = json.dumps(rows(1)[0] | {"id": "own", "scorers": ["equals"]}) + "\n"


@every_row(
    "text",
    [
        changed(870, "{\n"),
        changed(870, "[1, 2]\n"),
        changed(870, DOUBLE),
        changed(200, DOUBLE),
        changed(870, OWN),
        changed(870, '{"id": "z", "vars": {"tikcet": "x"}, "expected": "y"}\n'),
        changed(870, '{"id": "z", "vars": {"ticket": "x"}}\n'),
        changed(870, '{"id": "z\\u0007", "vars": {"ticket": "x"}, "expected": "y"}\n'),
        changed(870, "<<<<<<< HEAD\n"),
        "[" + ",\n".join(map(json.dumps, rows(900))) + "]\n",
        lines(rows(900)).encode() + b"\xff\n",
    ],
)
def test_what_is_odd_is_told_as_by_one(tmp_path, text):
    by, found = look(tmp_path, text)
    assert (by, found) == ("by one", look(tmp_path, text, how="alone")[1])


@every_row(
    "text",
    [
        changed(870, "\n"),
        "\n\n" + lines(rows(900)),
        lines(rows(900)).rstrip("\n"),
        lines(rows(900)).replace("\n", "\r\n"),
        "\ufeff" + lines(rows(900)),
        lines(rows(900)) + "\n" * 5_000,
        changed(7, json.dumps(rows(1)[0] | {"id": "long", "vars": {"ticket": "é" * 9_999}}) + "\n"),
        "[" + ", ".join(map(json.dumps, rows(900))) + "]",
    ],
)
def test_odd_lines_are_read_as_by_one(tmp_path, text):
    by, found = look(tmp_path, text)
    assert (by, found) == ("helped", look(tmp_path, text, how="alone")[1])


def test_a_small_file_is_read_by_one(tmp_path):
    assert look(tmp_path, lines(rows(500)))[0] == "by one"
