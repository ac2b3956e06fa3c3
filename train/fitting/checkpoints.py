"""Opening of a run folder: its config, its weights, and one clear error for whatever is wrong."""

import pickle
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import torch
from torch import Tensor, nn

from ...errors import DsoundsError
from ...files import open_plain
from ..models.family import DataShape, Family
from ..settings.config import RunConfig
from ..settings.config_file import config_from, read_config

CONFIG, BEST, LAST = "config.toml", "best.ckpt", "last.ckpt"
STOPPING = "Stopping{'monitor': 'validation_elbo', 'mode': 'max'}"
"""Where a checkpoint holds the state of early stopping."""
_FOLDER = 0x10  # MS-DOS attribute in a zip's directory
# What reading a file that is no checkpoint, or a damaged one, raises.
_UNREADABLE = (
    OSError,
    RuntimeError,
    EOFError,
    ValueError,
    KeyError,
    OverflowError,
    BadZipFile,
    zlib.error,
    struct.error,
    pickle.UnpicklingError,
)


@dataclass(frozen=True)
class LoadedRun:
    """A trained model and its progress: `epoch` counts the epochs made, `stage` is from 1."""

    config: RunConfig
    model: Any
    epoch: int
    stage: int
    checkpoint: Path
    finished: bool

    @property
    def family(self) -> Family:
        """The row of the model's family."""
        return self.config.row


def load_run(path: Path | str) -> LoadedRun:
    """Open a run folder's best.ckpt, or its last.ckpt while the last stage has not begun.

    Raises
    ------
    DsoundsError
        If there is no checkpoint, a damaged one, or one of another model than config.toml's.
    """
    folder = Path(path)
    if not (folder / CONFIG).exists():
        raise DsoundsError(f"{folder} is no run folder: it has no {CONFIG}; is the path right?")
    config = read_config(folder / CONFIG)
    found = weights_path(folder)
    state = read_checkpoint(found)
    last = read_checkpoint(folder / LAST) if (folder / LAST).exists() else state
    model = model_from(state, config, found)
    about = state["dsounds"]
    return LoadedRun(
        config, model, about["epoch"], about["stage"], found, is_finished(last, config)
    )


def weights_path(folder: Path) -> Path:
    """Return a run folder's best.ckpt, or its last.ckpt while there is none."""
    found = [folder / name for name in (BEST, LAST) if (folder / name).exists()]
    if not found:
        raise DsoundsError(
            f"{folder} has no checkpoint ({BEST} or {LAST}); training stopped before its first "
            "epoch ended: run `dsounds train` again with the same settings"
        )
    return found[0]


def is_finished(last: dict[str, Any], config: RunConfig) -> bool:
    """Return whether a run with this last checkpoint has all epochs of `config`, or stopped early.

    What the checkpoint says itself is of the epochs and the patience that it was made with.
    """
    return last["dsounds"]["epoch"] >= config.training.epochs or stopped_early(last, config)


def stopped_early(last: dict[str, Any], config: RunConfig) -> bool:
    """Return whether the criterion has not improved for as many epochs as patience allows."""
    waited = last.get("callbacks", {}).get(STOPPING, {}).get("wait_count", 0)
    return waited >= config.training.patience


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint of ours with weights_only=True, after a look at its checksums."""
    try:
        _check_sums(path)
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except _UNREADABLE as error:
        reason = str(error).splitlines()[0][:80] if str(error) else type(error).__name__
        raise DsoundsError(
            f"{path} cannot be read ({reason}); the file is damaged or no checkpoint: remove it "
            "and train again"
        ) from None
    if not isinstance(checkpoint, dict) or "dsounds" not in checkpoint:
        raise DsoundsError(f"{path} is a checkpoint, but none that dsounds wrote")
    return checkpoint


def _check_sums(path: Path) -> None:
    """Compare the parts of a checkpoint with their CRC-32, which torch.load does not do."""
    with open_plain(path) as opened, ZipFile(opened) as file:
        damaged = file.testzip()
        # Nor does it mind a part that is marked as a folder: it leaves its values to chance.
        folders = [part.filename for part in file.infolist() if part.external_attr & _FOLDER]
    if damaged is not None or folders:
        raise BadZipFile(f"wrong checksum of {damaged or folders[0]}")


def model_from(checkpoint: dict[str, Any], config: RunConfig, path: Path) -> nn.Module:
    """Build the model of `config` and fill in the weights of `checkpoint`, read from `path`."""
    about = checkpoint["dsounds"]
    theirs = config_from(about["config"], str(path))
    differing = theirs.differing(config)
    if differing:
        raise DsoundsError(
            f"{path} belongs to another run than {CONFIG} beside it ({'; '.join(differing[:3])}); "
            f"was {CONFIG} edited, or a checkpoint copied here?"
        )
    state = model_state(checkpoint)
    try:
        model = config.row.new_model(config.model, _shape(about, state))
        model.load_state_dict(state)
    except (RuntimeError, KeyError) as error:
        reason = " ".join(str(error).split())[:160]
        raise DsoundsError(f"{path} does not fit the model of {CONFIG}: {reason}") from None
    return model.eval()


def model_state(checkpoint: dict[str, Any]) -> dict[str, Tensor]:
    """Return the weights of a checkpoint under the names that they have in the model."""
    prefix = "model."
    return {
        name.removeprefix(prefix): value
        for name, value in checkpoint["state_dict"].items()
        if name.startswith(prefix)
    }


def _shape(about: dict[str, Any], state: dict[str, Any]) -> DataShape:
    """Return the sizes of the data of a checkpoint; of 0.1.0 the number of bands alone."""
    if "shape" in about:
        return DataShape(**about["shape"])
    return DataShape(about.get("mel") or len(state["scale.mean"]))
