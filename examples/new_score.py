"""A score of one's own, computed beside all others.

`data` holds whatever a score may read: codes, labels, decoded and swapped batches, frame truth,
true counterfactuals; what is made for one score is there for the next. A row that lies in
train/scores/ with the name SCORE is found without being named anywhere (CONTRIBUTING.md).
"""

import torch
from score_your_model import PooledAutoencoder

from dsounds import DMelodies, EvaluationData, Score, evaluate, open_corpus


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


def main() -> None:
    """Score an untrained model: its v has few dimensions that count."""
    torch.manual_seed(0)
    corpus = open_corpus(DMelodies(count=40))
    found = evaluate(PooledAutoencoder(), corpus, more=[PARTICIPATION])
    print(f"{PARTICIPATION.label}: {found.scores[PARTICIPATION.name]:.2f} of 16")


if __name__ == "__main__":
    main()
