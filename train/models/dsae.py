"""Eq 2 as it stands (Li and Mandt 2018): the baseline whose global code collapses."""

from .objectives import DsaeStage
from .relatives import relative

FAMILY = relative(DsaeStage())
