"""Where this promptci was installed from, as a requirement by which others install the same."""

import json
import re
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from promptci.errors import PromptCIError
from promptci.git.discovery import ask_repository, checked_out, origin_address
from promptci.git.gitprocess import Git
from promptci.version import __version__

PACKAGE = "promptci-cli[local]"
UNKNOWN = "git+https://git.example/promptci"
"""The address in the workflow until a true one is known."""

_SHORT = re.compile(r"(?:[\w.-]+@)?([\w.-]+\.[\w-]+):(?!//)([\w./~-]+)")
_WEB = ("http", "https", "ssh")
_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_PLAIN = re.compile(r"[\w.:/@+~-]+")


def own_requirement() -> str | None:
    """What pip takes to install this promptci elsewhere; None where nothing says where it is from.

    From an index it is the version, from git the address and the commit. For a clone it is what
    the clone was cloned from, at its own commit where that has it.
    """
    try:
        written = distribution("promptci-cli").read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    return requirement_of(written, _ask_clone)


def requirement_of(
    direct_url: str | None, ask_clone: Callable[[Path], tuple[str, str]]
) -> str | None:
    """The requirement for what a `direct_url.json` of PEP 610 says; without one it is an index's.

    `ask_clone` gives the address and the commit of a clone's origin; both may be empty.
    """
    if direct_url is None:
        return f"{PACKAGE}=={__version__}"
    url, commit = _read(direct_url, ask_clone)
    address = web_address(url)
    if not address:
        return None
    pinned = f"@{commit}" if _COMMIT.fullmatch(commit) else ""
    return f"{PACKAGE} @ git+{address}{pinned}"


def web_address(url: str) -> str:
    """An address of a repository as a job elsewhere can read it, without who asks; else nothing."""
    if found := _SHORT.fullmatch(url):
        url = f"https://{found[1]}/{found[2]}"
    parts = urlsplit(url)
    if parts.scheme not in _WEB or not parts.hostname or not _PLAIN.fullmatch(url):
        return ""
    scheme = "https" if parts.scheme == "ssh" else parts.scheme
    port = f":{parts.port}" if parts.port and parts.scheme != "ssh" else ""
    return urlunsplit((scheme, f"{parts.hostname}{port}", parts.path, "", ""))


def _read(direct_url: str, ask_clone: Callable[[Path], tuple[str, str]]) -> tuple[str, str]:
    try:
        found: Any = json.loads(direct_url)
        url, info = str(found["url"]), found.get("vcs_info")
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", ""
    if isinstance(info, dict):
        return url, str(info.get("commit_id", "")) if info.get("vcs") == "git" else ""
    parts = urlsplit(url)
    return ask_clone(Path(unquote(parts.path))) if parts.scheme == "file" else ("", "")


def _ask_clone(folder: Path) -> tuple[str, str]:
    """The address of a clone's origin, and its commit where a branch of the origin holds it."""
    git = Git(folder)
    try:
        url = ask_repository(folder, origin_address)
        commit = ask_repository(folder, checked_out)
        is_there = git.output("for-each-ref", "--contains", commit, "refs/remotes/origin").strip()
    except PromptCIError:
        return "", ""
    return url, commit if is_there else ""
