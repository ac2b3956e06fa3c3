"""The work of a mode: a model, the clips that it starts from, and how much is to be made."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from ..models.interface import Codes, joined
from ..scores.data.batches import BATCH
from .checked_generator import CheckedGenerator
from .grid import Grid, Row, Sequences, grid

PRIOR_DRAWS = 256  # draws that tell the mean and the deviations of a prior
_PRIOR_SEQUENCES = 32  # sequences z_1:T that do; each has many frames


@dataclass(frozen=True)
class Task:
    """What a mode makes sequences of.

    Attributes
    ----------
    x
        (clips, time, mel) raw log-mel of the given clips; None where there are none.
    names
        Captions of the clips.
    count
        The number of sequences, or of draws beside each clip.
    frames
        The length of the sequences.
    """

    model: CheckedGenerator
    x: Tensor | None
    names: tuple[str, ...]
    count: int
    frames: int

    @property
    def clips(self) -> Tensor:
        """The given clips, (clips, time, mel), where the mode needs them."""
        assert self.x is not None
        return self.x

    @cached_property
    def codes(self) -> Codes:
        """The posteriors of the given clips; none where there are no clips."""
        if self.x is None:
            return Codes()
        return joined([self.model.encode(batch) for batch in self.x.split(BATCH)])

    def originals(self) -> list[Sequences]:
        """Return each given clip, of at most `frames` frames."""
        return [Sequences(one) for one in self.clips[:, : self.frames].split(1)]

    def v(self) -> tuple[Tensor, tuple[str, ...]]:
        """Return v to hold fixed and their captions: of the given clips, else from the prior."""
        if self.codes.v_mean is not None:
            return self.codes.v_mean, tuple(f"v of {name}" for name in self.names)
        return self.model.sample_v(self.count), self._drawn("v")

    def z(self) -> tuple[Tensor, tuple[str, ...]]:
        """Return z to hold fixed and their captions: of the given clips, else from the prior."""
        if self.codes.z_mean is not None:
            return self.to_length(self.codes.z_mean), tuple(f"z of {one}" for one in self.names)
        return self.model.sample_z(self.count, self.frames), self._drawn("z")

    def to_length(self, z: Tensor) -> Tensor:
        """Cut local codes to `frames`, or continue them with the prior.

        One latent for a whole clip, (n, 1, z_dim), stays as it is.
        """
        missing = self.frames - z.shape[1]
        if z.shape[1] == 1 or missing == 0:
            return z
        if missing < 0:
            return z[:, : self.frames]
        return torch.cat([z, self.model.continue_z(z, missing)], dim=1)

    def decoded(self, z: Tensor | None, v: Tensor | None) -> Sequences:
        """Decode codes to sequences of `frames`."""
        return Sequences(self.model.decode_frames(z, v, self.frames), v, z)

    def beside_clips(self, rows: list[Row], columns: Sequence[str]) -> Grid:
        """Return rows that belong to the given clips, each after its clip; else the rows alone."""
        if self.x is None:
            return grid(rows, columns)
        rows = [
            Row(row.caption, [clip, *row.parts])
            for row, clip in zip(rows, self.originals(), strict=True)
        ]
        return grid(rows, ["clip", *columns])

    def draws(self, code: str) -> Tensor:
        """Return many draws of v or of z_t from the prior, (n, dim): they tell its deviations."""
        if code == "v":
            return self.model.sample_v(PRIOR_DRAWS)
        return self.model.sample_z(_PRIOR_SEQUENCES, self.frames).flatten(0, 1)

    def _drawn(self, code: str) -> tuple[str, ...]:
        return tuple(f"{code} {number} from the prior" for number in range(1, self.count + 1))
