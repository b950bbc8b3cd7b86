"""What the process that drives a cluster is started with."""

import pytest

from promptci.cluster.supervisor import _environment
from promptci.project.project import Project


@pytest.mark.parametrize(("told", "nice"), [({}, "0"), ({"RAY_worker_niceness": "7"}, "7")])
def test_workers_give_way_to_other_programs_when_told_alone(repo, told, nice):
    repo.write({"prompts/a.yaml": "messages: [{role: user, content: hi}]\n"})
    project = Project(repo.path, environ=told)
    assert _environment(project)["RAY_worker_niceness"] == nice
    project.close()
