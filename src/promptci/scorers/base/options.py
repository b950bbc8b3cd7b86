"""The options that every scorer takes."""

from typing import Annotated, TypeAlias

from msgspec import Meta, Struct
from msgspec import field as option

from promptci.scorers.base.extract import Extract

Share = Annotated[float, Meta(ge=0, le=1)]
Tag: TypeAlias = Annotated[str, Meta(min_length=1)]
TagOption: TypeAlias = Tag | Annotated[list[Tag], Meta(min_length=1)]


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every scorer takes beside its own options."""

    negate: Annotated[bool, Meta(description="turn value and verdict round")] = option(
        default=False, name="not"
    )
    weight: Annotated[
        float, Meta(ge=0, le=1000, description="the share in the example's score; 0 only informs")
    ] = 1.0
    threshold: Annotated[Share, Meta(description="the least value that passes")] = 1.0
    extract: Annotated[
        Extract | list[Extract] | None, Meta(description="what to take out of the output first")
    ] = None
    name: Annotated[
        Annotated[str, Meta(min_length=1, max_length=100)] | None,
        Meta(description="what the metric is called"),
    ] = None
    only: Annotated[
        TagOption | None, Meta(description="judge only examples that have one of these tags")
    ] = None
    excluded: Annotated[
        TagOption | None, Meta(description="leave out examples that have one of these tags")
    ] = option(default=None, name="except")
