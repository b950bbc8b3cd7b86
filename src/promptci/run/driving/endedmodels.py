"""Models that no longer answer: what needs one of them is not asked at all."""

from collections.abc import Mapping

from promptci.errors import ModelError
from promptci.run.driving.work import Work
from promptci.specs.completion import Completion
from promptci.specs.request import Request


class EndedModels:
    """Remembers which models never answer, and why."""

    def __init__(self) -> None:
        self._errors: dict[str, ModelError] = {}

    @property
    def first(self) -> ModelError | None:
        """Why the first of them does not answer; None while there is none."""
        return next(iter(self._errors.values()), None)

    def note(self, request: Request, error: ModelError) -> None:
        """Remember the model of a request if an error says that it never answers."""
        if error.ends_the_model:
            self._errors.setdefault(request.settings.model.identity, error)

    def why_in_vain(self, work: Work, known: Mapping[str, Completion]) -> ModelError | None:
        """Why an example that needs such a model is not asked; `known` are stored answers."""
        if not self._errors:
            return None
        if not any(r.asks_model and r.key not in known for r in work.unheard):
            return None
        task = work.task
        judges = (model for scorer in task.judges.shared for model in scorer.models)
        asked = () if task.given is not None else task.models
        found = (self._errors.get(model.identity) for model in (*asked, *judges))
        return next((error for error in found if error is not None), None)
