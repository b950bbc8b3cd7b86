"""What prompts and evals are called by their files."""

from collections.abc import Sequence

from promptci.git.repo import inside
from promptci.projectpaths import PROMPT_YML

YAML = (".yaml", ".yml")
SCORES = (".scores.yaml", ".scores.yml")

FOLDERS = ("prompts", "evals", "flows")
"""Where the files of a project are."""


def covers(names: Sequence[str], path: str) -> bool:
    """Whether one of these names is that of a file, or of a folder that it is in."""
    called = {path, *(name_below(path, f"{folder}/") for folder in FOLDERS)}
    for name in (each.removeprefix("./").rstrip("/") for each in names):
        if name in (*called, "."):
            return True
        if any(each.startswith(f"{name}/") for each in called):
            return True
    return False


def prompt_name(path: str) -> str:
    """What the prompt in a file is called."""
    return name_below(path, "prompts/")


def name_below(path: str, folder: str) -> str:
    """What a file is called: its path below its folder, without the ending.

    One that is nothing but an ending (`.prompt.yml`) keeps the first part of it.
    """
    name = path.removeprefix(folder)
    for ending in (*PROMPT_YML, *YAML):
        if name.endswith(ending) and name.rpartition("/")[2] != ending:
            return name.removesuffix(ending)
    return name


def may_be_of_judges(path: str) -> bool:
    """Whether a file below `evals/` may hold a judge's prompt, or labels to test it."""
    return JUDGES in path.split("/")[1:-1] and path.endswith(YAML)


def path_eval_name(name: str) -> str:
    """The eval that a user calls by its name, or by the path of its file or record.

    Raises `RequestError` for a name that leads out of the project.
    """
    name = inside(name).removeprefix("evals/")
    for ending in (".scores.yaml", ".yaml", ".yml"):
        if name.endswith(ending):
            return name.removesuffix(ending)
    return name


JUDGES = "judges"
"""What folders below `evals/` are called that hold what judges need; only `scorers` make an eval
of a file in them."""
