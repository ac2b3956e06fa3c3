"""Deterministic dynamics that read z in each frame, the baseline LSTM-c of Li and Mandt 2018."""

from .lstm_dynamics import ConditionedDynamics
from .lstm_family import deterministic

FAMILY = deterministic(ConditionedDynamics)
