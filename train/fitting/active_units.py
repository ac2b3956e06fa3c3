"""Whether v and z say anything: their active units.

A unit, a dimension of a code, is active where its posterior mean varies over the clips of the
validation part, and over their frames for z, with a variance above 0.01 (Burda et al. 2016, sec.
5). A code without active units is silent: its posterior is the same whatever the sound, which is
called posterior collapse.
"""

import torch
from torch import Tensor

from ..models.interface import Codes
from ..scores.posterior.v_active_units import ACTIVE
from .metrics_csv import ACTIVE_UNITS
from .processes import total


class ActiveUnits:
    """Counts the units of v and z whose posterior means vary, batch by batch."""

    def __init__(self) -> None:
        self.sums: dict[str, Tensor] = {}

    def add(self, codes: Codes) -> None:
        """Add the codes of a batch."""
        for name, mean in (("v", codes.v_mean), ("z", codes.z_mean)):
            if mean is not None:
                values = mean.detach().flatten(0, -2).double()  # (clips, or clips x time, dim)
                count = torch.full_like(values[0], len(values))
                sums = torch.stack([count, values.sum(dim=0), values.square().sum(dim=0)])
                self.sums[name] = self.sums[name] + sums if name in self.sums else sums

    def result(self) -> dict[str, float]:
        """Return the active units under their columns of metrics.csv, over all processes."""
        found: dict[str, float] = {}
        for name, column in zip("vz", ACTIVE_UNITS, strict=True):
            if name in self.sums:
                count, values, squares = total(self.sums[name])
                variance = (squares - values.square() / count) / (count - 1).clamp(min=1)
                found[column] = int((variance > ACTIVE).sum())
        return found
