"""A constrained stage, then the global encoder is frozen (Luo et al. 2022, sec. 6)."""

from ..dsae.objectives import DsaeStage
from ..dsae.relatives import CONSTRAINED, relative

FAMILY = relative(CONSTRAINED, DsaeStage(frozen=("global_encoder",)))
