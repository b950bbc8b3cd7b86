"""Say what was said before, where all that it followed from is as it was."""

import os
from collections.abc import Iterable

from promptci.unchanged.asking import Asked, is_answered_alike
from promptci.unchanged.latercommits import later_commit
from promptci.unchanged.question import asked_in, question
from promptci.unchanged.stamps import OWN, contents, git_folder, look, look_at_files, moving_files
from promptci.unchanged.stored import StoredSaying, read

FOLDER = "said"
"""Where answers are, in our folder inside git's own."""

UNSEEN = 3
"""The exit code where the answer could not be written: whoever asked did not see it."""


def say_again(arguments: list[str]) -> str:
    """Leave with the answer that was given before; else the key under which it may be kept.

    Empty where no answer to this can be kept.
    """
    try:
        top = git_folder(os.path.realpath(asked_in(arguments)[0]))
        key = question(arguments) if top else ""
    except (OSError, ValueError):
        return ""
    answer = read(os.path.join(top, OWN, FOLDER), key) if key else None
    if answer is not None and _still_holds(answer):
        os._exit(_say(answer))
    return key


def _still_holds(answer: StoredSaying) -> bool:
    """Whether all is there as it was, and what was read looks as it did, or holds the same.

    Git is asked again what it told by files that it looked into, and what later commits changed.
    """
    if look(answer.root, answer.folders).digest() != answer.digest:
        return False
    try:
        asked = _as_of_now(answer)
        return asked is not None and _is_read(answer) and all(map(is_answered_alike, asked))
    except (OSError, ValueError):
        return False


def _as_of_now(answer: StoredSaying) -> Iterable[Asked] | None:
    """What git is to be asked again; None where commits since may have changed something."""
    top, head = git_folder(answer.root), answer.head
    if look_at_files(moving_files(top)).digest() == answer.moved:
        return answer.asked
    now = later_commit(head, top, answer.files) if head else ""
    if not head or not now:
        return None
    return [
        (folder, [each.replace(head.commit, now) for each in command], said)
        for folder, command, said in answer.asked
    ]


def _is_read(answer: StoredSaying) -> bool:
    if look_at_files(answer.files).digest() == answer.read:
        return True
    return bool(answer.contents) and contents(answer.files) == answer.contents


def _say(answer: StoredSaying) -> int:
    """Write all of it; gives the exit code. A reader that went away is no error."""
    code = answer.code
    for stream, data in answer.said:
        try:
            while data:
                data = data[os.write(stream, data) :]
        except BrokenPipeError:
            code = (code or UNSEEN) if stream == 1 else code
        except OSError as error:
            if stream == 1:
                os.write(2, f"the output: {error.strerror}\n".encode())
                return UNSEEN
    return code
