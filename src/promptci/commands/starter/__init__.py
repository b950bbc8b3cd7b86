"""The files of a small working project, as `promptci init` writes them."""

from collections.abc import Mapping
from importlib.resources import files

WORKFLOW = ".github/workflows/promptci.yml"

_PLACES: Mapping[str, str] = {
    "promptci.yaml": "promptci.yaml",
    "prompts/sentiment.yaml": "prompts/sentiment.yaml",
    "evals/sentiment.yaml": "evals/sentiment.yaml",
    "github/promptci.yml": WORKFLOW,
}


def starter_files() -> dict[str, str]:
    """The text of each file by the path where it belongs."""
    package = files(__name__)
    return {place: package.joinpath(source).read_text("utf-8") for source, place in _PLACES.items()}
