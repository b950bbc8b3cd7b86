"""Whatever the variables of a machine are and hold: answers, requests and records stay the same."""

import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, assume, example, given, settings
from hypothesis import strategies as st

from gitrepo import GitRepo
from projects import jsonl
from promptci.commands.main import main
from promptci.secrets import known
from promptci.secrets.redact import MARK
from promptci.specs.credentials import is_real, known_secrets
from promptci.specs.modelspec import EndpointSpec
from promptci.specs.wellknown import WELL_KNOWN

KEY_SHAPED = "sk-proj-" + "a1B2" * 10
ANSWERS = {
    "postgres": "postgres",
    "greeting": "Good morning",
    "template": MARK,
    "documented": f"Write OPENAI_API_KEY={KEY_SHAPED} into it",
    "address": "http://me:sunshine@db.example.com/orders",
    "persian": "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u202e\x1b[31m",
}
"""What the model says, by the id of the example; most of it is expected."""

CONFIG = """\
endpoints: {{lab: {{base_url: {url}, key_env: LAB_KEY}}}}
models: {{small: {{endpoint: lab, model: small-1}}}}
prices: {{small-1: {{input: 1, output: 2}}}}
defaults: {{model: small}}
"""
PROMPT = "version: version-one\nmessages: [{role: user, content: 'Say: {{ id }}'}]\n"
EVAL = "examples: words.jsonl\nscorers: [equals, contains]\ngate: {must_pass: [postgres]}\n"
COMMANDS = (
    ("run",),
    ("check", "--base", "HEAD", "--markdown", "report.md"),
    ("show", "words", "postgres"),
    ("accept", "words", "greeting", "-m", "said by postgres"),
)

WORDS = [
    *ANSWERS,
    *ANSWERS.values(),
    *("small", "small-1", "words", "contains", "equals", "version-one", "greedy", "fingerprint"),
    *("examples", "messages", "expected", "passed: 5", "score: 1", "format: 1", "said by postgres"),
    *("promptci", "evals/words.scores.yaml", "content", "[redacted", "127.0.0.1", "Say: postgres"),
]
NAMES = [
    *("POSTGRES_PASSWORD", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GITHUB_TOKEN", "API_TOKEN"),
    *("MY_SECRET", "DB_PASS", "GH_PAT", "LAB_KEY", "EXAMPLES_KEY", "USER_PASSWORD"),
]
ADDRESSES = ["DATABASE_URL", "https_proxy", "HTTP_PROXY", "all_proxy", "PIP_INDEX_URL"]

environments = st.builds(
    lambda values, passwords: values | {n: f"http://me:{p}@a.test" for n, p in passwords.items()},
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(WORDS) | st.text("postgres1:-")),
    st.dictionaries(st.sampled_from(ADDRESSES), st.sampled_from(WORDS)),
)


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("template")


@pytest.fixture
def evaluated(api, template, tmp_path, monkeypatch):
    """Evaluates and checks a project in a given environment; gives all that was asked and kept."""
    api.answers(lambda asked: ANSWERS[asked.removeprefix("Say: ").removeprefix("Please say: ")])
    made = template / "project"
    shutil.rmtree(made, ignore_errors=True)  # its address is another for each test
    repo = GitRepo(made)
    examples = (
        {"id": id_, "vars": {"id": id_}, "expected": "Hello" if id_ == "greeting" else said}
        for id_, said in ANSWERS.items()
    )
    repo.write(
        {
            ".gitignore": ".promptci/\n",
            "promptci.yaml": CONFIG.format(url=api.url),
            "prompts/words.yaml": PROMPT,
            "evals/words.yaml": EVAL,
            "evals/words.jsonl": jsonl(examples),
        }
    )
    repo.commit("Add the words")
    numbers = iter(range(1_000))

    def evaluate(environment: Mapping[str, str]) -> list[object]:
        place = tmp_path / f"project-{next(numbers)}"
        shutil.copytree(made, place)
        api.sent.clear()
        with monkeypatch.context() as patch:
            patch.chdir(place)
            patch.setattr(known, "_kept", set())
            for name, value in environment.items():
                patch.setenv(name, value)
            return list(found_by_commands(place, api))

    return evaluate


def found_by_commands(place: Path, api) -> Iterator[object]:
    for command in COMMANDS:
        yield command, main(command)
        yield (place / "evals/words.scores.yaml").read_bytes()
    (place / "prompts/words.yaml").write_text(PROMPT.replace("Say", "Please say"))
    yield main(["run"])
    yield (place / "evals/words.scores.yaml").read_bytes()
    yield sorted(sent.body["messages"][0]["content"] for sent in api.sent)
    with closing(sqlite3.connect(place / ".promptci/cache.sqlite")) as db:
        yield db.execute("SELECT key, text, finish_reason FROM completion ORDER BY key").fetchall()


PLAIN = {"LAB_KEY": "x"}
LAB = EndpointSpec("lab", "openai", key_env="LAB_KEY")


@settings(
    max_examples=4,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(environments)
@example({"POSTGRES_PASSWORD": "postgres"})
@example({"LAB_KEY": "postgres", "https_proxy": "http://me:Good morning@a.test"})
@example(dict.fromkeys(NAMES, "examples"))
def test_no_variable_changes_what_is_asked_kept_or_recorded(evaluated, environment):
    if not hasattr(evaluated, "plain"):
        evaluated.plain = evaluated(PLAIN)
    key = environment.get("LAB_KEY", "").strip()
    usable = key if key.isascii() and key.isprintable() and key else "x"
    given = {**environment, "LAB_KEY": usable}
    secrets = known_secrets([LAB, *WELL_KNOWN.values()], given)
    assume(not any(is_real(each.value) for each in secrets))  # such answers are not kept
    assert evaluated(given) == evaluated.plain


def test_answers_are_kept_and_recorded_as_they_came(evaluated):
    *_, sent, rows = evaluated(PLAIN | {"POSTGRES_PASSWORD": "postgres"})
    assert sorted(text for _, text, _ in rows) == sorted([*ANSWERS.values()] * 2)
    assert len(sent) == 2 * len(ANSWERS)
