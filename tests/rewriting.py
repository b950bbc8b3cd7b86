"""Tests with their asserts rewritten, as pytest keeps them beside each: made once for all workers.

In a fresh clone each worker would rewrite every module, which takes longer than to collect them.
"""

from pathlib import Path

import pytest
from _pytest.assertion import rewrite


def rewrite_share(config: pytest.Config, number: int, count: int) -> None:
    """Rewrite every `count`-th module of the folders that are tested, but for those that are kept.

    What other workers do meanwhile is there once a module is imported, or is done once more.
    """
    state = config.stash[rewrite.assertstate_key]
    for path in _modules(config)[number::count]:
        kept = rewrite.get_cache_dir(path) / f"{path.stem}{rewrite.PYC_TAIL}"
        if not kept.exists() and rewrite.try_makedirs(kept.parent):
            source, code = rewrite._rewrite_test(path, config)
            rewrite._write_pyc(state, code, source, kept)


def _modules(config: pytest.Config) -> list[Path]:
    folders = [path for name in config.args if (path := config.rootpath / name).is_dir()]
    found = {path for folder in folders for path in folder.rglob("test_*.py")}
    ignored = config.pluginmanager.hook.pytest_ignore_collect
    return sorted(path for path in found if not ignored(collection_path=path, config=config))
