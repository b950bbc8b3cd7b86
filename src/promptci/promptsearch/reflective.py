"""GEPA (Agrawal et al., arXiv 2507.19457) by the package `gepa`, which asks through our runner."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from promptci.errors import ModelError, NothingToRunError, RequestError
from promptci.extras import needs_extra
from promptci.promptsearch.searching import Searching
from promptci.promptsearch.trials import SplitPart, TrialAnswer
from promptci.promptsearch.writing import MOST_TEXT, fenced_text

MINIBATCH = 3
"""Examples that one reflection is about."""

_TURNS = 3
"""Iterations for each text that may be written: those with nothing to reflect on write none."""

_TEXT = "instruction"

_Id = tuple[SplitPart, str]
"""An example as `gepa` knows it: its part and its id there."""


def need_gepa() -> None:
    """Raises `RequestError` without the package."""
    try:
        import_module("gepa.strategies.instruction_proposal")
    except ImportError as error:
        raise RequestError(needs_extra("`--by gepa`", "search")) from error


def search_by_gepa(searching: Searching) -> None:
    """Have `gepa` choose what to reflect on and which texts go on.

    It only logs what goes wrong in a reflection and goes on paying, and one score that is no
    number ends it: so the first error ends it here, and scores are finite. Raises `RequestError`
    without the package.
    """
    need_gepa()
    gepa = import_module("gepa")
    signature = import_module("gepa.strategies.instruction_proposal")
    if searching.trials[0].train == 1:
        wrong = "the prompt gets all of `train` right, so there is nothing to reflect on"
        raise NothingToRunError(f"{wrong}: add examples that it gets wrong, or use `--by ape`")
    adapter = _Adapter(searching)
    template = signature.InstructionProposalSignature.default_prompt_template
    holds = searching.terms.placeholders
    if holds:
        template += f"\n\nThe new instruction must hold {' and '.join(holds)}, as they stand."
    try:
        gepa.optimize(
            seed_candidate={_TEXT: searching.terms.present},
            trainset=[("train", each.id) for each in searching.seen],
            valset=[("select", each.id) for each in adapter.of_select],
            adapter=adapter,
            reflection_lm=adapter.reflect,
            reflection_minibatch_size=MINIBATCH,
            reflection_prompt_template=template,
            stop_callbacks=adapter.should_stop,
            logger=_Silent(),
            track_best_outputs=False,
            seed=searching.terms.seed,
            raise_on_exception=True,
        )
    finally:
        adapter.raise_error()
    found = [each for each in searching.trials[1:] if each.select is not None]
    searching.measure([each for each in found if each.train is None], "train")


class _Silent:
    """What `gepa` says of its progress is not shown: the ledger has it."""

    def log(self, message: str) -> None:
        """Take a line."""


class _Adapter:
    """What `gepa` needs of a system: texts evaluated on examples, and what to reflect on.

    An error is remembered, since `gepa` may swallow it, and raised at the end.
    """

    propose_new_texts = None

    def __init__(self, searching: Searching) -> None:
        self._searching = searching
        self._batch = import_module("gepa.core.adapter").EvaluationBatch
        self._error: BaseException | None = None
        self._texts = {searching.terms.present: searching.trials[0]}
        [self.of_select] = searching.measurer.answers([searching.terms.present], "select")

    def raise_error(self) -> None:
        """Raises what went wrong first."""
        if self._error is not None:
            raise self._error

    def should_stop(self, state: Any) -> bool:
        """Whether enough was written, or iterations pass without anything to reflect on."""
        most = _TURNS * self._searching.terms.candidates
        return self._error is not None or self._searching.left <= 0 or state.i + 1 >= most

    def reflect(self, prompt: str) -> str:
        """The writer's answer to a reflection, whose text is numbered as the next trial."""
        self.raise_error()
        try:
            turn = len(self._searching.trials)
            [trial] = self._searching.write([(prompt, ())], turn, fenced_text)
        except BaseException as error:
            self._error = error
            raise
        self._texts.setdefault(trial.text, trial)
        return f"```\n{trial.text}\n```"

    def evaluate(
        self, batch: list[_Id], candidate: dict[str, str], capture_traces: bool = False
    ) -> Any:
        """The answers of a text to some examples, all of one part."""
        self.raise_error()
        try:
            answers = self._answers(batch, candidate[_TEXT])
        except BaseException as error:
            self._error = error
            raise
        return self._batch(
            outputs=[each.output for each in answers],
            scores=[each.score for each in answers],
            trajectories=list(answers) if capture_traces else None,
        )

    def _answers(self, batch: Sequence[_Id], text: str) -> Sequence[TrialAnswer]:
        trial, ids = self._texts.get(text), [id_ for _, id_ in batch]
        if trial is None:
            raise ModelError("gepa asks for a text that was not written", "malformed")
        if trial.fault:
            return [TrialAnswer(id_, "", "", "", 0.0, False, trial.fault) for id_ in ids]
        part = batch[0][0]
        if part == "select" and self._searching.trials[trial.number].select is None:
            self._searching.measure([trial], "select")
        [found] = self._searching.measurer.answers([text], part, ids)
        by_id = {each.id: each for each in found}
        return [by_id[id_] for id_ in ids]

    def make_reflective_dataset(
        self, candidate: dict[str, str], eval_batch: Any, components_to_update: list[str]
    ) -> Mapping[str, Sequence[Mapping[str, str]]]:
        """What a reflection is shown of each example: input, output and what was wrong with it."""
        answers: Sequence[TrialAnswer] = eval_batch.trajectories
        return {name: [_record(each) for each in answers] for name in components_to_update}


def _record(answer: TrialAnswer) -> dict[str, str]:
    wanted = f"Expected: {answer.wanted}" if answer.wanted else ""
    verdict = "Right." if answer.passed else f"Wrong. {answer.why}".strip()
    return {
        "Inputs": answer.input[:MOST_TEXT],
        "Generated Outputs": answer.output[:MOST_TEXT],
        "Feedback": f"{verdict} {wanted}".strip()[: 2 * MOST_TEXT],
    }
