"""How a prompt looks things up: a corpus, who embeds it, and what is given of what is found."""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from promptci.digest import long_digest
from promptci.errors import Fault
from promptci.parsing.source import Mark, Node, Plain, excerpt
from promptci.specs.turns import Turn
from promptci.specs.wellknown import MINILM
from promptci.withasides import WithAsides

_READ_WHOLE = 1_500
"""Characters of a document that has more than 256 tokens, in whatever language."""

CONTEXT = "context"
"""What scorers call the texts that were found."""

MAX_DOCUMENT = 100_000
"""Characters of a document that is embedded; models read far fewer and would cut the rest."""


class RetrieveFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`retrieve` of a prompt: its last message is the query, the answer is what is found."""

    corpus: Annotated[
        str | list[str],
        Meta(description="files beside the prompt, with * and **, or a .jsonl of `id` and `text`"),
    ]
    embed: Annotated[str, Meta(description="the model that embeds")] = "minilm"
    k: Annotated[int, Meta(ge=1, le=10_000, description="how many documents are given")] = 10
    index: Annotated[
        Literal["exact", "usearch"],
        Meta(description="`exact` compares with every document; `usearch` is for many"),
    ] = "exact"
    give: Annotated[
        Literal["ids", "texts"], Meta(description="what the answer holds of each document")
    ] = "ids"
    dimensions: Annotated[
        Annotated[int, Meta(ge=1, le=100_000)] | None,
        Meta(description="the size of a vector, for models that let one choose"),
    ] = None


class RetrieveStepFile(RetrieveFile, frozen=True, forbid_unknown_fields=True):
    """`retrieve` of a flow's step, which says what is looked up as well."""

    query: Annotated[
        str | None, Meta(description="what is looked up, as a template; `{{ query }}` by default")
    ] = None


class Document(WithAsides, frozen=True):
    """One text of a corpus, by the id that a ranking names it by, and the file that holds it."""

    ASIDES = frozenset({"path"})

    id: str
    text: str
    path: str = ""


class Retrieval(WithAsides, frozen=True, dict=True):
    """What is looked up in which documents, and what is given of them."""

    ASIDES = frozenset({"mark"})

    documents: tuple[Document, ...]
    k: int = 10
    index: Literal["exact", "usearch"] = "exact"
    give: Literal["ids", "texts"] = "ids"
    dimensions: int | None = None
    mark: Mark = Mark("")

    @cached_property
    def digest(self) -> str:
        """The address of the documents: their ids and texts, in whatever order they were read."""
        return long_digest(sorted([each.id, each.text] for each in self.documents))

    @cached_property
    def longest(self) -> str:
        """As long an answer as may be given."""
        if self.give == "ids":
            ids = sorted((each.id for each in self.documents), key=len, reverse=True)
            return json.dumps(ids[: self.k], ensure_ascii=False)
        apart = ((e.id, e.text.replace("\n[", "\n [")) for e in self.documents)
        texts = sorted((f"[{id_}]\n {text}" for id_, text in apart), key=len, reverse=True)
        return "\n\n".join(texts[: self.k])

    @property
    def content(self) -> dict[str, Plain]:
        """What can change an answer."""
        kept: dict[str, Plain] = {} if self.dimensions is None else {"dimensions": self.dimensions}
        shape: dict[str, Plain] = {"k": self.k, "index": self.index, "give": self.give}
        return {"corpus": self.digest, **shape, **kept}


FindDocuments: TypeAlias = Callable[[Node, list[Fault]], tuple[Document, ...]]
"""Reads the corpus that a node names; adds what is wrong to the faults."""

_NOT_BESIDE = ("model", "parameters", "shots", "response_format", "tools", "tool_choice", "solve")


def no_documents(node: Node, faults: list[Fault]) -> tuple[Document, ...]:
    """What is read where there is no tree to read from."""
    wrong = "the documents of another version cannot be read here"
    faults.append(node.mark.fault(f"{wrong}: name two commits instead"))
    return ()


def read_retrieval(
    file: RetrieveFile | None,
    node: Node,
    turns: Sequence[Turn],
    find: FindDocuments,
    faults: list[Fault],
) -> Retrieval | None:
    """What `retrieve` of a prompt says, with its documents; None where there are none.

    `node` is the whole prompt, which must then be one message, the query.
    """
    if file is None:
        return None
    place = node.get("retrieve")
    keys = node.value if isinstance(node.value, dict) else {}
    for key in (key for key in _NOT_BESIDE if key in keys):
        cure = "write it as `embed` in `retrieve`" if key == "model" else "delete it"
        wrong = f"`{key}` says how a text is written, and this prompt looks documents up"
        faults.append(node.key_mark(key).fault(f"{wrong}: {cure}"))
    if len(turns) != 1 or turns[0].role != "user" or not turns[0].is_plain:
        wrong = "a prompt that looks documents up has one message of role `user`, the query"
        faults.append(node.key_mark("messages").fault(f"{wrong}: write only that"))
    documents = find(place.get("corpus"), faults)
    if not documents:
        return None
    if file.embed == MINILM.name:
        faults += _cut_short(documents, place.get("corpus").mark)
    return Retrieval(documents, file.k, file.index, file.give, file.dimensions, place.mark)


def _cut_short(documents: Sequence[Document], mark: Mark) -> Iterator[Fault]:
    """A warning of documents of which the embedded model of meaning surely reads a part only."""
    long = [each for each in documents if len(each.text) > _READ_WHOLE]
    if long:
        many = f"{len(long)} documents, such as `{excerpt(long[0].id)}`,"
        which = many if len(long) > 1 else f"the document `{excerpt(long[0].id)}`"
        wrong = f"of {which} `{MINILM.name}` reads the first 256 tokens only"
        yield mark.warning(f"{wrong}: cut them into passages")
