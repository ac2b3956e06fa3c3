"""Eq 2 as it stands (Li and Mandt 2018): the baseline whose global code collapses."""

from ..dsae.objectives import DsaeStage
from ..dsae.relatives import relative

FAMILY = relative(DsaeStage())
