"""Which paths a project's own files have, wherever it is."""

CONFIG = "promptci.yaml"
FOLDERS = ("evals", "prompts", "flows")
PROMPT_YML = (".prompt.yml", ".prompt.yaml")
"""How prompts of a form of their own end; they may be in any folder."""


def may_be_of_a_project(path: str) -> bool:
    """Whether a file or folder may be one by its path, or tells git something about others."""
    parts = path.split("/")
    name = parts[-1]
    is_named = name == CONFIG or name.endswith(PROMPT_YML) or name.startswith(".git")
    return is_named or any(part in FOLDERS for part in parts)
