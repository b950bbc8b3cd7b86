"""What an operand of `compare` names, and what each side means for an eval."""

from contextlib import ExitStack, closing

import pytest

from projects import PROMPT, config
from promptci.compare.pairing.sides import Sides
from promptci.errors import RequestError, SpecError
from promptci.git.repo import Repo
from promptci.suite.loading import load_suite

FILES = {
    "promptci.yaml": config("http://lab.example/v1"),
    "prompts/router.yaml": PROMPT,
    "evals/router.yaml": "examples: [{id: a, vars: {ticket: x}, expected: x}]\nscorers: [equals]\n",
}
V2, V3 = (PROMPT.replace("version: v1", f"version: {label}") for label in ("v2", "v3"))


@pytest.fixture
def unborn(repo):
    """Resolves operands in the repository, without a commit yet, as it is when called."""
    repo.write(FILES)
    with ExitStack() as stack:

        def now():
            opened = stack.enter_context(closing(Repo.discover(repo.path)))
            return Sides(opened, load_suite(opened.worktree))

        yield now


@pytest.fixture
def sides(unborn, repo):
    """The same after a first commit."""
    repo.commit("v1")
    return unborn


def picked(sides, operand, eval_name="router"):
    return sides.resolve(operand).pick(sides.suite.evals[eval_name])


@pytest.mark.parametrize(
    ("operand", "kind"),
    [
        ("prompts/router.yaml", "path"),
        ("./prompts/router.yaml", "path"),
        ("path:prompts/router.yaml", "path"),
        ("small", "model"),
        ("lab/anything", "model"),
        ("v1", "label"),
        ("HEAD", "rev"),
        ("main", "rev"),
        ("rev:HEAD~0", "rev"),
    ],
)
def test_an_operand_is_resolved_by_what_it_names(sides, operand, kind):
    assert sides().resolve(operand).kind == kind


def test_a_label_is_the_newest_state_that_carries_it(sides, repo):
    repo.write({"prompts/router.yaml": V2.replace("You route", "We route")})
    repo.commit("v2")
    repo.write({"prompts/router.yaml": V2.replace("You route", "They route")})
    repo.commit("v2 again")
    repo.write({"prompts/router.yaml": V3})
    found = sides()
    assert "They route" in picked(found, "v2").prompt.render({"ticket": "x"})[0].content
    assert "You route" in picked(found, "v1").prompt.render({"ticket": "x"})[0].content
    assert picked(found, "v3").prompt is found.suite.prompts["router"]


def test_a_label_follows_a_prompt_that_was_renamed(sides, repo):
    repo.write({"prompts/router.yaml": V2, "evals/router.yaml": FILES["evals/router.yaml"]})
    for folder in ("prompts", "evals"):
        repo.git("mv", f"{folder}/router.yaml", f"{folder}/sorter.yaml")
    repo.commit("Rename")
    assert picked(sides(), "v1", "sorter").prompt.version == "v1"


def test_a_label_passes_over_states_that_cannot_be_read(sides, repo):
    repo.write({"prompts/router.yaml": "version: v1\nmessages: {{{\n"})
    repo.commit("Break")
    repo.write({"prompts/router.yaml": V2})
    assert "You route" in picked(sides(), "v1").prompt.render({"ticket": "x"})[0].content


def test_a_label_works_before_the_first_commit(unborn):
    found = unborn()
    assert found.resolve("v1").kind == "label"
    with pytest.raises(RequestError):
        found.resolve("v0")


def test_a_revision_has_its_own_prompts_and_models(sides, repo):
    repo.write({"prompts/router.yaml": f"model: large\n{V2}"})
    repo.commit("v2")
    before, after = picked(sides(), "HEAD~1"), picked(sides(), "HEAD")
    assert [(p.prompt.version, [m.name for m in p.models]) for p in (before, after)] == [
        ("v1", ["small"]),
        ("v2", ["large"]),
    ]


def test_a_revision_means_nothing_for_a_prompt_it_does_not_have(sides, repo):
    repo.write({"prompts/new.yaml": PROMPT, "evals/new.yaml": FILES["evals/router.yaml"]})
    found = sides()
    assert picked(found, "HEAD", "new") is None


def test_of_the_models_of_a_new_eval_those_known_then_are_asked(sides, repo):
    new = FILES["evals/router.yaml"] + "prompt: router\nmodels: [large, added/m]\n"
    text = config("http://lab.example/v1").replace(
        "models:\n", "  added: {base_url: http://added.example/v1}\nmodels:\n"
    )
    repo.write({"promptci.yaml": text, "evals/new.yaml": new})
    assert [m.name for m in picked(sides(), "HEAD", "new").models] == ["large"]


def test_a_broken_revision_and_a_broken_file_tell_their_faults(sides, repo):
    repo.write({"prompts/router.yaml": "messages: 1\n"})
    repo.commit("Break")
    repo.write({"prompts/router.yaml": PROMPT, "other.yaml": "messages: 1\n"})
    for operand in ("HEAD", "other.yaml"):
        with pytest.raises(SpecError) as caught:
            sides().resolve(operand)
        assert "messages" in str(caught.value)


def test_several_meanings_need_a_prefix(sides, repo):
    repo.write({"prompts/router.yaml": PROMPT.replace("version: v1", "version: small")})
    repo.git("tag", "small")
    with pytest.raises(RequestError, match="`model:small` or `label:small` or `rev:small`"):
        sides().resolve("small")
    assert sides().resolve("label:small").kind == "label"


@pytest.mark.parametrize(
    ("operand", "said"),
    [
        ("nothing", "no prompt file, no model, no version label and no git revision"),
        ("prompts/ruoter.yaml", "did you mean `prompts/router.yaml`"),
        ("smolm2", "did you mean `smollm2`"),
        ("mian", "did you mean `main`"),  # and not `minilm`, a model that everybody has
        ("rev:nothing", "there is no git revision `nothing`"),
        ("model:nobody", "there is no model `nobody`"),
        ("label:v9", "there is no version label `v9`"),
        ("path:../secret.yaml", "there is no prompt file"),
        ("path:/etc/hosts.yaml", "there is no prompt file"),
        ("--output=x", "no git revision"),
        ("a\nb", "no git revision"),
        ("a\0b", "no git revision"),
        ("x" * 5000, "no git revision"),
        ("", "no git revision"),
    ],
)
def test_what_is_nothing_is_a_sentence(sides, repo, operand, said):
    with pytest.raises(RequestError, match=said):
        sides().resolve(operand)
    assert not (repo.path / "x").exists()


def test_labels_that_only_earlier_commits_have_are_known(sides, repo):
    repo.write({"prompts/router.yaml": V2})
    repo.commit("v2")
    with pytest.raises(RequestError, match=r"known are .*`v1`, `v2`"):
        sides().resolve("nothing")
    with pytest.raises(RequestError, match="did you mean `v1`"):
        sides().resolve("V1.")


def test_a_branch_without_a_commit_is_told(sides, repo):
    repo.git("checkout", "-q", "--orphan", "unborn")
    for operand in ("HEAD", "master"):
        with pytest.raises(RequestError, match="there is no commit yet, so commit first"):
            sides().resolve(operand)
