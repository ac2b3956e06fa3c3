"""A training loop of one's own: the networks and the objective of a family, and plain torch.

The loop of dsounds adds validation, checkpoints, resumption and early stopping; the mathematics
is the family's and needs none of that.
"""

import torch

from dsounds import DMelodies, evaluate, features, open_corpus
from dsounds.train.models.family import Batch, DataShape
from dsounds.train.models.registry import FAMILIES

EPOCHS = 4


def main() -> None:
    """Train TS-DSAE for a few epochs in each of its stages, and print its scores."""
    corpus = open_corpus(DMelodies(count=80))
    clips = corpus.split("train")
    x = features(corpus)[clips]
    family = FAMILIES.load("ts-dsae")
    sizes, objective = family.model(z_dim=8, v_dim=8), family.objective()
    model = family.new_model(sizes, DataShape(mel=x.shape[2], frames=x.shape[1]))
    family.prepare(model, sizes, x)
    everything = Batch(torch.from_numpy(x), torch.from_numpy(clips))
    adam = torch.optim.Adam(model.parameters(), lr=3e-3)
    noise = torch.Generator().manual_seed(0)
    weights = {term.name: getattr(objective, term.weight, 1.0) for term in family.terms}
    for number, stage in enumerate(family.stages, start=1):
        for part in stage.frozen:
            getattr(model, part).requires_grad_(False)
        if stage.begin:
            stage.begin(model, _Clips(everything))
        for _ in range(EPOCHS):
            for rows in torch.randperm(len(x), generator=noise).split(16):
                batch = Batch(everything.x[rows], everything.clips[rows])
                terms = family.compute(model, batch, objective, stage, noise)
                loss = sum(weights[name] * value for name, value in terms.items())
                adam.zero_grad()
                loss.backward()
                adam.step()
        print(f"stage {number}: " + ", ".join(f"{n} {t.item():.2f}" for n, t in terms.items()))
        model.requires_grad_(True)
    print(evaluate(model.eval(), corpus, prior=model.prior_v, only=["quick"]).table())


class _Clips:
    """The training clips, for a stage that looks at them when it begins."""

    def __init__(self, everything: Batch) -> None:
        self.everything = everything

    def __len__(self) -> int:
        return len(self.everything.x)

    def batch(self, rows: torch.Tensor) -> Batch:
        return Batch(self.everything.x[rows], self.everything.clips[rows])


if __name__ == "__main__":
    main()
