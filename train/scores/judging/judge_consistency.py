"""Whether a judge hears one class over time, and one in all sequences that share v, or z.

    judge_consistency_v_shared    sequences that share v: the share of them that have, in each part
                                  of their time, the most frequent static class
    judge_consistency_z_shared    the same of sequences that share z, and of the pitch
    judge_consistency_v_constant  the share of its time in which a sequence of shared v has its
                                  most frequent static class; ..._v_classes the number of classes
    judge_consistency_real_...    the same of real clips, which share nothing: the floor of
                                  ..._shared, and what ..._constant can be at best

"judge_consistency_v_shared/FACTOR" is that of one factor; the pitch stands beside the static ones.
A rest has no instrument, so that a judge may hear another in it: compare with the real clips. Where
the octave or the tonic vary, v may move the pitch, and sequences that share z differ in it.

The table has the classes of the figure: for "v" and "z", for each factor, in each repeat a text for
each sequence, its classes over time with spaces between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..row import Score

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData
    from .trajectories import Trajectories

NAME = "judge_consistency"


def compute(data: EvaluationData) -> dict[str, float]:
    """Return the numbers of sequences that share v, that share z, and of real clips."""
    shared = _of_shared_codes(data)
    return {
        **_numbers(data, "v", shared["v"]),
        **_numbers(data, "z", shared["z"]),
        **_of_real_clips(data),
    }


def table(data: EvaluationData) -> dict[str, dict[str, list[list[str]]]]:
    """Return the classes over time of sequences that share v, and of those that share z."""
    return {
        code: {
            name: [[" ".join(map(str, one)) for one in repeat] for repeat in heard_in.classes]
            for name, heard_in in heard.items()
        }
        for code, heard in _of_shared_codes(data).items()
    }


def floors(data: EvaluationData) -> dict[str, float]:
    """Return the share of sequences of one class where nothing is shared: that of real clips."""
    real = _of_real_clips(data)
    found = {code: real.get(f"{NAME}_real_shared{end}") for code, end in _ENDINGS.items()}
    return {f"{NAME}_{code}_shared": value for code, value in found.items() if value is not None}


def ceilings(data: EvaluationData) -> dict[str, float]:
    """Return 1 for sequences that share a code, and the constancy of real clips."""
    constant = _of_real_clips(data)[f"{NAME}_real_constant"]
    return {f"{NAME}_{code}_shared": 1.0 for code in "vz"} | {f"{NAME}_v_constant": constant}


_ENDINGS = {"v": "", "z": "/pitch"}


def _of_shared_codes(data: EvaluationData) -> dict[str, dict[str, Trajectories]]:
    from .trajectories import of_shared_v, of_shared_z

    return data.once(
        "shared trajectories", lambda: {"v": of_shared_v(data), "z": of_shared_z(data)}
    )


def _of_real_clips(data: EvaluationData) -> dict[str, float]:
    from .trajectories import of_real_clips

    return data.once("real trajectories", lambda: _numbers(data, "real", of_real_clips(data)))


def _numbers(data: EvaluationData, of: str, heard: Mapping[str, Trajectories]) -> dict[str, float]:
    """Return the means over the factors that the code should tell, and the numbers of each."""
    from .factor_judge import FRAME_LABEL

    own = [FRAME_LABEL] if of == "z" else data.factors
    out = {}
    for key, attribute in (
        ("shared", "shared"),
        ("constant", "constant"),
        ("classes", "classes_heard"),
    ):
        found = {name: float(getattr(one, attribute)) for name, one in heard.items()}
        mean = [found[name] for name in own if name in found]
        out[f"{NAME}_{of}_{key}"] = float(np.mean(mean)) if mean else np.nan
        out |= {f"{NAME}_{of}_{key}/{name}": value for name, value in found.items()}
    return out


SCORE = Score(
    name=NAME,
    label="judge, shared code",
    compute=compute,
    hint="drawn sequences that share v have one static class, those that share z one melody",
    unit="share of sequences",
    group="Judge",
    order=660,
    better="higher",
    floor=floors,
    ceiling=ceilings,
    needs=frozenset({"x", "train_x", "labels", "decode", "prior_v", "prior_z"}),
    reference="Li and Mandt 2018, Fig 4",
    shown={
        f"{NAME}_v_shared": "shared v: one static class",
        f"{NAME}_z_shared": "shared z: one melody",
    },
    costly=True,
    table=table,
)
