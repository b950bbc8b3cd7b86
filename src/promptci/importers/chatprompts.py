"""What importers of prompts share: messages of another tool in ours, and their parameters."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.errors import Fault
from promptci.importers.imported import Row
from promptci.importers.rows import key_place, mark_below
from promptci.importers.templates import translate
from promptci.importers.usedvariables import empty_value, used_paths
from promptci.parsing.source import Mark, Node, Plain, excerpt

PARAMETERS = {
    "temperature": "temperature",
    "max_tokens": "max_tokens",
    "maxTokens": "max_tokens",
    "maxOutputTokens": "max_tokens",
    "max_output_tokens": "max_tokens",
    "max_completion_tokens": "max_completion_tokens",
    "topP": "top_p",
    "top_p": "top_p",
    "seed": "seed",
    "stop": "stop",
    "stopSequences": "stop",
    "stop_sequences": "stop",
    "presencePenalty": "presence_penalty",
    "presence_penalty": "presence_penalty",
    "frequencyPenalty": "frequency_penalty",
    "frequency_penalty": "frequency_penalty",
    "reasoning_effort": "reasoning_effort",
}
"""Names of parameters in other tools, and ours."""

ROLES = {
    "human": "user", "ai": "assistant", "model": "assistant", "system": "system", "user": "user",
    "assistant": "assistant", "developer": "developer", "tool": "tool", "function": "tool",
}  # fmt: skip


def says_nothing(keys: Sequence[str]) -> str:
    """What is said of keys that are for people alone."""
    names = ", ".join(f"`{excerpt(key)}`" for key in keys)
    verbs = ("says", "is") if len(keys) == 1 else ("say", "are")
    return f"{names} {verbs[0]} nothing to a model and {verbs[1]} left out"


MessagePiece = tuple[str | dict[str, Plain], Mark]
"""A text of a message, or a file that is a part of it, and where it begins."""


class PromptDraft(Struct):
    """Messages while they are read; `language` is that of their templates.

    `is_one_line` says that texts are on one line of their source whatever lines they have.
    `parted` parts a user's message into texts and files.
    """

    language: str
    losses: list[Fault]
    messages: list[Plain] = field(default_factory=list)
    is_jinja: bool = False
    is_one_line: bool = False
    parted: Callable[[str, Mark], list[MessagePiece]] | None = None
    _plain: list[tuple[dict[str, Plain], str, str, str, Mark]] = field(default_factory=list)

    def add(self, role: str, text: str, mark: Mark, *, language: str = "") -> None:
        """Add a message of text, whose template may be in a language of its own."""
        ours = ROLES.get(role.lower())
        if ours is None:
            self.losses.append(
                mark.fault(f"the role `{excerpt(role)}` is not known: it is taken for `user`")
            )
        message: dict[str, Plain] = {"role": ours or "user"}
        pieces = self.parted(text, mark) if self.parted is not None and ours == "user" else []
        if all(isinstance(piece, str) for piece, _ in pieces):
            self._put(message, "content", text, language or self.language, mark)
        else:
            parts = [({} if isinstance(piece, str) else piece) for piece, _ in pieces]
            for part, (piece, place) in zip(parts, pieces, strict=True):
                if isinstance(piece, str):
                    self._put(part, "text", piece, language or self.language, place)
            message["content"] = list[Plain](parts)
        self.messages.append(message)

    def _put(
        self, holder: dict[str, Plain], key: str, text: str, language: str, mark: Mark
    ) -> None:
        """Translate a text into a message or a part of one."""
        found = translate(text, language, mark)
        self.losses += [
            replace(each, line=mark.line, column=mark.column) if self.is_one_line else each
            for each in found.losses
        ]
        self.is_jinja = self.is_jinja or found.is_jinja
        holder[key] = found.text
        if not found.is_jinja:
            self._plain.append((holder, key, text, language, mark))

    def place(self, name: str) -> None:
        """Leave a place for the turns that a variable holds."""
        self.messages.append(f"{{{{ {name} }}}}")

    def example(
        self, ident: str, values: Mapping[str, Plain], mark: Mark, notes: list[Fault]
    ) -> Row:
        """An example: values that no message uses are kept aside, missing ones are empty."""
        paths = used_paths(self.messages, is_jinja=self.is_jinja)
        used = {path.split(".")[0] for path in paths}
        kept = {key: value for key, value in values.items() if key in used}
        spare = {key: value for key, value in values.items() if key not in used}
        for name in sorted(used - set(values)):
            is_place = f"{{{{ {name} }}}}" in self.messages
            kept[name] = [] if is_place else empty_value(name, paths)
            notes.append(mark.warning(f"`{name}` has no value here: it is empty"))
        row: Row = {"id": ident, "vars": kept}
        return row | ({"meta": spare} if spare else {})

    def body(self, before: Mapping[str, Plain]) -> dict[str, Plain]:
        """The keys of a prompt file, those given first."""
        jinja: dict[str, Plain] = {"template": "jinja"} if self.is_jinja else {}
        for holder, key, text, language, mark in self._plain if self.is_jinja else ():
            holder[key] = translate(text, language, mark, as_jinja=True).text
        return {**before, **jinja, "messages": self.messages}


def parameters_of(
    options: Mapping[str, Plain],
    mark: Mark,
    losses: list[Fault],
    *,
    known: Iterable[str] = (),
    node: Node | None = None,
) -> dict[str, Plain]:
    """Parameters in our names; what is neither one nor `known` is a loss.

    The fault is placed at its key in `node`, on whatever level, else at `mark`.
    """
    kept: dict[str, Plain] = {}
    for key, value in options.items():
        if key in PARAMETERS and value is not None:
            kept[PARAMETERS[key]] = value
        elif key not in known and value is not None:
            wrong = f"the option `{excerpt(key)}` is not carried: see `extra_body` of `parameters`"
            losses.append((key_place(node, key) or mark_below(mark, key)).fault(wrong))
    return kept
