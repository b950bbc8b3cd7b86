"""The text of a prompt that a search may change, and what may replace it."""

import re
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from promptci.errors import RequestError
from promptci.parsing.source import excerpt
from promptci.specs.answerer import Answerer, with_prompt
from promptci.specs.prompt import Prompt
from promptci.specs.turns import Turn, last_user_turn
from promptci.spending.estimate import text_tokens
from promptci.templates.template import Template, TemplateError

_MOST_TOKENS = 1_000
"""Tokens of a text, at most; a longer one at present may become a half longer."""

_WIDE = "\u00fc"
"""Two of three such letters are a token, in an estimate."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")


class TextPlace(Struct, frozen=True, dict=True):
    """One message of a prompt: its text is what candidates replace."""

    prompt: Prompt
    index: int

    @classmethod
    def of(cls, prompt: Prompt) -> "TextPlace":
        """The first system message, else the last user message.

        Raises `RequestError` where that is no plain text.
        """
        roles = [turn.role for turn in prompt.turns]
        system = [n for n, role in enumerate(roles) if role in ("system", "developer")]
        place = cls(prompt, system[0] if system else last_user_turn(prompt.turns))
        turn = place._turn
        if turn.is_slot or turn.parts or not isinstance(turn.content, Template):
            where = f"{prompt.mark.path}:{turn.mark.line}"
            cure = "write the message as one text, without `template: jinja`"
            raise RequestError(f"{where}: this needs a plain text to change: {cure}")
        return place

    @property
    def _turn(self) -> Turn:
        return self.prompt.turns[self.index]

    @property
    def text(self) -> str:
        """The text at present."""
        return self._template.source

    @cached_property
    def _template(self) -> Template:
        content = self._turn.content
        assert isinstance(content, Template)
        return content

    @property
    def most_tokens(self) -> int:
        """Tokens that a text may have, by the guess that estimates go by."""
        return max(_MOST_TOKENS, text_tokens(self.text) * 3 // 2)

    @property
    def placeholders(self) -> tuple[str, ...]:
        """What every text must hold, as it is written."""
        return tuple(f"{{{{ {name} }}}}" for name in dict.fromkeys(self._template.names))

    def fault(self, text: str) -> str:
        """Why a text does not fit here; empty where it does."""
        if not text:
            return "an empty text"
        if text_tokens(text) > self.most_tokens:
            return f"longer than {self.most_tokens:,} tokens"
        if _CONTROL.search(text):
            return "holds characters that no prompt should"
        try:
            names = Template.parse(text).names
        except TemplateError as error:
            return str(error)
        wanted = set(self._template.names)
        absent = sorted(wanted.difference(names))
        spare = sorted(set(names) - wanted)
        if absent:
            return f"lacks `{{{{ {absent[0]} }}}}`"
        return f"holds `{{{{ {excerpt(spare[0])} }}}}`, which is no variable here" if spare else ""

    def with_text(self, text: str) -> Prompt:
        """The prompt with another text here."""
        turn = replace(self._turn, content=Template.parse(text))
        turns = (*self.prompt.turns[: self.index], turn, *self.prompt.turns[self.index + 1 :])
        return replace(self.prompt, turns=turns)

    def within(self, answerer: Answerer, text: str) -> Answerer:
        """The prompt, or a flow, with another text here wherever the prompt is asked."""
        turns = self.with_text(text).turns
        return with_prompt(answerer, self.prompt.name, lambda asked: replace(asked, turns=turns))

    @property
    def longest(self) -> str:
        """A text of as many tokens as any may have."""
        return f"{' '.join(self.placeholders)}{_WIDE * (3 * self.most_tokens // 2)}"

    def filler(self) -> Prompt:
        """The prompt with the longest text, to bound what any may take."""
        return self.with_text(self.longest)
