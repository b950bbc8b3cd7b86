"""What a plan may ask and cost at most, whatever is stored."""

from collections.abc import Sequence

from promptci.run.estimates import Estimate, PriceOf, Sizes, with_refusals
from promptci.run.planning.plan import Again, Plan
from promptci.run.planning.task import Task
from promptci.run.solving.flows.imagined import imagined_questions
from promptci.run.solving.solve import asked_at_most, asks_once, solve
from promptci.specs.evalspec import Example
from promptci.specs.request import Request
from promptci.specs.tokenprice import Usage
from promptci.spending.estimate import PromptTokens


def imagined_asking(
    found: Estimate, task: Task, example: Example, price_of: PriceOf, times: int = 1
) -> None:
    """Add what judges may ask about an answer to come."""
    asked, is_whole = imagined_questions(task, example, asked_at_most, solve)
    found.is_least |= not is_whole
    for request in times * asked:
        found.add(request, price_of(request.settings.model))


def most(plan: Plan, *, price_of: PriceOf) -> tuple[Estimate, ...]:
    """The same as if nothing were stored and no two requests were equal: no less, and quicker."""
    found = tuple(_most(task, plan, price_of) for task in plan.tasks)
    return with_repeats(found, plan.again, price_of)


def with_repeats(
    found: Sequence[Estimate], again: Sequence[Again], price_of: PriceOf
) -> tuple[Estimate, ...]:
    """Estimates with what may be asked once more, beside the task that it belongs to."""
    made = list(found)
    for each in again:
        place = next((n for n, at in enumerate(made) if at.task is each.of), None)
        if place is None or (each.if_asked and not made[place].requests):
            continue
        dearest = _dearest(each.task, price_of)
        made[place] = made[place].plus(dearest.times(each.examples * each.times))
        if all(at.task.parts != each.task.parts for at in made):
            made[place] = made[place].plus(_corpus(each.task, price_of))
    return with_refusals(tuple(made))


def _corpus(task: Task, price_of: PriceOf) -> Estimate:
    """What is embedded once, however many examples look something up in it."""
    found = Estimate(task)
    for request in task.retriever.corpus if task.retriever is not None else ():
        found.add(request, price_of(request.settings.model))
    return found.times(1)


def _asked_again(task: Task, example: Example) -> tuple[Request, ...]:
    """What one more example asks at most: of what is looked up only the query."""
    asks = asked_at_most(task, example)
    return asks if task.retriever is None else asks[:1]


def _dearest(task: Task, price_of: PriceOf) -> Estimate:
    """One example of a task, with the most that any of them may take."""
    most = Estimate(task)
    for example in task.examples():
        found = Estimate(task)
        if task.given is None:
            for request in _asked_again(task, example):
                found.add(request, price_of(request.settings.model))
        imagined_asking(found, task, example, price_of)
        most = Estimate(
            task,
            requests=max(most.requests, found.requests),
            usage=Usage(
                max(most.usage.input_tokens, found.usage.input_tokens),
                max(most.usage.output_tokens, found.usage.output_tokens),
            ),
            cost=None if most.cost is None or found.cost is None else max(most.cost, found.cost),
            is_least=most.is_least or found.is_least,
            shapes=most.shapes | found.shapes,
        )
    return most


def _most(task: Task, plan: Plan, price_of: PriceOf) -> Estimate:
    found, judged = Estimate(task), Estimate(task)
    sizes = Sizes(found, price_of, plan.repeat)
    has_judges = bool(task.step_judges) or any(scorer.asks for scorer in task.judges.shared)
    is_plain = task.given is None and asks_once(task) and task.retriever is None
    tokens_of = PromptTokens(task.single) if is_plain else None
    first: Request | None = None
    for number, example in enumerate(task.examples()):
        found.examples += plan.repeat
        if task.given is None:
            tokens = tokens_of.of(example.vars) if tokens_of and first is not None else None
            if first is not None and tokens is not None:
                sizes.add_like(first, tokens)
            else:
                for request in (_asked_again if number else asked_at_most)(task, example):
                    sizes.add(request)
                    first = request
            if has_judges or example.scorers:
                imagined_asking(judged, task, example, price_of, plan.repeat)
        else:
            found.is_least |= any(scorer.asks for scorer in task.judges.of(example))
    sizes.fold()
    if not task.steps and price_of(task.model) is None:
        found.cost = None
    return found.plus(judged)
