"""Sums of an objective's terms: the loss, the criterion, and means over an epoch."""

from math import prod
from typing import Any

import torch
from torch import Tensor

from ...errors import DsoundsError
from ...settings import require
from ..models.family import Term
from .processes import total

Terms = dict[str, Tensor]


class Totals:
    """The weighted sums of terms, by the rows of a family and the settings of its objective."""

    def __init__(self, rows: tuple[Term, ...], settings: Any) -> None:
        self.weights = {
            row.name: prod(getattr(settings, name) for name in row.weights) for row in rows
        }
        self.watched = {row.name for row in rows if row.watched}

    def loss(self, terms: Terms) -> Tensor:
        """Return what Adam minimises: all terms, weighted."""
        unknown = terms.keys() - self.weights.keys()
        if unknown:
            raise DsoundsError(
                f"the objective gives the term {min(unknown)!r}, which has no row in the family "
                f"({', '.join(self.weights)} have one)"
            )
        shapes = {name: tuple(value.shape) for name, value in terms.items()}
        require(
            bool(shapes) and not any(shapes.values()),
            f"the objective gives {shapes or 'no terms'}: one number for each term is needed",
        )
        return torch.stack([self.weights[name] * value for name, value in terms.items()]).sum()

    def criterion(self, terms: Terms) -> Tensor:
        """Return minus the sum of the watched terms, 0 without any: the larger, the better."""
        watched = {name: value for name, value in terms.items() if name in self.watched}
        return -self.loss(watched) if watched else torch.zeros(())


class Means:
    """Weighted means of terms over the batches of an epoch, kept on the device until asked."""

    def __init__(self) -> None:
        self.sums: Terms = {}
        self.clips = 0

    def add(self, terms: Terms, clips: int) -> None:
        """Add the terms of a batch of that many clips."""
        for name, value in terms.items():
            self.sums[name] = self.sums.get(name, torch.zeros_like(value)) + value.detach() * clips
        self.clips += clips

    def result(self) -> dict[str, float]:
        """Return the means per clip, over all processes of a run."""
        if not self.sums:
            return {}
        found = torch.stack([*self.sums.values()]).double()
        sums = total(torch.cat([found, found.new_tensor([self.clips])])).tolist()
        return {name: value / sums[-1] for name, value in zip(self.sums, sums, strict=False)}
