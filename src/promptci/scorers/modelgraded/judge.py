"""The scorer where a model names one of several choices, as `.prompt.yml` has it."""

import re
from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from promptci.parsing.source import excerpt
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Options, Share
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import NoVerdict, Unjudged, listed, shorten
from promptci.scorers.modelgraded.asking import until_read
from promptci.scorers.modelgraded.chosen import read_choice, score_of
from promptci.scorers.modelgraded.datafence import DataFence
from promptci.scorers.modelgraded.form import choice_form, in_form, rule_of
from promptci.scorers.modelgraded.inquiry import GREEDY
from promptci.specs.completion import Completion
from promptci.specs.message import Message
from promptci.specs.request import Asking, Request, Settings
from promptci.specs.thoughts import split_thoughts
from promptci.templates.template import Template

_FILE = re.compile(r"[\w./-]+\.(?:ya?ml|txt|md|j2|jinja2?|json)")
"""What looks like a file's path, which other judges take."""
OWN = ("completion", "output", "choices")
"""What a judge's templates may use beside the variables: the answer, by either name."""


class Choice(Struct, frozen=True, forbid_unknown_fields=True):
    """What the judge may say, and the score that it gives."""

    choice: Annotated[str | int | float | bool, Meta(description="what the judge may say")]
    score: Annotated[Share, Meta(description="what that is worth")]


class ChoiceOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The templates may use the variables, `expected`, `output` and `choices`.

    `match: substring` finds `no` in `not` and shows the judge the output without a fence: it is
    there for `.prompt.yml`.
    """

    model: Annotated[
        Annotated[str, Meta(min_length=1)] | None,
        Meta(description="the model that judges (default: `defaults.judge` in promptci.yaml)"),
    ] = None
    prompt: Annotated[
        str, Meta(min_length=1, description="what the judge is asked, with `{{ output }}`")
    ]
    choices: Annotated[
        list[Choice], Meta(min_length=1, description="what it may say, each with its score")
    ]
    system_prompt: Annotated[str, Meta(description="who the judge is and how it judges")] = ""
    match: Annotated[
        Literal["word", "substring"],
        Meta(description="whether a choice must be in the reply as whole words"),
    ] = "word"
    order: Annotated[
        Literal["listed", "reversed"], Meta(description="the order of `{{ choices }}`")
    ] = "listed"


def choice_judge(options: ChoiceOptions, binding: ScorerContext) -> Judge | None:
    """A model reads the answer and says one of the choices, each of which has a score."""
    settings = binding.settings(options.model or "", GREEDY)
    system = binding.template(options.system_prompt, "system_prompt", own=OWN)
    user = binding.template(options.prompt, "prompt", own=OWN)
    choices = [(as_choice(each.choice), each.score) for each in options.choices]
    _check_choices(choices, options, binding)
    if _FILE.fullmatch(options.prompt.strip()):
        wrong = f"the judge would be asked `{excerpt(options.prompt)}` and nothing else"
        cure = "`prompt` is the text itself, with `{{ output }}`, and no file: write the text here"
        binding.fault(f"{wrong}: {cure}", "prompt")
    binding.grades = dict(choices)
    if settings is None:
        return None
    turned = choices[::-1] if options.order == "reversed" else choices
    names = "\n".join(f"- {choice}" for choice, _ in turned)
    if options.match == "substring":
        return _by_substring(settings, system, user, choices, names)
    binding.canonical |= {"fence": True, "structured": True}
    is_listed = "choices" in system.variables | user.variables
    form = choice_form(choice for choice, _ in (turned if is_listed else choices))
    asked = in_form(settings, form)

    def judge(subject: Subject) -> Asking[Score]:
        fence = DataFence.of((subject.output,))
        output = fence.around(subject.output)
        scope = {"output": output, "choices": names, **subject.scope, "completion": output}
        rules = [system.render(scope), fence.guard, rule_of(form)]
        messages = (
            Message("system", "\n\n".join(filter(None, rules))),
            Message("user", user.render(scope)),
        )
        return (yield from until_read(asked, messages, lambda said: read_choice(said, choices)))

    return judge


def _by_substring(
    settings: Settings,
    system: Template,
    user: Template,
    choices: Sequence[tuple[str, float]],
    names: str,
) -> Judge:
    """Judges as GitHub's own runner does: no choice in the reply is a score of 0."""

    def judge(subject: Subject) -> Asking[Score]:
        output = subject.output
        scope = {"output": output, "choices": names, **subject.scope, "completion": output}
        roles: list[tuple[Literal["system", "user"], Template]] = [("user", user)]
        if system.names or system.literals[0]:
            roles.insert(0, ("system", system))
        messages = tuple(Message(role, text.render(scope)) for role, text in roles)
        completion = yield Request(settings, messages)
        assert isinstance(completion, Completion)
        if completion.outcome in ("refused", "filtered"):
            raise NoVerdict(f"the judge's reply was {completion.outcome}")
        reply = split_thoughts(completion.text).answer
        found = _find_substring(reply, choices)
        if found is None:
            known = listed(tuple(choice for choice, _ in choices), most=5)
            raise Unjudged(f"the judge named none of the choices {known}: {shorten(reply)}")
        return score_of(found, reply)

    return judge


def as_choice(choice: str | int | float | bool) -> str:
    """A choice as the judge writes it; a bare `yes` or `1` in YAML need not be quoted."""
    return str(choice).lower() if isinstance(choice, bool) else str(choice)


def _find_substring(reply: str, choices: Sequence[tuple[str, float]]) -> tuple[str, float] | None:
    text = reply.lower()
    return next(((choice, score) for choice, score in choices if choice.lower() in text), None)


def _check_choices(
    choices: list[tuple[str, float]], options: ChoiceOptions, binding: ScorerContext
) -> None:
    """Choices are there and differ; among substrings the first listed wins anyway."""
    seen: set[str] = set()
    for index, (choice, _) in enumerate(choices if options.match == "word" else ()):
        if not choice.strip():
            binding.fault("a choice is empty: write what the judge says", "choices", index)
        if choice.casefold() in seen:
            binding.fault(f"the choice `{choice}` is there twice: remove one", "choices", index)
        seen.add(choice.casefold())


SCORERS = {
    "choice_judge": Scorer(
        choice_judge,
        ChoiceOptions,
        "a model says one of several choices about the output",
        example="""choice_judge:
    model: openai/gpt-6-luna
    prompt: "Is this reply polite? Say yes or no.\\n\\n{{ output }}"
    choices: [{choice: "yes", score: 1}, {choice: "no", score: 0}]""",
        version=2,
    ),
}
