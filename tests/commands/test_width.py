"""Columns by the environment or the terminal, as `shutil` tells them."""

import os
import shutil

import pytest

from promptci.commands.width import columns


@pytest.mark.parametrize("told", ["72", "", "wide", "0", "-5"])
@pytest.mark.parametrize("terminal", [64, 0, None])
def test_is_as_wide_as_shutil_takes_it_to_be(told, terminal, monkeypatch):
    def size(number):
        if terminal is None:
            raise OSError("no terminal")
        return os.terminal_size((terminal, 24))

    monkeypatch.setattr(os, "get_terminal_size", size)
    monkeypatch.setenv("COLUMNS", told)
    assert columns(otherwise=100) == shutil.get_terminal_size((100, 24)).columns
