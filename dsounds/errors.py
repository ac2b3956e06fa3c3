"""The one exception for what a user can put right: bad input, a missing file, a damaged shard.

It belongs to no room, so that every room can raise it. The command line prints its message as one
line and exits with code 2; a message says what was wrong, what it got, what is allowed and the
likely cause.
"""

import difflib
from collections.abc import Iterable


class DsoundsError(Exception):
    """An error that the user can put right. Its message is one line, without a traceback."""


def suggestion(word: str, allowed: Iterable[str]) -> str:
    """Return ", did you mean 'x'?" when an allowed name is close to `word`, else ""."""
    close = difflib.get_close_matches(word.lower(), list(allowed), n=1)
    return f", did you mean {close[0]!r}?" if close else ""
