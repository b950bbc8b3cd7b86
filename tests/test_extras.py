"""Extras: how to get one, and on which Python that is none."""

import tomllib
from pathlib import Path

from packaging.requirements import Requirement

from promptci.extras import FIRST_WITHOUT, PACKAGE, needs_extra
from tables import every_row

PROJECT = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text("utf-8"))


@every_row(
    ("extra", "instead", "python", "said"),
    [
        ("jinja", "", (3, 15), "it needs the `jinja` extra: pip install 'promptci-cli[jinja]'"),
        ("ray", "", (3, 14), "it needs the `ray` extra: pip install 'promptci-cli[ray]'"),
        (
            "ray",
            "",
            (3, 15),
            "it needs the `ray` extra, which does not run on Python 3.15 or later yet: use Python "
            "3.14 or earlier",
        ),
        (
            "similar",
            "a hosted one",
            (4, 0),
            "it needs the `similar` extra, which does not run on Python 3.15 or later yet: use "
            "Python 3.14 or earlier, or a hosted one",
        ),
    ],
)
def test_a_missing_extra_is_told_with_what_helps(extra, instead, python, said):
    assert needs_extra("it", extra, instead=instead, python=python) == said


def test_extras_are_left_out_on_the_pythons_that_the_project_names():
    """Where pip would install none of its packages, to say so is no cure, and nowhere else."""
    left_out = {}
    for extra, asked in PROJECT["project"]["optional-dependencies"].items():
        markers = [Requirement(each).marker for each in asked]
        for python in ((3, 13), (3, 14), (3, 15), (3, 16)):
            version = ".".join(map(str, python))
            wants = [not m or m.evaluate({"python_version": version}) for m in markers]
            if not any(wants) and extra != "inspect":  # of which Python has its own since 3.14
                left_out.setdefault(extra, python)
    assert left_out == FIRST_WITHOUT
    assert PROJECT["project"]["name"] == PACKAGE
