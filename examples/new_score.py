"""A score of one's own, computed beside all others.

`data` holds whatever a score may read: codes, labels, decoded and swapped batches, frame truth,
true counterfactuals; what is made for one score is there for the next. A row that lies in
train/scores/ with the name SCORE is found without being named anywhere (CONTRIBUTING.md).
"""

import torch
from torch import Tensor

from dsounds import Codes, DMelodies, EvaluationData, Score, evaluate, open_corpus


def compute(data: EvaluationData) -> float:
    """Return the participation ratio of v: (sum of eigenvalues)^2 / (sum of their squares)."""
    power = torch.linalg.eigvalsh(torch.cov(data.v.T)).clamp(min=0)
    return float(power.sum() ** 2 / power.square().sum())


PARTICIPATION = Score(
    name="v_participation",
    label="participation ratio of v",
    compute=compute,
    hint="how many dimensions v would have if all varied alike",
    unit="dimensions",
    group="Global code",
    floor=1.0,
    needs=frozenset({"v"}),
)


class MeanAndRest:
    """v is the mean spectrum of a clip, z is what remains in each frame."""

    def encode(self, x: Tensor) -> Codes:
        """Split log-mel (batch, time, mel)."""
        v = x.mean(dim=1)
        return Codes(v_mean=v, z_mean=x - v[:, None])

    def decode(self, z: Tensor, v: Tensor) -> Tensor:
        """Put log-mel together again."""
        return z + v[:, None]


def main() -> None:
    """Score a model that needs no training: few of its 80 dimensions of v count."""
    corpus = open_corpus(DMelodies(count=40))
    found = evaluate(MeanAndRest(), corpus, more=[PARTICIPATION], only=[PARTICIPATION.name])
    print(f"{PARTICIPATION.label}: {found.scores[PARTICIPATION.name]:.2f} of 80")


if __name__ == "__main__":
    main()
