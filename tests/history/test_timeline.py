"""What an eval asked at each commit: equal questions are one point, faults are obstacles."""

from contextlib import closing

import pytest

from promptci.errors import RequestError, SpecError
from promptci.git.lineage import resolve, way
from promptci.git.repo import Repo
from promptci.history.timeline import choose_example, make_standard, make_timeline
from promptci.specs.config import Config
from promptci.suite.evalfiles import EvalFiles, in_tree
from promptci.suite.loading import load_suite

CONFIG = """\
endpoints:
  fake: {base_url: "http://127.0.0.1:9/v1"}
  paid: {base_url: "http://127.0.0.1:9/paid", key_env: SOME_KEY}
defaults: {model: fake/greeter}
"""
EVAL = """\
examples:
  - {id: ada, vars: {name: Ada}, expected: yes}
  - {id: bob, vars: {name: Bob, mood: sad}, expected: no}
scorers: [equals]
"""


def prompt(text: str, model: str = "") -> str:
    named = f"model: {model}\n" if model else ""
    return f"{named}messages: [{{role: user, content: '{text}'}}]\n"


@pytest.fixture
def project(repo):
    """A repository whose commits are given as files; a file of None is deleted."""
    repo.write({"promptci.yaml": CONFIG, "evals/greet.yaml": EVAL})

    class Commits:
        opened = Repo.discover(repo.path)

        def commit(self, subject: str, files: dict[str, str | None]) -> None:
            repo.write({path: text for path, text in files.items() if text is not None})
            for path in (path for path, text in files.items() if text is None):
                (repo.path / path).unlink()
            repo.commit(subject)

        def timeline(self, *, example: str = "", golden: str = "HEAD", model: str = ""):
            opened = self.opened
            first = opened.git("rev-list", "--max-parents=0", "HEAD").decode().strip()
            revisions = way(opened, resolve(opened, first), resolve(opened, "HEAD"))
            standard = make_standard(
                opened.tree(resolve(opened, golden)),
                "greet",
                build_of=lambda _: "",
                config=load_suite(EvalFiles(in_tree(opened.worktree), "", name="here")).config,
                model=model,
            )
            if example:
                standard = choose_example(standard, example)
            return make_timeline(opened, revisions, standard)

    with closing(Commits.opened):
        yield Commits()


PROMPT = "prompts/greet.yaml"


def shown(timeline):
    """Each point by its place among the commits, with what is in the way."""
    ids = [revision.id for revision in timeline.revisions]
    return [(ids.index(point.revision.id), point.obstacle) for point in timeline.points]


def test_only_commits_that_change_what_is_asked_are_points(project):
    project.commit("first", {PROMPT: prompt("Hi {{ name }}")})
    project.commit("docs", {"README.md": "more"})
    project.commit("label", {PROMPT: "version: v2\n" + prompt("Hi {{ name }}")})
    project.commit("examples", {"evals/greet.yaml": EVAL.replace("expected: no", "expected: nah")})
    project.commit("words", {PROMPT: prompt("Hello {{ name }}")})
    project.commit("model", {PROMPT: prompt("Hello {{ name }}", "fake/other")})
    project.commit("other prompt", {"prompts/other.yaml": "messages: ["})
    timeline = project.timeline()
    assert shown(timeline) == [(0, ""), (4, ""), (5, "")]
    assert len(timeline.revisions) == 7
    models = [point.task.model.name for point in timeline.points]
    assert models == ["fake/greeter", "fake/greeter", "fake/other"]


def test_a_reverted_prompt_asks_what_it_asked_before(project):
    for text in ("Hi {{ name }}", "Oi {{ name }}", "Hi {{ name }}"):
        project.commit(text, {PROMPT: prompt(text)})
    first, _, last = project.timeline().points
    assert first.fingerprint == last.fingerprint


def test_commits_that_cannot_be_evaluated_say_why(project):
    project.commit("fine", {PROMPT: prompt("Hi {{ name }}")})
    project.commit("broken", {PROMPT: "messages: ["})
    project.commit("still broken", {"README.md": "more"})
    project.commit("gone", {PROMPT: None})
    project.commit("asks too much", {PROMPT: prompt("Hi {{ name }}, {{ mood }}?")})
    project.commit("unknown model", {PROMPT: prompt("Hi {{ name }}", "nowhere/x")})
    project.commit("broken eval", {"evals/greet.yaml": "examples: ["})
    project.commit("fine", {PROMPT: prompt("Ho {{ name }}"), "evals/greet.yaml": EVAL})
    found = shown(project.timeline())
    assert [place for place, _ in found] == [0, 1, 3, 4, 5, 6, 7]
    obstacles = [obstacle for _, obstacle in found]
    assert obstacles[0] == obstacles[-1] == ""
    assert obstacles[1].startswith("prompts/greet.yaml:")
    assert "there is no prompt `greet`" in obstacles[2]
    assert obstacles[3] == "the prompt needs `mood`, which the example `ada` does not give"
    assert "`nowhere/x` names no known endpoint" in obstacles[4]
    assert obstacles[5].startswith("evals/greet.yaml:")


def test_one_example_may_fit_where_the_others_do_not(project):
    project.commit("fine", {PROMPT: prompt("Hi {{ name }}")})
    project.commit("asks more", {PROMPT: prompt("Hi {{ name }}, {{ mood }}?")})
    project.commit("fine", {PROMPT: prompt("Ho {{ name }}")})
    assert [point.task is None for point in project.timeline().points] == [False, True, False]
    timeline = project.timeline(example="bob")
    assert [point.task.count for point in timeline.points] == [1, 1, 1]


def test_where_the_eval_is_missing_the_prompt_is_asked_what_the_eval_asks_now(project):
    project.commit("no eval yet", {PROMPT: prompt("Hi {{ name }}"), "evals/greet.yaml": None})
    project.commit("words", {PROMPT: prompt("Ho {{ name }}")})
    project.commit("eval", {"evals/greet.yaml": EVAL})
    assert [(p.has_eval, p.obstacle) for p in project.timeline().points] == [(False, "")] * 2


def test_an_eval_is_followed_to_another_prompt(project):
    project.commit("first", {PROMPT: prompt("Hi {{ name }}")})
    moved = {PROMPT: None, "prompts/hello.yaml": prompt("Hi {{ name }}")}
    project.commit("renamed", moved | {"evals/greet.yaml": EVAL + "prompt: hello\n"})
    project.commit("words", {"prompts/hello.yaml": prompt("Ho {{ name }}")})
    assert shown(project.timeline()) == [(0, ""), (2, "")]


def test_no_commit_chooses_where_a_key_is_sent(project):
    project.commit("first", {PROMPT: prompt("Hi {{ name }}", "paid/x")})
    project.commit("elsewhere", {"promptci.yaml": CONFIG.replace("/paid", "/stolen")})
    project.commit("back", {"promptci.yaml": CONFIG, PROMPT: prompt("Ho {{ name }}", "paid/x")})
    _, stranger, _ = project.timeline().points
    assert "`paid` is not the one in promptci.yaml now, so no key is sent" in stranger.obstacle


def test_of_several_models_one_must_be_chosen(project):
    both = EVAL + "models: [fake/a, fake/b]\n"
    project.commit("one", {PROMPT: prompt("Hi {{ name }}")})
    project.commit("two", {"evals/greet.yaml": both})
    project.commit("words", {PROMPT: prompt("Ho {{ name }}")})
    with pytest.raises(RequestError, match="runs on `fake/a`, `fake/b`: choose one with --model"):
        project.timeline()
    timeline = project.timeline(model="fake/b")
    assert {point.task.model.name for point in timeline.points} == {"fake/b"}
    assert len(timeline.points) == 2
    older = project.timeline(golden="HEAD~2")
    assert "several models there, and none is `fake/greeter`" in older.points[1].obstacle


def test_names_that_are_not_there_come_with_advice(project):
    project.commit("first", {PROMPT: prompt("Hi {{ name }}")})
    project.commit("second", {"evals/broken.yaml": "examples: ["})
    with pytest.raises(RequestError, match=r"no example `adda`: did you mean `ada`\?"):
        project.timeline(example="adda")
    tree = project.opened.tree(project.opened.resolve("HEAD"))
    for name, message in (("gret", "did you mean `greet`"), ("greet.scores", "no eval")):
        with pytest.raises(RequestError, match=message):
            make_standard(tree, name, build_of=lambda _: "", config=Config())
    with pytest.raises(SpecError, match=r"evals/broken\.yaml"):
        make_standard(tree, "broken", build_of=lambda _: "", config=Config())
