"""A model of one's own, trained in a few lines and scored: the example of the README."""

import torch
from torch import nn

from dsounds import Codes, DMelodies, evaluate, features, open_corpus


class PooledAutoencoder(nn.Module):
    """v is what a clip has on average; z is what a frame has beside that."""

    def __init__(self, mel=80, width=64, z_dim=16, v_dim=16):
        super().__init__()
        self.v = nn.Linear(mel, v_dim)
        self.z = nn.Sequential(nn.Linear(mel, width), nn.Tanh(), nn.Linear(width, z_dim))
        self.x = nn.Sequential(nn.Linear(z_dim + v_dim, width), nn.Tanh(), nn.Linear(width, mel))

    def encode(self, x):  # (batch, time, mel) log-mel
        mean = x.mean(dim=1, keepdim=True)
        return Codes(v_mean=self.v(mean[:, 0]), z_mean=self.z(x - mean))

    def decode(self, z, v):
        return self.x(torch.cat([z, v[:, None].expand(-1, z.shape[1], -1)], dim=-1))


torch.manual_seed(0)
corpus = open_corpus(DMelodies(count=100))  # rendered as it is needed: no folder
x = torch.from_numpy(features(corpus)[corpus.split("train")])
model = PooledAutoencoder()
adam = torch.optim.Adam(model.parameters(), lr=3e-3)
for rows in 30 * list(torch.arange(len(x)).split(20)):
    codes = model.encode(x[rows])
    loss = (model.decode(codes.z_mean, codes.v_mean) - x[rows]).square().mean()
    adam.zero_grad()
    loss.backward()
    adam.step()

found = evaluate(model, corpus)  # print(found.table()) shows them all
print(f"F1 of the instrument from v: {found.scores['instrument/f1_input']:.1f}")
print(found.write("scores/pooled"))
