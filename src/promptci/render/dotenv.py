"""Variables for a `dotenv` report of GitLab."""

from promptci.render.stepoutputs import OutputLines

_LINES = OutputLines("PROMPTCI_{}={}\n", str.upper)
run, check, compare = _LINES.run, _LINES.check, _LINES.compare
