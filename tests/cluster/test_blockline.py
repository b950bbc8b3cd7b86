"""Blocks in line at a worker: whose example comes next, and when a block is done."""

import pytest

from projects import example, jsonl, router
from promptci.cluster.blockline import BlockAtWork, BlockLine
from promptci.cluster.blocks import ExampleBlock
from promptci.project.project import Project
from promptci.run.driving.work import Finished
from promptci.run.planning.plan import make_plan
from promptci.run.planning.selection import Selection
from promptci.run.solving.solve import Evaluated, unanswered


@pytest.fixture
def blocks(repo):
    """Two blocks of two examples each."""
    rows = [example(f"e{n}", f"Hello {n}", "Hello") for n in range(4)]
    repo.write(router("http://e.test", examples=jsonl(rows)))
    project = Project(repo.path, environ={})
    plan = make_plan(project.workspace.suite, Selection(), project.models.build)
    [task] = plan.tasks
    known = [(each, 0) for each in plan.examples(task)]
    yield [
        BlockAtWork(ExampleBlock(task.spec.name, task.model.name, tuple(part)), project, task)
        for part in (known[:2], known[2:])
    ]
    project.close()


def ids(line, most=9):
    return [work.example.id for _, work in zip(range(most), line, strict=False)]


def finished(block, number):
    found, attempt = block.block.examples[number]
    return Finished(block.task, found, attempt, Evaluated(unanswered(found), why="no"))


def test_a_block_follows_before_the_one_before_is_done(blocks):
    line = BlockLine()
    line.add(blocks[0])
    assert ids(line) == ["e0", "e1"], "it has an end where no block is left"
    line.add(blocks[1])
    assert ids(line) == ["e2", "e3"], "and goes on"
    assert line.take(finished(blocks[1], 1)) is None
    assert line.take(finished(blocks[0], 1)) is None
    assert line.take(finished(blocks[0], 0)) is blocks[0]
    assert (blocks[0].done, blocks[0].errors, blocks[0].whys) == (2, 2, ["no", "no"])


def test_what_is_not_done_when_a_run_ends_is_told(blocks):
    line = BlockLine()
    line.add(blocks[0])
    line.add(blocks[1])
    assert ids(line, 3) == ["e0", "e1", "e2"]
    blocks[0].end(lambda: None)
    assert line.end() == [blocks[1]]
    assert ids(line) == []


def test_a_run_that_came_to_no_block_ends_the_first(blocks):
    line = BlockLine()
    for each in blocks:
        line.add(each)
    assert line.end() == [blocks[0]]
    assert line.first is blocks[1]
