"""CREPE (Kim et al. 2018) of torchcrepe, its full network."""

from ..crepe import crepe_tracker

TRACKER = crepe_tracker("full")
