"""The pages for those who come from elsewhere: what is before becomes what is after."""

import re
import shlex
from pathlib import Path

import pytest

from promptci.commands.main import main

DOCS = Path(__file__).parent.parent / "docs"
PAGES = ("from-openai-evals", "from-github-models", "from-a-spreadsheet")
_BLOCK = re.compile(r"`([\w./-]+)`:\n\n```\w+\n(.*?)```|```sh\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("name", PAGES)
def test_the_page_shows_what_really_comes_out(repo, name, capsys):
    repo.write({"README.md": "Nothing\n"})
    repo.commit("Begin")
    is_after = False
    for path, text, script in _BLOCK.findall((DOCS / f"{name}.md").read_text("utf-8")):
        if script:
            for line in script.splitlines():
                assert main(shlex.split(line)[1:]) == 0, capsys.readouterr()
            is_after = True
        elif is_after:
            written = (repo.path / path).read_text("utf-8")
            assert re.sub(r"\A# Imported from .*\n", "", written) == text
        else:
            repo.write({path: text})
    assert is_after
    assert main(["lint"]) == 0, capsys.readouterr()
