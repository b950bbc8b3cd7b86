"""Tests and providers that name what they are for: nothing is left out in silence."""

from collections.abc import Iterator

from msgspec import Struct, field

from promptci.errors import Fault
from promptci.importers.promptfoo.prompts import SourcePrompt
from promptci.parsing.source import Mark, Node, excerpt


class NamedTargets(Struct):
    """The tests that are for some prompts or providers alone, and those that are for any here."""

    wanted: dict[Mark, Fault] = field(default_factory=dict)
    met: set[Mark] = field(default_factory=set)

    def see(self, test: Node, *, applies: bool) -> None:
        """Remember a test that names prompts or providers."""
        parts = test.value if isinstance(test.value, dict) else {}
        for key in ("prompts", "providers"):
            listed = parts[key].value if key in parts else None
            if isinstance(listed, list):
                names = ", ".join(str(each.value) for each in listed)
                wrong = f"a test for `{excerpt(names)}` is for none of the {key} here"
                self.wanted.setdefault(test.mark, parts[key].mark.fault(f"{wrong}: correct it"))
        if applies:
            self.met.add(test.mark)

    def unmet(self) -> Iterator[Fault]:
        """A loss for each test that no prompt and no provider takes."""
        return (fault for mark, fault in self.wanted.items() if mark not in self.met)


def is_named(source: SourcePrompt, name: str) -> bool:
    """Whether a test or a provider that names a prompt means this one."""
    return any(
        fits(each, name)
        for each in (source.label, source.stem, source.text, source.mark.path)
        if each
    )


def fits(label: str, name: str) -> bool:
    """Whether a name is that of a label: the whole, all before a colon, or what begins it."""
    return (
        label == name
        or (name.endswith("*") and label.startswith(name[:-1]))
        or label.startswith(f"{name}:")
    )
