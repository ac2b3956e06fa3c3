"""Recurrent encoder and decoder with attention (Bitton and Esling 2017, exercise 4).

The decoder of a translator attends to all states of the encoder (Bahdanau et al. 2015). In a VAE
that would pass by the code. So the code is a few slots: each slot attends to the states of the
encoder with a query that is learned, and has a Gaussian of its own; v is the slots drawn, one after
the other. The decoder attends to the slots, at each step anew.

A step is `step_frames` frames; the last one is filled up with zeros, the mean of scaled x.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from ..family import DataShape
from ..networks.gaussians import Gaussian, GaussianLayer
from .recurrent_settings import RecurrentVaeConfig

_POSITION = 16  # numbers that tell the decoder at which step it is


class RecurrentEncoder(nn.Module):
    """q(v | x): a bidirectional LSTM, whose states each slot pools by attention, Gau."""

    def __init__(self, settings: RecurrentVaeConfig, shape: DataShape) -> None:
        super().__init__()
        self.step_frames, states = settings.step_frames, 2 * settings.hidden
        inputs = settings.step_frames * shape.mel
        self.lstm = nn.LSTM(inputs, settings.hidden, batch_first=True, bidirectional=True)
        self.queries = nn.Parameter(torch.randn(settings.slots, states))
        self.attention = nn.MultiheadAttention(states, num_heads=1, batch_first=True)
        self.gaussians = nn.ModuleList(
            GaussianLayer(states, settings.v_dim // settings.slots) for _ in range(settings.slots)
        )

    def forward(self, x: Tensor) -> Gaussian:
        """Map scaled x, (batch, time, mel), to a Gaussian over (batch, v_dim)."""
        pooled, _ = self.attended(x)
        slots = [layer(one) for layer, one in zip(self.gaussians, pooled.unbind(1), strict=True)]
        mean, logvar = ([getattr(slot, name) for slot in slots] for name in ("mean", "logvar"))
        return Gaussian(torch.cat(mean, dim=1), torch.cat(logvar, dim=1))

    def attended(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return what each slot pools, (batch, slots, states), and its weights, (..., steps)."""
        missing = -x.shape[1] % self.step_frames
        filled = pad(x, (0, 0, 0, missing))
        states, _ = self.lstm(filled.unflatten(1, (-1, self.step_frames)).flatten(2))
        queries = self.queries.expand(len(x), -1, -1)  # (batch, slots, states)
        return self.attention(queries, states, states)


class RecurrentDecoder(nn.Module):
    """p(x | v): an LSTM that attends to the slots of v at each step (Bahdanau et al. 2015)."""

    def __init__(self, settings: RecurrentVaeConfig, shape: DataShape) -> None:
        super().__init__()
        hidden, self.slot_dim = settings.hidden, settings.v_dim // settings.slots
        self.frame_count, self.step_frames = shape.frames, settings.step_frames
        self.slots = nn.ModuleList(nn.Linear(self.slot_dim, hidden) for _ in range(settings.slots))
        self.positions = nn.Parameter(torch.randn(-(-shape.frames // self.step_frames), _POSITION))
        self.start = nn.Linear(hidden, 2 * hidden)
        self.cell = nn.LSTMCell(hidden + _POSITION, hidden)
        self.keys = nn.Linear(hidden, hidden)
        self.query = nn.Linear(hidden, hidden, bias=False)
        self.energy = nn.Linear(hidden, 1, bias=False)
        self.mean = nn.Linear(2 * hidden, self.step_frames * shape.mel)

    def forward(self, v: Tensor) -> Tensor:
        """Map v, (batch, v_dim), to scaled log-mel, (batch, time, mel)."""
        return self.attended(v)[0]

    def attended(self, v: Tensor) -> tuple[Tensor, Tensor]:
        """Return scaled log-mel, and the weights of the slots at each step, (batch, steps, slots).

        Before each step the state s and the slots h give the weights, softmax(w tanh(W s + U h)).
        Their weighted sum is the input of the LSTM, beside the position, and with its new state
        that of the output.
        """
        slots = zip(self.slots, v.split(self.slot_dim, dim=1), strict=True)
        memory = torch.stack([layer(one) for layer, one in slots], dim=1).tanh()
        keys = self.keys(memory)  # (batch, slots, hidden), like memory
        state, cell = self.start(memory.mean(dim=1)).tanh().chunk(2, dim=1)
        outputs, weights = [], []
        for position in self.positions:
            weight = self.energy((self.query(state).unsqueeze(1) + keys).tanh()).softmax(dim=1)
            context = (weight * memory).sum(dim=1)  # (batch, hidden)
            inputs = torch.cat([context, position.expand(len(v), -1)], dim=1)
            state, cell = self.cell(inputs, (state, cell))
            outputs.append(torch.cat([state, context], dim=1))
            weights.append(weight.squeeze(2))
        steps = self.mean(torch.stack(outputs, dim=1))  # (batch, steps, step_frames * mel)
        x = steps.unflatten(2, (self.step_frames, -1)).flatten(1, 2)
        return x[:, : self.frame_count], torch.stack(weights, dim=1)
