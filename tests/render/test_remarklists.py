"""Long lists of remarks leave a comment short."""

import re

from promptci.check.check import Checked
from promptci.check.checked import Skipped
from promptci.check.verification import Stale
from promptci.render.markdown.report import comment
from render.values import BASIS


def test_many_remarks_are_folded_but_for_the_command_that_evaluates_the_rest():
    command = "git fetch origin pull/7/head && promptci check --head FETCH_HEAD"
    for count in (3, 200):
        skipped = tuple(
            Skipped(f"e{n}", "m", f"the key {'K' * 40} is not set") for n in range(count)
        )
        stale = tuple(Stale(f"s{n}", "m", "it is old", "run it") for n in range(count))
        page = comment(Checked(BASIS, skipped=skipped, stale=stale, evaluate_with=command))
        depth, seen = 0, []
        for line in page.splitlines():
            seen += [line] if depth == 0 and line else []
            depth += line.count("<details>") - line.count("</details>")
        assert any(command in line for line in seen)
        assert len(seen) < 20
        folds = re.findall(r"<summary>(.*?)</summary>", page)
        assert folds == (["stale records (200)", "not evaluated (200)"] if count > 3 else [])
