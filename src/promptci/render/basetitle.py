"""What a report calls its base."""

from promptci.check.baserevision import Base
from promptci.secrets.safetext import on_one_line


def base_name(basis: Base) -> str:
    """The base's short id, and how it was chosen unless somebody named it by its id."""
    if basis.revision.id.startswith(basis.why):
        return basis.revision.short
    return f"{basis.revision.short} ({on_one_line(basis.why)})"
