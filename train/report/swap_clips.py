"""Swaps to see and hear: what runs make of a pair of clips, and what would have been right.

A pair (i, j) spans four clips: two melodies, each with the static factors of either clip. The
generator renders all four; a model decodes all four from the codes of i and j.

| place | truth | model |
|---|---|---|
| 0 | original i | reconstruction, decode(z_i, v_i) |
| 1 | counterfactual: melody of i, static factors of j | global swap, decode(z_i, v_j) |
| 2 | counterfactual: melody of j, static factors of i | local swap, decode(z_j, v_i) |
| 3 | original j | reconstruction, decode(z_j, v_j) |

Beside the distance of a swap from the truth stand that of no swap, decode(z, v) of the clip that
gave z, and that of the model's resynthesis of the truth.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch

from ...datasets.reading.picture import static_names
from ...errors import DsoundsError
from ...synth.features import log_mel, to_audio
from ...synth.rendering.pcm import to_float, to_pcm
from ..fitting.run_data import RunData
from ..models.interface import SequenceModel, encode_all
from ..scores.data.corpus_parts import clips_of
from ..scores.frame_means import FrameMeans, frame_means
from ..scores.swaps.partners import pair_with_another

MELODY = (0, 0, 1, 1)  # the clip whose z a place has: 0 for i, 1 for j
STATIC = (0, 1, 0, 1)  # the clip whose v it has
UNSWAPPED = {1: 0, 2: 3}  # for the place of a swap, that of the clip with the same z and its own v


@dataclass(frozen=True)
class Clip:
    """A clip as (frames, bands) log-mel and (samples,) int16.

    `distances` are mean squares to the truth, by name: of the clip itself, first of all, and what
    that of a swap is read beside. The truth has none.
    """

    x: np.ndarray
    pcm: np.ndarray
    distances: Mapping[str, FrameMeans] = field(default_factory=dict)

    @property
    def distance(self) -> float:
        """The mean square of the clip itself, over all frames."""
        return next(iter(self.distances.values())).whole


@dataclass(frozen=True)
class Swap:
    """A pair of clip numbers and their static factors; the four true clips; each model's four."""

    pair: tuple[int, int]
    names: tuple[str, str]
    truth: list[Clip]
    decoded: list[list[Clip]]


def choose_pairs(data: RunData, count: int, seed: int) -> list[tuple[int, int]]:
    """Draw pairs of scored clips that differ in a static factor.

    The first clips of the pairs have different static factors as long as there are any. No pair is
    drawn where no static factor varies.
    """
    rows = data.scored
    if count > len(rows):
        raise DsoundsError(f"{count} pairs asked for, but there are {len(rows)} {data.part} clips")
    labels = clips_of(data, rows).labels
    if not any(len(np.unique(values)) > 1 for values in labels.values()):
        return []
    rng = np.random.default_rng(seed)
    statics = np.stack(list(labels.values()), axis=1)  # (clips, factors)
    partner = pair_with_another(statics, rng)
    order = rng.permutation(len(rows))
    order = order[np.argsort(earlier_equals(statics[order]), kind="stable")]
    return [(int(rows[i]), int(rows[partner[i]])) for i in order[:count]]


def earlier_equals(rows: np.ndarray) -> np.ndarray:
    """Return for each row, of (n, columns), how many equal rows come before it."""
    group = np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1)
    order = np.argsort(group, kind="stable")
    first = np.searchsorted(group[order], group[order])
    count = np.empty(len(rows), np.int64)
    count[order] = np.arange(len(rows)) - first
    return count


def swap(data: RunData, pair: tuple[int, int], models: list[SequenceModel]) -> Swap:
    """Render the four true clips of a pair, and decode and invert every model's four."""
    truth = true_clips(data, pair)
    i, j = (static_names(data.corpus, clip) for clip in pair)
    decoded = [decoded_clips(data, pair, model, truth) for model in models]
    return Swap(pair, (i, j), truth, decoded)


def vocoded(data: RunData, swap: Swap) -> Clip:
    """Return what the way through log-mel and back leaves of i: the best a model can get."""
    true, rest = swap.truth[0], _rests(data, swap.pair)
    sound = to_audio(true.x, data.settings)
    x = log_mel(sound, data.settings)
    squares = np.square(x - true.x).mean(axis=1)
    missed = frame_means(squares[None], None if rest is None else rest[:1])
    return Clip(x, to_pcm(sound), {"D": missed})


def true_clips(data: RunData, pair: tuple[int, int]) -> list[Clip]:
    """Return both originals and, between them, both counterfactuals."""
    corpus, rows = data.corpus, np.array(pair)
    original = corpus.pcm(rows)
    labels = clips_of(data, rows[::-1]).labels  # labels of each clip's partner
    changed = to_pcm(corpus.counterfactual(rows, classes=labels))
    sounds = np.stack([original[0], changed[0], changed[1], original[1]])
    spectrograms = log_mel(to_float(sounds), data.settings)
    return [Clip(x, pcm) for x, pcm in zip(spectrograms, sounds, strict=True)]


def decoded_clips(
    data: RunData, pair: tuple[int, int], model: SequenceModel, truth: list[Clip]
) -> list[Clip]:
    """Return the four combinations of the codes of a pair as a model decodes them."""
    frames = len(truth[0].x)
    x = _decoded(model, data.x[list(pair)], MELODY, STATIC, frames)
    swapped = np.stack([truth[place].x for place in UNSWAPPED])
    again = _decoded(model, swapped, (0, 1), (0, 1), frames)
    rest = _rests(data, pair)

    def distance(made: np.ndarray, place: int) -> FrameMeans:
        squares = np.square(made - truth[place].x).mean(axis=1)
        return frame_means(squares[None], None if rest is None else rest[[MELODY[place]]])

    found = [{"D": distance(one, place)} for place, one in enumerate(x)]
    for (place, own), true in zip(UNSWAPPED.items(), again, strict=True):
        found[place] = {
            "swap": distance(x[place], place),
            "resynthesis": distance(true, place),
            "no swap": distance(x[own], place),
        }
    return [
        Clip(one, to_pcm(to_audio(one, data.settings)), own)
        for one, own in zip(x, found, strict=True)
    ]


def _rests(data: RunData, pair: tuple[int, int]) -> np.ndarray | None:
    """Return whether the frames of a pair lie in rests, (2, frames); None if not known."""
    frames = clips_of(data, np.array(pair)).frames
    return frames()["rest"] if callable(frames) else None


def _decoded(
    model: SequenceModel, x: np.ndarray, z_of: Iterable[int], v_of: Iterable[int], frames: int
) -> np.ndarray:
    """Return what a model decodes from codes of clips x, one for each of the numbers of clips."""
    codes = encode_all(model, torch.from_numpy(x))
    z, v = (
        None if code is None else code[list(of)]
        for code, of in ((codes.z_mean, z_of), (codes.v_mean, v_of))
    )
    with torch.no_grad():
        made = model.decode(z, v)  # type: ignore[arg-type]
    # A model without z may give one frame, which then stands for all.
    decoded: np.ndarray = made.expand(len(made), frames, x.shape[2]).contiguous().numpy()
    return decoded
