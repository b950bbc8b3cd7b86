"""What a configuration of promptfoo refers to: `file://`, providers by name, transforms."""

import re
from typing import Final

from msgspec import Struct, field

from promptci.errors import Fault, SpecError
from promptci.importers.foreignyaml import load_foreign
from promptci.importers.promptfoo.environment import is_unset
from promptci.importers.promptfoo.providers import model_of
from promptci.importers.promptfoo.scripts import extract_of_script
from promptci.importers.sources import Sources
from promptci.parsing.source import Mark, Node, Plain, decode, excerpt, mapping_of

CODE_FILES = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".py", ".rb", ".go", ".sh")


class Lost:
    """Marks a value that was lost, where None is a value."""


LOST: Final = Lost()
UNSET = "takes a variable of the environment, which is not read: write the value"
_SUFFIXES = ("yaml", "yml", "json", "js", "cjs", "mjs", "ts", "cts", "mts")


def configuration_of(sources: Sources, path: str) -> str:
    """The configuration that is meant by a file, or by the folder that it is in."""
    if not sources.folder_exists(path):
        return path
    names = tuple(f"promptfooconfig.{suffix}" for suffix in _SUFFIXES)
    wanted = [name if path in ("", ".") else f"{path.rstrip('/')}/{name}" for name in names]
    if there := next(filter(sources.exists, wanted), None):
        return there
    named = [each for each in sources.below(path) if each.endswith(names)]
    below = [each for each in named if each.rpartition("/")[2] in names] or named
    if len(below) == 1:
        return below[0]
    cure = f"name the file, such as {below[0]}" if below else "name the file"
    raise SpecError([Mark(path).fault(f"there is no promptfooconfig.yaml in it: {cure}")])


class Reader(Struct):
    """Reads what a configuration at `config` names; what cannot be read goes to `losses`.

    `models` are ours by the ids of providers that were read before, `inside` the files of tests
    that are being read.
    """

    sources: Sources
    config: str
    losses: list[Fault]
    settings: dict[str, Plain] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)
    inside: set[str] = field(default_factory=set)

    def enters(self, path: str, mark: Mark) -> bool:
        """Whether a file of tests is read here; one that is being read already holds itself."""
        if path in self.inside:
            self._lose(mark, f"`{excerpt(path)}` holds itself and is read once: delete the circle")
            return False
        self.inside.add(path)
        return True

    def path(self, written: str, mark: Mark) -> str:
        """A path as a configuration writes it, relative to the folder that is imported.

        promptfoo 0.123.1 looks from the configuration's folder also for what a file of tests names,
        or from where it is started; beside the file that names it is where none of them is.
        """
        plain = written.removeprefix("file://")
        bases = dict.fromkeys((self.config, "", mark.path or self.config))
        options = [self.sources.relative(each, plain) for each in bases]
        return next((each for each in options if self._is_there(each)), options[0])

    def _is_there(self, path: str) -> bool:
        sources = self.sources
        return sources.exists(path) or sources.folder_exists(path) or bool(re.search(r"[*?]", path))

    def text_or_data(self, node: Node) -> Plain | Lost:
        """A value, or the content of the `file://` that it names; `LOST` with a loss if neither."""
        if isinstance(node.value, list) and _has_files(node.value):
            found = [self.text_or_data(each) for each in node.value]
            return [each for each in found if not isinstance(each, Lost)]
        if not isinstance(node.value, str):
            return node.plain()
        if node.value.startswith(("package:", "exec:")):
            wrong = f"`{excerpt(node.value)}` is code, which is not run: write the value"
            return self._lose(node.mark, wrong)
        return self.file(node.value, node.mark) if _is_file(node.value) else node.value

    def file(self, written: str, mark: Mark) -> Plain | Lost:
        """A file's text, or its data where it is JSON or YAML."""
        path = re.sub(r":\w+$", "", written) if re.search(r"\.\w+:\w+$", written) else written
        if path.endswith(CODE_FILES):
            return self._lose(
                mark, f"`{excerpt(written)}` is code, which is not run: write the value"
            )
        return self.content(self.path(path, mark), mark)

    def content(self, where: str, mark: Mark) -> Plain | Lost:
        """What a file holds: its data where it is JSON or YAML, else its text, stripped."""
        try:
            data = self.sources.read(where, mark)
            if where.endswith((".json", ".yaml", ".yml")):
                return load_foreign(data, where, self.losses).plain()
            return decode(data, where).strip()
        except SpecError as error:
            self.losses.extend(error.faults)
            return LOST

    def node(self, node: Node) -> Node:
        """A part of the configuration that may be in a file of its own."""
        if not isinstance(node.value, str) or not node.value.startswith("file://"):
            return node
        try:
            where = self.path(node.value, node.mark)
            return load_foreign(self.sources.read(where, node.mark), where, self.losses)
        except SpecError as error:
            self.losses.extend(error.faults)
            return Node({}, node.mark)

    def model_name(self, node: Node) -> str:
        """The model of ours that a provider means, written with what it needs in the settings."""
        written = node.get("id") if isinstance(node.value, dict) else node
        if not isinstance(written.value, str):
            self._lose(node.mark, "a provider without an `id` is not carried: name it by its id")
            return ""
        if is_unset(written.value):
            self._lose(written.mark, f"`{excerpt(written.value)}` {UNSET}")
            return ""
        config = node.get("config") if "config" in mapping_of(node) else Node({}, node.mark)
        found = model_of(written.value, config, self.sources.endpoints)
        if isinstance(found, str):
            known = self.models.get(written.value, "")
            if not known:
                self._lose(written.mark, found)
            return known
        self.models.setdefault(written.value, found.name)
        if found.endpoint:
            endpoints = self.settings.setdefault("endpoints", {})
            assert isinstance(endpoints, dict)
            endpoints.update(found.endpoint)
        return found.name

    def transform(self, node: Node) -> Plain:
        """What is taken out of the output first, or nothing with a loss."""
        code = node.value if isinstance(node.value, str) else ""
        taken = None if code.startswith("file://") else extract_of_script(code)
        if taken is None:
            self._lose(node.mark, f"`{excerpt(code)}` is code, which is not run: use `extract`")
            return None
        return taken[0] if len(taken) == 1 else list(taken)

    def _lose(self, mark: Mark, message: str) -> Lost:
        self.losses.append(mark.fault(message))
        return LOST


def _has_files(items: list[Node]) -> bool:
    return any(isinstance(each.value, str) and _is_file(each.value) for each in items)


def _is_file(written: str) -> bool:
    return written.startswith("file://")
