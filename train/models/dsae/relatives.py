"""The network and the objective that DSAE and its relatives share; their stages differ.

Sources: Luo et al. 2022, sec. 3 (TS-DSAE) and sec. 6 (the baselines).
"""

from functools import partial

import torch
from torch import Tensor

from ...settings.presets import DSAE_PRESETS
from ..family import Batch, Family, Term, TrainingClips
from ..networks.priors import SnapshotPrior, component_rows
from .autoencoder import SequenceAutoencoder, build_model, fit_scale
from .dsae_settings import ModelConfig, ObjectiveConfig
from .objectives import DsaeStage, Objective

TERMS = (
    Term(
        "reconstruction",
        "reconstruction",
        "squared error as the loss scales it, lower is better",
        weight="reconstruction_weight",
    ),
    Term("kl_z", "KL of z", "per frame; a constrained stage has none", weight="kl_z_weight"),
    Term("kl_v", "KL of v", "per clip, to the stage's prior", weight="kl_v_weight"),
    Term("global_v", "Eq 4", "v after v was swapped", weight="global_v_weight", watched=False),
    Term("global_z", "Eq 5", "z after v was swapped", weight="global_z_weight", watched=False),
    Term("local_v", "Eq 6", "v after z was swapped", weight="local_v_weight", watched=False),
    Term("local_z", "Eq 7", "z after z was swapped", weight="local_z_weight", watched=False),
)
CONSTRAINED = DsaeStage(frozen=("local_encoder", "transition"), kl_z=False)


def take_snapshot(model: SequenceAutoencoder, clips: TrainingClips) -> None:
    """Make the global encoder of this moment the prior of v (Eq 3)."""
    assert isinstance(model.v_prior, SnapshotPrior)
    x = clips.batch(component_rows(len(clips))).x
    model.v_prior.take(model.global_encoder, model.scale(x))


def relative(*stages: DsaeStage) -> Family:
    """Return the family of DSAE with these stages."""
    snapshots = any(stage.begin is take_snapshot for stage in stages)
    return Family(
        model=ModelConfig,
        objective=ObjectiveConfig,
        build=partial(build_model, snapshots=snapshots),
        compute=_terms,
        terms=TERMS,
        stages=stages,
        prepare=fit_scale,
        criterion="Eq 2",
        presets=DSAE_PRESETS,
    )


def _terms(
    model: SequenceAutoencoder,
    batch: Batch,
    settings: ObjectiveConfig,
    stage: DsaeStage,
    generator: torch.Generator,
) -> dict[str, Tensor]:
    return Objective(settings).terms(model, model.scale(batch.x), stage, generator)
