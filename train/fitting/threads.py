"""How many threads torch uses for a while.

More of them wait for each other where steps are small and the cores are busy: the 200 steps of a
judge took 2 s with one thread and 20 s with two, on two busy cores.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import torch


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let torch use that many threads meanwhile; 0 leaves it alone."""
    before = torch.get_num_threads()
    if count:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def one_thread() -> AbstractContextManager[None]:
    """Let torch use one thread meanwhile, so that results do not hang on their number."""
    return threads(1)
