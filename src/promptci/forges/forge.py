"""The forges: where each keeps its comments and pull requests, and what it calls their parts."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from promptci.forges.api import ForgeAPI, ForgeError

MOST_PAGES = 200
"""Of one list."""


class Comment(Struct, frozen=True):
    """One comment on a pull request."""

    id: str
    author: str
    text: str


class Form(Struct, frozen=True):
    """How one kind of forge is spoken to.

    Paths are from the address of the interface; `{repo}` is the repository, `{pull}` the number of
    the pull request, `{id}` of the comment. Names with dots lead into objects. `most` is how many
    characters a comment may have, `size` what asks for so many entries per page, `leave` what a
    token must be allowed.
    """

    url: str
    token_header: tuple[str, str]
    comments: str
    comment: str
    pull: str
    pulls: str
    size: tuple[str, int]
    most: int
    leave: str
    update: str = "PATCH"
    text: str = "body"
    author: str = "user.login"
    self_name: str = "login"
    head: str = "head.sha"
    number: str = "number"
    state: str = "open"
    has_html: bool = True
    quotes_repo: bool = False
    automatic: str = ""


_ISSUES = "/repos/{repo}/issues"

FORGES: Mapping[str, Form] = {
    "github": Form(
        url="https://api.github.com",
        token_header=("Authorization", "Bearer {token}"),
        comments=_ISSUES + "/{pull}/comments",
        comment=_ISSUES + "/comments/{id}",
        pull="/repos/{repo}/pulls/{pull}",
        pulls="/repos/{repo}/pulls",
        size=("per_page", 100),
        most=65_536,
        leave="a token with `pull-requests: write`",
        automatic="github-actions[bot]",
    ),
    "gitea": Form(
        url="",
        token_header=("Authorization", "token {token}"),
        comments=_ISSUES + "/{pull}/comments",
        comment=_ISSUES + "/comments/{id}",
        pull="/repos/{repo}/pulls/{pull}",
        pulls="/repos/{repo}/pulls",
        size=("limit", 50),
        most=65_536,
        leave="a token that may write issues",
    ),
    "gitlab": Form(
        url="https://gitlab.com/api/v4",
        token_header=("PRIVATE-TOKEN", "{token}"),
        comments="/projects/{repo}/merge_requests/{pull}/notes",
        comment="/projects/{repo}/merge_requests/{pull}/notes/{id}",
        pull="/projects/{repo}/merge_requests/{pull}",
        pulls="/projects/{repo}/merge_requests",
        size=("per_page", 100),
        most=65_536,
        leave="a token with the scope `api`, which a job's own has not",
        update="PUT",
        author="author.username",
        self_name="username",
        head="sha",
        number="iid",
        state="opened",
        quotes_repo=True,
    ),
    "bitbucket": Form(
        url="https://api.bitbucket.org/2.0",
        token_header=("Authorization", "Bearer {token}"),
        comments="/repositories/{repo}/pullrequests/{pull}/comments",
        comment="/repositories/{repo}/pullrequests/{pull}/comments/{id}",
        pull="/repositories/{repo}/pullrequests/{pull}",
        pulls="/repositories/{repo}/pullrequests",
        size=("pagelen", 100),
        most=32_768,
        leave="a token that may write pull requests",
        update="PUT",
        text="content.raw",
        author="user.uuid",
        self_name="uuid",
        head="source.commit.hash",
        number="id",
        state="OPEN",
        has_html=False,
    ),
}
"""Every kind by its name. Forgejo speaks as Gitea does."""


class Forge(Struct, frozen=True):
    """One repository on a forge."""

    api: ForgeAPI
    form: Form
    repo: str

    def me(self) -> str:
        """Who the token belongs to.

        GitHub does not tell a workflow's own token that; its comments have one author. Raises
        `ForgeError` where it cannot be found out.
        """
        try:
            name = part_of(self.api.call("GET", "/user"), self.form.self_name)
        except ForgeError as error:
            is_silent = error.status in (403, 404)
            if not is_silent and not (error.status == 401 and self.form.automatic):
                raise
            name = self.form.automatic
        if not name:
            raise ForgeError("the forge does not say whose token this is: name it with --author")
        return name

    def comments(self, pull: str) -> Iterator[Comment]:
        """All comments of a pull request, page by page."""
        for each in self._pages(self._path(self.form.comments, pull=pull), {}):
            if each.get("system") or each.get("deleted"):
                continue
            author = part_of(each, self.form.author)
            yield Comment(part_of(each, "id"), author, part_of(each, self.form.text))

    def create(self, pull: str, text: str) -> str:
        """Write a comment; gives its id."""
        path = self._path(self.form.comments, pull=pull)
        return part_of(self.api.call("POST", path, self._body(text)), "id")

    def update(self, pull: str, id: str, text: str) -> None:
        """Replace the text of a comment."""
        path = self._path(self.form.comment, pull=pull, id=id)
        self.api.call(self.form.update, path, self._body(text))

    def delete(self, pull: str, id: str) -> None:
        """Take a comment away, where it is still there and the token may."""
        try:
            self.api.call("DELETE", self._path(self.form.comment, pull=pull, id=id))
        except ForgeError as error:
            if error.is_passing and error.status != 404:
                raise

    def head(self, pull: str) -> str:
        """The id of the commit that a pull request offers."""
        return part_of(self.api.call("GET", self._path(self.form.pull, pull=pull)), self.form.head)

    def pulls_at(self, head: str) -> list[str]:
        """The numbers of the open pull requests that offer a commit."""
        found = self._pages(self._path(self.form.pulls), {"state": self.form.state})
        return [
            part_of(each, self.form.number)
            for each in found
            if is_same_commit(part_of(each, self.form.head), head)
        ]

    def _pages(self, path: str, query: Mapping[str, str | int]) -> Iterator[Mapping[str, Any]]:
        """The entries of a list; it ends with a page without new ones, as some give all at once."""
        seen: set[str] = set()
        name, size = self.form.size
        for page in range(1, MOST_PAGES + 1):
            found = self.api.call("GET", path, query={**query, name: size, "page": page})
            values = found.get("values") if isinstance(found, Mapping) else found
            if not isinstance(values, list):
                raise ForgeError("the forge's answer is no list: is that the address of its API?")
            entries = [each for each in values if isinstance(each, Mapping)]
            fresh = [e for e in entries if part_of(e, "id") not in seen]
            if not fresh:
                return
            seen.update(part_of(each, "id") for each in fresh)
            yield from fresh

    def _path(self, form: str, **parts: str) -> str:
        repo = quote(self.repo, safe="" if self.form.quotes_repo else "/")
        return form.format(repo=repo, **{k: quote(v, safe="") for k, v in parts.items()})

    def _body(self, text: str) -> dict[str, Any]:
        body: Any = text
        for name in reversed(self.form.text.split(".")):
            body = {name: body}
        return dict(body)


def is_same_commit(one: str, other: str) -> bool:
    """Whether two ids name the same commit; Bitbucket gives the first twelve digits."""
    short, long = sorted((one.lower(), other.lower()), key=len)
    return len(short) >= 12 and long.startswith(short)


def part_of(value: Any, path: str) -> str:
    """What is in an object at a path, as text; empty if there is nothing."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return "" if value is None else str(value)
