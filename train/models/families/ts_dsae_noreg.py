"""Two stages, without the four swap terms (Luo et al. 2022, sec. 6)."""

from ..dsae.objectives import DsaeStage
from ..dsae.relatives import CONSTRAINED, relative, take_snapshot

FAMILY = relative(CONSTRAINED, DsaeStage(begin=take_snapshot))
