"""How an eval talks with a prompt: scripted turns or a simulated user, and tools that answer."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct, field

from promptci.errors import Fault
from promptci.parsing.source import Mark, Node, Plain
from promptci.specs.promptfile import Parameters
from promptci.templates.template import Template, TemplateError, as_text

STOP = "###STOP###"
"""What a simulated user says when it is done, unless the eval says otherwise."""

MOST_TURNS = 100
MOST_CALLS = 200

CONVERSATION = "conversation"
"""The variable under which scorers find all that was said."""

STATE = "state"
"""The variable of an example with the state that tools begin with."""

_NOWHERE = Mark("")

Words = Annotated[str, Meta(min_length=1, max_length=20_000)]
Limit = Annotated[int, Meta(ge=1, le=MOST_TURNS)]


class UserFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A user that a model plays: what it wants and knows, with the example's variables."""

    goal: Annotated[Words, Meta(description="what the user wants, such as `{{ task }}`")]
    knows: Annotated[str, Meta(description="all that the user knows")] = ""
    model: Annotated[
        str | None, Meta(description="who plays it (default: `defaults.judge` in promptci.yaml)")
    ] = None
    stop: Annotated[Words, Meta(description="what the user says when it is done")] = STOP
    at_most: Annotated[Limit, Meta(description="user turns after which it ends anyhow")] = 20
    parameters: Annotated[Parameters, Meta(description="how the model is asked")] = Parameters(
        max_tokens=300
    )


class ConversationFile(Struct, frozen=True, forbid_unknown_fields=True):
    """Several turns with a prompt: `turns` that are written down, or a simulated `user`."""

    turns: Annotated[
        Words | Annotated[list[Words], Meta(min_length=1, max_length=MOST_TURNS)] | None,
        Meta(
            description="what the user says, one turn after the other, with variables; or one "
            "variable that holds a list, such as `{{ turns }}`"
        ),
    ] = None
    user: UserFile | None = None


def argument_in(part: Plain) -> str:
    """The argument meant by `$NAME` in what a tool sets; empty for all else."""
    return part[1:] if isinstance(part, str) and part.startswith("$") else ""


class ToolAnswerFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One answer of a tool: to which arguments, what it says, and what it changes.

    `when` holds arguments that must be given; a list means any one of its items, `any` any value.
    """

    when: dict[str, Any] = {}
    say: Any = ""
    sets: Annotated[
        dict[str, Any], Meta(description="parts of the state to set, by path: `orders.W1.status`")
    ] = {}

    @property
    def copied(self) -> Iterator[str]:
        """The arguments whose values go into the state: those that `sets` names with a `$`."""
        parts = (part for path, value in self.sets.items() for part in (*path.split("."), value))
        yield from filter(None, map(argument_in, parts))


class ToolCodeFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A function of the repository that answers for a tool, called in a child process."""

    SAYS: ClassVar = {
        "function": "must be MODULE:FUNCTION: write `check:score` for `score` in check.py"
    }

    function: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$",
            max_length=200,
            description="`module:function`, beside the eval or from the project's root; it gets "
            "the arguments, the state and the example's variables",
        ),
    ]
    files: Annotated[
        list[str], Meta(max_length=100, description="files beside the eval that the code reads")
    ] = []
    seconds: Annotated[float, Meta(gt=0, le=600, description="how long a call may take")] = 10.0


class ToolFile(Struct, frozen=True, forbid_unknown_fields=True):
    """How a tool answers: the first of `answers` that fits, else `otherwise`; or own code."""

    python: Annotated[
        ToolCodeFile | None, Meta(description="own code that answers, in the place of `answers`")
    ] = None
    answers: Annotated[list[ToolAnswerFile], Meta(max_length=1000)] = []
    otherwise: Annotated[Any, Meta(description="what it says where no answer fits")] = (
        "error: nothing is known of that"
    )


class SimulatedUser(Struct, frozen=True):
    """A user that a model plays; an empty `model` is the default judge."""

    goal: Template
    knows: Template
    model: str
    stop: str
    at_most: int
    parameters: Mapping[str, Plain]
    mark: Mark


class Conversing(Struct, frozen=True):
    """How an eval gets an answer out of several turns.

    `tools` say how each tool that a prompt declares answers, `most_calls` how many calls there may
    be in one conversation. `canonical` is all of it, for the fingerprint.
    """

    turns: tuple[Template, ...] = ()
    user: SimulatedUser | None = None
    tools: Mapping[str, ToolFile] = field(default_factory=dict)
    most_calls: int = 20
    marks: Mapping[str, Mark] = field(default_factory=dict)
    mark: Mark = _NOWHERE
    canonical: Mapping[str, Plain] = field(default_factory=dict)

    @property
    def variables(self) -> frozenset[str]:
        """The variables that an example must give."""
        texts = [*self.turns, *((self.user.goal, self.user.knows) if self.user else ())]
        return frozenset().union(*(text.variables for text in texts))

    def spoken(self, variables: Mapping[str, Plain]) -> list[str]:
        """The turns that are written down; a turn that is a list is replaced by its items.

        No more than `MOST_TURNS` are said.
        """
        values = [text.value(variables) for text in self.turns]
        found = [
            each for value in values for each in (value if isinstance(value, list) else [value])
        ]
        return [as_text(each) for each in found[:MOST_TURNS]]

    @property
    def given(self) -> frozenset[str]:
        """Variables that an example may give without anybody naming them."""
        return frozenset((STATE,)) if self.tools else frozenset()

    @property
    def scorers(self) -> Iterator[Plain]:
        """The own code that it runs, written as scorers write it."""
        for tool in self.tools.values():
            if tool.python is not None:
                yield {"python": {"function": tool.python.function}}

    @property
    def shown(self) -> frozenset[str]:
        """What scorers find beside the example's variables."""
        return frozenset((CONVERSATION,))


def read_conversing(
    node: Node,
    file: ConversationFile | None,
    tools: Mapping[str, ToolFile],
    most_calls: int,
    faults: list[Fault],
) -> Conversing | None:
    """What `conversation` and `tools` of an eval say; None without either, or after faults."""
    if file is None and not tools:
        return None
    before = len(faults)
    place = node.get("conversation")
    if file is not None and (file.turns is None) == (file.user is None):
        wrong = "`conversation` takes either `turns` or a `user`"
        faults.append(place.mark.fault(f"{wrong}: write one of them"))
    listed = None if file is None else file.turns
    turns = [listed] if isinstance(listed, str) else listed or []
    read = tuple(
        _template(text, place.get("turns", number), faults) for number, text in enumerate(turns)
    )
    user = None if file is None or file.user is None else _user(file.user, place, faults)
    if len(faults) > before:
        return None
    given = node.value if isinstance(node.value, dict) else {}
    names = ("conversation", "tools", "most_calls")
    return Conversing(
        turns=read,
        user=user,
        tools=tools,
        most_calls=most_calls,
        marks={name: node.get("tools").key_mark(name) for name in tools},
        mark=node.key_mark("conversation" if file is not None else "tools"),
        canonical={name: given[name].plain() for name in names if name in given},
    )


def _user(file: UserFile, place: Node, faults: list[Fault]) -> SimulatedUser:
    node = place.get("user")
    return SimulatedUser(
        goal=_template(file.goal, node.get("goal"), faults),
        knows=_template(file.knows, node.get("knows"), faults),
        model=file.model or "",
        stop=file.stop,
        at_most=file.at_most,
        parameters=file.parameters.given(),
        mark=node.get("model").mark,
    )


def _template(text: str, node: Node, faults: list[Fault]) -> Template:
    try:
        return Template.parse(text)
    except TemplateError as error:
        faults.append(node.mark.fault(str(error)))
        return Template(("",), ())
