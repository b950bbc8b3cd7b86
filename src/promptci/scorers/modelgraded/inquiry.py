"""A judge made ready: its model and its prompt, and how it is asked until it gives a verdict."""

from collections.abc import Callable, Mapping
from typing import Annotated, TypeAlias, TypeVar

from msgspec import Meta, Struct

from promptci.parsing.source import Plain
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Options
from promptci.scorers.base.subject import Subject
from promptci.scorers.modelgraded.asking import until_read
from promptci.scorers.modelgraded.datafence import DataFence
from promptci.scorers.modelgraded.form import in_form, rule_of, with_most
from promptci.scorers.modelgraded.judgefile import (
    JudgePrompt,
    JudgeQuestion,
    Want,
    own_prompt,
    read_prompt,
    reversed_choices,
)
from promptci.scorers.modelgraded.reply import read_reply
from promptci.specs.message import Message
from promptci.specs.request import Asking, Settings
from promptci.templates.template import Template, as_text

GREEDY: Mapping[str, Plain] = {"temperature": 0.0}

SHOWN = ("output", "completion", "question")
"""What every judge may be shown beside the example's variables."""

JudgeReply: TypeAlias = Mapping[str, Plain]
T = TypeVar("T")


class JudgeOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every judge takes."""

    model: Annotated[
        str | None,
        Meta(description="the model that judges (default: `defaults.judge` in promptci.yaml)"),
    ] = None
    prompt: Annotated[
        str | None,
        Meta(description="a file with the judge's prompt, beside the eval, in place of its own"),
    ] = None
    question: Annotated[
        str | None,
        Meta(
            description="what was asked, such as `{{ ticket }}` "
            "(default: the variable `question` or `input`, else all of them)"
        ),
    ] = None


class Inquiry(Struct, frozen=True):
    """A judge ready to be asked; `settings` are those of each step.

    `question` gives what the model under test was asked; None where its options leave that to the
    example's variables, those in `others` left out.
    """

    settings: Mapping[str, Settings]
    prompt: JudgePrompt
    question: Template | None
    others: frozenset[str]

    def ask(
        self,
        step: str,
        subject: Subject,
        read: Callable[[JudgeReply], T],
        *,
        data: Mapping[str, Plain],
        criteria: Template | None = None,
        words: Mapping[str, str] | None = None,
        most: float = 1,
    ) -> Asking[T]:
        """What `read` makes of the reply to one step.

        `data` is what the judge is shown behind a fence, beside the question, the output and the
        example's variables. `criteria` and `words` are the author's own and are not fenced;
        variables in the criteria are fenced. `most` is the greatest `score` where the reply's form
        names none, so that `80%` and `8/10` are read. A reply that cannot be used, which `read`
        says by raising `Unusable`, is asked for once more. Raises `NoVerdict` then.
        """
        asked = self.prompt.steps[step]
        form = with_most(asked.reply, "score", most)
        messages = self._messages(asked, subject, data, criteria, words)

        def shown() -> str:
            return "\n".join(message.content for message in messages)

        return until_read(
            self.settings[step],
            messages,
            lambda completion: read(read_reply(completion, asked.check, form, shown)),
        )

    def _messages(
        self,
        step: JudgeQuestion,
        subject: Subject,
        data: Mapping[str, Plain],
        criteria: Template | None,
        words: Mapping[str, str] | None,
    ) -> tuple[Message, ...]:
        own = {**(words or {}), "choices": listing(self.prompt.choices)}
        if criteria is not None:
            own["criteria"] = ""
        scope = {**subject.scope, **self._shown(subject), **data, **own}
        templates = [step.system, step.user, *([] if criteria is None else [criteria])]
        texts = {
            name: text
            for template in templates
            for name, text in zip(template.names, template.texts(scope), strict=True)
            if name not in own
        }
        fence = DataFence.of(tuple(texts.values()))
        filled = {**{name: fence.around(text) for name, text in texts.items()}, **own}
        if criteria is not None:
            filled["criteria"] = criteria.around(filled[name] for name in criteria.names)
        system, user = (
            text.around(filled[name] for name in text.names).rstrip()
            for text in (step.system, step.user)
        )
        rules = [system, *([fence.guard] if texts else []), rule_of(step.reply)]
        return Message("system", "\n\n".join(rules)), Message("user", user)

    def _shown(self, subject: Subject) -> dict[str, Plain]:
        """What every judge may be shown."""
        question = self._question(subject)
        return {"output": subject.output, "completion": subject.output, "question": question}

    def _question(self, subject: Subject) -> str:
        if self.question is not None:
            return self.question.render(subject.scope)
        for name in ("question", "input"):
            if name in subject.scope:
                return as_text(subject.scope[name])
        rest = {k: v for k, v in subject.scope.items() if k != "expected" and k not in self.others}
        if len(rest) == 1:
            return as_text(next(iter(rest.values())))
        return as_text(rest) if rest else "(not given)"


def make_inquiry(
    options: JudgeOptions,
    binding: ScorerContext,
    name: str,
    wants: Mapping[str, Want],
    *,
    turned: bool = False,
) -> Inquiry | None:
    """The judge `name` with a user's options; None after a fault.

    `turned` puts what may be chosen in the opposite order.
    """
    others = frozenset(binding.variables)
    question = None
    if options.question is not None:
        question = binding.template(options.question, "question")
    prompt = _prompt(options, binding, name, wants)
    if prompt is None:
        return None
    for key, step in prompt.steps.items():
        used = step.system.variables | step.user.variables
        binding.variables |= used.difference(SHOWN, ("choices",), wants[key].gives)
    binding.canonical["prompt"], binding.words = prompt.digest, prompt.text
    binding.steps = len(prompt.steps)
    settings = binding.settings(options.model or "", prompt.parameters)
    if settings is None:
        return None
    prompt = reversed_choices(prompt) if turned else prompt
    asked = {key: in_form(settings, step.reply) for key, step in prompt.steps.items()}
    return Inquiry(asked, prompt, question, others)


def _prompt(
    options: JudgeOptions, binding: ScorerContext, name: str, wants: Mapping[str, Want]
) -> JudgePrompt | None:
    """The user's own, or the one that comes with the scorer."""
    if options.prompt is None:
        return own_prompt(name, tuple(wants.items()))
    data = binding.file(options.prompt, "prompt")
    if data is None:
        return None
    path = binding.reach.file_path(options.prompt, binding.node.mark)
    return read_prompt(data, path, wants, binding.faults)


def listing(choices: Mapping[str, str]) -> str:
    """What may be chosen and what it means, a line each."""
    return "\n".join(f"- {name}: {meaning.strip()}" for name, meaning in choices.items())
