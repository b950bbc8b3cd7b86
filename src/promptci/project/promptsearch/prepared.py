"""A search made ready: everything checked before the first question is paid for."""

from math import ceil, log2

from msgspec import Struct
from msgspec.structs import replace

from promptci.digest import short_digest
from promptci.errors import RequestError
from promptci.git.branching import need_new_branch
from promptci.git.repo import CommitTree
from promptci.project.experiments.stepforms import PromptPlace
from promptci.project.project import Project
from promptci.project.promptsearch.branchfiles import need_committed, need_writable
from promptci.project.promptsearch.gatelooks import ClosedGate
from promptci.project.promptsearch.ledger import SearchRow
from promptci.project.promptsearch.measuring import SearchModels, writer_task
from promptci.project.promptsearch.splits import OpenParts, open_parts
from promptci.project.promptsearch.textplace import TextPlace
from promptci.promptsearch.methods import METHODS
from promptci.promptsearch.searching import SHORTLISTED, SearchTerms
from promptci.promptsearch.writing import longest_ask
from promptci.run.dryrun import dry_run
from promptci.run.estimates import Estimate, with_refusals
from promptci.run.planbounds import most
from promptci.run.planning.plan import Plan
from promptci.run.planning.ready import Ready, make_task
from promptci.run.planning.selection import select_one
from promptci.specs.answerer import Answerer, writing_prompt
from promptci.specs.evalspec import EvalSpec
from promptci.stats.families import look_level


class SearchOptions(Struct, frozen=True):
    """What a search is given beside its eval.

    `train` and `select` are files of examples beside the eval, `writer` the model that writes,
    `model` the one that is written for: by default the eval's first. `keep` is how many texts are
    judged at the gate, at most. `step` is the step of a flow whose prompt is searched.
    """

    by: str = "ape"
    train: str = ""
    select: str = ""
    writer: str = ""
    model: str = ""
    candidates: int = 12
    keep: int = 1
    seed: int = 1
    branch: str = ""
    step: str = ""


class PreparedSearch(Struct, frozen=True):
    """A search whose files were looked at: it can begin."""

    project: Project
    spec: EvalSpec
    options: SearchOptions
    place: TextPlace
    step: str
    parts: OpenParts
    gate: ClosedGate
    tree: CommitTree
    models: SearchModels

    @property
    def terms(self) -> SearchTerms:
        """What the search itself is given: nothing of the gate is in it."""
        told = self.options
        return SearchTerms(
            self.place.text, told.candidates, told.seed, told.keep, self.place.placeholders
        )

    @property
    def branch(self) -> str:
        """The branch that is made of what is accepted."""
        return self.options.branch or f"search/{self.spec.name}"

    @property
    def row(self) -> SearchRow:
        """The search in the ledger; the same one has the same address."""
        told, found = self.options, (self.parts.train.found, self.parts.select.found)
        model, writer = self.models.model, self.models.writer
        whole, step = self.answerer.digest, [self.step] if self.step else []
        of = [told.by, told.seed, told.candidates, whole, *step, model.identity]
        address = short_digest([*of, writer.identity, *(each.digest for each in found)])
        counts = (found[0].count, found[1].count)
        who = (told.by, model.name, writer.name, told.seed, told.candidates)
        return SearchRow(address, *who, *counts, step=self.step)

    @property
    def answerer(self) -> Answerer:
        """The prompt, or the flow that has it in a step."""
        return self.project.workspace.suite.prompts[self.spec.prompt]

    def known_by(self, text: str) -> str:
        """What a text is called among all that are judged at the gate: in a flow with its step."""
        return f"{self.step}: {text}" if self.step else text

    def need_power(self, look: int) -> None:
        """Raises `RequestError` for a gate with which nothing could be shown at this look.

        Of n paired examples that all speak for one side the exact tests give p = 2 / 2^n.
        """
        count, level = self.gate.count, look_level(look)
        needed = 1 + ceil(log2(1 / level))
        if count < needed:
            wrong = f"the gate of `{self.spec.name}` has {count} examples"
            why = f"at look {look}, whose level is {level:.2g}, {needed} must be won at least"
            raise RequestError(f"{wrong}, and {why} to show that a text is better: add some")

    def most_written(self) -> tuple[Estimate, ...]:
        """What writing, and measuring on `train` and the present prompt, may ask at most."""
        told = self.options
        asks = [longest_ask(told.by, self._inputs(), self.place.longest)]
        task = writer_task(self.project, self.place, self.models.writer, asks)
        writing = most(Plan((task,)), price_of=self.project.prices.price)[0]
        present = [self._once(part) for part in (self.parts.train, self.parts.select)]
        rows = [_times(each, told.candidates) for each in (writing, self._most(self.parts.train))]
        return with_refusals((*present, *rows))

    def most_chosen(self) -> tuple[Estimate, ...]:
        """What measuring on `select` may ask at most."""
        told = self.options
        texts = told.candidates if told.by == "gepa" else min(SHORTLISTED, told.candidates)
        return with_refusals((_times(self._most(self.parts.select), texts),))

    def most_judged(self) -> tuple[Estimate, ...]:
        """What the looks at the gate may ask at most."""
        bases, heads = self.gate.most()
        keep = self.options.keep
        looks = (replace(_times(each, keep), again=keep * each.again) for each in heads)
        return with_refusals((*bases, *looks))

    def most_asked(self) -> tuple[Estimate, ...]:
        """All that may be asked."""
        return (*self.most_written(), *self.most_chosen(), *self.most_judged())

    def _once(self, part: Ready) -> Estimate:
        model, build = self.models.model, self.project.models.build
        plan = Plan((make_task(part, self.answerer, model, build),))
        cache, price = self.project.workspace.cache, self.project.prices.price
        return dry_run(plan, cache=cache, price_of=price)[0]

    def _most(self, part: Ready) -> Estimate:
        model, build = self.models.model, self.project.models.build
        longest = self.place.within(self.answerer, self.place.longest)
        plan = Plan((make_task(part, longest, model, build),))
        return most(plan, price_of=self.project.prices.price)[0]

    def _inputs(self) -> list[str]:
        return [str(dict(each.vars)) for each in self.parts.train.golden.examples()]


def _times(found: Estimate, number: int) -> Estimate:
    """So much for each of so many texts."""
    return replace(found.times(number), examples=number * found.examples, again=0)


def prepare_search(project: Project, name: str, options: SearchOptions) -> PreparedSearch:
    """Check everything that can be checked before a model is asked.

    Raises `RequestError`, `SpecError` and `RepoError` with what is to be fixed.
    """
    suite = project.workspace.suite
    METHODS[options.by].need()
    spec = select_one(suite, name)
    of = PromptPlace.of(suite.prompts[spec.prompt], options.step, "`search`")
    model = suite.config.model(options.model or suite.models(spec)[0])
    writer = suite.config.model(options.writer) if options.writer else model
    place = TextPlace.of(writing_prompt(suite.prompts[of.prompt.name], "`search`"))
    name = place.prompt.name
    parts = open_parts(project, spec, name, train=options.train, select=options.select)
    tree = need_committed(project, spec, model.name)
    need_writable(project, tree, spec, place)
    found = PreparedSearch(
        project=project,
        spec=spec,
        options=options,
        place=place,
        step=of.step,
        parts=parts,
        gate=ClosedGate.of(project, spec, model.name, place),
        tree=tree,
        models=SearchModels(model, writer),
    )
    need_new_branch(project.workspace.repo, found.branch)
    return found
