"""The codes of a run's model as arrays with their labels, in a NumPy archive.

    format ()                                text: dsounds codes 1
    clip (n,) int64, part (n,) text          number of each clip in its corpus; its part
    v_mean, v_logvar (n, v_dim) float32      posterior of the global code
    z_mean, z_logvar (n, time, z_dim) float32    posterior of the local code
    classes (n, F) int64, values (n, F) float64, factors (F,) text
    metadata ()                              JSON text: which weights, which corpus

A code that the model does not have is left out. The same clips and weights give the same bytes.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...datasets.factors.splits import PARTS
from ...datasets.storage.destination import new_file
from ..fitting.checkpoints import load_run
from ..fitting.run_data import open_run_data
from ..models.interface import SequenceModel
from .data.batches import BATCH
from .evaluate import identity

FORMAT = "dsounds codes 1"
_CODES = ("v_mean", "v_logvar", "z_mean", "z_logvar")


def encode(
    run_path: Path | str, out: Path | str, corpus: Path | str | None = None, part: str = "all"
) -> Path:
    """Encode clips with a run's best checkpoint, write the file `out`, and return its path.

    Parameters
    ----------
    corpus
        Another corpus than the run's own.
    part
        The clips that are encoded: "train", "validation" or "test" of the run's split, or "all".

    Raises
    ------
    DsoundsError
        If `out` exists or cannot be written.
    """
    run, out = load_run(run_path), Path(out)
    data = open_run_data(run.config, corpus, whole=True)
    opened = data.corpus
    parts = opened.parts(data.split)
    rows = np.arange(len(opened)) if part == "all" else opened.split(part, data.split)
    classes, values = opened.labels(rows)
    metadata = {**identity(run, data), "part": part}
    with (
        new_file(out) as place,
        TemporaryDirectory(dir=out.absolute().parent, prefix=".dsounds-codes-") as folder,
        open(place, "wb") as file,
    ):
        np.savez(
            file,
            allow_pickle=False,
            format=np.array(FORMAT),
            clip=rows,
            part=np.array(PARTS)[parts[rows]],
            **_codes(run.model, data.x, rows, Path(folder)),
            classes=classes,
            values=values,
            factors=np.array(opened.space.names),
            metadata=np.array(json.dumps(metadata)),
        )
    return out


def _codes(model: SequenceModel, x: Any, rows: np.ndarray, folder: Path) -> dict[str, np.ndarray]:
    """Encode clips a batch at a time into arrays that lie in a folder, not in memory."""
    columns: dict[str, np.ndarray] = {}
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        with torch.no_grad():
            codes = model.encode(torch.from_numpy(np.ascontiguousarray(x[part])))
        for name in _CODES:
            code: Tensor | None = getattr(codes, name)
            if code is None:
                continue
            if name not in columns:
                path, shape = folder / f"{name}.npy", (len(rows), *code.shape[1:])
                columns[name] = np.lib.format.open_memmap(path, "w+", np.dtype("<f4"), shape)
            columns[name][start : start + BATCH] = code.numpy()
    return columns
