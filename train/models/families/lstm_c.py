"""Deterministic dynamics that read z in each frame, the baseline LSTM-c of Li and Mandt 2018."""

from ..dsae.lstm_dynamics import ConditionedDynamics
from ..dsae.lstm_family import deterministic

FAMILY = deterministic(ConditionedDynamics)
