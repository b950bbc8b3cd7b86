"""Files that prompts and examples bring along: found beside the file that names them."""

from functools import partial

from promptci.errors import RequestError
from promptci.git.repo import Tree, inside, read_file
from promptci.specs.conversation import Attach, attachment
from promptci.specs.message import Attachment


def attaching(tree: Tree, path: str) -> Attach:
    """Finds the files that a file of a tree names, by paths relative to it.

    Hidden ones are not there: a stranger's change must not send git's own or what keeps keys.
    """
    folder = path.rpartition("/")[0]

    def attach(written: str) -> Attachment | None:
        try:
            found = inside(written, start=folder)
        except RequestError:
            return None
        if any(step.startswith(".") for step in found.split("/")) or not tree.exists(found):
            return None
        return attachment(found, partial(read_file, tree, found))

    return attach
