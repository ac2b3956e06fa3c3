"""A warning in words when v or z falls silent: when it has no active units (see `active_units`)."""

import sys
from typing import Any

import lightning.pytorch as L
from lightning.pytorch.callbacks import Callback
from tqdm import tqdm

from ..scores.posterior.v_active_units import ACTIVE
from .metrics_csv import ACTIVE_UNITS
from .training_module import TrainingModule

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
        assert isinstance(module, TrainingModule)
        row = module.row
        if not module.in_last_stage:
            return
        for code, column in zip("vz", ACTIVE_UNITS, strict=True):
            if column in row:
                self._judge(code, int(row["epoch"]), silent=row[column] == 0)

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
