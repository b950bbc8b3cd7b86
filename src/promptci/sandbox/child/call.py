"""A call of somebody's own Python function.

The job holds `root` (the folder that modules are imported from), `path` (the module's file),
`module`, `function`, and what the function is given: `output`, `expected`, `vars`. The answer is a
JSON object with `value`, or with `error`, a sentence. What the function prints goes to standard
error and cannot get into it.
"""

import importlib
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from promptci.sandbox.child.limits import MB, limit, read_job

MEMORY = 2_000 * MB
FILE_SIZE = 16 * MB


class NoFunction(Exception):
    """The function cannot be called; the message says why."""


def call(job: dict[str, Any]) -> dict[str, Any]:
    """What the function returned, or what went wrong."""
    try:
        value = _find(job)(job["output"], job["expected"], job["vars"])
    except NoFunction as error:
        return {"error": str(error)}
    except BaseException as error:  # noqa: BLE001 (SystemExit, too: nothing raised is an answer)
        return {"error": _told(error, job["root"])}
    try:
        return {"value": json.loads(json.dumps(value, default=_plain))}
    except Exception:  # noqa: BLE001 (an object of its own may do anything)
        return {"error": f"it returned something of type {type(value).__name__}, which is no score"}


def _find(job: dict[str, Any]) -> Any:
    """The function, which must be one of the files that belong to the scorer."""
    name, function = job["module"], job["function"]
    sys.path.insert(0, job["root"])
    module = importlib.import_module(name)
    found = Path(getattr(module, "__file__", None) or "/").resolve()
    if found != Path(job["path"]).resolve():
        raise NoFunction(f"`{name}` is also the name of a module of Python's: rename the file")
    if not callable(getattr(module, function, None)):
        raise NoFunction(f"`{name}` has no function `{function}`")
    made = getattr(module, function)
    home = sys.modules.get(getattr(made, "__module__", None) or "")
    file = Path(getattr(home, "__file__", None) or "/").resolve()
    if Path(job["root"]).resolve() not in file.parents:
        raise NoFunction(f"`{function}` is not defined in `{name}` but imported there")
    return made


def _plain(value: Any) -> Any:
    """Numbers of numpy and the like as Python's own."""
    if hasattr(value, "item") and not hasattr(value, "__len__"):
        return value.item()
    raise TypeError(f"a {type(value).__name__} is not JSON serializable")


def _told(error: BaseException, root: str) -> str:
    """An error with its place in the scorer's own files, the innermost one."""
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_short(error.filename, root)}:{error.lineno}: {type(error).__name__}: {error.msg}"
    places = [
        f"{_short(frame.filename, root)}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.startswith(os.path.join(root, ""))  # noqa: PTH118 (a text, not a path)
    ]
    return f"{places[-1]}: {what}" if places else what


def _short(filename: str, root: str) -> str:
    return filename.removeprefix(root).lstrip("/")


def main() -> None:
    """Keep the way out to itself, then read the job, set limits, call."""
    out = os.dup(1)
    os.dup2(2, 1)
    job = read_job()
    here = Path.cwd()
    job |= {"root": str(here / job["root"]), "path": str(here / job["path"])}
    limit(seconds=job["seconds"], memory=MEMORY, file_size=FILE_SIZE)
    data = json.dumps(call(job)).encode("ascii")
    while data:
        data = data[os.write(out, data) :]
    os.close(out)
    # Threads and handlers of the function's own have nothing more to say.
    os._exit(0)
