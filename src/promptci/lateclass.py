"""Dataclasses whose methods are made when they are first called.

The standard decorator writes, compiles and runs up to nine methods when a class is defined: half a
millisecond each, a fifth of the time of a short command, and most classes that a command imports
have no instance in it. Here a class is defined with stand-ins, which make what they stand for.

`fields`, `replace`, `asdict`, `match`, `copy` and `pickle` work as with the standard decorator.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, Field, FrozenInstanceError
from dataclasses import dataclass as standard
from dataclasses import fields as fields_of
from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar

_ORDER = ("__lt__", "__le__", "__gt__", "__ge__")
_FIELDS = ("__dataclass_fields__", "__dataclass_params__", "__match_args__")
_MAKING = RLock()


class _Methods:
    """The methods of one class, made from what it said before it got any."""

    def __init__(self, said: type, options: dict[str, bool]) -> None:
        dropped = ("__dict__", "__weakref__")
        self.said, self.frozen = said, options.pop("frozen", False)
        self.has_slots, self.options = options.pop("slots", False), options
        self.namespace = {n: v for n, v in said.__dict__.items() if n not in dropped}
        self.is_heir = any(hasattr(base, "__dataclass_fields__") for base in said.__bases__)
        self.made = self._slotted() if self.has_slots else self._with_defaults()
        self.missing = set(self._names())
        for name in self.missing:
            setattr(self.made, name, _stand_in(self, name))
        for name in _FIELDS:
            setattr(self.made, name, _LateField(self, name))
        if self.frozen:
            self._refuse_changes()

    def _names(self) -> Iterator[str]:
        """The methods that the standard decorator would make, and this has not been given."""
        has_eq = self.options.get("eq", True)
        names = ["__init__", "__repr__", *(["__eq__"] if has_eq else [])]
        names += _ORDER if self.options.get("order") else ()
        yield from (name for name in names if name not in self.namespace)
        if has_eq and self.namespace.get("__hash__") is None:
            if self.frozen:
                yield "__hash__"
            else:
                type.__setattr__(self.made, "__hash__", None)

    def _own(self) -> Iterator[str]:
        """The names of the fields that the class itself says."""
        for name, kind in self.namespace.get("__annotations__", {}).items():
            said = kind if isinstance(kind, str) else getattr(kind, "__origin__", kind)
            if said is not ClassVar and not str(said).startswith(("ClassVar", "typing.ClassVar")):
                yield name

    def _with_defaults(self) -> type:
        for name in self._own():
            if isinstance(default := self.namespace.get(name), Field):
                if default.default is MISSING:
                    delattr(self.said, name)
                else:
                    setattr(self.said, name, default.default)
        return self.said

    def _slotted(self) -> type:
        """The class anew: slots are only taken when a class is made."""
        own = list(self._own())
        inherited = {n for base in self.said.__mro__[1:-1] for n in _slots(base)}
        namespace = {n: v for n, v in self.namespace.items() if n not in own}
        namespace["__slots__"] = tuple(name for name in own if name not in inherited)
        made = type(self.said)(self.said.__name__, self.said.__bases__, namespace)
        made.__qualname__ = self.said.__qualname__
        return made

    def _refuse_changes(self) -> None:
        own: dict[str, Callable[..., Any]] = {"__setattr__": _set, "__delattr__": _delete}
        if self.has_slots:
            own |= {"__getstate__": _state, "__setstate__": _set_state}
        for name, method in own.items():
            if name not in self.namespace:
                setattr(self.made, name, method)

    def _twin(self, **options: bool) -> type:
        """A class that says the same, with methods by the standard decorator.

        Frozen only where a base demands it: that would make two methods more.
        """
        namespace = {"__doc__": "", **self.namespace}
        namespace["__doc__"] = namespace["__doc__"] or "-"  # it would be the signature
        twin = type(self.said)(self.said.__name__, self.said.__bases__, namespace)
        twin.__qualname__ = self.said.__qualname__
        return standard(twin, init=False, frozen=self.frozen and self.is_heir, **options)

    def make_fields(self) -> None:
        """Have the fields in place of their stand-ins."""
        with _MAKING:
            if isinstance(self.made.__dict__["__dataclass_fields__"], _LateField):
                twin = self._twin(repr=False, eq=False)
                twin.__dict__["__dataclass_params__"].frozen = self.frozen
                args = tuple(f.name for f in fields_of(twin) if f.init and not f.kw_only)
                for name in _FIELDS[:2]:
                    setattr(self.made, name, twin.__dict__[name])
                setattr(self.made, _FIELDS[2], args)

    def make(self, name: str) -> None:
        """Have a method in place of its stand-in."""
        with _MAKING:
            if name not in self.missing:
                return
            if name == "__init__":
                self.make_fields()
                self._take({name: _written_init(self)})
            else:
                needs_hash = "__hash__" in self.missing and not self.is_heir
                twin = self._twin(**self.options, unsafe_hash=needs_hash)
                self._take({n: twin.__dict__[n] for n in self.missing - {"__init__"}})

    def _take(self, methods: dict[str, Any]) -> None:
        for name, method in methods.items():
            type.__setattr__(self.made, name, method)
            self.missing.discard(name)


class _LateField:
    """Stands for what is known of the fields until somebody asks."""

    def __init__(self, methods: _Methods, name: str) -> None:
        self.methods, self.name = methods, name

    def __get__(self, instance: object, owner: type) -> Any:
        self.methods.make_fields()
        return self.methods.made.__dict__[self.name]


def _stand_in(methods: _Methods, name: str) -> Callable[..., Any]:
    def stand_in(self: object, *args: Any, **named: Any) -> Any:
        methods.make(name)
        return getattr(methods.made, name)(self, *args, **named)

    return stand_in


def _written_init(methods: _Methods) -> Callable[..., None]:
    """What sets the fields in their order; a default stands for itself, a factory is called."""
    known: dict[str, Any] = {"_absent": MISSING, "_set": object.__setattr__}
    places: list[str] = []
    named: list[str] = []
    lines: list[str] = []
    for field in fields_of(methods.made):
        name = field.name
        value = default = f"_of_{name}"
        if field.default_factory is not MISSING:
            known[default], default = field.default_factory, "_absent"
            value = f"{value}() if {name} is _absent else {name}" if field.init else f"{value}()"
        elif field.default is not MISSING:
            known[default] = field.default
            value = name if field.init else value
        elif field.init:
            value, default = name, ""
        else:
            continue
        if field.init:
            (named if field.kw_only else places).append(f"{name}={default}" if default else name)
        lines.append(f"_set(self,{name!r},{value})" if methods.frozen else f"self.{name}={value}")
    if hasattr(methods.made, "__post_init__"):
        lines.append("self.__post_init__()")
    taken = ",".join(["self", *places, *(["*", *named] if named else [])])
    exec(f"def __init__({taken}):\n " + "\n ".join(lines or ["pass"]), known)
    made: Callable[..., None] = known["__init__"]
    made.__qualname__ = f"{methods.made.__qualname__}.__init__"
    return made


def _slots(base: type) -> Iterable[str]:
    slots = base.__dict__.get("__slots__", ())
    return (slots,) if isinstance(slots, str) else slots


def _set(self: object, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delete(self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[object]:
    return [getattr(self, field.name) for field in fields_of(self)]


def _set_state(self: Any, state: list[object]) -> None:
    for field, value in zip(fields_of(self), state, strict=True):
        object.__setattr__(self, field.name, value)


if TYPE_CHECKING or sys.version_info >= (3, 14):  # there annotations are read late as well
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls=None, /, **options):
        """As `dataclasses.dataclass`, with options `frozen`, `slots`, `eq` and `order`."""
        if cls is None:
            return lambda cls: _Methods(cls, options).made
        return _Methods(cls, options).made
