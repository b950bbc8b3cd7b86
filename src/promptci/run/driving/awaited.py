"""Who waits for which answer: work by the key of a request, until that is answered or given up."""

from promptci.errors import ModelError
from promptci.run.driving.exampleorder import Feed
from promptci.run.driving.finishing import Finishing
from promptci.run.driving.work import Work
from promptci.specs.completion import Completion
from promptci.specs.request import Request


class AwaitedAnswers:
    """Work that waits; an answer goes to everyone who waits for it, and work goes on."""

    def __init__(self, feed: Feed, finishing: Finishing) -> None:
        self._feed, self._finishing = feed, finishing
        self._waiting: dict[str, list[Work]] = {}

    def __len__(self) -> int:
        """How many questions await their answers."""
        return len(self._waiting)

    def joins(self, key: str, work: Work) -> bool:
        """Let work wait for an answer that other work waits for, if any does."""
        if key in self._waiting:
            self._waiting[key].append(work)
            work.waits.add(key)
            return True
        return False

    def begin(self, key: str, work: Work) -> None:
        """Let work wait for an answer that is about to be asked for."""
        self._waiting[key] = [work]
        work.waits.add(key)

    def deliver(self, request: Request, completion: Completion) -> None:
        """Give an answer to everyone who waits for it; the first of them asked."""
        if request.asks_model:
            self._finishing.count_asked(completion)
            self._waiting[request.key][0].asked += 1
        self.hand_out(request.key, completion)

    def hand_out(self, key: str, completion: Completion) -> None:
        """Give an answer that others asked for to everyone who waits for it."""
        for work in self._waiting.pop(key):
            work.answers[key] = completion
            work.waits.discard(key)
            if work.is_answered and not work.is_over:
                self.advance(work)

    def advance(self, work: Work) -> None:
        """Go on with work that is answered: it asks again, or is finished."""
        evaluated = work.step()
        if evaluated is None:
            self._feed.go_on(work)
        else:
            self._finishing.finish(work, evaluated)

    def fail(self, key: str, error: ModelError) -> None:
        """There is no answer: an error for the examples that wait for it."""
        for work in self._waiting.pop(key):
            work.waits.discard(key)
            self._finishing.fail(work, work.asked_by(key).with_step(str(error)))

    def drop(self, key: str) -> None:
        """It is not asked: the examples that wait for it stay undone."""
        del self._waiting[key]
