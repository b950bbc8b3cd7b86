"""promptfoo's assertions as scorers."""

from collections.abc import Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.errors import Fault
from promptci.importers.promptfoo.converting import OptionValues, Wanted
from promptci.importers.promptfoo.counterparts import NEVER_REVERSED, NOTES, why_not
from promptci.importers.promptfoo.files import Lost, Reader
from promptci.importers.promptfoo.patternvalues import filled, has_places
from promptci.importers.promptfoo.rubricprompts import RubricPrompts
from promptci.importers.promptfoo.scorers import CONVERTERS
from promptci.importers.promptfoo.scriptnumbers import lengths_that_pass
from promptci.importers.promptfoo.scripts import syntax_note
from promptci.importers.promptfoo.scriptsteps import is_graded
from promptci.importers.promptfoo.shared import with_weight
from promptci.importers.promptfoo.transforms import MAIN_OPTIONS, apply_transform
from promptci.importers.templates import translate
from promptci.parsing.source import Mark, Node, Plain, excerpt, mapping_of


class AssertionReader(Struct):
    """Turns assertions into scorers; what cannot be is added to `losses`.

    `judge` is the model that judges where an assertion names none; `shared` are the assertions
    that `$ref` may name. `lasting` are assertions that all tests have, which are turned into
    scorers once. `values` are the variables of the test, which patterns are filled in with;
    `rubric_prompt` is how the test has its judges asked, and `rubrics` what became of such prompts.
    """

    reader: Reader
    losses: list[Fault]
    notes: list[Fault]
    judge: str = ""
    shared: Mapping[str, Node] = field(default_factory=dict)
    lasting: Sequence[Node] = ()
    values: Mapping[str, Node] = field(default_factory=dict)
    rubrics: RubricPrompts | None = None
    rubric_prompt: Node | None = None
    _known: dict[tuple[int, str, int], Plain | None] = field(default_factory=dict)

    def scorers(self, node: Node) -> list[Plain]:
        """The scorers of an `assert` list."""
        items = node.value if isinstance(node.value, list) else [node]
        lasting = {id(each) for each in self.lasting}
        found = (self._once(each) if id(each) in lasting else self._scorer(each) for each in items)
        return [each for each in found if each is not None]

    def _once(self, node: Node) -> Plain | None:
        """The scorer of an assertion that lasts as long as this does."""
        if has_places(node):
            return self._scorer(node)
        key = (id(node), self.judge, id(self.rubric_prompt))
        if key not in self._known:
            self._known[key] = self._scorer(node)
        return self._known[key]

    def _scorer(self, node: Node) -> Plain | None:
        node = self._referred(node)
        if not isinstance(node.value, dict):
            self._lose(node.mark, "an assertion must be a mapping with a `type`: write one")
            return None
        kind = node.value.get("type")
        if kind is not None and kind.value == "assert-set":
            return self._set(node)
        wanted, inverse = self._wanted(node)
        if wanted is None:
            return None
        self._tell_unknown(node)
        if inverse and wanted.kind in NEVER_REVERSED:
            self.notes.append(wanted.mark.warning(_REVERSED.format(wanted.kind)))
        prompt = mapping_of(node).get("rubricPrompt", self.rubric_prompt)
        made = self._convert(wanted, prompt)
        if made is None:
            return None
        scorer = self._finished(node, made, inverse=inverse)
        transform = mapping_of(node).get("transform")
        return scorer if transform is None else apply_transform(scorer, transform, self.reader)

    def _referred(self, node: Node) -> Node:
        """The template that `$ref` names, with the keys beside it on top."""
        if not isinstance(node.value, dict) or "$ref" not in node.value:
            return node
        ref = str(node.get("$ref").value)
        name = ref.removeprefix("#/assertionTemplates/")
        shared = self.shared.get(name)
        if shared is None or not isinstance(shared.value, dict):
            self._lose(node.get("$ref").mark, f"`{excerpt(ref)}` names no assertion template")
            return node
        rest = {key: value for key, value in node.value.items() if key != "$ref"}
        return Node(shared.value | rest, node.mark, {**shared.keys, **node.keys})

    def _set(self, node: Node) -> Plain | None:
        """`assert-set`: all of them, or with a threshold the mean."""
        inner = self.scorers(node.get("assert")) if "assert" in mapping_of(node) else []
        if not with_weight(inner):
            self._lose(node.mark, "this `assert-set` holds nothing that could be carried")
            return None
        options: OptionValues = {"scorers": with_weight(inner)}
        threshold = _number(node.get("threshold")) if "threshold" in mapping_of(node) else None
        if threshold is not None:
            options["threshold"] = min(threshold, 1)
        return {"all_of": self._common(node) | options}

    def _wanted(self, node: Node) -> tuple[Wanted | None, bool]:
        parts = mapping_of(node)
        kind = parts.get("type")
        if kind is None or not isinstance(kind.value, str):
            self._lose(node.mark, "an assertion has no `type`: add one")
            return None, False
        inverse = kind.value.startswith("not-")
        name = kind.value.removeprefix("not-")
        value = self._value(node)
        if isinstance(value, Lost):
            return None, inverse
        threshold = _number(parts["threshold"]) if "threshold" in parts else None
        judge = self.reader.model_name(parts["provider"]) if "provider" in parts else ""
        return Wanted(name, value, threshold, judge or self.judge, node.mark), inverse

    def _value(self, node: Node) -> Plain | Lost:
        """The value with its templates in our form; `Lost` where it is made by code."""
        parts = mapping_of(node)
        if "value" not in parts:
            return None
        value = self.reader.text_or_data(parts["value"])
        if isinstance(value, Lost):
            return value
        name = str(parts["type"].value).removeprefix("not-")
        if name == "regex" and isinstance(value, str):
            return filled(value, self.values)
        if value is None:
            return "null" if name == "equals" else None
        return value if name in _CODE else self._translated(value, node.get("value").mark)

    def _translated(self, value: Plain, mark: Mark) -> Plain:
        if isinstance(value, list):
            return [self._translated(each, mark) for each in value]
        if not isinstance(value, str) or "{" not in value:
            return value
        found = translate(value, "nunjucks", mark)
        self.losses.extend(found.losses)
        if found.is_jinja:
            self._lose(
                mark, f"`{excerpt(value)}` has filters or logic, which values cannot: write it out"
            )
        return found.text

    def _convert(self, wanted: Wanted, prompt: Node | None) -> tuple[str, OptionValues] | None:
        converter = CONVERTERS.get(wanted.kind)
        if converter is None:
            self._lose(wanted.mark, why_not(wanted.kind))
            return None
        if wanted.kind == "llm-rubric" and wanted.value is None and prompt is not None:
            wanted = replace(wanted, value="What the task above asks for.")
        try:
            made = converter(wanted)
        except ValueError as error:
            self._lose(wanted.mark, f"`{wanted.kind}` {error}")
            return None
        if self.rubrics is not None and self.rubrics.judged(prompt, made, wanted):
            return made
        told = NOTES.get(wanted.kind) or _script_note(wanted, made[0])
        if told:
            self.notes.append(wanted.mark.warning(f"`{wanted.kind}` {told}"))
        return made

    def _finished(self, node: Node, made: tuple[str, OptionValues], *, inverse: bool) -> Plain:
        name, options = made
        options = self._common(node) | {key: options[key] for key in options if key != "not"}
        inverse = inverse != bool(made[1].get("not"))
        if inverse:
            options = {"not": True, **options}
        if not options:
            return name
        main = MAIN_OPTIONS.get(name, "")
        is_short = bool(main) and not isinstance(options.get(main), dict | bool)
        if inverse and set(options) == {"not"}:
            return {"not": name}
        if inverse and is_short and set(options) == {"not", main}:
            return {"not": {name: options[main]}}
        if is_short and set(options) == {main}:
            return {name: options[main]}
        return {name: options}

    def _common(self, node: Node) -> OptionValues:
        """What every assertion may have: a name and a weight."""
        options: OptionValues = {}
        parts = mapping_of(node)
        if "metric" in parts and parts["metric"].value:
            options["name"] = str(parts["metric"].value)
        if "weight" in parts and isinstance(parts["weight"].value, int | float):
            weight = parts["weight"].value
            if weight != 1:
                options["weight"] = weight
        return options

    def _tell_unknown(self, node: Node) -> None:
        """Name what an assertion has that changes its verdict and is not carried."""
        if mapping_of(node).keys() <= _KNOWN_KEYS:
            return
        for key, why in _UNCARRIED.items():
            if key in mapping_of(node):
                self._lose(node.key_mark(key), f"`{key}` of an assertion {why}")
        for key in sorted(set(mapping_of(node)) - _KNOWN_KEYS - set(_UNCARRIED)):
            said = f"`{excerpt(key)}` of an assertion is not read by promptfoo either: left out"
            self.notes.append(node.key_mark(key).warning(said))

    def _lose(self, mark: Mark, message: str) -> None:
        self.losses.append(mark.fault(message))


def _script_note(wanted: Wanted, scorer: str) -> str:
    """What a short script that is carried does otherwise than before."""
    if wanted.kind not in ("javascript", "python"):
        return ""
    code = str(wanted.value)
    is_length = scorer == "length" and lengths_that_pass(code, wanted.threshold) is not None
    if is_length or is_graded(code, wanted.kind):
        return _NUMBER
    return syntax_note(code)


_REVERSED = "promptfoo ignores `not-` before `{}`: it is reversed here, as meant"
_NUMBER = "gives a number: what passes is carried, its score is 1 or 0 here"
_CODE = frozenset(("javascript", "python", "ruby", "webhook"))
_KNOWN_KEYS = frozenset((
    "type", "value", "threshold", "weight", "metric", "provider", "transform", "$ref", "assert",
    "description", "rubricPrompt",
))  # fmt: skip
_UNCARRIED = {
    "contextTransform": "is code, which is not run: give the context as a variable",
    "config": "is for code, which is not run: say it in options of the scorer",
}


def _number(node: Node) -> float | None:
    value = node.value
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
