"""Methods of 000 as rows: which pieces train in which stage, under which prior, with which terms.

A method is a sequence of stages; a relative is another row. Pieces are named as in
`train.models.autoencoder.PIECES`. Sources: 000 section 3 (TS-DSAE) and section 6 (the baselines).
"""

from dataclasses import dataclass
from typing import Literal

from ...errors import DsoundsError, suggestion


@dataclass(frozen=True)
class Stage:
    """What trains during a stage, and on what.

    frozen: pieces whose parameters rest. kl_z: whether Eq 2 keeps its second term. v_prior:
    N(0, 1), or the snapshot of the global encoder made when the stage starts (Eq 3). swap_terms:
    whether Eq 4 to 7 are added.
    """

    frozen: tuple[str, ...] = ()
    kl_z: bool = True
    v_prior: Literal["standard", "snapshot"] = "standard"
    swap_terms: bool = False

    @property
    def constrained(self) -> bool:
        """Whether z is a random projection of x, as its encoder rests (000 section 3.1)."""
        return "local_encoder" in self.frozen


@dataclass(frozen=True)
class Method:
    """A named sequence of stages. All but the last last `training.stage1_epochs` epochs."""

    stages: tuple[Stage, ...]
    summary: str

    @property
    def snapshots(self) -> bool:
        """Whether any stage needs a snapshot of the global encoder."""
        return any(stage.v_prior == "snapshot" for stage in self.stages)


CONSTRAINED = Stage(frozen=("local_encoder", "transition"), kl_z=False)

METHODS = {
    "dsae": Method((Stage(),), "Eq 2 as it stands: the baseline that collapses"),
    "dsae-f": Method(
        (CONSTRAINED, Stage(frozen=("global_encoder",))),
        "constrained stage, then the global encoder rests",
    ),
    "ts-dsae-noreg": Method(
        (CONSTRAINED, Stage(v_prior="snapshot")), "two stages, without the four swap terms"
    ),
    "ts-dsae": Method(
        (CONSTRAINED, Stage(v_prior="snapshot", swap_terms=True)),
        "two stages and the four swap terms: the paper's method",
    ),
}


def method(name: str) -> Method:
    """Return the method of that name."""
    if name not in METHODS:
        raise DsoundsError(
            f"method {name!r} is unknown{suggestion(name, METHODS)} (allowed: {', '.join(METHODS)})"
        )
    return METHODS[name]
