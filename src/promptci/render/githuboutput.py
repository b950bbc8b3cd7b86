"""Variables for the file that `GITHUB_OUTPUT` names."""

from promptci.render.stepoutputs import OutputLines

_LINES = OutputLines("{}={}\n")
run, check, compare = _LINES.run, _LINES.check, _LINES.compare
