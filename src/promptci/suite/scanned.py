"""Passes over golden examples that are not made again where nothing that decides them changed."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from hashlib import sha256
from itertools import chain
from typing import TypeVar
from weakref import ReferenceType, ref

from msgspec import Struct, msgpack
from msgspec.structs import replace

from promptci.errors import Fault, PromptCIError
from promptci.git.repo import Tree
from promptci.parsing.source import Plain
from promptci.remembered import REMEMBERED, content_of, key_of
from promptci.scorers.registry.registry import BoundScorer
from promptci.specs.answerer import Answerer
from promptci.specs.columns import Columns
from promptci.specs.evalspec import EvalSpec
from promptci.specs.flows.flow import Flow
from promptci.specs.prompt import Prompt
from promptci.suite.evaljudges import Judges
from promptci.suite.golden import Golden
from promptci.suite.goldensource import LINES, content_in, how_read, read_from
from promptci.suite.scanresult import NotScannedError, Scan
from promptci.suite.suite import Suite
from promptci.suite.unreached import has_logic, lint_unreached
from promptci.templates.template import MOST_RENDERED

_SHELF = "passes"

_LARGE = 2000
"""Bytes of a finding that has a file of its own: one with the doubts of many examples."""

T = TypeVar("T")


def scan_once(
    golden: Golden,
    spec: EvalSpec,
    prompt: Answerer,
    judges: Judges,
    faults: list[Fault],
    only_known: bool = False,
    look_before: Callable[[], object] = lambda: None,
) -> Scan:
    """The same as `scan`; a pass that found no fault is not made again for the same contents.

    Raises `NotScannedError` where only a known one is wanted. Before one is made `look_before` may
    find what is known of another state of the file.

    Another wording of the prompt makes no other faults, and where unused variables are allowed
    there are none that a pass without them would not have found.
    """
    key = "" if faults else scan_key(golden, spec, prompt, judges)
    if key and (known := _known(golden, key, Scan)) is not None and _fits(known, prompt):
        _note_sound(golden, spec, prompt, judges, known)
        return known
    if key and not spec.strict_variables:
        strict = scan_key(golden, replace(spec, strict_variables=True), prompt, judges)
        if (known := _known(golden, strict, Scan)) is not None and _fits(known, prompt):
            return known
    if only_known:
        raise NotScannedError
    look_before()
    found = _scanned(golden, spec, prompt, judges, faults, may_be_alike=bool(key))
    is_kept = key and found.is_whole and not faults
    if is_kept and key == scan_key(golden, spec, prompt, judges):  # not written to meanwhile
        _keep(golden, key, found)
        _note_sound(golden, spec, prompt, judges, found)
    return found


class _Sound(Struct, frozen=True):
    """A data file in which a pass found no fault, and what it found."""

    tree: ReferenceType[Tree]
    columns: Columns
    content: str
    scan: Scan


_SOUND: dict[str, _Sound] = {}
"""The last of these, by their path and by all else that decides what a pass finds."""

_MOST_SOUND = 63


def _scanned(
    golden: Golden,
    spec: EvalSpec,
    prompt: Answerer,
    judges: Judges,
    faults: list[Fault],
    *,
    may_be_alike: bool,
) -> Scan:
    """A pass over all examples, or over those that another state of their file has not."""
    known = _SOUND.get(_looked_at(golden, spec, prompt, judges)) if may_be_alike else None
    tree = None if known is None else known.tree()
    if known is not None and tree is not None:
        from promptci.suite.scanbeside import SoundFile, scan_beside  # late: most passes are known

        before = SoundFile(Golden(tree, (), golden.path, known.columns), known.content, known.scan)
        with suppress(PromptCIError):  # the other file is gone from the working tree since
            found = scan_beside(golden, spec, prompt, judges, before)
            if found is not None:
                return found
    from promptci.suite.scan import begin_pass, scan  # late: see above

    if may_be_alike and golden.path.endswith(LINES):
        from promptci.suite.scanparts import scan_in_parts

        found = scan_in_parts(golden, partial(begin_pass, spec, prompt, judges), faults)
        if found is not None:
            return found
    return scan(golden, spec, prompt, judges, faults)


def _note_sound(
    golden: Golden, spec: EvalSpec, prompt: Answerer, judges: Judges, found: Scan
) -> None:
    if golden.is_read_anew and golden.path.endswith(LINES):
        key = _looked_at(golden, spec, prompt, judges)
        _SOUND.pop(key, None)
        while len(_SOUND) > _MOST_SOUND:
            del _SOUND[next(iter(_SOUND))]
        _SOUND[key] = _Sound(ref(golden.tree), golden.columns, content_in(golden), found)


def _looked_at(golden: Golden, spec: EvalSpec, prompt: Answerer, judges: Judges) -> str:
    """A digest of how a file is looked at, whatever is in it."""
    how = how_read(golden.columns)
    return key_of("looked at", golden.path, how, *_asked_of(spec, prompt, judges))


def _fits(known: Scan, prompt: Answerer) -> bool:
    """Whether all examples can be sent with a prompt's wording, too."""
    return isinstance(prompt, Flow) or known.longest + prompt.wording <= MOST_RENDERED


def lint_once(
    ready: Scan, golden: Golden, prompt: Answerer, compared_by: str = ""
) -> Iterable[Fault]:
    """The same as `lint_examples`, of examples that were scanned."""
    from promptci.suite.lint import lint_examples

    key = _lint_key(golden, prompt, compared_by) if ready.is_whole else ""
    if key and (known := _known(golden, key, list[Fault])) is not None:
        return known
    found = list(lint_examples(golden, prompt, compared_by))
    if key and key == _lint_key(golden, prompt, compared_by):
        _keep(golden, key, found)
    return found


def _known(golden: Golden, key: str, kind: type[T]) -> T | None:
    """What is known of examples: in one file for all evals, but for what is large."""
    found = REMEMBERED.get_small(_SHELF, key, kind)
    if found is None and golden.is_read_anew:
        return REMEMBERED.get(key, kind)
    return found


def _keep(golden: Golden, key: str, finding: object) -> None:
    if golden.is_read_anew and len(msgpack.encode(finding)) > _LARGE:
        REMEMBERED.put(key, finding)
    else:
        REMEMBERED.put_small(_SHELF, key, finding)


def _lint_key(golden: Golden, prompt: Answerer, compared_by: str) -> str:
    content = _content(golden)
    if not content or not isinstance(prompt, Prompt):
        return ""
    shots = [[shot.mark.path, shot.mark.line] for shot in prompt.shots]
    return key_of("lint", content, prompt.digest, prompt.name, shots, compared_by)


def lint_texts(suite: Suite, goldens: Mapping[str, Golden]) -> Iterator[Fault]:
    """Texts of prompts that no example of any of their evals brings about.

    `goldens` are the examples of each eval; what was found once is not looked for again.
    """
    tested: dict[str, list[Golden]] = {}
    for name, golden in goldens.items():
        prompt = suite.evals[name].prompt
        if has_logic(suite.prompts[prompt]):
            tested.setdefault(prompt, []).append(golden)
    for prompt, its in sorted(tested.items()):
        key = _text_key(suite, prompt, its)
        found = REMEMBERED.get(key, list[Fault]) if key else None
        if found is None:
            found = list(lint_unreached(suite.tree, suite.prompts[prompt], its))
            if key and key == _text_key(suite, prompt, its):
                REMEMBERED.put(key, found)
        yield from found


def _text_key(suite: Suite, prompt: str, goldens: Sequence[Golden]) -> str:
    contents = [_content(each) for each in goldens]
    if not all(contents):
        return ""
    path = suite.prompts[prompt].mark.path
    with suite.tree.open(path) as file:
        return key_of("texts", list[Plain](contents), path, content_of(file))


def scan_key(golden: Golden, spec: EvalSpec, prompt: Answerer, judges: Judges) -> str:
    """A digest of all that decides what a pass finds; empty where that cannot be said."""
    content = _content(golden)
    if not content:
        return ""
    return key_of("scan", content, *_asked_of(spec, prompt, judges))


def _asked_of(spec: EvalSpec, prompt: Answerer, judges: Judges) -> list[Plain]:
    """What decides, beside the examples themselves, what is wrong with them."""
    return [
        [spec.strict_variables, list(spec.gate.must_pass)],
        None if spec.conversing is None else dict(spec.conversing.canonical),
        prompt.demand,
        list[Plain](sorted(judges.beside)),
        list(_scorers(spec, chain(judges.shared, judges.contests))),
    ]


def _content(golden: Golden) -> list[Plain]:
    """What examples are read from, and how; nothing where other files may belong to it."""
    if not golden.is_read_anew:
        written = _written(golden)
        return [golden.path, written] if written else []
    return read_from(golden)


def _written(golden: Golden) -> str:
    """A digest of examples in memory, with their places, which doubts name; empty for none."""
    with suppress(OverflowError, TypeError):  # numbers of 65 bits, files that examples name
        return sha256(msgpack.encode(golden.inline)).hexdigest()
    return ""


def _scorers(spec: EvalSpec, scorers: Iterable[BoundScorer]) -> Iterable[list[Plain]]:
    """What of scorers makes a difference to what is wrong with examples."""
    for scorer in scorers:
        tags: list[Plain] = [*sorted(scorer.only), "", *sorted(scorer.excluded)]
        is_own = scorer.mark.path == spec.mark.path
        yield [dict(scorer.canonical), scorer.label, scorer.weight, tags, is_own]
