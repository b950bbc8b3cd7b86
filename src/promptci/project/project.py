"""A project opened: repository, suite, cache and, late, the models."""

import os
from collections.abc import Iterable
from contextlib import suppress
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from promptci.atomic import write_text
from promptci.cache.cache import Cache
from promptci.errors import Fault, PromptCIError, SpecError
from promptci.git.repo import CommitTree, Repo, Tree, read_file
from promptci.models.pacing.openfiles import room_for_files
from promptci.models.pacing.rategate import RateGate
from promptci.models.pacing.retry import DEADLINE, Retrying
from promptci.records.record import Record
from promptci.records.scorefile import parse
from promptci.secrets.withheld import Withholding
from promptci.specs.completion import (
    NOTHING,
    Completion,
    EndpointSpec,
    Model,
    ModelSpec,
    Price,
    Request,
)
from promptci.specs.config import Config
from promptci.specs.keys import is_credential
from promptci.spending.estimate import estimate
from promptci.spending.ledger import Ledger
from promptci.suite.allowed import need_permission
from promptci.suite.suite import Suite, learn_keys, load_suite

STATE = ".promptci"
CONCURRENCY = 20
"""Calls in flight per hosted endpoint, unless said otherwise."""


class Project:
    """What a command works with. Everything is opened when first needed.

    As the runner's pool it hands out models. The modules `endpoint`, `local`, `minilm` and `prices`
    are imported inside the methods that need them: importing `openai` takes half a second, and most
    commands ask no model.
    """

    def __init__(self, start: Path, *, allow_code: bool = False) -> None:
        """`allow_code` is what the command line says of the user's own code."""
        self.code_config: Config | None = None
        self.names: tuple[str, ...] = ()
        self._start = start
        self._allow_code = allow_code
        self._prices: dict[str, Price | None] = {}
        self._gates: dict[object, RateGate] = {}
        self._builds: dict[str, str] = {}
        self._parsed: dict[tuple[str, bytes], dict[str, Record]] = {}

    @cached_property
    def repo(self) -> Repo:
        """The repository around. Raises `RepoError` if there is none."""
        return Repo.discover(self._start)

    def learn_keys(self) -> None:
        """Have the keys that the working tree's configuration names kept out of what is shown.

        To be called first: what was written before may hold them, as may the command line.
        """
        with suppress(PromptCIError):
            learn_keys(self.repo.worktree)

    @cached_property
    def suite(self) -> Suite:
        """The prompts and evals in the working tree. Raises `SpecError` with every fault.

        Where a command sets `names`, faults in files that those do not need are only warnings.
        """
        return load_suite(self.repo.worktree, self.names)

    @cached_property
    def config(self) -> Config:
        """Whose defaults count: the files' own, unless a command sets those of a base."""
        return self.suite.config

    @cached_property
    def state(self) -> Path:
        """The folder that git ignores: completions cache and run logs.

        What a commit put there is nobody's answers: then it is a folder inside git's own.
        """
        if not self._has_foreign_state:
            return self.repo.root / STATE
        inner = self.repo.git("rev-parse", "--git-path", "promptci").decode().rstrip("\n")
        return self.repo.top / inner

    @property
    def state_remark(self) -> str:
        """What to say where the state folder is not used; else nothing."""
        if "state" not in self.__dict__ or not self._has_foreign_state:
            return ""
        cure = f"`git rm -r --cached {STATE}` takes it out"
        return f"{STATE}/ is in the repository, so the answers in it were not used: {cure}"

    @cached_property
    def _has_foreign_state(self) -> bool:
        """Whether git tracks files of the state folder, or a link in its place."""
        listed = self.repo.git("ls-files", "-z", "--", STATE, at=self.repo.root).split(b"\0")
        return any(path and path != f"{STATE}/.gitignore".encode() for path in listed)

    @property
    def cache_path(self) -> Path:
        """Where the completions cache is, or will be."""
        return self.state / "cache.sqlite"

    @cached_property
    def cache(self) -> Cache:
        """The completions cache. Raises `StorageError` where it cannot be used.

        Its folder keeps itself out of git, whether or not `init` was run.
        """
        self.keep_out_of_git()
        return Cache(self.cache_path)

    def keep_out_of_git(self) -> None:
        """Make the state folder, which git ignores from its first moment."""
        ignored = self.state / ".gitignore"
        if not (ignored.exists() or self.state.is_symlink()):
            write_text(ignored, "*\n")

    @cached_property
    def committed(self) -> CommitTree | None:
        """The files of the commit checked out; None before the first one."""
        head = self.repo.head()
        return None if head is None else self.repo.tree(head)

    def records(self, tree: Tree | None, eval_name: str) -> dict[str, Record]:
        """The score records of an eval in a tree, by model; none if there is no file.

        Raises `SpecError` if the file is damaged.
        """
        path = score_path(eval_name)
        if tree is None or not tree.exists(path):
            return {}
        data = read_file(tree, path)
        if (path, data) not in self._parsed:
            self._parsed[path, data] = parse(_text(data, path), path, eval_name)
        return dict(self._parsed[path, data])

    def build(self, model: ModelSpec) -> str:
        """Which build of a model would answer; empty for hosted ones, where nobody can know."""
        if model.endpoint.kind == "minilm":
            from promptci.models.embedded import minilm

            return minilm.build()
        if model.endpoint.kind != "local":
            return ""
        if model.model_id not in self._builds:
            from promptci.models.embedded import local

            self._builds[model.model_id] = local.build()
        return self._builds[model.model_id]

    def prepare(self, models: Iterable[ModelSpec]) -> None:
        """Make sure that the embedded models among these are there; may fetch them once."""
        kinds = {model.endpoint.kind for model in models}
        if "local" in kinds:
            from promptci.models.embedded import local

            local.prepare()
        if "minilm" in kinds:
            from promptci.models.embedded import minilm

            minilm.prepare()

    def need_code(self) -> None:
        """Refuse to run the user's own code unless that is allowed. Raises `RequestError`.

        What the configuration says counts in the working tree, or in the base of a change under
        review, which `code_config` is then.
        """
        config = self.code_config or self.suite.config
        need_permission(
            config, by_option=self._allow_code, is_base=bool(self.code_config), environ=os.environ
        )

    def model(self, endpoint: EndpointSpec, concurrency: int) -> Model:
        """Whoever answers for an endpoint. Raises `RequestError` without its key or extra."""
        if endpoint.kind == "local":
            from promptci.models.embedded import local

            return Withholding(local.LocalModel(min(concurrency, local.MAX_SERVERS)))
        if endpoint.kind == "minilm":
            from promptci.models.embedded import minilm

            return minilm.MiniLM(concurrency)
        if endpoint.kind == "sandbox":
            from promptci.sandbox.sandbox import Sandbox

            processors = os.cpu_count() or 1
            return Sandbox(min(concurrency, processors), os.environ, need_code=self.need_code)
        from promptci.models.hosted.endpoint import Endpoint

        concurrency = min(concurrency, room_for_files())
        gate = self._gate(endpoint, concurrency)
        hosted = Endpoint(endpoint, concurrency=concurrency, environ=os.environ, hear=gate.heard)
        deadline = endpoint.deadline or max(DEADLINE, 2 * endpoint.timeout)
        model = Withholding(hosted)
        return Retrying(model, gate=gate, deadline=deadline, longest=endpoint.timeout)

    def _gate(self, endpoint: EndpointSpec, concurrency: int) -> RateGate:
        """The one gate before an endpoint and key, whatever the endpoint is called.

        Of limits that several endpoints at that place name the lowest hold.
        """
        place = _place(endpoint)
        if place not in self._gates:
            here = [each for each in self.config.endpoints.values() if _place(each) == place]
            requests = [each.requests_per_minute for each in (endpoint, *here)]
            tokens = [each.tokens_per_minute for each in (endpoint, *here)]
            self._gates[place] = RateGate(
                most=concurrency,
                requests_per_minute=min(filter(None, requests), default=None),
                tokens_per_minute=min(filter(None, tokens), default=None),
                tokens_of=estimate,
            )
        return self._gates[place]

    def concurrency(self, endpoint: EndpointSpec) -> int:
        """How many calls an endpoint should have in flight."""
        if endpoint.kind in ("local", "minilm", "sandbox"):
            return min(os.cpu_count() or 1, 4)
        return self.config.concurrency or CONCURRENCY

    def price(self, model: ModelSpec) -> Price | None:
        """Dollars per million tokens; None if no price is known."""
        if model.identity not in self._prices:
            if model.price is None:
                from promptci.spending.prices import find_price

                self._prices[model.identity] = find_price(model)
            else:
                self._prices[model.identity] = model.price
        return self._prices[model.identity]

    def cost(self, request: Request, completion: Completion) -> Decimal | None:
        """What an answer costs in US dollars; None if no price is known, or no usage was told."""
        price = self.price(request.settings.model)
        if price is None or (completion.usage == NOTHING and price.is_charged):
            return None
        return price.cost(completion.usage)

    def most(self, request: Request) -> Decimal | None:
        """An upper guess of what a request may cost; None if no price is known."""
        price = self.price(request.settings.model)
        return None if price is None else price.cost(estimate(request))

    @cached_property
    def ledger(self) -> Ledger:
        """What was spent under a ceiling, by this command and by those cut short before it."""
        return Ledger(self.state / "spending")

    @property
    def moved_aside(self) -> Path | None:
        """Where a damaged cache went that this command found, once it has opened it."""
        return self.cache.moved_aside if "cache" in self.__dict__ else None

    @property
    def unclaimed(self) -> str:
        """Why requests could not be claimed before other processes; empty where they could."""
        return self.cache.unclaimed if "cache" in self.__dict__ else ""

    def end(self) -> None:
        """The command has come to its end, whatever it found: what it spent is history."""
        if "ledger" in self.__dict__:
            self.ledger.end()

    def close(self) -> None:
        """Let go of what was opened."""
        if "cache" in self.__dict__:
            self.cache.close()
        if "repo" in self.__dict__:
            self.repo.close()
        if "ledger" in self.__dict__:
            self.ledger.close()


def _place(endpoint: EndpointSpec) -> tuple[object, ...]:
    """Where an endpoint is and what lets promptci in; other headers make no difference."""
    key = os.environ.get(endpoint.key_env or "", "")
    headers = [(name.lower(), value) for name, value in endpoint.headers.items()]
    return endpoint.address, key, *sorted(each for each in headers if is_credential(each[0]))


def score_path(eval_name: str) -> str:
    """Where the score record of an eval is kept."""
    return f"evals/{eval_name}.scores.yaml"


def _text(data: bytes, path: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        wrong = "this is not UTF-8: run `promptci run` to write it anew"
        raise SpecError([Fault(path, 1, 1, wrong)]) from None
