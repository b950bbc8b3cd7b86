"""Parts of a text in Jinja's language that only some variables bring about, and a text that tells.

The language has a parser of its own in a child process, which shows no syntax tree. What is read
here are the tags and the places of their conditions; the text is sound, since that parser read it.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from promptci.templates.jinjatags import (
    COMMENT,
    JinjaTag,
    JinjaToken,
    has_words,
    operand_before,
    operand_from,
    tags_of,
)


class TemplateBranch(Struct, frozen=True):
    """A part of a text that only some variables bring about, in the lines `first` to `last`.

    `when` says what brings it about. `text` is the part itself, empty where it is nothing: what is
    left out by a condition without `else`. `around` is the number of the part that it is in, -1
    for none.
    """

    when: str
    text: str
    first: int
    last: int
    around: int = -1

    @property
    def identity(self) -> tuple[str, str]:
        """What it is, wherever it is."""
        return self.when, " ".join(self.text.split())


class MarkedText(Struct, frozen=True):
    """A text and its `branches` by number, with `source`, which tells of each that it is reached.

    `source` makes the same text, and calls a function for it with the branch's number and a value
    that the function must return.
    """

    source: str
    branches: Mapping[int, TemplateBranch]


def mark_branches(text: str, call: str) -> MarkedText:
    """Read a text that is sound; `call` is a name that it does not use."""
    marking = _Marking(text, call)
    for tag in tags_of(text):
        marking.take(tag)
    return MarkedText(marking.marked(), marking.branches)


class _Block(Struct):
    """A block that is open: the branch in which the text is now, and that where it is not."""

    word: str
    branch: int
    start: int
    when: str = ""
    otherwise: int = -1


class _Marking(Struct):
    """A text that is gone through, tag by tag."""

    text: str
    call: str
    branches: dict[int, TemplateBranch] = field(default_factory=dict)
    edits: list[tuple[int, int, str]] = field(default_factory=list)
    open: list[_Block] = field(default_factory=list)
    count: int = 0

    def marked(self) -> str:
        """The text with all that was put in."""
        pieces, place = list[str](), 0
        for start, end, new in sorted(self.edits, key=lambda edit: edit[0]):
            pieces += (self.text[place:start], new)
            place = max(start, end)
        return "".join((*pieces, self.text[place:]))

    def take(self, tag: JinjaTag) -> None:
        """One tag, in its turn."""
        word = tag.word
        if word in ("if", "for", "macro"):
            self._begin(tag)
        elif word in ("elif", "else") and self.open:
            self._go_on(tag)
        elif word in ("endif", "endfor", "endmacro") and self.open:
            self._end(tag)
        else:
            self._expressions(tag)

    def _begin(self, tag: JinjaTag) -> None:
        if tag.word == "if":
            self.open.append(self._condition(tag))
            return
        if tag.word == "for":
            self._expressions(tag)
        when = self._source(tag.tokens)
        self.open.append(_Block(tag.word, self._within(tag), tag.end, when))

    def _go_on(self, tag: JinjaTag) -> None:
        block = self.open.pop()
        self._close(block, tag.start)
        if tag.word == "elif":
            self.open.append(self._condition(tag))
        elif block.word == "if":
            when = f"not {block.when}"
            self.open.append(_Block("if", block.otherwise, tag.end, when))
        else:
            when = f"else of {block.when}"
            self.open.append(_Block(block.word, self._within(tag), tag.end, when))

    def _end(self, tag: JinjaTag) -> None:
        block = self.open.pop()
        self._close(block, tag.start)
        if block.otherwise >= 0:
            self._add(block.otherwise, f"not {block.when}", block.start, block.start)

    def _condition(self, tag: JinjaTag) -> _Block:
        holds, fails = self._wrapped(tag.tokens[1:])
        return _Block("if", holds, tag.end, self._source(tag.tokens[1:]), fails)

    def _wrapped(self, tokens: Sequence[JinjaToken]) -> tuple[int, int]:
        """The numbers of what a condition brings about where it holds and where it does not."""
        holds, fails = self._number(), self._number()
        if tokens:
            self._put(tokens[0].start, "(((")
            self._put(
                tokens[-1].end, f") and {self._mark(holds)}) or {self._mark(fails, 'false')})"
            )
        return holds, fails

    def _within(self, tag: JinjaTag) -> int:
        """The number of a branch that is told of where its text begins."""
        number = self._number()
        self._put(tag.end, f"{{% do {self._mark(number)} {'-' if tag.trims else ''}%}}")
        return number

    def _close(self, block: _Block, end: int) -> None:
        self._add(block.branch, block.when, block.start, end)

    def _expressions(self, tag: JinjaTag) -> None:
        """What an expression chooses by `if … else`, `and`, `or` and `default`."""
        tokens = tag.tokens
        for at, token in enumerate(tokens):
            if at and tokens[at - 1].text == ".":
                continue
            if token.text == "if" and at and not (tag.word == "for" and not token.depth):
                self._choice(tokens, at)
            elif token.text in ("or", "and"):
                self._short_cut(tokens, at)
            elif token.text in ("default", "d") and at > 1 and tokens[at - 1].text == "|":
                self._default(tokens, at)

    def _choice(self, tokens: Sequence[JinjaToken], at: int) -> None:
        """`X if C else Y`."""
        before, condition = operand_before(tokens, at), operand_from(tokens, at + 1)
        when = self._source(condition)
        holds, fails = self._wrapped(condition)
        self._part(holds, when, before)
        end = at + 1 + len(condition)
        has_else = end < len(tokens) and tokens[end].text == "else"
        other = operand_from(tokens, end + 1) if has_else else ()
        if other:
            self._part(fails, f"not {when}", other)
        elif condition:
            self._add(fails, f"not {when}", condition[-1].end, condition[-1].end)

    def _short_cut(self, tokens: Sequence[JinjaToken], at: int) -> None:
        """`X or Y`, where Y is a text of the prompt's own."""
        before, rest = operand_before(tokens, at), operand_from(tokens, at + 1)
        is_condition = len(before) < at and tokens[at - len(before) - 1].text == "if"
        if has_words(rest) and not is_condition:
            number, word = self._number(), tokens[at].text
            value = "true" if word == "and" else "false"
            self._put(tokens[at].end, f" {self._mark(number, value)} {word} ")
            self._part(number, f"{word} {self._source(before)}", rest)

    def _default(self, tokens: Sequence[JinjaToken], at: int) -> None:
        """`X | default(Y)`, where X is a name and Y a text of the prompt's own."""
        start = at - 2
        while start > 1 and tokens[start - 1].text == ".":
            start -= 2
        name, given = tokens[start : at - 1], operand_from(tokens, at + 2)
        closing = at + 2 + len(given)
        is_whole = [each.text for each in tokens[closing : closing + 3]] == [",", "true", ")"]
        closing += 2 if is_whole else 0
        is_alone = not start or tokens[start - 1].text in ("{", "(", "[", ",", "=", "~", "in")
        is_call = [each.text for each in (*tokens[at + 1 : at + 2], *tokens[closing:])][:2]
        if not (is_alone and is_call == ["(", ")"] and given[0].text != ")" and has_words(given)):
            return
        number, source = self._number(), self._source(name)
        given_if = f"({source}) is defined{f' and ({source})' if is_whole else ''}"
        mark = f"({given_if} or {self._mark(number, 'false')})"
        self._put(name[0].start, "(")
        self._put(tokens[at - 1].start, f" if {mark} else (", tokens[at + 1].end)
        self._put(given[-1].end, "))", tokens[closing].end)
        self._part(number, f"no {source}", given)

    def _part(self, number: int, when: str, tokens: Sequence[JinjaToken]) -> None:
        if tokens:
            self._add(number, when, tokens[0].start, tokens[-1].end)

    def _add(self, number: int, when: str, start: int, end: int) -> None:
        """A branch that is the text between two places."""
        part = COMMENT.sub("", self.text[start:end])
        around = self.open[-1].branch if self.open else -1
        blanks = len(self.text[start:end]) - len(self.text[start:end].lstrip())
        first = self.text.count("\n", 0, start + (blanks if part.strip() else 0)) + 1
        last = first + self.text[start:end].strip().count("\n")
        self.branches[number] = TemplateBranch(when, part.strip(), first, last, around)

    def _number(self) -> int:
        self.count += 1
        return self.count - 1

    def _mark(self, number: int, value: str = "true") -> str:
        return f"{self.call}({number}, {value})"

    def _put(self, start: int, new: str, end: int = 0) -> None:
        self.edits.append((start, end, new))

    def _source(self, tokens: Sequence[JinjaToken]) -> str:
        return " ".join(self.text[tokens[0].start : tokens[-1].end].split()) if tokens else ""
