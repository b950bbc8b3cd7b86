"""MLflow's registry of prompts and its runs, by its own client."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from promptci.errors import ModelError, RequestError
from promptci.exporters.mlflow import SyncedPrompt, SyncedRun
from promptci.extras import needs_extra
from promptci.project.receivers.mlflowsync import KnownVersion

_QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true"}
"""It would tell its makers of each use, and print to where a document is expected."""
_PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "30"}
"""It would ask a server that is not there for minutes; a setting of the user's wins."""
_AT_ONCE = 1_000
_PASSWORD = re.compile(r"://[^/@\s]+@")
"""A user and a password in an address."""


class MlflowRegistry:
    """The registry at a tracking URI; runs go into an experiment, which is made if need be.

    Raises `RequestError` without the extra, and `ModelError` where the server refuses or is not
    reached.
    """

    def __init__(self, uri: str, experiment: str) -> None:
        os.environ.update(_QUIET)
        for name, value in _PATIENCE.items():
            os.environ.setdefault(name, value)
        try:
            tracking = import_module("mlflow.tracking")
        except ImportError:
            raise RequestError(needs_extra("`promptci sync mlflow`", "mlflow")) from None
        self._experiment = experiment
        self._uri = uri
        with self._told():
            self._client: Any = tracking.MlflowClient(tracking_uri=uri, registry_uri=uri)

    def versions(self, name: str) -> Mapping[str, KnownVersion]:
        """The versions of a prompt that came from here, by digest; the first where two have one."""
        found: dict[str, KnownVersion] = {}
        with self._told():
            for each in sorted(self._versions(name), key=lambda each: int(each.version)):
                tags = dict(each.tags)
                if "promptci.digest" in tags:
                    found.setdefault(tags["promptci.digest"], KnownVersion(str(each.version), tags))
        return found

    def _versions(self, name: str) -> list[Any]:
        """Those of a prompt. `get_prompt` would say that there are none where no server is, too."""
        try:
            return list(
                self._pages(
                    lambda token: self._client.search_prompt_versions(name, _AT_ONCE, token)
                )
            )
        except Exception as error:
            if getattr(error, "error_code", "") == "RESOURCE_DOES_NOT_EXIST":
                return []
            raise

    def register(self, prompt: SyncedPrompt) -> str:
        """Add a version, tags and all; gives its number."""
        with self._told():
            made = self._client.register_prompt(
                prompt.name,
                [dict(message) for message in prompt.messages],
                commit_message=f"commit {prompt.commit[:12]}",
                tags=dict(prompt.tags),
            )
            for key in prompt.tags:  # which it has given to all versions of the prompt, too
                self._client.delete_prompt_tag(prompt.name, key)
        return str(made.version)

    def tag(self, name: str, version: str, tags: Mapping[str, str]) -> None:
        """Set tags of a version."""
        with self._told():
            for key, value in tags.items():
                self._client.set_prompt_version_tag(name, version, key, value)

    def runs(self) -> frozenset[str]:
        """The keys of the runs that are there and whole."""
        with self._told():
            return frozenset(key for key, run in self._runs() if run.info.status == "FINISHED")

    def log(self, run: SyncedRun) -> None:
        """Add a run, or make one whole that was begun and not ended."""
        entities = import_module("mlflow.entities")
        with self._told():
            begun = next((each for key, each in self._runs() if key == run.key), None)
            if begun is None:
                begun = self._client.create_run(
                    self._experiment_id(create=True), run.time * 1000, dict(run.tags), run.name
                )
            self._client.log_batch(
                begun.info.run_id,
                [entities.Metric(k, v, run.time * 1000, 0) for k, v in run.metrics.items()],
                [entities.Param(k, v) for k, v in run.params.items()],
            )
            self._client.set_terminated(begun.info.run_id, "FINISHED", run.time * 1000)

    def _runs(self) -> Iterator[tuple[str, Any]]:
        ident = self._experiment_id()
        if ident is None:
            return
        for run in self._pages(
            lambda token: self._client.search_runs([ident], "", 1, _AT_ONCE, None, token)
        ):
            if "promptci.key" in run.data.tags:
                yield run.data.tags["promptci.key"], run

    def _experiment_id(self, *, create: bool = False) -> Any:
        found = self._client.get_experiment_by_name(self._experiment)
        if found is not None:
            return found.experiment_id
        return self._client.create_experiment(self._experiment) if create else None

    @staticmethod
    def _pages(search: Any) -> Iterator[Any]:
        token = None
        while True:
            page = search(token)
            yield from page
            token = page.token
            if not token:
                return

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Whatever the client raises, as one sentence."""
        try:
            yield
        except (ModelError, RequestError):
            raise
        except Exception as error:  # the client raises its own, and those of HTTP
            first = str(error).partition("\n")[0][:300] or type(error).__name__
            said = _PASSWORD.sub("://", f"MLflow at {self._uri}: {first}")
            raise ModelError(said, "unusable") from error
