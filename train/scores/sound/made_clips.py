"""Clips that a model makes, each with what it ought to play.

| name | clip | it ought to play the melody of | as the static factors of |
|---|---|---|---|
| real | x_i | i | i |
| reconstruction | decode(z_i, v_i) | i | i |
| global | decode(z_i, v_j) | i | j |
| local | decode(z_j, v_i) | j | i |
| counterfactual | the true one | i | j |

j is the partner of the true counterfactuals, which differs in a static factor; an octave, say, goes
with v.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from ....settings import require

if TYPE_CHECKING:
    from torch import Tensor

    from ....synth.features import LogMelSettings
    from ..data.evaluation_data import EvaluationData
    from ..data.melody import Melody

REAL, RECONSTRUCTION, GLOBAL, LOCAL = "real", "reconstruction", "global", "local"
COUNTERFACTUAL = "counterfactual"


@dataclass(frozen=True)
class MadeClips:
    """Log-mel of clips, (m, time, mel), with what they ought to play."""

    x: np.ndarray
    melody: Melody


def drawn(data: EvaluationData, most: int) -> np.ndarray:
    """Return the places of scored clips, ascending: at most so many, drawn at random."""
    return np.sort(data.rng("sound").permutation(len(data))[:most])


def made_clips(data: EvaluationData, places: np.ndarray) -> dict[str, MadeClips]:
    """Return the real and the made clips of some places, by their names above.

    There are swaps where the model has v and z, and where a static factor varies; the true
    counterfactuals, which a perfect swap would be, stand beside them.

    Raises
    ------
    DsoundsError
        If the model decodes values that are not finite.
    """
    melody, codes = data.scored.melody, data.decodable
    assert melody is not None, "the row of the score does not name all that it needs"
    x = np.asarray(data.scored.x[places])

    def decoded(z_of: np.ndarray, v_of: np.ndarray) -> MadeClips:
        z, v = (_at(code, of) for code, of in ((codes.z_mean, z_of), (codes.v_mean, v_of)))
        made = data.decode(z, v).numpy()
        require(
            bool(np.isfinite(made).all()),
            "decode gave values that are not finite; did the training diverge?",
        )
        return MadeClips(made, melody(z_of, v_of))

    found = {REAL: MadeClips(x, melody(places, places)), RECONSTRUCTION: decoded(places, places)}
    if data.counterfactuals is not None and codes.z_mean is not None and codes.v_mean is not None:
        partner = data.partner[places]
        found |= {GLOBAL: decoded(places, partner), LOCAL: decoded(partner, places)}
        true = data.counterfactual.at(places).numpy()
        found[COUNTERFACTUAL] = MadeClips(true, melody(places, partner))
    return found


def features_of(data: EvaluationData) -> LogMelSettings:
    """Return the settings of the log-mel of an evaluation."""
    assert data.features is not None, "the row of the score does not name all that it needs"
    return data.features


def mean_of_known(values: Iterable[float]) -> float:
    """Return the mean of the values that are no nan; nan where there are none."""
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else np.nan


def _at(code: Tensor | None, places: np.ndarray) -> Tensor | None:
    return None if code is None else code[torch.from_numpy(places)]
