"""How the files of format3 were made: `python tests/golden/make_format3.py`, once, at ee07d3e.

It need not work with later versions: the files are what counts. It makes everything but the
recipes (*.toml), in folders that must not be there yet.
"""

import hashlib
import json
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "format3"
CORPORA = {"melodies": 2, "expressive": 1, "tones": 6}  # name: shard size
SMALL = {
    "z_dim": 2,
    "v_dim": 2,
    "encoder_hidden": (4,),
    "decoder_hidden": (4,),
    "transition_hidden": 2,
    "transition_layers": 1,
    "batch_size": 4,
    "stage1_epochs": 2,
    "threads": 1,
}


def corpora() -> None:
    from dsounds.datasets import features, generate, load_recipe, open_corpus

    for name, size in CORPORA.items():
        generate(load_recipe(f"{name}.toml"), Path(name), shard_size=size)
    generate(load_recipe("unfinished.toml"), Path("unfinished"), shard_size=1, shards=range(1))
    features(open_corpus("tones"))
    for name in CORPORA:  # documents may be removed at any time: only the recordings' are kept
        for document in ("croissant.json", "datasheet.md"):
            (Path(name) / document).unlink()


def recordings() -> None:
    """Four recordings of a clip each; they are not kept, as nothing needs them again."""
    import soundfile  # not before the others are made: see README.md

    from dsounds.datasets.exchange import ImportSettings, Recording, import_recordings

    time_s = np.arange(1600) / 16_000
    with tempfile.TemporaryDirectory() as folder:
        taken = []
        for n, (hz, partials) in enumerate([(220, 1), (330, 1), (220, 5), (330, 5)]):
            path = Path(folder) / f"tone{n}.wav"
            waves = [np.sin(2 * np.pi * k * hz * time_s) / k for k in range(1, partials + 1)]
            soundfile.write(path, 0.3 * np.sum(waves, axis=0), 16_000, subtype="PCM_16")
            labels = {"timbre": "dull" if partials == 1 else "bright", "hz": str(hz)}
            taken.append(Recording(path, path.name, labels))
        settings = ImportSettings(seconds=0.1, confidence=0, validation=0.5)
        import_recordings(taken, "recordings", settings)


def concepts() -> None:
    from dsounds.datasets import PairRecipe, open_corpus
    from dsounds.datasets.concepts import concept_file

    recipe = PairRecipe(labelled=6, recombinations=1, tests=1)
    content = concept_file.draw(open_corpus("tones"), recipe, examples=6)
    concept_file.write(content, "concepts.h5")


class Stop(BaseException):
    """Stands for a kill."""


def runs() -> None:
    from dsounds.train.evaluate import evaluate
    from dsounds.train.module import Fit

    for method in ("ts-dsae", "dsae"):
        train(method, Path("runs") / method, epochs=4)
        evaluate(Path("runs") / method)

    step = Fit.training_step

    def stop(self: Fit, number: int) -> object:
        if self.current_epoch == 3:
            raise Stop
        return step(self, number)

    Fit.training_step = stop
    with suppress(Stop):
        train("ts-dsae", Path("runs/stopped"), epochs=6)


def train(method: str, out: Path, epochs: int) -> None:
    """As train_on_corpus, but that the corpus's place stays relative."""
    from dsounds.datasets import open_corpus
    from dsounds.train.corpus import open_run_data
    from dsounds.train.recipes import configure
    from dsounds.train.run import train

    own = configure(method, "tones", corpus_id=open_corpus("tones").id, epochs=epochs, **SMALL)
    material = open_run_data(own)
    train(own, material.x, material.train, material.scored, out)


def expected() -> dict[str, object]:
    """What is in the files, as today's code reads it."""
    from dsounds.datasets import generate, load_recipe
    from dsounds.datasets.concepts import concept_file
    from dsounds.train.run import load_run

    found: dict[str, dict] = {"corpora": {}, "runs": {}}
    for name in (*CORPORA, "recordings"):
        found["corpora"][name] = described(Path(name))
    with tempfile.TemporaryDirectory() as folder:  # what it becomes when it is finished
        finished = Path(shutil.copytree("unfinished", Path(folder) / "unfinished"))
        generate(load_recipe("unfinished.toml"), finished)
        found["unfinished"] = described(finished)
    for folder in sorted(Path("runs").iterdir()):
        run = load_run(folder)
        about = {"epoch": run.epoch, "stage": run.stage, "finished": run.finished}
        found["runs"][folder.name] = {"method": run.config.method, **about}
    content = concept_file.read("concepts.h5")
    found["concepts"] = {
        "corpus": "tones",
        "labels": [content.pairs.text(number) for number in range(len(content.pairs.clip))],
        "held_out": [str(concept) for concept in content.pairs.held_out],
        "examples": len(content.train.clip),
    }
    return found


def described(folder: Path) -> dict[str, object]:
    from dsounds.datasets import open_corpus

    corpus = open_corpus(folder)
    every = np.arange(len(corpus))
    return {
        "id": corpus.id,
        "clips": len(corpus),
        "splits": {name: corpus.parts(name).tolist() for name in corpus.splits},
        "audio_sha256": hashlib.sha256(corpus.pcm(every).tobytes()).hexdigest(),
        "classes_sha256": hashlib.sha256(corpus.classes.astype("<i8").tobytes()).hexdigest(),
        "fluidsynth": corpus.manifest.fluidsynth,
        "soundfont_sha256": corpus.manifest.soundfont_sha256,
    }


if __name__ == "__main__":
    os.chdir(FOLDER)
    with tempfile.TemporaryDirectory() as cache:
        os.environ["DSOUNDS_CACHE"] = cache
        corpora()
        recordings()
        concepts()
        runs()
        Path("expected.json").write_text(json.dumps(expected(), indent=2) + "\n")
