"""The files of a tree read once, and every fault in them gathered."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from promptci.errors import Fault, SpecError
from promptci.git.repo import Tree, read_file
from promptci.git.samefile import STORED
from promptci.git.unfollowed import in_place_of
from promptci.parsing.source import Mark, Node
from promptci.projectpaths import PROMPT_YML
from promptci.specs.answerer import Answerer
from promptci.specs.config import Config
from promptci.specs.evalparsing import parse_in_part
from promptci.specs.evalspec import EvalSpec
from promptci.specs.flows.flow import Flow
from promptci.specs.prompt import Prompt
from promptci.suite.attachments import attaching
from promptci.suite.configuration import Configuration, read_configuration
from promptci.suite.corpus import corpus_beside
from promptci.suite.crosschecks import stray_lists, unknown_model
from promptci.suite.filenames import FOLDERS, SCORES, YAML, name_below
from promptci.suite.flowfiles import all_with_models, untested
from promptci.suite.othertools import (
    is_blank,
    is_of_judges,
    of_other_tools,
    tool_of_eval,
    tool_of_prompt,
)
from promptci.suite.parsedonce import evalspec_once, parsed_once, prompt_once
from promptci.suite.suite import Suite


class TreeReader:
    """Goes through the files once and gathers faults."""

    def __init__(
        self, tree: Tree, *, known: Configuration | None = None, needs_models: bool = True
    ) -> None:
        """`known` is the tree's configuration, where that has been read before."""
        self.tree, self.known = tree, known
        self.needs_models = needs_models
        self.faults: list[Fault] = []
        self.prompt_ymls: list[str] = []
        self.prompts: dict[str, Prompt] = {}
        self.flows: dict[str, Flow] = {}
        self.asked: set[str] = set()
        self.parts: dict[str, frozenset[str]] = {}
        self.evals: dict[str, EvalSpec] = {}
        self.in_part: dict[str, EvalSpec] = {}
        self.broken: set[str] = set()
        self.chats: dict[str, Node] = {}
        self.theirs: dict[str, list[str]] = {}

    def load(self) -> Suite:
        if isinstance(self.tree, STORED):
            paths = (path for folder in FOLDERS for path in self.tree.files(folder))
            wanted = [path for path in paths if path.endswith(YAML) and not path.endswith(SCORES)]
            self.tree.read_ahead(wanted)
        known = self.known or read_configuration(self.tree)
        config = known.config
        self.faults += known.faults
        for path in (each for folder in FOLDERS for each in self.tree.strays(folder)):
            if path.endswith(YAML):
                wrong = "is a link or no regular file, and is not read"
                self.faults.append(replace(Mark(ascii(path)[1:-1]).fault(wrong), warning=True))
        for path in self._showable(self.tree.files("prompts")):
            if path.endswith(YAML) and not path.endswith(PROMPT_YML):
                self._prompt(path)
        data = self._evals()
        self._chats()
        self.faults = of_other_tools(self.theirs, self.faults)
        self.prompt_ymls = self.tree.prompt_ymls()
        for path in self._showable(self.prompt_ymls):
            self._prompt_yml(path, config)
        self._flows()
        for each in all_with_models(self.prompts, self.flows):
            if each.model is not None and self.needs_models:
                self.faults += unknown_model(each.model, each.model_mark, config)
        for spec in self.evals.values():
            self._check(spec, config)
        self.evals = {name: self._with_variables(spec) for name, spec in self.evals.items()}
        self.faults += stray_lists(data, self.evals.values())
        warnings = tuple(fault for fault in self.faults if fault.warning)
        found = Suite(self.tree, config, {**self.prompts, **self.flows}, self.evals, warnings)
        return found.with_config(config)

    def _showable(self, paths: Iterable[str]) -> Iterator[str]:
        """Paths that can be written in a record and on a terminal; the others are faults."""
        for path in paths:
            if path.isprintable():
                yield path
            elif path.endswith(YAML):
                wrong = "the file's name has characters that cannot be shown: rename it"
                self.faults.append(Mark(ascii(path)[1:-1]).fault(wrong))

    def _read(self, path: str) -> Node | None:
        try:
            return parsed_once(read_file(self.tree, path), path)
        except SpecError as error:
            self.faults += error.faults
            return None

    def _prompt(self, path: str) -> None:
        name = name_below(path, "prompts/")
        if self._is_taken(name, path, self.prompts):
            return
        node = self._read(path)
        if node is not None and tool_of_prompt(node):
            self.chats[name] = node
            return
        prompt = None if node is None else self._parsed(node, name, path)
        if prompt is None:
            self.broken.add(name)
        else:
            self.prompts[name] = prompt

    def _chats(self) -> None:
        """Chats of another tool: named, and faults where an eval tests them as prompts."""
        tested = {spec.prompt for spec in self.evals.values()}
        for name, node in self.chats.items():
            if name not in tested:
                self._left(node.mark.path, tool_of_prompt(node))
            elif self._parsed(node, name, node.mark.path) is None:
                self.broken.add(name)

    def _left(self, path: str, tool: str) -> bool:
        """Whether a file is another tool's; it is named then, and not read."""
        if tool:
            self.theirs.setdefault(tool, []).append(path)
        return bool(tool)

    def _flows(self) -> None:
        paths: dict[str, str] = {}
        for path in self._showable(self.tree.files("flows")):
            name = name_below(path, "flows/")
            if not path.endswith(YAML) or path.endswith(PROMPT_YML):
                continue
            if self._is_taken(name, path, self.prompts):
                self.broken.add(name)
            elif name in paths:
                self.faults.append(_taken(name, path, paths[name]))
            else:
                paths[name] = path
        if not paths:
            return
        from promptci.suite.flowreading import FlowReading  # late: most trees have no flows

        reading = FlowReading(
            self.tree,
            paths,
            read=self._read,
            prompts=self.prompts,
            broken=self.broken,
            faults=self.faults,
        )
        reading.read_all()
        self.flows, self.asked = reading.flows, reading.asked
        self.parts |= reading.parts

    def _parsed(self, node: Node, name: str, path: str) -> Prompt | None:
        attach, corpus = attaching(self.tree, path), corpus_beside(self.tree, path)
        faults: list[Fault] = []
        found = prompt_once(node, name, faults, attach, corpus)
        self.faults += faults
        self.parts[name] = frozenset(fault.path for fault in faults)
        return found

    def _evals(self) -> list[Node]:
        """Reads the evals; gives the files that hold a list, which are examples of some eval."""
        lists = []
        for path in self._showable(self.tree.files("evals")):
            if not path.endswith(YAML) or path.endswith((*SCORES, *PROMPT_YML)):
                continue
            node = self._read(path)
            if node is None or is_of_judges(path, node) or self._left(path, tool_of_eval(node)):
                continue
            if isinstance(node.value, list):
                lists.append(node)
                continue
            name = name_below(path, "evals/")
            if not self._is_taken(name, path, self.evals):
                spec = evalspec_once(node, name, self.faults)
                if spec is not None:
                    self.evals[name] = spec
                elif isinstance(node.value, dict):
                    self.in_part[name] = parse_in_part(node, name)
        written = {f"evals/{each}" for spec in self.evals.values() for each in spec.wordings}
        self.faults = [fault for fault in self.faults if fault.path not in written]
        return lists

    def _prompt_yml(self, path: str, config: Config) -> None:
        from promptci.specs.promptyml import is_foreign, parse_promptyml  # late: few have any

        name = name_below(path, "prompts/")
        if self._is_taken(name, path, self.prompts) or self._is_taken(name, path, self.evals):
            self.broken.add(name)
            return
        if is_blank(read_file(self.tree, path)):
            self.faults.append(Mark(path).warning("the file is empty and is not read"))
            return
        node = self._read(path)
        if node is not None and is_foreign(node):
            wrong = "is no prompt in the format of GitHub Models (it has no `messages`)"
            self.faults.append(Mark(path).warning(f"{wrong} and is not read"))
            return
        parsed = None
        if node is not None:
            parsed = parse_promptyml(node, name, self.faults, config.catalogued)
        if parsed is None:
            self.broken.add(name)
            return
        prompt, spec = parsed
        self.prompts[name] = prompt
        if spec is not None:
            self.evals[name] = spec

    def _is_taken(
        self, name: str, path: str, where: Mapping[str, Answerer] | Mapping[str, EvalSpec]
    ) -> bool:
        if name not in where:
            return False
        self.faults.append(_taken(name, path, where[name].mark.path))
        return True

    def _with_variables(self, spec: EvalSpec) -> EvalSpec:
        found = self.prompts.get(spec.prompt) or self.flows.get(spec.prompt)
        return spec if found is None else replace(spec, variables=found.variables)

    def _check(self, spec: EvalSpec, config: Config) -> None:
        """An eval's prompt or flow, and its models, must exist."""
        wrong = "" if spec.prompt in self.broken else untested(spec, self.prompts, self.flows)
        if wrong:
            key = "flow" if spec.is_flow else "prompt"
            why = in_place_of(self.tree, f"{key}s/{spec.prompt}.yaml")
            wrong = f"there is no {key} `{spec.prompt}`: {why}" if why else wrong
            self.faults.append(spec.marks.get(key, spec.mark).fault(wrong))
        for name in spec.models if self.needs_models else ():
            self.faults += unknown_model(name, spec.marks.get("models", spec.mark), config)


def _taken(name: str, path: str, by: str) -> Fault:
    return Mark(path).fault(f"`{name}` is also the name of {by}: rename one of them")
