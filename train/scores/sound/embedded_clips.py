"""The clips whose distributions are compared, as embeddings of one embedder.

    train           training clips, drawn at random: the reference
    real            the scored clips
    vocoder         the scored clips, from their log-mel through the vocoder
    reconstruction  decode(z_i, v_i)
    swap            decode(z_i, v_j), the global swap of the first static factor
    drawn           decoded from z and v that are drawn from their priors
    constant        the mean frame of the training clips, all the time: what knows nothing, one clip

An embedder of log-mel reads that of the clips, all scored ones. One of sound reads the true sound
of training clips and of real ones, of `MOST_SOUND` clips each; what a model makes goes through the
vocoder, `synth.features.to_audio`. So what the vocoder does to sound is in its distance, too; it is
told apart by "vocoder".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from ....settings import require
from .embedders.embedder import SOUND_RATE_HZ, LoadedEmbedder

if TYPE_CHECKING:
    from ..data.batches import Batches
    from ..data.evaluation_data import EvaluationData

MOST_TRAIN = 1000
MOST_SOUND = 100
_LOUDEST = 80.0  # log-mel, far above any sound and far below what exp can be taken of


def embedded(data: EvaluationData, name: str) -> dict[str, np.ndarray]:
    """Return embeddings, (clips, windows, dimensions), of the sets that there are, by their names.

    Parameters
    ----------
    name
        That of the embedder.
    """
    from .embedders.registry import without_weights

    embedder = data.embedders.get(name) or without_weights(name)
    of = _of_sound if embedder.row.reads == "sound" else _of_mel
    return data.once(("embedded", name), lambda: of(data, embedder))


def _of_mel(data: EvaluationData, embedder: LoadedEmbedder) -> dict[str, np.ndarray]:
    from ..judging.training_clips import training_clips

    def embed(x: Batches) -> np.ndarray:
        return np.concatenate([embedder.embed(one.numpy()) for one in x])

    train = training_clips(data, MOST_TRAIN, "frechet")[1]
    sets = {"train": train, "real": data.x, **_made(data), "constant": _constant(data, train)}
    return {name: embed(x) for name, x in sets.items()}


def _of_sound(data: EvaluationData, embedder: LoadedEmbedder) -> dict[str, np.ndarray]:
    from ..judging.training_clips import training_clips

    train = data.train
    assert train is not None
    assert train.audio is not None
    assert data.scored.audio is not None
    scored = _some(data)
    places, x_train = training_clips(data, MOST_SOUND, "frechet")
    sounds = {"train": (train.audio, places), "real": (data.scored.audio, scored)}
    found = {name: _embed_real(data, embedder, *one) for name, one in sounds.items()}
    constant = _constant(data, x_train)
    for name, x in {"vocoder": data.x, **_made(data), "constant": constant}.items():
        sounds_of = _vocoded(data, x, scored if name != "constant" else np.zeros(1, int))
        made = [embedder.embed(_resampled(data, sound[None])) for sound in sounds_of]
        found[name] = np.concatenate(made)
    return found


def _some(data: EvaluationData) -> np.ndarray:
    """Return places of scored clips, at most `MOST_SOUND`, the same for all sets."""
    places = np.arange(len(data))
    if len(places) > MOST_SOUND:
        places = np.sort(data.rng("frechet scored").choice(places, MOST_SOUND, replace=False))
    return places


def _made(data: EvaluationData) -> dict[str, Batches]:
    """Return what the model makes, as far as it does."""
    from ..judging.judge_drawn import drawn
    from ..needs import missing

    found = {"reconstruction": data.reconstruction}
    if data.factors and missing(data, frozenset({"v"})) is None:
        found["swap"] = data.global_swap(data.factors[0])
    if missing(data, frozenset({"prior_v", "prior_z"})) is None:
        found["drawn"] = drawn(data)
    return found


def _constant(data: EvaluationData, train: Batches) -> Batches:
    """Return one clip of which every frame is the mean one of the training clips."""
    import torch

    from ..data.batches import Batches, Memory

    frame = sum(x.double().mean(dim=1).sum(dim=0) for x in train) / train.clips
    assert isinstance(frame, torch.Tensor)
    clip = frame.float().expand(1, data.scored.x.shape[1], -1)
    return Batches(lambda rows: clip, 1, Memory(0))


def _embed_real(
    data: EvaluationData,
    embedder: LoadedEmbedder,
    audio: Callable[[np.ndarray], np.ndarray],
    places: np.ndarray,
) -> np.ndarray:
    made = [embedder.embed(_resampled(data, audio(places[k : k + 1]))) for k in range(len(places))]
    return np.concatenate(made)


def _vocoded(data: EvaluationData, x: Batches, places: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the sound, (samples,), of some clips of log-mel."""
    from ....synth.features import to_audio

    first = 0
    for batch in x:
        inside = places[(places >= first) & (places < first + len(batch))] - first
        for clip in batch[inside].numpy():
            require(
                bool(np.isfinite(clip).all()) and float(clip.max()) < _LOUDEST,
                "log-mel that cannot be made sound: it is not finite or too large; did the model "
                "diverge?",
            )
            yield to_audio(clip, data.features)
        first += len(batch)


def _resampled(data: EvaluationData, sound: np.ndarray) -> np.ndarray:
    """Return sound, (n, samples), at the rate that embedders read."""
    from ....synth.locked_librosa import librosa

    assert data.features is not None
    rate = data.features.sample_rate_hz
    return librosa.resample(sound, orig_sr=rate, target_sr=SOUND_RATE_HZ)
