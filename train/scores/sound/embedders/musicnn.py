"""musicnn (Pons and Serra 2019), which was trained to tag music: weights from its wheel.

The wheel of musicnn 0.1.0 holds them as checkpoints of TensorFlow; that of MagnaTagATune, the
default there, is read. Log-mel of 16 kHz sound as in the package: librosa's 96 bands of the power,
FFT of 512 every 256 samples, log10(10000 mel + 1). The network reads 187 frames (3 s), here every
quarter of a second of the clip; the embedding are the 200 numbers before the tags.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from .....errors import DsoundsError
from .....settings import require
from .....synth.locked_librosa import librosa
from .embedder import SOUND_RATE_HZ, Embed, Embedder

FRAMES, STEP = 187, 16
_FFT, _HOP = 512, 256
_FOLDER = "musicnn/MTT_musicnn/"


def load(path: Path | None) -> Embed:
    """Return the function from sound, (n, samples), to (n, windows, 200).

    Raises
    ------
    DsoundsError
        If the file is another one.
    """
    import torch

    from .musicnn_network import MusicNN

    assert path is not None
    network = MusicNN(read_weights(path))

    def embed(sound: np.ndarray) -> np.ndarray:
        return np.stack([network.units(torch.from_numpy(examples(clip))).numpy() for clip in sound])

    return embed


def read_weights(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of the network from the wheel.

    Raises
    ------
    DsoundsError
        If the file is another one.
    """
    from .musicnn_network import shapes
    from .tensor_bundle import read_bundle

    try:
        with zipfile.ZipFile(path) as wheel:
            parts = [wheel.read(_FOLDER + name) for name in (".index", ".data-00000-of-00001")]
    except OSError as error:
        raise DsoundsError(f"{path} cannot be read: {error.strerror or error}") from None
    except (zipfile.BadZipFile, KeyError):
        raise DsoundsError(f"{path} is no wheel of musicnn: {EMBEDDER.weights} is needed") from None
    try:
        arrays = read_bundle(*parts)
    except DsoundsError as error:
        raise DsoundsError(f"{path} holds {error}; {EMBEDDER.weights} is needed") from None
    found = {name: arrays[name].shape if name in arrays else None for name in shapes()}
    wrong = [name for name, shape in shapes().items() if found[name] != shape]
    require(
        not wrong,
        f"{path} holds other weights: {', '.join(wrong[:3])} have other shapes or are missing; "
        f"{EMBEDDER.weights} is needed",
    )
    return {name: arrays[name] for name in shapes()}


def examples(clip: np.ndarray) -> np.ndarray:
    """Return what the network reads of a clip, (samples,) of 16 kHz: (windows, 187, 96) float32."""
    short = (FRAMES - 1) * _HOP - len(clip)
    mel = librosa.feature.melspectrogram(
        y=np.pad(clip, (0, max(0, short))),
        sr=SOUND_RATE_HZ,
        n_fft=_FFT,
        hop_length=_HOP,
        n_mels=96,
        pad_mode="reflect",  # librosa's default when the network was trained
    )
    x = np.log10(10_000 * mel + 1).astype(np.float32)
    views = np.lib.stride_tricks.sliding_window_view(x, FRAMES, axis=1)[:, ::STEP]
    return np.ascontiguousarray(views.transpose(1, 2, 0))


EMBEDDER = Embedder(
    name="musicnn",
    label="musicnn",
    reads="sound",
    load=load,
    weights="the wheel of musicnn 0.1.0, musicnn-0.1.0-py3-none-any.whl",
    sha256="f38a4890c648c1ddbb141c5d96d2b0a8cfcd36746002d896989f7b88beb65cfa",
    reference="Pons and Serra 2019",
)
