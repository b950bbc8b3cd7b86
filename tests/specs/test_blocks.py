"""Kinds of steps of a flow: each is known wherever kinds are told apart."""

from typing import get_args

from promptci.render import flowtext
from promptci.run.solving.flows import flowbounds, walk
from promptci.specs.flows import parsing, scope
from promptci.specs.flows.blocks import IfBlock, LoopBlock, MapBlock, ParallelBlock, Step, StepBlock
from promptci.specs.flows.condition import Condition
from promptci.specs.flows.steps import Named, TextStep
from promptci.templates.template import Template
from tables import every_row

TABLES = {
    "specs/flows/parsing.py": parsing._MOST_OF,
    "specs/flows/scope.py": scope._READ,
    "run/solving/flows/walk.py": walk._TAKE,
    "run/solving/flows/flowbounds.py": flowbounds._BOUND,
    "render/flowtext.py": flowtext._LINES,
}


@every_row("module", TABLES)
def test_each_table_knows_each_kind(module):
    assert TABLES[module].keys() == {*get_args(Named), *get_args(StepBlock)}
    assert {*get_args(Step)} == TABLES[module].keys()


def text(name: str, *uses: str) -> TextStep:
    return TextStep(name, Template(("",) * (len(uses) + 1), uses))


def holds(name: str, *variables: str) -> Condition:
    return Condition(name, {}, lambda said, scope: iter(()), frozenset(variables))


A, B, C = text("a", "x"), text("b", "y"), text("c")
BLOCKS = {
    "if": (IfBlock(holds("q", "v"), (A,), (B,)), ((A,), (B,)), {"q", "v"}),
    "parallel": (ParallelBlock(((A,), (B, C))), ((A,), (B, C)), set()),
    "loop": (LoopBlock((A, B), holds("a", "v"), 3, {"a": C.text}), ((A, B),), {"a", "v"}),
    "map": (MapBlock((A,), Template(("", ""), ("items",)), 3), ((A,),), {"items"}),
}


@every_row("kind", BLOCKS)
def test_a_block_tells_its_steps_and_what_it_uses_itself(kind):
    block, inner, uses = BLOCKS[kind]
    assert block.inner == inner
    assert block.variables == uses


@every_row("kind", BLOCKS)
def test_a_block_with_other_steps_is_the_same_otherwise(kind):
    block, inner, _ = BLOCKS[kind]
    other = block.with_inner([(C, *steps) for steps in inner])
    assert other.inner == tuple((C, *steps) for steps in inner)
    assert other.with_inner(inner) == block
