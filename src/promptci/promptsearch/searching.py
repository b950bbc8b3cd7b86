"""One search under way: its trials, how they are written and measured, and which are kept."""

from collections.abc import Callable, Sequence
from math import fsum

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.errors import ModelError, NothingToRunError
from promptci.promptsearch.trials import SAME, SplitPart, TextMeasurer, Trial, TrialAnswer
from promptci.promptsearch.writing import written_text

SHORTLISTED = 5
"""Trials that are measured on `select`, at most: those that did best on `train`."""


class SearchTerms(Struct, frozen=True):
    """What a search is given: how many texts are written, by which seed, and how many are kept.

    `placeholders` are those that every text must hold, as written; `present` is the text to
    improve on.
    """

    present: str
    candidates: int = 12
    seed: int = 1
    keep: int = 1
    placeholders: tuple[str, ...] = ()


class Searching(Struct):
    """The trials of one search, in the order in which they were written."""

    measurer: TextMeasurer
    terms: SearchTerms
    trials: list[Trial] = field(default_factory=list)
    seen: tuple[TrialAnswer, ...] = ()

    def begin(self) -> None:
        """Measure the text at present, on both parts.

        Raises `NothingToRunError` where nothing can be better, and `ModelError` where answers are
        missing.
        """
        self.trials.append(Trial(0, self.terms.present))
        self.measure(self.trials, "train")
        present = self.measure(self.trials, "select")[0]
        [self.seen] = self.measurer.answers([present.text], "train")
        if present.errors:
            missing = f"{present.errors} of the examples to learn from have no answer"
            raise ModelError(f"{missing}, so no score is known: run it again", "malformed")
        if present.select == 1:
            cure = "only harder examples could tell a better one"
            raise NothingToRunError(f"the prompt gets all that it is to be chosen by right: {cure}")

    @property
    def left(self) -> int:
        """How many texts may still be written."""
        return self.terms.candidates - (len(self.trials) - 1)

    def write(
        self,
        asks: Sequence[tuple[str, tuple[int, ...]]],
        number: int,
        read: Callable[[str], str] = written_text,
    ) -> list[Trial]:
        """Have texts written in round `number`, each asked for with its parents; gives all.

        `read` finds the text in a writer's answer.
        """
        written = self.measurer.write([ask for ask, _ in asks], first=len(self.trials))
        found = []
        for each, (_, parents) in zip(written, asks, strict=True):
            found.append(self._add(read(each.text), number, parents, each.fault))
        return found

    def _add(self, text: str, number: int, parents: tuple[int, ...], fault: str) -> Trial:
        fault = fault or self.measurer.fault(text) or self._as_before(text)
        trial = Trial(len(self.trials), text, number, parents, fault)
        self.trials.append(trial)
        self.measurer.note(trial)
        return trial

    def _as_before(self, text: str) -> str:
        same = next((each.number for each in self.trials if each.text == text), None)
        if same is None:
            return ""
        return f"{SAME} the text at present" if same == 0 else f"{SAME} number {same}"

    def measure(self, trials: Sequence[Trial], part: SplitPart) -> list[Trial]:
        """The usable ones of some trials with their mean score on a part."""
        usable = [each for each in trials if not each.fault]
        measured = self.measurer.answers([each.text for each in usable], part) if usable else ()
        return [
            self._scored(each, part, answers)
            for each, answers in zip(usable, measured, strict=True)
        ]

    def _scored(self, trial: Trial, part: SplitPart, answers: Sequence[TrialAnswer]) -> Trial:
        trial = self.trials[trial.number]
        errors = sum(each.is_error for each in answers)
        score = fsum(each.score for each in answers) / len(answers)
        if part == "train":
            found = replace(trial, train=score, errors=trial.errors + errors)
        else:
            found = replace(trial, select=score, errors=trial.errors + errors)
        self.trials[trial.number] = found
        self.measurer.note(found)
        return found

    def best_on_train(self, most: int) -> list[Trial]:
        """The usable trials measured on `train`, best first; shorter before longer where equal."""
        known = [e for e in self.trials if e.train is not None and not e.errors and not e.fault]
        return sorted(known, key=lambda e: (-(e.train or 0), len(e.text), e.number))[:most]

    def kept(self) -> tuple[Trial, ...]:
        """Those that beat the text at present on `select`, best first, after measuring there.

        Only the best on `train` are measured on `select`, unless the method measured more.
        """
        short = [e for e in self.best_on_train(SHORTLISTED + 1) if e.number][:SHORTLISTED]
        self.measure([each for each in short if each.select is None], "select")
        return self.chosen()

    def chosen(self) -> tuple[Trial, ...]:
        """The same of those measured so far.

        Equal scores go by `train`, then the shorter text, then the earlier one.
        """
        floor = self.trials[0].select
        known = [e for e in self.trials[1:] if e.select is not None and not e.errors]
        better = [each for each in known if floor is not None and (each.select or 0) > floor]
        return tuple(sorted(better, key=_rank)[: self.terms.keep])


def _rank(trial: Trial) -> tuple[float, float, int, int]:
    return -(trial.select or 0), -(trial.train or 0), len(trial.text), trial.number
