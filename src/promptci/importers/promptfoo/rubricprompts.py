"""`rubricPrompt`: the words in which promptfoo asks a judge, as the prompt of a judge here."""

import json
import re
from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from promptci.errors import Fault
from promptci.importers.imported import ImportedJudge
from promptci.importers.names import Names
from promptci.importers.promptfoo.converting import OptionValues, Wanted
from promptci.importers.promptfoo.files import Lost, Reader
from promptci.importers.promptfoo.messages import read_messages
from promptci.importers.promptfoo.prompts import SourcePrompt
from promptci.importers.usedvariables import used_paths
from promptci.parsing.source import Mark, Node, Plain

_OWN = frozenset(("output", "criteria"))
_PLACE = re.compile(r"\{\{ (?P<name>rubric|criteria)(?P<below>[.\w]*) \}\}")
_SCALE = re.compile(r"\b[01](?:\.0)?\s*(?:-|\u2013|to|and|\.\.)\s*(5|10|100)\b")
_JUDGED = frozenset((
    "factuality", "closed_qa", "g_eval", "all_of", "answer_relevance", "faithfulness",
    "context_recall", "context_relevance", "select_best",
))  # fmt: skip
"""Scorers that promptfoo asks by the words of a `rubricPrompt` too, and that read other replies."""


class RubricPrompts(Struct):
    """Judges made of these prompts, one for each text and scale.

    `variables` are those that the words of each use, by its file.
    """

    reader: Reader
    notes: list[Fault]
    judges: list[ImportedJudge]
    variables: dict[str, frozenset[str]] = field(default_factory=dict)
    _names: Names = field(default_factory=Names)
    _made: dict[str, str] = field(default_factory=dict)

    def names_in(self, texts: Iterable[str]) -> frozenset[str]:
        """The variables of the judges that are named among the texts of scorers."""
        return frozenset().union(*(self.variables.get(text, ()) for text in texts))

    def judged(self, prompt: Node | None, made: tuple[str, OptionValues], wanted: Wanted) -> bool:
        """Have a scorer judge by a prompt; where that cannot be it keeps its own, with a loss."""
        name, options = made
        if prompt is None or not prompt.value or name not in _JUDGED | {"rubric"}:
            return False
        if name != "rubric":
            wrong = f"a `rubricPrompt` of `{wanted.kind}` is not carried: it is judged by ours"
            self._lose(prompt.mark, wrong)
            return False
        text = self.reader.text_or_data(prompt)
        if isinstance(text, Lost):
            return False
        written = text if isinstance(text, str) else json.dumps(text, ensure_ascii=False)
        scale = self._scale(written, wanted, prompt.mark)
        asked = self._asked(written, prompt.mark)
        if asked is None:
            return False
        limit = options.get("threshold")
        if isinstance(limit, int | float):
            options["threshold"] = round(min(max(limit / scale, 1e-9), 1), 9)
        needs_pass = limit is None or re.search(r"(?i)\bpass", written) is not None
        options["prompt"] = self._file(asked, _reply(scale, needs_pass=needs_pass), prompt.mark)
        return True

    def _scale(self, text: str, wanted: Wanted, mark: Mark) -> float:
        """The best score that the prompt speaks of: 1, unless it names a scale."""
        found = _SCALE.search(text)
        scale = float(found[1]) if found else 1.0
        if wanted.threshold is not None and wanted.threshold > scale:
            scale = next((each for each in (5.0, 10.0, 100.0) if each >= wanted.threshold), 100.0)
        if scale != 1:
            said = f"its scores are taken to run from 0 to {scale:g}, as the judge's `reply` says"
            self.notes.append(mark.warning(f"`rubricPrompt`: {said}"))
        return scale

    def _asked(self, text: str, mark: Mark) -> tuple[str, str] | None:
        """What the judge is told of its task and what it is asked; None with a loss."""
        read = read_messages(SourcePrompt(text, "", "", mark))
        self.reader.losses.extend(read.losses)
        if read.is_jinja:
            wrong = "this `rubricPrompt` has logic, which judges cannot: write it out"
            self._lose(mark, wrong)
            return None
        system: list[str] = []
        user: list[str] = []
        for each in read.messages:
            message = each if isinstance(each, dict) else {}
            is_system = message.get("role") in ("system", "developer")
            (system if is_system else user).append(_renamed(_content(message.get("content"))))
        told, asked = "\n\n".join(system), "\n\n".join(user)
        if "{{ output }}" not in asked:
            told, asked = "", f"{told}\n\n{asked}".strip()
        for name in ("output", "criteria"):
            if f"{{{{ {name} }}}}" not in asked:
                asked += f"\n\n{{{{ {name} }}}}"
        if "{{ output }}" not in _renamed(text.replace("{{output}}", "{{ output }}")):
            self.notes.append(mark.warning("this `rubricPrompt` never shows the output: added"))
        return told or "You grade the output of another system.", asked

    def _file(self, asked: tuple[str, str], reply: dict[str, Plain], mark: Mark) -> str:
        """The judge's file, made once for the same words."""
        key = json.dumps([*asked, reply])
        if key not in self._made:
            name = self._names.take("rubric")
            body: dict[str, Plain] = {"system": asked[0], "user": asked[1], "reply": reply}
            self.judges.append(ImportedJudge(name, body, str(mark.path)))
            path = self._made[key] = f"judges/{name}.yaml"
            paths = used_paths([{"content": each} for each in asked], is_jinja=False)
            self.variables[path] = frozenset(path.split(".")[0] for path in paths) - _OWN
        return self._made[key]

    def _lose(self, mark: Mark, wrong: str) -> None:
        self.reader.losses.append(mark.fault(wrong))


def _reply(scale: float, *, needs_pass: bool) -> dict[str, Plain]:
    properties: dict[str, Plain] = {
        "reason": {"type": "string"},
        "score": {"type": "number", "minimum": 0, "maximum": int(scale)},
    }
    if needs_pass:
        properties["pass"] = {"type": "boolean"}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _content(content: Plain) -> str:
    """The text of a message, whose parts are texts by now."""
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, Mapping)]
        return "\n\n".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""


def _renamed(text: str) -> str:
    """promptfoo calls `rubric` what is `criteria` here."""
    return _PLACE.sub(lambda found: f"{{{{ criteria{found['below']} }}}}", text)
