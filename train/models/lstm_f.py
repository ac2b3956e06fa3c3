"""Deterministic dynamics whose first state is z, the baseline LSTM-f of Li and Mandt 2018."""

from .lstm_dynamics import ForwardDynamics
from .lstm_family import deterministic

FAMILY = deterministic(ForwardDynamics)
