"""A class by the late decorator does what one by the standard decorator does."""

import copy
import dataclasses
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from threading import Barrier
from typing import Any, ClassVar, Generic, TypeVar

import pytest

from promptci.lateclass import dataclass

T = TypeVar("T")
Decorator = Callable[..., Any]


def _point(decorate: Decorator, **options: bool) -> type:
    class Shown:
        x: int
        y: int = 2
        z: list[int] = dataclasses.field(default_factory=list)
        hidden: int = dataclasses.field(default=5, repr=False, compare=False)
        made: int = dataclasses.field(init=False, default=7)
        lists: list[int] = dataclasses.field(init=False, default_factory=list)
        named: int = dataclasses.field(default=9, kw_only=True)
        shared: ClassVar[int] = 3
        said: "ClassVar[int]" = 4

    return decorate(**options)(Shown)


OPTIONS = [
    {},
    {"frozen": True},
    {"slots": True},
    {"frozen": True, "slots": True},
    {"order": True, "frozen": True, "slots": True},
    {"eq": False},
    {"eq": False, "slots": True},
]
OPERATIONS: dict[str, Callable[[type], object]] = {
    "default": lambda c: repr(c(1)),
    "all": lambda c: repr(c(1, 3, [4], 6, named=8)),
    "fields": lambda c: [
        (f.name, f.default, f.init, f.kw_only, f.compare) for f in dataclasses.fields(c)
    ],
    "dict": lambda c: dataclasses.asdict(c(1, z=[2])),
    "tuple": lambda c: dataclasses.astuple(c(1, z=[2])),
    "replace": lambda c: repr(dataclasses.replace(c(1), y=5)),
    "equal": lambda c: (c(1) == c(1), c(1) == c(1, hidden=2), c(1) == c(2), c(1) != c(2)),
    "other": lambda c: c(1).__eq__(1),
    "hash": lambda c: len({c(1, z=()), c(1, z=(), hidden=4)}),
    "hashes": lambda c: c.__hash__ is None,
    "less": lambda c: (c(1) < c(2), c(1) >= c(2), sorted([c(2), c(1)])[0].x),
    "match": lambda c: c.__match_args__,
    "is": dataclasses.is_dataclass,
    "shared": lambda c: (c.shared, c.said),
    "too few": lambda c: c(),
    "too many": lambda c: c(1, 2, 3, 4, 5, 6, 7, 8),
    "unknown": lambda c: c(1, other=2),
    "set": lambda c: setattr(c(1), "x", 2),
    "delete": lambda c: delattr(c(1), "x"),
    "copy": lambda c: repr(copy.copy(c(1))),
    "deep": lambda c: copy.deepcopy(c(1, z=[1])).z,
    "fresh": lambda c: c(1).z is c(1).z,
    "made": lambda c: (c(1).made, c(1).lists, c(1).named),
    "dictless": lambda c: hasattr(c(1), "__dict__"),
    "doc": lambda c: bool(c.__slots__) if hasattr(c, "__slots__") else None,
    "name": lambda c: c.__qualname__.rpartition(".")[2],
    "init": lambda c: (c(1), c.__init__.__qualname__.rpartition("<locals>.")[2])[1],
}


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_late_class_is_as_a_standard_one(options, name):
    assert _found(name, dataclass, options) == _found(name, dataclasses.dataclass, options)


def _found(name: str, decorate: Decorator, options: dict[str, bool]) -> object:
    try:
        return OPERATIONS[name](_point(decorate, **options))
    except (TypeError, AttributeError) as error:
        return type(error), str(error).replace("type object 'Shown'", "'Shown'")


@pytest.mark.parametrize("options", [{}, {"frozen": True}, {"frozen": True, "slots": True}])
def test_an_heir_has_the_fields_of_both(options):
    @dataclass(**options)
    class Base:
        a: int
        b: int = 2

    @dataclass(**options)
    class Heir(Base):
        c: int = 3

        def __post_init__(self) -> None:
            assert self.c

    class Plain(Heir):
        pass

    assert [f.name for f in dataclasses.fields(Heir)] == ["a", "b", "c"]
    assert (Heir(1), Heir(1) == Heir(1), Base(1) == Heir(1)) == (Heir(1, 2, 3), True, False)
    assert (Plain(1).c, Plain(1) == Plain(1), Plain(1) == Heir(1)) == (3, True, False)
    if options:
        assert hash(Heir(1)) == hash(Heir(1))
        with pytest.raises(dataclasses.FrozenInstanceError):
            Heir(1).a = 2


def test_methods_of_its_own_stay():
    @dataclass(frozen=True)
    class Own(Generic[T]):
        a: T
        calls: ClassVar[list[str]] = []

        def __eq__(self, other: object) -> bool:
            return True

        def __repr__(self) -> str:
            return "own"

        @cached_property
        def twice(self) -> list[T]:
            self.calls.append("twice")
            return [self.a, self.a]

    own = Own(1)
    assert (own == 2, repr(own), own.twice, own.twice, own.calls) == (
        True,
        "own",
        [1, 1],
        [1, 1],
        ["twice"],
    )
    assert hash(own) == hash(Own(1))


def test_a_class_with_a_hash_of_its_own_keeps_it():
    @dataclass
    class Own:
        a: int

        def __hash__(self) -> int:
            return 7

    assert (hash(Own(1)), Own(1) == Own(1)) == (7, True)


def test_what_was_pickled_is_read_where_no_instance_was_made(tmp_path):
    (tmp_path / "point.py").write_text(
        "from promptci.lateclass import dataclass\n"
        "@dataclass(frozen=True, slots=True)\n"
        "class Point:\n    x: int\n    y: int = 2\n"
    )
    write = "import pickle, point; print(pickle.dumps([point.Point(1), point.Point(1)]).hex())"
    read = (
        "import pickle; a, b = pickle.loads(bytes.fromhex(input()));"
        "print(a is b, a == b, hash(a) == hash(b), a)"
    )
    pickled = _said(write, tmp_path)
    assert _said(read, tmp_path, pickled) == "False True True Point(x=1, y=2)\n"


def _said(script: str, folder: Path, given: str = "") -> str:
    command = [sys.executable, "-c", script]
    return subprocess.run(
        command, cwd=folder, input=given, capture_output=True, text=True, check=True
    ).stdout


def test_threads_that_make_the_first_instance_together_all_get_one():
    for _ in range(20):
        made = _point(dataclass, frozen=True, slots=True)
        barrier = Barrier(8)

        def first(number: int, made: type = made, barrier: Barrier = barrier) -> object:
            barrier.wait()
            one = made(number)
            return one == made(number), repr(one)[-10:], one.x

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(first, range(8))) == [(True, ", named=9)", n) for n in range(8)]


def test_a_class_without_an_instance_costs_no_compiling():
    script = (
        "import builtins; calls = []; real = builtins.exec\n"
        "from promptci.lateclass import dataclass\n"
        "builtins.exec = lambda *a: calls.append(a) or real(*a)\n"
        "@dataclass(frozen=True, slots=True)\n"
        "class A:\n    a: int\n"
        "print(len(calls)); A(1); print(len(calls))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.split() == ["0", "1"], done.stderr
