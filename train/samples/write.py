"""A grid on disk: sound to hear, a picture to see, arrays to compute with.

    samples.png                  a spectrogram for each sequence
    samples.npz                  see below
    1-2-clip-3-prediction-1.wav  row, column, captions; 16 bit, made by Griffin-Lim

The arrays of samples.npz, where a code that no sequence was decoded from is left out:

    format ()                                     text: dsounds samples 1
    x (rows, columns, time, mel) float32          raw log-mel
    v (rows, columns, v_dim), z (rows, columns, time, z_dim) float32
    rows (rows,), columns (columns,) text         captions
    observed ()                                   frames that the model saw (predict), else 0
    metadata ()                                   JSON text: mode, settings, seed, model, log-mel

The same grid gives the same bytes.
"""

import json
import re
from pathlib import Path

import numpy as np
import soundfile
from tqdm import tqdm

from ...datasets.storage.destination import new_folder
from ...settings import to_table
from ...synth.features import LogMelSettings, to_audio
from ...synth.rendering.pcm import to_pcm
from .grid import Grid
from .picture import draw_grid

FORMAT = "dsounds samples 1"
PICTURE, ARRAYS = "samples.png", "samples.npz"
_LONGEST_NAME = 100  # characters


def write(
    made: Grid, out: Path, features: LogMelSettings | None = None, progress: bool = False
) -> Path:
    """Write a grid into the new folder `out`, and return it.

    Parameters
    ----------
    features
        How the log-mel was computed; the defaults when None.
    progress
        Whether a progress bar is shown.

    Raises
    ------
    DsoundsError
        If `out` exists already or cannot be written: nothing is left there then.
    """
    features = features or LogMelSettings()
    with new_folder(out) as folder:
        draw_grid(made, folder / PICTURE, features)
        _write_arrays(made, folder / ARRAYS, features)
        names = _wav_names(made)
        for (row, column), name in tqdm(names.items(), "sound", disable=not progress):
            x = made.x[row, column]
            sound = to_audio(x[~np.isnan(x[:, 0])], features)
            soundfile.write(folder / name, to_pcm(sound), features.sample_rate_hz, subtype="PCM_16")
    return out


def _write_arrays(made: Grid, path: Path, features: LogMelSettings) -> None:
    codes = {name: code for name, code in (("v", made.v), ("z", made.z)) if code is not None}
    with open(path, "wb") as file:
        np.savez(
            file,
            allow_pickle=False,
            format=np.array(FORMAT),
            x=made.x,
            rows=np.array(made.rows),
            columns=np.array(made.columns),
            observed=np.array(made.observed),
            metadata=np.array(json.dumps({**made.about, "features": to_table(features)})),
            **codes,
        )


def _wav_names(made: Grid) -> dict[tuple[int, int], str]:
    """Return the file of each sequence, by its row and column from 0."""
    widths = len(str(len(made.rows))), len(str(len(made.columns)))
    return {
        (r, c): f"{r + 1:0{widths[0]}}-{c + 1:0{widths[1]}}-{_slug(f'{row} {column}')}.wav"
        for r, row in enumerate(made.rows)
        for c, column in enumerate(made.columns)
    }


def _slug(text: str) -> str:
    """Return a caption as a part of a file name."""
    return re.sub(r"[^\w+.-]+", "-", text).strip("-")[:_LONGEST_NAME]
