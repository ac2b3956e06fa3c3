"""A model of one's own, trained in a few lines and scored against the true factors.

The model needs `encode` and `decode` and nothing else of dsounds. Its scores go into a folder,
which `dsounds report` shows beside runs.
"""

import torch
from torch import Tensor, nn

from dsounds import Codes, DMelodies, evaluate, features, open_corpus


class PooledAutoencoder(nn.Module):
    """v is what a clip has on average; z is what a frame has beside that."""

    def __init__(self, mel: int = 80, width: int = 64, z_dim: int = 16, v_dim: int = 16) -> None:
        super().__init__()
        self.global_encoder = nn.Linear(mel, v_dim)
        self.local_encoder = nn.Sequential(
            nn.Linear(mel, width), nn.Tanh(), nn.Linear(width, z_dim)
        )
        self.decoder = nn.Sequential(
            nn.Linear(z_dim + v_dim, width), nn.Tanh(), nn.Linear(width, mel)
        )

    def encode(self, x: Tensor) -> Codes:
        """Map log-mel (batch, time, mel) to v (batch, v_dim) and z (batch, time, z_dim)."""
        average = x.mean(dim=1, keepdim=True)
        return Codes(
            v_mean=self.global_encoder(average[:, 0]), z_mean=self.local_encoder(x - average)
        )

    def decode(self, z: Tensor, v: Tensor) -> Tensor:
        """Map the codes back to log-mel."""
        along_time = v[:, None].expand(-1, z.shape[1], -1)
        return self.decoder(torch.cat([z, along_time], dim=-1))


def main() -> None:
    """Train the model, score it, and write the scores."""
    torch.manual_seed(0)
    corpus = open_corpus(DMelodies(count=100))
    x = torch.from_numpy(features(corpus)[corpus.split("train")])
    model = PooledAutoencoder()
    adam = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(20):
        for rows in torch.randperm(len(x)).split(20):
            codes = model.encode(x[rows])
            loss = (model.decode(codes.z_mean, codes.v_mean) - x[rows]).square().mean()
            adam.zero_grad()
            loss.backward()
            adam.step()
    found = evaluate(model, corpus)
    print(found.table())
    print(f"scores: {found.write('scores/pooled')}")


if __name__ == "__main__":
    main()
