"""One stage; mutual information, by contrast with views, pulls v and z apart (Bai et al. 2021).

The networks have the sizes of Luo et al. 2022, sec. 5.2, as those of Bai et al. 2021 are for video:
the global encoder averages frames rather than reading them by an LSTM, so that v does not depend
on the order of frames, and a shuffle of them only spreads the clips. The posterior of z is the
setting `local_encoder`: `causal` is Eq 2, `bidirectional` that of the released code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from ..contrast.c_dsvae_objective import terms_of
from ..contrast.c_dsvae_settings import PRESETS, ContrastConfig
from ..contrast.true_views import true_views
from ..dsae.autoencoder import SequenceAutoencoder, build_model, chunks, fit_scale
from ..dsae.dsae_settings import ModelConfig
from ..family import DataShape, Family, Features, Stage, Term, TrainingClips

if TYPE_CHECKING:
    from ....datasets import Corpus
    from ...settings.config import RunConfig


def _build(settings: ModelConfig, shape: DataShape) -> SequenceAutoencoder:
    """Return the networks of DSAE, which also keep what the objective needs of the data."""
    model = build_model(settings, shape)
    model.register_buffer("clips", torch.tensor(0))
    model.register_buffer("silence", torch.tensor(0.0))
    return model


def _prepare(model: SequenceAutoencoder, settings: ModelConfig, x: Features) -> None:
    fit_scale(model, settings, x)
    model.get_buffer("silence").fill_(float(min(x[part].min() for part in chunks(x))))


def _begin(model: SequenceAutoencoder, clips: TrainingClips) -> None:
    model.get_buffer("clips").fill_(len(clips))


def _extras(corpus: Corpus, config: RunConfig) -> dict[str, Features]:
    """Return the true views of motion, where they are asked for."""
    if config.objective.motion != "true":
        return {}
    return {"motion": true_views(corpus, config.features, config.seed)}


FAMILY = Family(
    model=ModelConfig,
    objective=ContrastConfig,
    build=_build,
    compute=terms_of,
    terms=(
        Term(
            "reconstruction",
            "reconstruction",
            "half the squared error of a frame, lower is better",
            weight="reconstruction_weight",
        ),
        Term("kl_z", "KL of z", "to its transition network", weight="kl_z_weight"),
        Term("kl_v", "KL of v", "per clip, to N(0, 1)", weight="kl_v_weight"),
        Term(
            "content",
            "-I(v; x)",
            "what v tells of the clip, lower is more",
            weight="content_weight",
            log=False,
        ),
        Term(
            "motion",
            "-I(z; x)",
            "what z tells of the clip, lower is more",
            weight="motion_weight",
            log=False,
        ),
        Term(
            "independence",
            "I(z; v)",
            "what z and v both tell, lower is better",
            weight="independence_weight",
            log=False,
        ),
    ),
    stages=(Stage(begin=_begin, least_batch=2),),
    extras=_extras,
    prepare=_prepare,
    criterion="Eq 6",
    presets=PRESETS,
)
