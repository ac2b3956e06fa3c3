"""Deterministic dynamics whose first state is z, the baseline LSTM-f of Li and Mandt 2018."""

from ..dsae.lstm_dynamics import ForwardDynamics
from ..dsae.lstm_family import deterministic

FAMILY = deterministic(ForwardDynamics)
