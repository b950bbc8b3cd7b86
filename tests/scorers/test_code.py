"""Own code as a scorer, in real child processes."""

from pathlib import Path

import pytest

from processes import is_running, wait_until
from promptci.records.record import Score
from promptci.scorers.base.verdict import NoVerdict
from tables import every_row

MODULE = """
import asyncio, math, os, signal, subprocess, sys, tempfile, threading, time
from decimal import Decimal
from pathlib import Path

from neighbour import LIMIT

def equal(output, expected, vars): return output == expected
def named(output, expected, vars): return vars["name"] in output
def no_expected(output, expected, vars): return expected is None and "expected" not in vars
def share(output, expected, vars): return min(1, len(output) / LIMIT)
def whole(*_): return {"score": 0.5, "passed": True, "why": "half  is\\nenough"}
def verdict(*_): return {"passed": False, "why": "no"}
def value(*_): return {"score": 1}
def lines(*_): return {"score": 0, "why": "x" * 5_000}

def prints(*_):
    print('{"value": 1}')
    sys.stdout.flush()
    os.write(1, b'{"value": 1}\\n')
    os.system("echo 1")
    subprocess.run(["echo", '{"value": 1}'])
    return 0.25

def reads(*_): return sys.stdin.read() == ""
def writes(*_):
    Path("note").write_text("x")
    tempfile.mkstemp()
    return Path.cwd().resolve() in Path(__file__).resolve().parents
def opens(*_): return Path(__file__).with_name("words.txt").read_text() == "one two"
def threads(*_):
    threading.Thread(target=time.sleep, args=(60,)).start()
    return True

class Number:
    def __init__(self, value): self.value = value
    def item(self): return self.value
def wrapped(*_): return Number(0.75)

def raises(*_):
    values = []
    return values[3]
def exits(*_): sys.exit(0)
def leaves(*_): os._exit(0)
def interrupts(*_): raise KeyboardInterrupt
def deep(*_): return deep()
def few(output): return 1
def crashes(*_): os.kill(os.getpid(), signal.SIGSEGV)
def memory(*_): return len(bytearray(8_000_000_000))
def disk(*_):
    Path("big").write_bytes(b"x" * 50_000_000)
    return 1
def sleeps(*_): time.sleep(60)
def spins(*_):
    while True: pass
def nothing(*_): return None
def nan(*_): return math.nan
def endless(*_): return {"score": math.inf}
def two(*_): return 2.0
def minus(*_): return -0.1
def text(*_): return "1"
def huge(*_): return "x" * 50_000_000
def a_list(*_): return [1]
def thing(*_): return object()
def money(*_): return Decimal(1)
async def later(*_): return 1
def keys(*_): return {"value": 1}
def empty(*_): return {}
def odd(*_): return {"passed": "yes"}
def lines_of(*_): return {"passed": True, "why": ["a"]}
def floods(*_):
    while True: print("x" * 1_000, file=sys.stderr)
"""
FILES = {
    "evals/polite.py": MODULE.encode(),
    "evals/neighbour.py": b"LIMIT = 4\n",
    "evals/words.txt": b"one two",
    "evals/broken.py": b"\ndef score(:\n",
    "evals/lost.py": b"import nowhere_to_be_found\n",
    "evals/other.py": b"from os import system\nscore = 5\n",
    "evals/json.py": b"def score(*_): return 1\n",
    "evals/judge.sh": b"#!/bin/sh\ncat > /dev/null\necho noise >&2\necho 0.5\n",
    "evals/echo.py": b"import json, sys\ngiven = json.load(sys.stdin)\n"
    b"print(json.dumps({'score': 1, 'why': json.dumps(given, sort_keys=True)}))\n",
    "evals/env.sh": b"env\nexit 1\n",
    "evals/flood.sh": b"yes\n",
    "evals/dies.sh": b"kill -9 $$\n",
    "evals/stops.sh": b"echo first >&2\necho the second line >&2\nexit 3\n",
    "checks/__init__.py": b"",
    "checks/deep/__init__.py": b"",
    "checks/deep/judge.py": b"from ..shared import VALUE\ndef score(*_): return VALUE\n",
    "checks/shared.py": b"VALUE = 0.75\n",
    "checks/tool.sh": b"echo 1\n",
    "alone.py": b"def score(*_): return True\n",
}


@pytest.fixture
def python(sandboxed):
    """What a function says of the answer `a`, of which `a` is expected."""

    def judge(function, output="a", expected="a", **options):
        scorer = {"python": {"function": function, **options}}
        return sandboxed(scorer, output, expected, files=FILES)

    return judge


@pytest.fixture
def command(sandboxed):
    """What a program says of it."""

    def judge(*argv, output="a", **options):
        return sandboxed({"command": {"run": list(argv), **options}}, output, "a", files=FILES)

    return judge


VALUES = {
    "equal": Score(1.0, True),
    "share": Score(0.25, False),
    "whole": Score(0.5, True, "half is enough"),
    "verdict": Score(0.0, False, "no"),
    "value": Score(1.0, True),
    "lines": Score(0.0, False, "x" * 200),
    "prints": Score(0.25, False),
    "reads": Score(1.0, True),
    "writes": Score(1.0, True),
    "threads": Score(1.0, True),
    "wrapped": Score(0.75, False),
}


@pytest.mark.parametrize(("function", "score"), VALUES.items())
def test_a_function_says_how_good_an_answer_is(python, function, score):
    assert python(f"polite:{function}") == score


@pytest.mark.parametrize(
    ("function", "value"), [("checks.deep.judge:score", 0.75), ("alone:score", 1.0)]
)
def test_a_module_may_be_at_the_root_with_its_package(python, function, value):
    assert python(function).value == value


def test_a_function_is_told_what_is_expected_and_the_variables(python):
    assert python("polite:named", "Dear Ada").passed
    assert not python("polite:named", "Dear Sir").passed
    assert python("polite:no_expected", expected=...).passed
    assert python("polite:equal", {"a": [1, None]}, {"a": [1, None]}).passed


def test_options_of_every_scorer_hold(python):
    assert python("polite:share", threshold=0.2).passed
    assert python("polite:whole", threshold=0.6).passed is False
    assert python("polite:whole", **{"not": True}) == Score(
        0.5, False, "`python` holds, which `not` forbids"
    )


def test_files_that_it_reads_are_there_if_named(python):
    assert python("polite:opens", files=["words.txt"]).passed
    assert "FileNotFoundError" in str(python("polite:opens"))


ERRORS = {
    "polite:raises": "`polite:raises`: polite.py:42: IndexError: list index out of range",
    "polite:exits": "SystemExit: 0",
    "polite:leaves": "it exited with 0",
    "polite:interrupts": "KeyboardInterrupt",
    "polite:deep": "RecursionError",
    "polite:few": "TypeError: few() takes 1 positional argument but 3 were given",
    "polite:crashes": "signal 11 killed it",
    "polite:memory": "MemoryError",
    "polite:disk": "File too large",
    "polite:sleeps": "it was killed at its limit of time",
    "polite:spins": "it was killed at its limit of time",
    "polite:floods": "it was killed at its limit of time",
    "polite:nothing": "returned null: a score is true, false or a number from 0 to 1",
    "polite:nan": "returned nan: a score is",
    "polite:endless": "returned inf: a score is",
    "polite:two": "returned 2.0: a score is",
    "polite:minus": "returned -0.1: a score is",
    "polite:text": 'returned "1": a score is',
    "polite:huge": "it said more than 1 MB",
    "polite:a_list": "returned [1]: a score is",
    "polite:thing": "it returned something of type object, which is no score",
    "polite:money": "it returned something of type Decimal, which is no score",
    "polite:later": "it returned something of type coroutine, which is no score",
    "polite:keys": 'an object with the key "value": it takes `score`, `passed` and `why`',
    "polite:empty": "neither `score` nor `passed`",
    "polite:odd": '`passed` "yes": write true or false',
    "polite:lines_of": "a `why` that is no text",
    "polite:absent": "`polite` has no function `absent`",
    "polite:LIMIT": "`polite` has no function `LIMIT`",
    "broken:score": "broken.py:2: SyntaxError",
    "lost:score": "lost.py:1: ModuleNotFoundError: No module named 'nowhere_to_be_found'",
    "other:score": "`other` has no function `score`",
    "other:system": "`system` is not defined in `other` but imported there",
    "json:score": "`json` is also the name of a module of Python's: rename the file",
}


def seconds_for(why):
    """Enough to start in and to fail; where the limit itself is reached, no more than that."""
    return 0.4 if "limit of time" in why else 30


@pytest.mark.parametrize(("function", "why"), ERRORS.items())
def test_code_that_does_not_say_is_no_verdict(python, function, why):
    found = python(function, seconds=seconds_for(why))
    assert isinstance(found, NoVerdict)
    assert why in str(found)
    assert "\n" not in str(found)


PROGRAMS = {
    "beside the eval": (("./judge.sh",), Score(0.5, False)),
    "without its folder": (("judge.sh",), Score(0.5, False)),
    "an argument": (("sh", "judge.sh"), Score(0.5, False)),
    "from the root": (("sh", "checks/tool.sh"), Score(1.0, True)),
    "true": (("echo", "true"), Score(1.0, True)),
    "an object": (("echo", '{"passed": false, "why": "no"}'), Score(0.0, False, "no")),
    "reads nothing": (("printf", "0.75"), Score(0.75, False)),
}


@pytest.mark.parametrize(("argv", "score"), PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_says_how_good_an_answer_is(command, argv, score):
    assert command(*argv) == score


def test_a_program_gets_everything_as_json(command):
    found = command("python3", "echo.py", output='größer "1"\n')
    told = r'{"expected": "a", "output": "gr\u00f6\u00dfer \"1\"\n", "vars": {"name": "Ada"}}'
    assert found == Score(1.0, True, told)


FAILURES = {
    "not there": (("no-such-program",), "127: no-such-program: No such file or directory"),
    "exits with a word": (("sh", "stops.sh"), "it exited with 3: the second line"),
    "dies": (("sh", "dies.sh"), "signal 9 killed it"),
    "floods": (("sh", "flood.sh"), "it said more than 1 MB"),
    "sleeps": (("sleep", "60"), "it was killed at its limit of time"),
    "says nothing": (("true",), "printed nothing: print a number from 0 to 1"),
    "says no": (("false",), "it exited with 1"),
    "says NaN": (("echo", "NaN"), "printed nan: a score is"),
    "says two": (("echo", "2"), "printed 2: a score is"),
    "talks": (("echo", "It is fine."), 'printed what is no JSON: "It is fine."'),
    "nests": (("python3", "-c", "print('[' * 100_000)"), "printed what is no JSON"),
    "says more": (("echo", "1 2"), "printed what is no JSON"),
}


@pytest.mark.parametrize(("argv", "why"), FAILURES.values(), ids=FAILURES)
def test_a_program_that_does_not_say_is_no_verdict(command, argv, why):
    found = command(*argv, seconds=seconds_for(why))
    assert isinstance(found, NoVerdict)
    assert why in str(found)


FORKS = """
import os, time
from pathlib import Path
def stays(output, expected, vars):
    if os.fork() == 0:
        write(output)
    return True
def leaves(output, expected, vars):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            write(output)
        os._exit(0)
    while not Path(output + ".begun").exists(): time.sleep(0.01)
    return True
def hangs(output, expected, vars):
    if os.fork() == 0:
        write(output)
    time.sleep(60)
def write(path):
    Path(path + ".new").write_text(str(os.getpid()))
    os.rename(path + ".new", path + ".begun")
    time.sleep(600)
"""


@pytest.mark.usefixtures("real_children")  # known by what `exec` was given, which a fork is not
@pytest.mark.parametrize("function", ["stays", "leaves", "hangs"])
def test_its_children_are_killed_with_it(sandboxed, tmp_path: Path, function):
    begun = tmp_path / "child.begun"
    for seconds in (1, 10, 60):  # a slow machine has not begun it at the first limit
        scorer = {"python": {"function": f"forks:{function}", "seconds": seconds}}
        sandboxed(scorer, str(tmp_path / "child"), "a", files={"evals/forks.py": FORKS.encode()})
        if function == "stays" or begun.exists():
            break
    assert function == "stays" or begun.exists()
    if begun.exists():
        wait_until(lambda: not is_running(int(begun.read_text())))


SECRETS = ("OPENAI_API_KEY", "GITHUB_TOKEN", "MY_SECRET", "AWS_SESSION_TOKEN", "PASSWORD")
TELLS = b"""
import os
def score(*_): return {"score": 0, "why": " ".join(sorted(os.environ))}
def values(*_): return {"score": float("canary" in str(dict(os.environ)))}
"""


@pytest.mark.usefixtures("real_children")
def test_no_key_is_in_its_environment(sandboxed, command, monkeypatch):
    for name in SECRETS:
        monkeypatch.setenv(name, "canary")
    monkeypatch.setenv("PYTHONPATH", "canary")
    files = {"evals/tells.py": TELLS}
    why = sandboxed({"python": "tells:score"}, "a", "a", files=files).why
    allowed = {"HOME", "TMPDIR", "PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "PROMPTCI_SANDBOX"}
    assert set(why.split()) <= allowed
    assert sandboxed({"python": "tells:values"}, "a", "a", files=files).value == 0.0
    assert "canary" not in str(command("sh", "env.sh"))


@every_row(
    ("scorer", "fault"),
    [
        (
            {"python": "polite.py"},
            "`function` must be MODULE:FUNCTION: write `check:score` for `score` in check.py",
        ),
        ({"python": "polite:a.b"}, "`function`"),
        ({"python": "../polite:score"}, "`function`"),
        ({"python": "absent:score"}, "own code cannot be run here"),
        ({"python": {}}, "`function` is missing"),
        ({"command": []}, "`run`"),
        ({"command": "sh judge.sh"}, "`run`"),
        ({"command": {"run": ["x"], "seconds": 0}}, "`seconds`"),
    ],
)
def test_options_that_cannot_be(faults, scorer, fault):
    assert any(fault in said for said in faults(scorer))
