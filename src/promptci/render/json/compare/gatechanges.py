"""What a change moves of what it is judged by, in the report of `check`."""

from typing import Annotated

from promptci.compare.gate.gatechanges import GateChanges
from promptci.render.json.compare.base import MovedExampleV1, RenamedExampleV1
from promptci.render.json.structure import Part, says


class GateChangesV1(Part, frozen=True, kw_only=True):
    """What an eval is judged by, where the change moved it."""

    eval: Annotated[str, says("the eval's name")]
    gate: Annotated[list[str], says("a few words for each rule that differs")]
    scorers: Annotated[bool, says("whether the scorers differ")]
    models: Annotated[list[str], says("models that it no longer runs on")]
    added: Annotated[list[str], says("ids of golden examples that were added")]
    removed: Annotated[list[str], says("ids of golden examples that were removed")]
    edited: Annotated[list[str], says("ids of golden examples that were edited")]
    renamed: Annotated[list[RenamedExampleV1], says("golden examples with another id")]
    moved: Annotated[list[MovedExampleV1], says("golden examples that another eval has now")]


def gate_changes_part(found: GateChanges) -> GateChangesV1:
    """The item of an eval."""
    return GateChangesV1(
        eval=found.eval,
        gate=list(found.gate),
        scorers=found.is_scored_otherwise,
        models=list(found.models),
        added=list(found.added),
        removed=list(found.removed),
        edited=list(found.edited),
        renamed=[RenamedExampleV1(example=id_, was=was) for was, id_ in found.renamed],
        moved=[MovedExampleV1(example=id_, eval=name) for id_, name in found.moved],
    )
