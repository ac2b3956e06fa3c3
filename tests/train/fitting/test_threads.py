"""One thread for a while."""

import pytest
import torch

from dsounds.train.fitting.threads import one_thread, threads


def test_the_number_of_threads_is_as_before_whatever_happens() -> None:
    before = torch.get_num_threads()
    with one_thread():
        assert torch.get_num_threads() == 1
        torch.set_num_threads(2)
    assert torch.get_num_threads() == before
    torch.set_num_threads(2)
    with threads(0):
        assert torch.get_num_threads() == 2
    with pytest.raises(ValueError, match="here"), one_thread():
        raise ValueError("here")
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)
