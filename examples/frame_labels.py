"""A corpus in a DataLoader, with the truth of each frame: a linear probe hears the pitch.

No file is needed: the clips are rendered when their batch comes. Run it from anywhere:
python examples/frame_labels.py
"""

import torch
from torch.utils.data import DataLoader

from dsounds import DMelodies, FrameGrid, LogMelSettings, open_corpus
from dsounds.datasets.reading.torch_datasets import ClipDataset

CLIPS, EPOCHS = 48, 10


def main() -> None:
    """Train the probe and print its accuracy on melodies that it has not heard."""
    torch.manual_seed(0)
    corpus = open_corpus(DMelodies(count=CLIPS, instruments=("flute",)))
    settings = LogMelSettings()
    grid = FrameGrid(settings.hop_samples, settings.window_samples)
    parts = {
        part: ClipDataset(corpus, part, features=settings, grid=grid)
        for part in ("train", "validation")
    }
    probe = torch.nn.Linear(settings.bands, 128)  # a MIDI pitch for each frame, 0 in a rest
    adam = torch.optim.Adam(probe.parameters(), lr=0.03)
    for _ in range(EPOCHS):
        for batch in DataLoader(parts["train"], batch_size=16, shuffle=True):
            logits = probe(batch["log_mel"])  # (batch, frames, 128)
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), batch["pitch"].flatten())
            adam.zero_grad()
            loss.backward()
            adam.step()
    batch = parts["validation"].batch(range(len(parts["validation"])))
    held = ~batch["rest"]
    right = (probe(batch["log_mel"]).argmax(dim=-1) == batch["pitch"])[held]
    print(f"{len(right):,} held frames, {right.float().mean():.0%} with the right pitch")


if __name__ == "__main__":
    main()
