"""Weights of a torch network from a local file, checked by names and shapes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from .....errors import DsoundsError
from .....files import open_plain
from .....settings import require

_MOST_NAMED = 3


def load_state(network: nn.Module, path: Path, meant: str) -> None:
    """Load the weights of a network from a file of torch.save, without running code in it.

    Parameters
    ----------
    meant
        In words, which file is meant.

    Raises
    ------
    DsoundsError
        If the file is none of torch, or holds other names or shapes.
    """
    state = _read(path, meant)
    expected = {name: tuple(one.shape) for name, one in network.state_dict().items()}
    found = {name: tuple(getattr(one, "shape", ())) for name, one in state.items()}
    wrong = [
        f"{name} {expected.get(name, 'unknown')}, got {found.get(name, 'none')}"
        for name in dict.fromkeys([*expected, *found])
        if expected.get(name) != found.get(name)
    ]
    more = f" and {len(wrong) - _MOST_NAMED} more" if len(wrong) > _MOST_NAMED else ""
    require(
        not wrong,
        f"{path} holds other weights than {meant}: needed {'; '.join(wrong[:_MOST_NAMED])}{more}; "
        "is it of another network?",
    )
    network.load_state_dict(state)


def _read(path: Path, meant: str) -> dict[str, Any]:
    try:
        with open_plain(path) as file:
            state = torch.load(file, map_location="cpu", weights_only=True)
    except DsoundsError:
        raise
    except OSError as error:
        raise DsoundsError(f"{path} cannot be read: {error.strerror or error}") from None
    except Exception:  # torch raises almost anything for what is no file of its own
        raise DsoundsError(
            f"{path} holds no weights of torch: {meant} is needed; is the file damaged, or of "
            "another format?"
        ) from None
    require(
        isinstance(state, dict),
        f"{path} holds a {type(state).__name__}: a state dict of torch, {meant}, is needed",
    )
    return dict(state)
