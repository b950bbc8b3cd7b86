"""Requests offered to a round of batches: which are written down, which wait, which go live."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec.structs import replace

from promptci.batching.receipt import BatchFolder, Receipt
from promptci.batching.spool import Spool
from promptci.models.batchapis.kinds import BatchKind, batch_kind_of, open_lines
from promptci.models.batchapis.reading import LineFailure
from promptci.models.batchapis.service import WriteLine
from promptci.models.hosted.bodies import way_round
from promptci.models.hosted.droppable import droppable
from promptci.specs.completion import Completion
from promptci.specs.modelspec import EndpointSpec
from promptci.specs.noanswer import why_other_model
from promptci.specs.request import Request
from promptci.specs.tokenprice import BATCH
from promptci.spending.limits import BatchMode
from promptci.spending.reservations import HoldingBudget
from promptci.spending.spent import NOTHING_SPENT, Spending

MOST_ATTEMPTS = 3
"""Batches that a request goes into before it has no answer."""

HOSTED = ("openai", "azure")
"""Kinds of endpoints that may take batches; the others are on this machine."""

RefusedOf = Callable[[EndpointSpec], dict[str, frozenset[str]]]
"""What the models of an endpoint refuse, by their ids; what is added there counts from then on."""

FindStored = Callable[[Sequence[str]], Mapping[str, Completion]]
"""The stored answers under some keys."""

_Place = tuple[str, str, frozenset[str]]
"""What a model is asked as: its address, its id, and the parameters that it may refuse."""

_NOTHING: frozenset[str] = frozenset()


class Offer:
    """Takes the requests of one command's rounds. It is a `Deferred`.

    `unanswered` says of keys why there will be no answer. `has_asked` says that requests of this
    round were left to be asked live: the first one to each model, by which a wrong key, name or
    parameter shows before anything is sent, and what batches left open, where that is wanted. Where
    another model than `served` gave that first answer nothing more is sent to it; `find` looks.
    """

    def __init__(
        self,
        folder: BatchFolder,
        budget: HoldingBudget,
        refused_of: RefusedOf,
        mode: BatchMode,
        find: FindStored,
    ) -> None:
        self.unanswered: dict[str, str] = {}
        self.spool = Spool(folder)
        self.has_asked = self.is_crowded = False
        self._folder, self._budget, self._mode = folder, budget, mode
        self._refused_of, self._find = refused_of, find
        self._failures: dict[str, LineFailure] = {}
        self._attempts: Counter[str] = Counter()
        self._first: dict[_Place, str] = {}
        self._first_answers: dict[_Place, Completion | None] = {}
        self._most: dict[tuple[str, str], int] = {}
        self._used: dict[tuple[str, str], tuple[EndpointSpec, frozenset[str]]] = {}
        self._writers: dict[str, tuple[BatchKind, WriteLine]] = {}
        self._before: dict[tuple[str, str], frozenset[str]] = {}
        self._bound, self._no_room = NOTHING_SPENT, NOTHING_SPENT
        self._awaited: dict[str, Receipt] = {}
        self._pending: dict[str, Receipt] = {}

    def begin(self, pending: Iterable[Receipt]) -> None:
        """Begin a round, while these batches are under way. Raises `StorageError`."""
        self.spool = Spool(self._folder)
        self.has_asked = self.is_crowded = False
        self._before |= {place: refused for place, (_, refused) in self._used.items()}
        self._used.clear()
        self._bound, self._no_room = NOTHING_SPENT, NOTHING_SPENT
        self._awaited = {}
        self._pending = {
            entry.key: receipt for receipt in pending for entry in self._folder.entries(receipt.uid)
        }

    def __call__(self, request: Request, waiting: object, *, replaces: bool) -> bool:
        """Take a request; False where it is to be asked at once.

        Raises `RequestError` for an endpoint that takes no batches.
        """
        endpoint = request.settings.model.endpoint
        if endpoint.kind not in HOSTED:
            return False
        kind, write = self._writer(endpoint)
        if request.settings.task == "embeddings" and not kind.embeds:
            return False
        if request.key in self.spool.keys:
            return True
        if (receipt := self._pending.get(request.key)) is not None:
            self._awaited[receipt.uid] = receipt
            return True
        if self._is_live(request):
            self.has_asked = True
            return False
        if not self.has_asked and (why := self._is_of_another(request)):
            self.unanswered[request.key] = why
        if request.key not in self.unanswered and not self.has_asked:
            self._write(request, kind, write, replaces=replaces)
        return True

    def _is_live(self, request: Request) -> bool:
        """Whether a request is the first to its model, or was left open; notes the hopeless."""
        failure = self._failures.get(request.key)
        if failure is None:
            is_first = (place := _place(request)) not in self._first
            self._first.setdefault(place, request.key)
            return is_first
        settings = request.settings
        refused = self._refused_of(settings.model.endpoint)
        before = refused.get(settings.model.model_id, _NOTHING)
        sent = self._before.get((settings.model.endpoint.name, settings.model.model_id), _NOTHING)
        less = failure.refusal and way_round(failure.refusal, settings, sent)
        if less and self._attempts[request.key] < MOST_ATTEMPTS:
            refused[settings.model.model_id] = before | less
            return False
        if failure.passes and self._mode.live_rest:
            self._failures[request.key] = replace(failure, passes=False)  # live once
            return True
        if not failure.passes or self._attempts[request.key] >= MOST_ATTEMPTS:
            self.unanswered[request.key] = _why(failure, self._attempts[request.key])
        return False

    def _is_of_another(self, request: Request) -> str:
        """Why nothing is sent to a model, where another one gave its first answer; else empty."""
        if request.settings.model.served is None or (place := _place(request)) not in self._first:
            return ""
        if place not in self._first_answers:
            key = self._first[place]
            self._first_answers[place] = self._find([key]).get(key)
        first = self._first_answers[place]
        why = "" if first is None else why_other_model(request.settings, first)
        return f"{why}: nothing was sent in a batch" if why else ""

    def _write(
        self, request: Request, kind: BatchKind, write: WriteLine, *, replaces: bool
    ) -> None:
        model = request.settings.model
        asked = replace(request.settings, model=replace(model, tier=BATCH, falls_back=False))
        bound = self._budget.bound_in_batch(replace(request, settings=asked))
        if self._no_room.requests or not self._budget.has_room(self._bound + bound):
            self._no_room = self._no_room if self._no_room.requests else bound
            return
        refused = self._refused_of(model.endpoint).get(model.model_id, _NOTHING)
        self._used[model.endpoint.name, model.model_id] = model.endpoint, refused
        most = self._most.get((model.endpoint.name, model.model_id), kind.most_requests)
        kind = replace(kind, most_requests=min(most, kind.most_requests))
        line = write(request, refused)
        if self.spool.add(request, line, kind, refused=refused, replaces=replaces, bound=bound):
            self._bound += bound
        else:
            larger = f"{len(line) / 1e6:,.0f} MB, more than a batch may hold there"
            self.unanswered[request.key] = f"the request has {larger}: run without --batch"

    def _writer(self, endpoint: EndpointSpec) -> tuple[BatchKind, WriteLine]:
        if endpoint.name not in self._writers:
            self._writers[endpoint.name] = batch_kind_of(endpoint), open_lines(endpoint)
        return self._writers[endpoint.name]

    @property
    def is_outdated(self) -> bool:
        """Whether a model has refused a parameter that the lines written so far hold."""
        return any(
            self._refused_of(endpoint).get(model_id, _NOTHING) != refused
            for (_, model_id), (endpoint, refused) in self._used.items()
        )

    @property
    def awaited(self) -> tuple[Receipt, ...]:
        """The batches under way that hold what this round would ask."""
        return tuple(self._awaited.values())

    @property
    def no_room(self) -> Spending:
        """What the first request may take for which a ceiling has no room; nothing if none."""
        return self._no_room

    def note_failures(self, failures: Mapping[str, LineFailure]) -> None:
        """Remember why lines of a batch have no answer."""
        self._failures.update(failures)
        self._attempts.update(failures.keys())

    def shrink(self, receipt: Receipt) -> None:
        """The service would not take so many at once, though nothing was said against a line."""
        self._most[receipt.endpoint, receipt.model_id] = max(1, receipt.count // 2)
        self.is_crowded = True


def _place(request: Request) -> _Place:
    model = request.settings.model
    return model.endpoint.address, model.model_id, droppable(request.settings)


def _why(failure: LineFailure, attempts: int) -> str:
    return f"{failure.why}; sent in {attempts} batches" if failure.passes else failure.why


def leave_undone(request: Request, waiting: object, *, replaces: bool) -> bool:
    """A `Deferred` that asks hosted models nothing, now or later."""
    del waiting, replaces
    return request.settings.model.endpoint.kind in HOSTED
