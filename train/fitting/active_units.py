"""Whether v and z say anything: their active units, and a warning in words when there are none.

A unit, a dimension of a code, is active where its posterior mean varies over the clips of the
validation part, and over their frames for z, with a variance above 0.01 (Burda et al. 2016, sec.
5). A code without active units is silent: its posterior is the same whatever the sound, which is
called posterior collapse.
"""

import sys
from typing import Any

import lightning.pytorch as L
import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor
from tqdm import tqdm

from ..models.interface import Codes
from ..scores.v_active_units import ACTIVE
from .metrics_csv import ACTIVE_UNITS
from .processes import total

_MEANS = {
    "v": "swapping v changes nothing in the sound",
    "z": "the decoder knows nothing of what happens within a clip",
}
_HELPS = {
    "v": "a larger weight of the reconstruction, a smaller one of the KL of v, a constrained first "
    "stage (the family ts-dsae), or less for z to say (a smaller z_dim)",
    "z": "a larger weight of the reconstruction, a smaller one of the KL of z, a smaller learning "
    "rate",
}


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
        found = {}
        for name, column in zip("vz", ACTIVE_UNITS, strict=True):
            if name in self.sums:
                count, values, squares = total(self.sums[name])
                variance = (squares - values.square() / count) / (count - 1).clamp(min=1)
                found[column] = int((variance > ACTIVE).sum())
        return found


class SilenceWarning(Callback):
    """Says once that v or z has fallen silent, and once that it is no longer.

    It judges the last stage only, as earlier ones may hold a part as it was drawn, and no single
    epoch. What it has said is in the checkpoint, so that a resumed run does not repeat it.

    Parameters
    ----------
    name
        The name of the run, for the messages.
    loud
        Whether to print them.
    """

    def __init__(self, name: str, loud: bool) -> None:
        self.name, self.loud = name, loud
        self.since: dict[str, int] = {}
        self.told: dict[str, bool] = {}

    def state_dict(self) -> dict[str, Any]:
        """Return since when which code is silent, and of which it was said."""
        return {"since": self.since, "told": self.told}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from there."""
        self.since, self.told = dict(state_dict["since"]), dict(state_dict["told"])

    def on_train_epoch_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Judge the epoch."""
        row = module.row
        if not module.in_last_stage:
            return
        for code, column in zip("vz", ACTIVE_UNITS, strict=True):
            if column in row:
                self._judge(code, row["epoch"], silent=row[column] == 0)

    def _judge(self, code: str, epoch: int, silent: bool) -> None:
        told = self.told.get(code, False)
        if not silent:
            self.since.pop(code, None)
            if told:
                self._say(f"{code} is silent no longer, since epoch {epoch}")
            self.told[code] = False
        elif epoch > self.since.setdefault(code, epoch) and not told:
            self._say(
                f"{code} has fallen silent since epoch {self.since[code]}: no dimension of its "
                f"posterior mean varies by more than {ACTIVE} over the validation clips, so "
                f"{_MEANS[code]} (posterior collapse); what helps: {_HELPS[code]}"
            )
            self.told[code] = True

    def _say(self, text: str) -> None:
        if self.loud:
            tqdm.write(f"{self.name}: {text}", file=sys.stderr)
