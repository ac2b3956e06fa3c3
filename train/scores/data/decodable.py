"""What is decoded of a posterior: its mean, or a draw from it.

Scores read posterior means, and decode them by default. The evaluation of the authors of TS-DSAE
(the code of Luo et al. 2022) reads means of v, but decodes a draw of z, and of v where nothing is
swapped. A decoder that was trained on draws may make other clips of means than of draws.
"""

from __future__ import annotations

from typing import Literal
from zlib import crc32

import numpy as np
import torch
from torch import Tensor

from ...models.interface import Codes

DecodeFrom = Literal["means", "samples"]


def decodable(codes: Codes, decode_from: DecodeFrom, seed: int) -> Codes:
    """Return codes whose means are what is decoded; a code without variances stays as it is.

    A draw follows from the seed and the codes alone, whatever else was drawn before.
    """
    if decode_from == "means":
        return codes
    return Codes(
        _drawn(codes.v_mean, codes.v_logvar, seed),
        codes.v_logvar,
        _drawn(codes.z_mean, codes.z_logvar, seed),
        codes.z_logvar,
    )


def _drawn(mean: Tensor | None, logvar: Tensor | None, seed: int) -> Tensor | None:
    if mean is None or logvar is None:
        return mean
    rng = np.random.default_rng([seed, crc32(np.ascontiguousarray(mean.numpy()).tobytes())])
    noise = torch.from_numpy(rng.standard_normal(tuple(mean.shape), np.float32)).to(mean.dtype)
    return mean + (logvar / 2).exp() * noise
