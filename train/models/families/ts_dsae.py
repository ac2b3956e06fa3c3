"""Two stages and the four swap terms: the method of Luo et al. 2022, sec. 3."""

from ..dsae.objectives import DsaeStage
from ..dsae.relatives import CONSTRAINED, relative, take_snapshot

FAMILY = relative(CONSTRAINED, DsaeStage(begin=take_snapshot, swap_terms=True, least_batch=2))
