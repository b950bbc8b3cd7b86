"""Which records of two states of an eval belong together, by their models."""

from collections.abc import Iterator

from promptci.records.record import Record, Records


def pair_models(base: Records, head: Records) -> Iterator[tuple[str, Record | None, Record | None]]:
    """Model, base and head of each model in either, sorted.

    Where each has a single record, the two belong together: the model was swapped. They go by the
    name of the head's.
    """
    if len(base) == len(head) == 1:
        yield next(iter(head)), next(iter(base.values())), next(iter(head.values()))
        return
    for model in sorted(base.keys() | head.keys()):
        yield model, base.get(model), head.get(model)
