"""One prompt's life in git: each event costs the calls that the content demands, and no more."""

import pytest

from fakes import FakeAPI
from gitrepo import GitRepo
from promptci.commands.main import main

EXAMPLES = 4
NAMES = ("ask", "bid", "cut", "dig", "eat", "fly")


class Life:
    """A repository with six prompts, and the calls that each event in it costs."""

    def __init__(self, repo: GitRepo, api: FakeAPI) -> None:
        self.repo = repo
        self.api = api

    def begin(self) -> None:
        self.repo.write(
            {
                ".gitignore": ".promptci/\n",
                "promptci.yaml": f"endpoints: {{lab: {{base_url: {self.api.url}}}}}\n"
                "defaults: {model: lab/m}\n",
                "README.md": "# Prompts\n",
            }
        )
        for name in NAMES:
            self.write(name, f"{name}, please:")
            self.repo.write({f"evals/{name}.yaml": self.golden(EXAMPLES)})

    def write(self, name: str, text: str) -> None:
        """Give a prompt a text."""
        content = f'messages: [{{role: user, content: "{text} {{{{ word }}}}"}}]\n'
        self.repo.write({f"prompts/{name}.yaml": content})

    def golden(self, count: int) -> str:
        rows = "".join(
            f"  - {{id: n{i}, vars: {{word: w{i}}}, expected: w{i}}}\n" for i in range(count)
        )
        return f"examples:\n{rows}scorers: [ends_with]\n"

    def cost(self) -> int:
        """The calls that a run costs now; records are committed if they changed."""
        before = self.api.count
        assert main(["run"]) == 0
        return self.api.count - before

    def check(self, base: str) -> tuple[int, int]:
        """The exit code of a check against a base, and what it cost."""
        before = self.api.count
        code = main(["check", "--base", base])
        return code, self.api.count - before

    def save(self, message: str, *options: str) -> None:
        self.repo.git("add", "--all")
        self.repo.git("commit", "--quiet", "--message", message, *options)


@pytest.fixture
def life(repo: GitRepo, api: FakeAPI) -> Life:
    made = Life(repo, api)
    made.begin()
    return made


def test_each_event_of_a_life_costs_what_the_fingerprint_demands(life: Life):
    git = life.repo.git
    assert life.cost() == len(NAMES) * EXAMPLES
    life.save("six prompts")

    git("checkout", "-q", "-b", "pull")
    life.write("ask", "kindly ask:")
    assert life.cost() == EXAMPLES  # the pull request edits one prompt
    life.save("ask kindly")
    assert life.check("main") == (0, 0)

    life.write("ask", "ask most kindly:")
    assert life.cost() == EXAMPLES  # its author thinks again and amends
    life.save("ask most kindly", "--amend")

    life.repo.write({"README.md": "# All prompts\n"})
    life.save("readme")
    assert life.cost() == 0
    assert life.check("main") == (0, 0)

    git("checkout", "-q", "main")
    life.write("bid", "bid high:")
    assert life.cost() == EXAMPLES  # somebody else changes another one on main
    life.save("bid high")

    git("checkout", "-q", "pull")
    git("rebase", "-q", "main")
    assert life.cost() == 0
    assert life.check("main") == (0, 0)

    git("checkout", "-q", "--detach", "main")
    git("merge", "-q", "--no-ff", "--no-edit", "pull")
    assert life.cost() == 0  # the test merge

    git("checkout", "-q", "main")
    git("merge", "-q", "--squash", "pull")
    life.save("ask most kindly (#1)")
    assert life.cost() == 0  # the squash

    git("revert", "--no-edit", "HEAD")
    assert life.cost() == 0  # back to what was known before

    git("checkout", "-q", "-b", "release", "HEAD~3")
    git("cherry-pick", "main~1", "-X", "theirs")
    assert life.cost() == 0

    life.repo.write({"evals/ask.yaml": life.golden(EXAMPLES + 1)})
    assert life.cost() == 1  # one example more is one call more


def test_nothing_is_written_where_nothing_changed(life: Life):
    life.cost()
    life.save("six prompts")
    assert life.cost() == 0
    assert life.repo.git("status", "--porcelain") == ""


def test_branches_that_change_different_evals_merge_without_conflict(life: Life):
    git = life.repo.git
    life.cost()
    life.save("six prompts")
    for branch, name in (("one", "ask"), ("two", "bid")):
        git("checkout", "-q", "-b", branch, "main")
        life.write(name, f"{branch}:")
        life.cost()
        life.save(branch)
    git("merge", "-q", "--no-edit", "one")
    assert life.cost() == 0
    assert life.repo.git("status", "--porcelain") == ""


def test_branches_that_change_the_same_eval_conflict_and_a_run_repairs_the_record(life: Life):
    git = life.repo.git
    life.cost()
    life.save("six prompts")
    for branch in ("one", "two"):
        git("checkout", "-q", "-b", branch, "main")
        life.write("ask", f"{branch}:")
        life.cost()
        life.save(branch)
    with pytest.raises(AssertionError, match=r"CONFLICT|merge"):
        git("merge", "-q", "--no-edit", "one")
    record = life.repo.path / "evals/ask.scores.yaml"
    assert "<<<<<<<" in record.read_text()
    life.write("ask", "both:")
    assert life.cost() == EXAMPLES
    assert "<<<<<<<" not in record.read_text()
