"""The library: typed calls, frozen results, nothing printed, no environment read by itself."""

import io
from contextlib import contextmanager

import pytest

from gitrepo import GitRepo
from projects import REWORDED, before_and_after, route, router
from promptci import Limits, Observer, open_project
from promptci.errors import RequestError, SpecError
from promptci.secrets.known import redact
from promptci.secrets.redact import MARK


@pytest.fixture
def folder(repo: GitRepo, api):
    api.answers(route)
    repo.write(router(api.url))
    repo.commit("Add the router")
    return repo.path


class Heard(Observer):
    """Remembers what it hears."""

    def __init__(self):
        self.told = []

    def asking(self, bound):
        self.told.append(("asking", sum(each.requests for each in bound)))

    def remark(self, text):
        self.told.append(("remark", text))

    @contextmanager
    def watching(self, progress):
        self.told.append(("total", progress.total))
        yield
        self.told.append(("done", progress.done))


def test_a_run_gives_its_result_writes_the_record_and_prints_nothing(folder, capsys):
    heard = Heard()
    with open_project(folder, observer=heard) as project:
        result = project.run()
    [outcome] = result.outcomes
    assert (result.exit_code, outcome.record.passed, outcome.record.total) == (0, 6, 6)
    assert result.written == ("evals/router.scores.yaml",)
    assert heard.told == [("total", 6), ("asking", 6), ("done", 6)]
    assert capsys.readouterr() == ("", "")


def test_the_second_run_asks_nothing_and_one_may_leave_the_record_alone(folder, api):
    with open_project(folder) as project:
        first = project.run(writes=False)
        assert (first.written, first.progress.asked) == ((), 6)
    with open_project(folder) as project:
        assert project.run().progress.asked == 0
    assert len(api.sent) == 6


def test_a_check_and_a_comparison_are_results_with_exit_codes(folder, repo, api):
    with open_project(folder) as project:
        project.run()
    repo.commit("Record")
    api.answers(before_and_after(route, lambda ticket: "other"))
    before = repo.path.joinpath("prompts/router.yaml").read_text()
    repo.write({"prompts/router.yaml": before.replace(*REWORDED)})
    with open_project(folder) as project:
        worse = project.run()
        assert worse.exit_code == 1
        assert {lost.example.id for lost in worse.lost}
    with open_project(folder) as project:
        checked = project.check("HEAD")
        assert (checked.exit_code, len(checked.compared)) == (1, 1)
        compared = project.compare("HEAD", "prompts/router.yaml")
        assert compared.exit_code == 1


def test_outputs_obtained_elsewhere_are_scored(folder):
    lines = b'{"id": "refund", "output": "billing"}\n{"id": "login", "output": "other"}\n'
    with open_project(folder) as project:
        result = project.score("router", io.BytesIO(lines), partial=True)
    [outcome] = result.outcomes
    assert (outcome.record.passed, outcome.record.total) == (1, 2)


def test_outputs_may_be_named_by_their_path(folder, tmp_path):
    path = tmp_path / "outputs.jsonl"
    path.write_text('{"id": "refund", "output": "billing"}\n', encoding="utf-8")
    with open_project(folder) as project:
        [outcome] = project.score("router", path, partial=True).outcomes
        assert outcome.record.passed == 1
        with pytest.raises(RequestError, match=r"none\.jsonl: .*: name a file with a line of JSON"):
            project.score("router", str(tmp_path / "none.jsonl"))


def test_a_list_in_the_place_of_names_is_refused_with_the_way_to_write_it(folder):
    with open_project(folder) as project:
        for call in (project.run, project.lint):
            with pytest.raises(TypeError, match=r"not list: .* as in run\(\*names\)"):
                call(["router"])


def test_values_out_of_range_or_missing_are_told_as_the_caller_gave_them(folder):
    with open_project(folder) as project:
        with pytest.raises(RequestError, match="`confirm` must be 0 to 20, not -1"):
            project.run(confirm=-1)
        with pytest.raises(RequestError, match="`confirm` must be 0 to 20, not 21"):
            project.check(confirm=21)
        with pytest.raises(SpecError, match="no value was given for `ticket`") as caught:
            project.ask("router", {})
    assert "asked" not in str(caught.value)


def test_lint_and_faults_are_values_and_errors(folder, repo):
    with open_project(folder) as project:
        assert project.lint().exit_code == 0
    repo.write({"evals/router.yaml": "scorers: [equal]\n"})
    with open_project(folder) as project:
        assert project.lint().exit_code == 2
        with pytest.raises(SpecError):
            project.run()


def test_keys_come_from_the_caller_alone(folder, repo, monkeypatch):
    config = repo.path.joinpath("promptci.yaml")
    text = config.read_text()
    assert "base_url" in text
    config.write_text(text.replace("base_url:", "key_env: A_KEY, base_url:", 1))
    monkeypatch.setenv("A_KEY", "from-the-environment-of-the-process")
    with open_project(folder) as project, pytest.raises(RequestError, match="A_KEY"):
        project.run()
    assert redact("from-the-environment-of-the-process") == "from-the-environment-of-the-process"
    with open_project(folder, environ={"A_KEY": "given-by-the-caller"}) as project:
        assert redact("given-by-the-caller") == MARK
        assert project.run().exit_code == 0


def test_a_ceiling_ends_a_run_with_what_there_is(folder):
    with open_project(folder) as project:
        found = project.run(limits=Limits(max_requests=1))
    assert (found.exit_code, found.written) == (4, ())
    assert "ceiling of 1 request is" in str(found.stopped)
    assert found.outcomes
