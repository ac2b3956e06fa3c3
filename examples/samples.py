"""What a model can make: swaps, new melodies on the instrument of a clip, a continued melody.

The model needs `encode` and `decode`, and for what is drawn `sample_v`, `sample_z` or `continue_z`:
here it is one of the families, trained for seconds. Sound and a picture lie in samples/ at the end.
"""

from pathlib import Path

from dsounds import DMelodies, features, generate, load_run, open_corpus, sample
from dsounds.train.fitting.run import train_on_corpus
from dsounds.train.settings.presets import configure

CLIPS = [0, 1]


def main() -> None:
    """Train a run, sample from it in three modes, and write one of them."""
    corpus = open_corpus(generate(DMelodies(count=60), Path("corpus"), progress=False))
    config = configure("ts-dsae", "corpus", corpus_id=corpus.id, epochs=4, stage1_epochs=2)
    model = load_run(train_on_corpus(config, Path("run"))).model
    x = features(corpus)[CLIPS]
    names = [f"clip {clip}" for clip in CLIPS]

    swapped = sample(model, "swap", x, names=names)
    drawn = sample(model, "v-fixed", x, names=names, count=3, frames=500)  # 8 s instead of 4
    predicted = sample(model, "predict", x, names=names, count=1, observe=125)
    for made in (swapped, drawn, predicted):
        rows, columns, frames, _ = made.x.shape
        print(f"{made.mode}: {rows} x {columns} sequences of {frames} frames")
    print(f"{predicted.columns}")
    print(f"heard and seen in {predicted.write('samples')}")


if __name__ == "__main__":
    main()
