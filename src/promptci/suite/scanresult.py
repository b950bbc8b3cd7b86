"""What a pass over an eval's golden examples found."""

from msgspec import Struct

from promptci.suite.groups import Groups


class NotScannedError(Exception):
    """Only a pass that was made before was wanted, and none is known."""


class Scan(Struct, frozen=True):
    """What a pass over the examples found: how many there are, and the digest of all of them.

    `steps` are those of a flow that examples expect an output of. `groups` are their tags and
    clusters, None where they are too many. `is_whole` says that nothing went into this but the file
    of examples: no other files, no scorers of single examples, no steps. `longest` is how many
    characters of variables the longest example has in the prompt, where that alone could be wrong.
    """

    count: int
    digest: str
    steps: frozenset[str] = frozenset()
    groups: Groups | None = None
    is_whole: bool = False
    longest: int = 0
