"""LSTMs by hand, gate by gate, in NumPy."""

from collections.abc import Callable

import numpy as np
import pytest
from torch import nn

Directions = Callable[[nn.LSTM, np.ndarray], list[np.ndarray]]


def direction(lstm: nn.LSTM, inputs: np.ndarray, layer: int, end: str, h_0: np.ndarray | None):
    """Return the outputs (time, width) of one direction of a layer."""
    w, u, a, b = (
        getattr(lstm, f"{kind}_l{layer}{end}").detach().double().numpy()
        for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    h, c = np.zeros(u.shape[1]) if h_0 is None else h_0, np.zeros(u.shape[1])
    outputs = []
    for x in inputs[::-1] if end else inputs:
        i, f, g, o = np.split(w @ x + a + u @ h + b, 4)
        i, f, o = (1 / (1 + np.exp(-gate)) for gate in (i, f, o))
        c = f * c + i * np.tanh(g)
        h = o * np.tanh(c)
        outputs.append(h)
    return np.stack(outputs[::-1] if end else outputs)


@pytest.fixture(scope="session")
def by_hand() -> Directions:
    """A function that gives the last layer's outputs, (time, width), of each direction."""

    def outputs(
        lstm: nn.LSTM, inputs: np.ndarray, h_0: np.ndarray | None = None
    ) -> list[np.ndarray]:
        ends = ("", "_reverse") if lstm.bidirectional else ("",)
        for layer in range(lstm.num_layers):
            found = [direction(lstm, inputs, layer, end, h_0) for end in ends]
            inputs = np.concatenate(found, axis=1)
        return found

    return outputs
