"""Augmented views of clips: other clips that keep one of the two codes (Bai et al. 2021, sec. 2.3).

A view of content keeps v and changes z_1:T, a view of motion keeps z_1:T and changes v. x is raw
log-mel, (batch, time, mel), and `silence` the logarithm of its floor, the value of silence: the
power of a band is exp(x) - exp(silence), so what is silent stays so whatever the gain. Each clip
has a view of its own; all that is random comes from the generator.

| content | what the view is |
|---|---|
| shuffle | the frames in random order |
| reverse | the frames from the last to the first |
| block-shuffle | blocks of frames in random order |
| block-resample | as many blocks, drawn with replacement: some of the melody is missing |

Windows overlap, so that a shuffle of single frames mixes what neighbours share: a block should be
longer than a window, 8 frames by default.

| motion | what the view is |
|---|---|
| equalisation | a smooth random gain over the bands |
| formants | the spectral envelope stretched along the bands, harmonics where they were |
| both | the one, then the other |

`train.models.contrast.true_views` has the views that only a generator of corpora can give.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

CURVES = 6  # cosines over the bands that a gain is made of: half a period of the last is 13 bands
CEPSTRUM = 8  # cosines that make an envelope: the harmonics of C4 are closer than what they follow
DB = math.log(10) / 10  # nats of power in a decibel


@dataclass(frozen=True)
class Strength:
    """How far views are from their clips.

    Attributes
    ----------
    block_frames
        The length of a block; the last of a clip may be shorter.
    equalisation_db
        The standard deviation of the gain.
    formant_ratio
        An envelope is stretched by at most this ratio, or by its inverse.
    """

    block_frames: int = 16
    equalisation_db: float = 10.0
    formant_ratio: float = 1.3


ContentView = Callable[[Tensor, Strength, torch.Generator | None], Tensor]
MotionView = Callable[[Tensor, Tensor, Strength, torch.Generator | None], Tensor]


def shuffle(x: Tensor, strength: Strength, generator: torch.Generator | None) -> Tensor:
    """Return the frames in random order."""
    return _at(x, _uniform(x.shape[:2], x, generator).argsort(dim=1))


def reverse(x: Tensor, strength: Strength, generator: torch.Generator | None) -> Tensor:
    """Return the frames from the last to the first."""
    return x.flip(1)


def block_shuffle(x: Tensor, strength: Strength, generator: torch.Generator | None) -> Tensor:
    """Return the blocks of frames in random order."""
    block = torch.arange(x.shape[1], device=x.device) // strength.block_frames  # of each frame
    places = _uniform((len(x), int(block[-1]) + 1), x, generator)
    return _at(x, places[:, block].argsort(dim=1, stable=True))


def block_resample(x: Tensor, strength: Strength, generator: torch.Generator | None) -> Tensor:
    """Return blocks drawn with replacement, as many frames as there were."""
    size = min(strength.block_frames, x.shape[1])
    frames = torch.arange(x.shape[1], device=x.device)
    blocks = _uniform((len(x), int(frames[-1]) // size + 1), x, generator)
    starts = (blocks * (x.shape[1] - size + 1)).long()
    return _at(x, starts[:, frames // size] + frames % size)


def equalisation(
    x: Tensor, silence: Tensor, strength: Strength, generator: torch.Generator | None
) -> Tensor:
    """Return x with a smooth random gain over the bands, the same in all frames of a clip."""
    curves = math.sqrt(2) * strength.equalisation_db * DB * cosines(x)[1 : CURVES + 1]
    count = max(len(curves), 1)  # fewer than CURVES of few bands, and none of one
    amounts = _normal((len(x), 1, len(curves)), x, generator) / math.sqrt(count)
    return amplified(x, amounts @ curves, silence)


def formants(
    x: Tensor, silence: Tensor, strength: Strength, generator: torch.Generator | None
) -> Tensor:
    """Return x with its envelope stretched along the bands by a random ratio for each clip.

    The envelope of a frame is made of the first coefficients of its cepstrum, the cosine transform
    of its log-mel; the difference between the stretched envelope and the envelope is a gain.
    """
    mel = x.shape[-1]
    exponent = 2 * _uniform((len(x), 1), x, generator) - 1
    places = (torch.arange(mel, device=x.device) + 0.5) * strength.formant_ratio**exponent - 0.5
    basis = cosines(x)[:CEPSTRUM]
    norms = basis.square().sum(dim=1, keepdim=True)
    cepstrum = x @ (basis / norms).T  # (batch, time, CEPSTRUM)
    stretched = cosines(x, places.clamp(0, mel - 1))[:, :CEPSTRUM]  # (batch, CEPSTRUM, mel)
    return amplified(x, cepstrum @ (stretched - basis), silence)


def both(
    x: Tensor, silence: Tensor, strength: Strength, generator: torch.Generator | None
) -> Tensor:
    """Return x with its envelope stretched, then equalised."""
    stretched = formants(x, silence, strength, generator)
    return equalisation(stretched, silence, strength, generator)


def amplified(x: Tensor, gain: Tensor, silence: Tensor) -> Tensor:
    """Return log-mel whose power above the floor is greater by exp(gain); silence stays silent."""
    above = (x - silence).clamp(min=0)
    return silence + torch.log1p(torch.expm1(above) * torch.exp(gain))


def cosines(x: Tensor, places: Tensor | None = None) -> Tensor:
    """Return cosines over the bands of x at places, (..., mel), the bands' own where None.

    The k-th of them, (..., mel, mel)[..., k, :], has k half periods over all bands.
    """
    mel = x.shape[-1]
    bands = torch.arange(mel, device=x.device, dtype=x.dtype)
    at = bands if places is None else places
    return torch.cos(math.pi / mel * bands[:, None] * (at[..., None, :] + 0.5))


def _at(x: Tensor, frames: Tensor) -> Tensor:
    """Return the frames of each clip by their numbers, (batch, time)."""
    return x.gather(1, frames.unsqueeze(-1).expand(-1, -1, x.shape[-1]))


def _uniform(shape: tuple[int, ...], x: Tensor, generator: torch.Generator | None) -> Tensor:
    return torch.rand(shape, generator=generator, device=x.device)


def _normal(shape: tuple[int, ...], x: Tensor, generator: torch.Generator | None) -> Tensor:
    return torch.randn(shape, generator=generator, device=x.device)


CONTENT: dict[str, ContentView] = {
    "shuffle": shuffle,
    "reverse": reverse,
    "block-shuffle": block_shuffle,
    "block-resample": block_resample,
}
MOTION: dict[str, MotionView] = {
    "equalisation": equalisation,
    "formants": formants,
    "both": both,
}
