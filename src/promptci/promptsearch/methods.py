"""The methods of search by their names."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from promptci.promptsearch.ape import search_by_ape
from promptci.promptsearch.opro import search_by_opro
from promptci.promptsearch.reflective import need_gepa, search_by_gepa
from promptci.promptsearch.searching import Searching


def _nothing() -> None:
    """What a method of our own needs beside promptci."""


class SearchMethod(Struct, frozen=True):
    """How texts are written and which go on; `need` raises `RequestError` where a package lacks."""

    run: Callable[[Searching], None]
    need: Callable[[], None] = _nothing


METHODS: Mapping[str, SearchMethod] = {
    "ape": SearchMethod(search_by_ape),
    "gepa": SearchMethod(search_by_gepa, need_gepa),
    "opro": SearchMethod(search_by_opro),
}
