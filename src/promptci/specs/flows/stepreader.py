"""The steps of a flow's file that have names: what each does, and what is wrong with it."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.errors import Fault
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.shape import read_shape
from promptci.parsing.source import Node, excerpt
from promptci.specs.flows.condition import Condition
from promptci.specs.flows.flow import Flow
from promptci.specs.flows.shapes import BLOCKS, KINDS, FlowStepFile
from promptci.specs.flows.steps import AskStep, FlowStep, Named, QueryStep, TextStep
from promptci.specs.prompt import Prompt
from promptci.specs.retrieval import FindDocuments, no_documents, read_retrieval
from promptci.specs.sampling import read_sampled, sampling_parameters
from promptci.specs.turns import Turn
from promptci.templates.template import Template, TemplateError, as_text

S = TypeVar("S", bound=Struct)

_WORDS = ("then", "else", "until", "over", "at_most", "start")
_RESERVED = frozenset((*BLOCKS, *KINDS, *_WORDS)) - {"retrieve"}


_QUERY = Template(("", ""), ("query",))
"""What is looked up unless a step says otherwise: the variable, or the step, of that name."""


class FlowSurroundings(Struct, frozen=True):
    """What a flow's file may name: prompts, flows, the data of queries, scorers for conditions.

    `broken` are prompts with faults of their own, `read` gives the bytes of a file beside the flow
    or None after adding why not, `bind` makes a condition of an output's name and a scorer.
    `flow` gives the flow of a name or None after adding why not, `is_flow` says whether there is
    one. `corpus` reads documents that a step looks up.
    """

    prompts: Mapping[str, Prompt]
    broken: frozenset[str] = frozenset()
    read: "Callable[[Node, list[Fault]], tuple[str, bytes] | None]" = lambda node, faults: None
    bind: "Callable[[str, Node, list[Fault]], Condition | None]" = lambda name, node, faults: None
    flow: "Callable[[str, Node, list[Fault]], Flow | None]" = lambda name, node, faults: None
    is_flow: "Callable[[str], bool]" = lambda name: False
    corpus: FindDocuments = no_documents


class StepReader(Struct):
    """Reads what is below the names of steps of `home`; `named` are those read so far.

    `is_broken` says that a step asks what has faults of its own, which are reported where they are.
    """

    home: str
    around: FlowSurroundings
    faults: list[Fault]
    named: list[Named] = field(default_factory=list)
    is_broken: bool = False

    def step(self, name: str, node: Node) -> Named | None:
        """The step of a mapping with one key; None after adding what is wrong."""
        mark = node.key_mark(name)
        if not name.isidentifier() or name in _RESERVED:
            why = (
                "is a word of flows"
                if name in _RESERVED
                else "uses other than letters, digits, `_`"
            )
            wrong = f"`{excerpt(name)}` cannot be a step's name, since it {why}: change it"
            self.faults.append(mark.fault(wrong))
            return None
        place = node.get(name)
        if name == "retrieve" and "corpus" in place.keys:  # what it does is its name
            place = node
        file = self.shape(place, FlowStepFile)
        if file is None:
            return None
        given = [key for key in KINDS if getattr(file, key) is not None]
        if len(given) != 1:
            kinds = ", ".join(f"`{key}`" for key in KINDS)
            wrong = f"the step `{name}` must have one of {kinds}, and has "
            has = " and ".join(f"`{key}`" for key in given) or "none"
            cure = "write `query` in `retrieve`" if "retrieve" in given else "write one"
            self.faults.append(mark.fault(f"{wrong}{has}: {cure}"))
            return None
        if not self._fits(given[0], name, place):
            return None
        found = _KINDS[given[0]](self, name, file, place)
        if found is not None:
            self.named.append(found)
        return found

    def _fits(self, kind: str, name: str, place: Node) -> bool:
        """Whether all keys beside a step's kind mean something there."""
        keys = list(place.value) if isinstance(place.value, dict) else []
        strays = [key for key in keys if key not in (kind, *KINDS[kind])]
        for key in strays:
            wrong = f"`{key}` means nothing in the step `{name}`, which has a `{kind}`: delete it"
            self.faults.append(place.key_mark(key).fault(wrong))
        return not strays

    def _ask(self, name: str, file: FlowStepFile, place: Node) -> Named | None:
        assert file.prompt is not None
        prompt = self.around.prompts.get(file.prompt)
        if prompt is None:
            if file.prompt in self.around.broken:
                self.is_broken = True
            else:
                wrong = f"there is no prompt `{excerpt(file.prompt)}` in prompts/"
                told = f"{wrong}: {did_you_mean(file.prompt, self.around.prompts)}"
                if self.around.is_flow(file.prompt):
                    told = f"`{file.prompt}` is a flow: write `flow: {file.prompt}`"
                self.faults.append(place.get("prompt").mark.fault(told))
            return None
        if file.model is not None:
            mark = place.get("model").mark
            prompt = replace(prompt, model=file.model, model_mark=mark)
        if file.solve is not None:
            parameters = sampling_parameters(prompt.parameters or {}, file.solve)
            solve = read_sampled(place.get("solve"), file.solve, parameters, self.faults)
            prompt = replace(prompt, solve=solve, parameters=parameters)
        self._check_given(file, place, f"the prompt `{prompt.name}`", prompt.variables)
        allowed = tuple(file.allowed or ())
        given, number = self.templates(place, "vars"), len(self.named)
        return AskStep(name, number, prompt, given, allowed, mark=place.mark)

    def _take(self, name: str, file: FlowStepFile, place: Node) -> Named | None:
        assert file.flow is not None
        flow = self.around.flow(file.flow, place.get("flow"), self.faults)
        if flow is None:
            self.is_broken = True
            return None
        if file.model is not None:
            flow = replace(flow, model=file.model, model_mark=place.get("model").mark)
        self._check_given(file, place, f"the flow `{flow.name}`", flow.variables)
        allowed = tuple(file.allowed or ())
        given, number = self.templates(place, "vars"), len(self.named)
        return FlowStep(name, number, flow, given, allowed, mark=place.mark)

    def _check_given(
        self, file: FlowStepFile, place: Node, who: str, variables: frozenset[str]
    ) -> None:
        """Nothing is given that is not used."""
        for key in file.vars:
            if key not in variables:
                wrong = f"{who} uses no variable `{excerpt(key)}`"
                advice = f"take it out ({did_you_mean(key, variables)})"
                self.faults.append(place.get("vars").key_mark(key).fault(f"{wrong}: {advice}"))

    def _query(self, name: str, file: FlowStepFile, place: Node) -> Named | None:
        if file.data is None:
            wrong = f"the step `{name}` does not say what its query runs on: add `data: FILE`"
            self.faults.append(place.key_mark("query").fault(wrong))
            return None
        found = self.around.read(place.get("data"), self.faults)
        sql = self.template(place.get("query"))
        if found is None:
            return None
        values = self.templates(place, "vars")
        path, data = found
        return QueryStep(
            name,
            sql,
            path,
            data,
            values,
            file.max_rows,
            file.max_characters,
            file.seconds,
            place.mark,
        )

    def _text(self, name: str, file: FlowStepFile, place: Node) -> Named | None:
        return TextStep(name, self.template(place.get("text")), place.mark)

    def _retrieve(self, name: str, file: FlowStepFile, place: Node) -> Named | None:
        """A step that looks documents up, which is a prompt without a file of its own."""
        assert file.retrieve is not None
        told = place.get("retrieve")
        text = self.template(told.get("query")) if "query" in told.keys else _QUERY
        turns = (Turn("user", text, mark=told.mark),)
        found = read_retrieval(file.retrieve, place, turns, self.around.corpus, self.faults)
        if found is None:
            return None
        called, model = f"{self.home}/{name}", file.retrieve.embed
        prompt = Prompt(called, place.mark, turns, model=model, model_mark=told.mark)
        prompt = replace(prompt, retrieve=found)
        return AskStep(name, len(self.named), prompt, mark=place.mark)

    def templates(self, node: Node, key: str) -> dict[str, Template]:
        """The templates of a mapping below a key, by their names."""
        values = node.get(key).value if isinstance(node.value, dict) and key in node.value else {}
        assert isinstance(values, dict)
        return {name: self.template(each) for name, each in values.items()}

    def template(self, node: Node) -> Template:
        """A value's template; what is no text is written as JSON."""
        text = node.value if isinstance(node.value, str) else None
        try:
            return Template.parse(text) if text is not None else _constant(node)
        except TemplateError as error:
            self.faults.append(node.mark.fault(str(error)))
            return Template(("",), ())

    def shape(self, node: Node, shape: type[S]) -> S | None:
        """A node's value; None after adding what is wrong."""
        return read_shape(node, shape, self.faults)


def _constant(node: Node) -> Template:
    return Template((as_text(node.plain()),), ())


_KINDS: Mapping[str, Callable[[StepReader, str, FlowStepFile, Node], Named | None]] = {
    "prompt": StepReader._ask,
    "flow": StepReader._take,
    "query": StepReader._query,
    "text": StepReader._text,
    "retrieve": StepReader._retrieve,
}
