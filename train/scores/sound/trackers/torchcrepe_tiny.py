"""CREPE (Kim et al. 2018) of torchcrepe, its tiny network."""

from ..crepe import crepe_tracker

TRACKER = crepe_tracker("tiny")
