"""Small steps of torch on one thread: more of them wait for each other where the cores are busy."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute with one thread for a while, so that results do not hang on their number.

    The 200 steps of a judge took 2 s with one thread and 20 s with two, on two busy cores.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
