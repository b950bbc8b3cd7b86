"""A pass over golden examples of which most are as in a file that was looked at before.

What is wrong with a single example follows from it alone; so of those that stayed it is known that
nothing is, and they only count for what all examples are together.
"""

from msgspec import Struct
from msgspec.structs import replace

from promptci.specs.answerer import Answerer
from promptci.specs.evalspec import EvalSpec
from promptci.specs.flows.flow import Flow
from promptci.suite.evaljudges import Judges
from promptci.suite.golden import Golden
from promptci.suite.groups import Groups
from promptci.suite.outlines import Outlining, outlines
from promptci.suite.samelines import NotBesideError, SameLine, State, parsed, same_lines
from promptci.suite.scan import begin_pass
from promptci.suite.scanresult import Scan
from promptci.templates.template import MOST_RENDERED


class SoundFile(Struct, frozen=True):
    """Examples in which a pass found no fault, and what it found; `content` is their file's."""

    golden: Golden
    content: str
    scan: Scan


def scan_beside(
    golden: Golden, spec: EvalSpec, prompt: Answerer, judges: Judges, before: SoundFile
) -> Scan | None:
    """The same as `scan` of examples that are sound; None where one is not, or little is alike.

    Those looked at before were asked for by the same prompt, but for its wording, and judged by the
    same scorers. `longest` may be that of an example which is there no more.
    """
    noting = Outlining(golden, beside=before.golden)
    state = begin_pass(spec, prompt, judges, noting)
    there = State(before.golden.tree, before.golden.path, before.content, outlines(before.golden))
    try:
        for each in same_lines(golden, there):
            if isinstance(each, SameLine):
                state.look_again(each.outline, each.number)
                _add_expected(state.groups, golden, before.scan.groups, each)
            else:
                state.look_at(each)
            if len(state.faulty):
                return None
    except NotBesideError:
        return None
    if any(True for _ in state.ids.repeated("", 1)) or any(True for _ in state.of_all()):
        return None
    found = state.found
    longest = max(found.longest, before.scan.longest)
    if not isinstance(prompt, Flow) and longest + prompt.wording > MOST_RENDERED:
        return None
    noting.leave()
    return replace(found, longest=longest)


def _add_expected(groups: Groups, golden: Golden, before: Groups | None, same: SameLine) -> None:
    """Note what an example expects: as it was noted before, else by the first lines of many."""
    if not groups.may_be_few:
        return
    if before is None or not before.has_few_values:
        groups.add_expected(parsed(golden, same.line, same.number))
    elif (value := before.expected.get(same.outline.id)) is not None:
        groups.expect(same.outline.id, value)
