"""The one exception for what a user can put right: bad input, a missing file, a damaged shard.

It belongs to no room, so that every room can raise it. The command line prints its message as one
line and exits with code 2; a message says what was wrong, what it got, what is allowed and the
likely cause.
"""

import difflib
import re
from collections.abc import Iterable

_LEAST = 0.6  # less alike names are not suggested, as in difflib
_WORD = 0.99  # a whole name comes before a word of another that is as close


class DsoundsError(Exception):
    """An error that the user can put right. Its message is one line, without a traceback."""


def suggestion(word: str, allowed: Iterable[str]) -> str:
    """Return ", did you mean 'x'?" when an allowed name is close to `word`, else "".

    A name of several words is as close as its closest word: "pianoo" is nearer to the "piano" of
    "acoustic grand piano" than to "piccolo".
    """
    near, best = _LEAST, ""
    for name in allowed:
        found = max(_likeness(word, name), *(_WORD * _likeness(word, one) for one in _words(name)))
        if found > near:
            near, best = found, name
    return f", did you mean {best!r}?" if best else ""


def _words(name: str) -> list[str]:
    return re.findall(r"[^\W_]+", name) or [name]


def _likeness(word: str, name: str) -> float:
    """Return how alike two names are, in any case: 0 to 1."""
    return difflib.SequenceMatcher(None, name.lower(), word.lower()).ratio()
