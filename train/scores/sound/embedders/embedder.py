"""The row of an embedder, which its module holds in EMBEDDER."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

Embed = Callable[[np.ndarray], np.ndarray]
SOUND_RATE_HZ = 16_000  # of the sound that embedders read


@dataclass(frozen=True)
class Embedder:
    """A function from clips to embeddings of their windows.

    Parameters
    ----------
    name, label
        The name of its file, and its name in tables.
    reads
        "mel": raw log-mel, (n, time, mel); "sound": (n, samples) float32 of 16 kHz, -1 to 1.
    load
        From the local file of its weights, None where it has none, to the function that embeds
        clips: (n, windows, dimensions). DsoundsError is raised for a file of something else.
    weights
        In words, which file of weights is meant; "" where there are none.
    sha256
        That of the public file, or its first digits.
    reference
        Where it is defined.
    """

    name: str
    label: str
    reads: Literal["mel", "sound"]
    load: Callable[[Path | None], Embed]
    weights: str = ""
    sha256: str = ""
    reference: str = ""


@dataclass(frozen=True)
class LoadedEmbedder:
    """An embedder with its weights; `about` is what scores.json says of their file."""

    row: Embedder
    embed: Embed
    about: dict[str, Any] = field(default_factory=dict)
