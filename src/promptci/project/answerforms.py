"""Forms of answers that a model does not wholly hold to."""

from collections.abc import Iterable, Iterator

from promptci.models.embedded.schemakeywords import unheld_keywords
from promptci.project.modeldates import named_models
from promptci.specs.answerer import Answerer
from promptci.specs.evalspec import EvalSpec
from promptci.suite.suite import Suite


def unheld_forms(suite: Suite, specs: Iterable[EvalSpec]) -> Iterator[tuple[Answerer, str]]:
    """What to say of prompts whose schema the embedded model only follows in part, each once."""
    said = set()
    for spec in specs:
        prompt = suite.prompts[spec.prompt]
        keywords = unheld_keywords(prompt.response_format)
        models = named_models(suite, suite.models(spec)) if keywords else ()
        for model in models:
            if model.endpoint.kind == "local" and (prompt.name, model.name) not in said:
                said.add((prompt.name, model.name))
                listed = ", ".join(f"`{keyword}`" for keyword in keywords)
                cure = "judge answers by `json_schema`, too"
                yield (
                    prompt,
                    f"`{model.name}` does not hold to {listed} in the response format: {cure}",
                )
