"""A project opened: what is in the repository, who answers, and what may be spent."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from promptci.cache.places import AnswerPlaces
from promptci.project.modelpool import ModelPool
from promptci.project.observer import Observer
from promptci.project.workspace import ProjectFiles
from promptci.remembered import REMEMBERED
from promptci.secrets.known import look_in
from promptci.specs.config import Config
from promptci.specs.modelspec import ModelSpec
from promptci.specs.tokenprice import Price
from promptci.spending.limits import Limits
from promptci.spending.pricebook import PriceBook
from promptci.suite.codepermission import need_permission

if TYPE_CHECKING:
    from promptci.run.driving.sharing import Sharing
    from promptci.spending.ledger import Ledger


class Project(ProjectFiles):
    """What the library works with: a workspace, a pool of models, prices and a ledger.

    `environ` holds the keys of endpoints and what a continuous integration service says of its
    job; nothing else is taken from the environment. `allow_code` is what the caller says of the
    user's own code. `base_config`, where it is set, counts instead of the working tree's.
    """

    def __init__(
        self,
        start: Path,
        *,
        environ: Mapping[str, str],
        allow_code: bool = False,
        observer: Observer | None = None,
    ) -> None:
        super().__init__(start)
        self._start = start
        self.environ = environ
        self.observer = observer or Observer()
        self.prices = PriceBook()
        self.base_config: Config | None = None
        self._allow_code = allow_code
        look_in(environ)
        REMEMBERED.keep_in(self._state_folder)
        self.models = ModelPool(
            lambda: self.config, self.prices, environ=environ, need_code=self.need_code
        )

    def _state_folder(self) -> Path:
        return self.workspace.cache_path.parent

    def again(self) -> "Project":
        """The same project, to be read again: what is in files may be another thing now."""
        return Project(
            self._start,
            environ=self.environ,
            allow_code=self._allow_code,
            observer=self.observer,
        )

    @property
    def config(self) -> Config:
        """Whose defaults count: the files' own, unless a check sets those of its base."""
        return self.base_config or self.workspace.suite.config

    def trust(self, config: Config) -> None:
        """Have the configuration of a base count, instead of the working tree's."""
        self.base_config = config

    def need_code(self) -> None:
        """Refuse to run the user's own code unless that is allowed. Raises `RequestError`.

        What the configuration says counts in the working tree, or in the base of a change under
        review.
        """
        need_permission(
            self.config,
            by_option=self._allow_code,
            is_base=self.base_config is not None,
            environ=self.environ,
        )

    @cached_property
    def sharing(self) -> "Sharing | None":
        """The shared store, if there is one. Raises `RequestError` where it has no driver."""
        if not self.names_store:  # an event loop takes a fifteenth of an unchanged run to import
            return None
        from promptci.project.sharedstore import open_store, store_name
        from promptci.run.driving.sharing import Sharing

        root, is_base = self.workspace.repo.root, self.base_config is not None
        name = store_name(self.config, self.environ, is_base=is_base, root=root)
        if name is None:
            return None
        return Sharing(open_store(name, self.environ), self.workspace.cache)

    @property
    def names_store(self) -> bool:
        """Whether a shared store is named, which may have answers to be sent to it."""
        return bool(self.config.shared_cache or self.environ.get("PROMPTCI_SHARED_CACHE"))

    def price_under(self, limits: Limits) -> Callable[[ModelSpec], Price | None]:
        """What models cost as a run asks them: by batches, or live if any of it may be."""
        batched = limits.batch is not None and not limits.batch.live_rest
        return self.prices.price_in_batch if batched else self.prices.price

    @cached_property
    def answers(self) -> AnswerPlaces:
        """Where answers are stored and results logged."""
        workspace = self.workspace
        return AnswerPlaces(workspace.cache_path, lambda: workspace.cache, workspace.state / "runs")

    uses_batches = False
    """Whether hosted models are asked by batches."""

    was_cut_short = False
    """Whether a ceiling ended the work before its end."""

    @cached_property
    def ledger(self) -> "Ledger":
        """What was spent under a ceiling, by this command and by those cut short before it."""
        from promptci.spending.ledger import Ledger  # late: where something is asked

        return Ledger(self.workspace.state / "spending")

    def end(self) -> None:
        """The work has ended, whatever it found: what it spent is history.

        Not so where a ceiling cut it short: what goes on from there counts with it.
        """
        if "ledger" in self.__dict__ and not self.was_cut_short:
            self.ledger.end()

    def close(self) -> None:
        """Let go of what was opened, and tell the observer what was odd about it.

        Whatever one of them raises, the others are let go of.
        """
        with ExitStack() as opened:
            if "ledger" in self.__dict__:
                opened.callback(self.ledger.close)
            opened.callback(super().close)
            opened.callback(REMEMBERED.leave, self._state_folder)
            if sharing := self.__dict__.get("sharing"):
                opened.callback(sharing.close)
            for remark in self.workspace.remarks:
                self.observer.remark(remark)
