"""A constrained stage, then the global encoder is frozen (Luo et al. 2022, sec. 6)."""

from .objectives import DsaeStage
from .relatives import CONSTRAINED, relative

FAMILY = relative(CONSTRAINED, DsaeStage(frozen=("global_encoder",)))
