"""The shared store of a project: which it is, whether it may be written, what to say of it."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from msgspec import Struct

from promptci.cache.cache import Cache
from promptci.cache.unsent import count_unsent, note_unsent
from promptci.check.pullrequest import is_from_fork
from promptci.errors import RequestError
from promptci.project.project import Project
from promptci.run.driving.interrupted import run_until_interrupted
from promptci.run.driving.sharing import Sharing
from promptci.run.planning.plan import Plan
from promptci.run.shards import stored_places_of
from promptci.specs.config import Config
from promptci.stores.objects import Objects
from promptci.stores.opening import open_objects
from promptci.stores.shared import SharedStore, place_of

VARIABLE = "PROMPTCI_SHARED_CACHE"
"""Names the store in the place of the configuration; `off` for none."""

_MOST_SAID = 10


def store_name(
    config: Config, environ: Mapping[str, str], *, is_base: bool, root: Path
) -> str | None:
    """Which store is used: that of the environment, else of the configuration.

    A change from a fork does not choose it: without the base's configuration (`is_base`) only the
    environment does. Raises `RequestError` for a folder inside the repository, which a commit could
    fill.
    """
    named = environ.get(VARIABLE, "").strip()
    if not named:
        is_strangers = is_from_fork(environ) and not is_base
        named = "" if is_strangers else config.shared_cache or ""
    if not named or named == "off":
        return None
    if "://" not in named:
        folder = Path(named).expanduser()
        if not folder.is_absolute() or folder.resolve().is_relative_to(root.resolve()):
            wrong = f"the shared store {named} must lie outside of the repository"
            raise RequestError(f"{wrong}: write a folder's full path, or s3://bucket/prefix")
    return named


def open_store(name: str, environ: Mapping[str, str]) -> SharedStore:
    """The store of a name, which a pull request from a fork reads and never writes."""
    objects: Objects = open_objects(name)
    return SharedStore(objects, is_read_only=is_from_fork(environ))


def say_of_store(project: Project, sharing: Sharing) -> None:
    """Tell the observer what a person should know of a store after a run; each thing once."""
    store = sharing.store
    say_refused(project, sharing)
    if sharing.trouble:
        remarks = [f"the shared store {store.url} was left alone: {sharing.trouble}"]
        unsent = 0 if store.is_read_only else count_unsent(project.workspace.cache)
        if unsent:
            answers = "1 answer is" if unsent == 1 else f"{unsent:,} answers are"
            cure = "the next run sends what is left, as does `promptci cache push`"
            remarks.append(f"{answers} stored here and not yet there: {cure}")
        _say(project, sharing, remarks)


def say_refused(project: Project, sharing: Sharing) -> None:
    """Name a store that was empty, and objects that were not as they were written."""
    store, refused = sharing.store, sharing.store.refused
    if store.was_new:
        new = f"the shared store {store.url} was empty, these answers are its first"
        _say(project, sharing, [f"{new}: if others have sent some, look at how it is named"])
    told = [f"{store.url}: {n} was not used: {why}" for n, why in refused.items()]
    more = len(told) - _MOST_SAID
    _say(project, sharing, told[:_MOST_SAID] + [f"and {more:,} more"] * (more > 0))


def _say(project: Project, sharing: Sharing, remarks: list[str]) -> None:
    for remark in remarks:
        if remark not in sharing.said:
            sharing.said.add(remark)
            project.observer.remark(remark)


class Pushed(Struct, frozen=True):
    """What was sent to a shared store: answers that it has now, and those that it lacks still."""

    url: str
    sent: int
    unsent: int
    why: str = ""

    @property
    def exit_code(self) -> int:
        """3 where answers are left."""
        return 3 if self.unsent or self.why else 0


def push_answers(project: Project, plan: Plan | None) -> Pushed:
    """Send what could not be sent before, and what a plan's stored answers have that is not there.

    Raises `RequestError` without a store, or where it is not to be written.
    """
    sharing, cache = project.sharing, project.workspace.cache
    if sharing is None:
        cure = f"write `cache: {{shared: s3://bucket/prefix}}` in promptci.yaml, or set {VARIABLE}"
        raise RequestError(f"there is no shared store: {cure}")
    if sharing.store.is_read_only:
        raise RequestError("a pull request from a fork does not write to the shared store")
    places = {} if plan is None else stored_places_of(plan, cache)
    run_until_interrupted(_push(sharing, places, cache))
    say_refused(project, sharing)
    return Pushed(sharing.store.url, sharing.sent, count_unsent(cache), sharing.trouble)


async def _push(sharing: Sharing, places: Mapping[str, str], cache: Cache) -> None:
    there = await sharing.keys_in(places.values())
    note_unsent(cache, {key: place for key, place in places.items() if key not in there})
    await sharing.send(None)


def take_in_shared(project: Project, plan: Plan) -> None:
    """Store what the shared store has of the answers of a plan's prompts, before others ask."""
    sharing = project.sharing
    if sharing is not None:
        places = {place_of(t.prompt.digest, t.settings.canonical) for t in plan.tasks}
        with ThreadPoolExecutor(1) as disk:
            run_until_interrupted(sharing.take_in(places, disk))


def share_answers(project: Project, plan: Plan) -> None:
    """Send what others have asked for a plan, and say what could not be sent."""
    if project.sharing is not None and not project.sharing.store.is_read_only:
        push_answers(project, plan)
        say_of_store(project, project.sharing)
