"""A prompt: messages with variables, few-shot examples, a model and its parameters."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Literal

from msgspec import Struct, field

from promptci.digest import digest
from promptci.parsing.source import Mark, Plain, excerpt
from promptci.specs.conversation import NO_FILES, Files, is_turns, messages_of
from promptci.specs.message import Message
from promptci.specs.retrieval import CONTEXT, Retrieval
from promptci.specs.sampling import Sampled
from promptci.specs.turns import Turn, last_user_turn
from promptci.templates.template import Template, TemplateError, Text, refuse_length

HISTORY = "history"
"""The variable whose turns go before the last user message, where the prompt names no place."""

MESSAGES = "messages"
"""The variable whose turns follow the prompt's own."""
_NOWHERE = Mark("")


class Shot(Struct, frozen=True):
    """One few-shot example: the variables of a user turn, and the output that answers it."""

    vars: Mapping[str, Plain]
    output: str
    mark: Mark


class Prompt(Struct, frozen=True, dict=True):
    """A prompt, ready to be rendered. `version` is a label; `digest` is what it is.

    `thoughts` says whether what a model thinks aloud is kept apart from its answer, `solve` how the
    answer is found where that takes several requests, `retrieve` in what it is looked up instead of
    being written. `variants` are other forms of it, which are no part of what it is.
    """

    name: str
    mark: Mark
    turns: tuple[Turn, ...]
    shots: tuple[Shot, ...] = ()
    description: str = ""
    version: str = ""
    model: str | None = None
    model_mark: Mark = _NOWHERE
    parameters: Mapping[str, Plain] | None = None
    response_format: Mapping[str, Plain] | None = None
    tools: tuple[Mapping[str, Plain], ...] = ()
    thoughts: Literal["apart", "keep"] = "apart"
    solve: Sampled | None = None
    retrieve: Retrieval | None = None
    variants: "Mapping[str, Prompt]" = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """The address of everything that can change an answer: 64 hex digits."""
        return digest(self.content)

    @cached_property
    def content(self) -> dict[str, object]:
        """What `digest` covers: not the name, the description, the version label or the model."""
        kept: dict[str, object] = {}
        kept |= {} if self.thoughts == "apart" else {"thoughts": self.thoughts}
        kept |= {} if self.solve is None else {"solve": self.solve.canonical}
        kept |= {} if self.retrieve is None else {"retrieve": self.retrieve.content}
        return kept | {
            "messages": [turn.canonical for turn in self.turns],
            "shots": [[dict(shot.vars), shot.output] for shot in self.shots],
            "parameters": dict(self.parameters or {}),
            "response_format": self.response_format,
            "tools": self.tools,
        }

    @cached_property
    def variables(self) -> frozenset[str]:
        """The variables that an example must give."""
        return frozenset().union(*(text.variables for text in self._texts))

    @property
    def tells(self) -> frozenset[str]:
        """What scorers may use of what it said on the way: the texts that it found."""
        finds = self.retrieve is not None and self.retrieve.give == "texts"
        return frozenset((CONTEXT,)) if finds else frozenset()

    def missing(self, variables: Mapping[str, Plain]) -> list[str]:
        """The names in the messages that have no value among these variables, in order."""
        found = (text.missing(variables) for text in self._texts)
        return list(dict.fromkeys(name for names in found for name in names))

    @property
    def names(self) -> frozenset[str] | None:
        """The names in the messages, with their dots; None where templates have logic."""
        if not all(isinstance(text, Template) for text in self._texts):
            return None
        return frozenset(n for t in self._texts if isinstance(t, Template) for n in t.names)

    @property
    def _texts(self) -> Iterator[Text]:
        return (text for turn in self.turns for text in turn.texts)

    def advice(self, name: str) -> str:
        """What to write where a message has a variable as other template languages do."""
        texts = (text for text in self._texts if isinstance(text, Template))
        found = next(filter(None, (text.written_otherwise(name) for text in texts)), "")
        cure = f"write `{{{{ {name} }}}}`, or use `template: jinja` for logic"
        return f"the prompt has `{excerpt(found)}`: {cure}" if found else ""

    @cached_property
    def _templates(self) -> tuple[Template, ...]:
        """Its texts that have no logic."""
        return tuple(text for text in self._texts if isinstance(text, Template))

    def place_of(self, name: str) -> Mark:
        """The place of the first message that uses a variable."""
        first = name.partition(".")[0]
        found = (turn for turn in self.turns if any(first in t.variables for t in turn.texts))
        return next((turn.mark for turn in found if turn.mark.path), self.mark)

    def lacks(self, variables: Mapping[str, Plain], files: Files) -> str:
        """Why these variables cannot be sent, where more can be wrong than a missing one."""
        try:
            refuse_length(sum(text.length(variables) for text in self._templates))
            if self._is_simple and not self._carried(variables):
                return ""
            self.render(variables, files)
        except TemplateError as error:
            return str(error)
        return ""

    @property
    def demand(self) -> list[Plain]:
        """What decides which examples can be sent, but for the length of their texts.

        Prompts that differ in their wording alone have the same.
        """
        if not self._is_simple or self.shots or self.solve or self.retrieve:
            return [self.digest]
        roles: list[Plain] = [turn.role for turn in self.turns]
        return [roles, list[Plain](sorted(name for t in self._templates for name in t.names))]

    @property
    def wording(self) -> int:
        """The characters of the prompt's own texts."""
        return sum(len(literal) for text in self._templates for literal in text.literals)

    def length(self, variables: Mapping[str, Plain]) -> int | None:
        """How many characters would be sent, if nothing is missing or can be wrong; else None."""
        if not self._is_simple or self._carried(variables):
            return None
        try:
            return sum([text.length(variables) for text in self._templates])
        except TemplateError:
            return None

    def plain_pieces(self) -> Sequence[Message | Turn]:
        """The conversation in order where each message is a text; empty where one may be more."""
        return tuple(chain.from_iterable(self._pieces)) if self._is_simple else ()

    def carries(self, variables: Mapping[str, Plain]) -> bool:
        """Whether turns of an example are sent that the prompt names no place for."""
        return bool(self._carried(variables))

    def reads(self, variables: Mapping[str, Plain]) -> frozenset[str]:
        """The variables that are sent: those used, and turns that need no place."""
        carried = self._carried(variables)
        return self.variables | frozenset(carried) if carried else self.variables

    @cached_property
    def _is_simple(self) -> bool:
        return all(isinstance(turn.content, Template) and turn.is_plain for turn in self.turns)

    @cached_property
    def _pieces(self) -> tuple[tuple[Message | Turn, ...], tuple[Message | Turn, ...]]:
        """The conversation in order, cut before the last user message."""
        split = last_user_turn(self.turns)
        shots = [m for shot in self.shots for m in _shot_messages(self.turns[split], shot)]
        before, after = self.turns[:split], self.turns[split:]
        return (*(turn.settled() for turn in before), *shots), tuple(t.settled() for t in after)

    def _carried(self, variables: Mapping[str, Plain]) -> list[str]:
        """Turns of an example that the prompt names no place for."""
        if HISTORY not in variables and MESSAGES not in variables:
            return []
        return [
            name
            for name in (HISTORY, MESSAGES)
            if name in variables and name not in self.variables and is_turns(variables[name])
        ]

    def render(
        self, variables: Mapping[str, Plain], files: Files = NO_FILES
    ) -> tuple[Message, ...]:
        """The conversation for one example. Raises `TemplateError` for a missing variable.

        Shots go as pairs of turns before the last user message, and so does a `history` that the
        prompt names no place for; `messages` follow the prompt's own. Only such turns, which are
        the example's, can change how many messages there are and which roles they have.
        """
        before, after = self._pieces
        carried = self._carried(variables)
        made = _sent(before, variables, files) if before else []
        if HISTORY in carried:
            made += messages_of(variables[HISTORY], HISTORY, files)
        made += _sent(after, variables, files)
        if MESSAGES in carried:
            if any(turn.role == "user" for turn in self.turns):
                wrong = "brings `messages`, and the prompt has a user's message of its own"
                raise TemplateError(f'{wrong}: write `- "{{{{ messages }}}}"` where they go')
            made += messages_of(variables[MESSAGES], MESSAGES, files)
        return tuple(made)


def _sent(
    pieces: Iterable[Message | Turn], variables: Mapping[str, Plain], files: Files
) -> list[Message]:
    sent: list[Message] = []
    for piece in pieces:
        sent += (piece,) if isinstance(piece, Message) else piece.messages(variables, files)
    return sent


def _shot_messages(turn: Turn, shot: Shot) -> tuple[Message, Message]:
    return Message("user", turn.content.render(shot.vars)), Message("assistant", shot.output)
