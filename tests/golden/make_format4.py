"""How the files of format4 were made: `python tests/golden/make_format4.py`, once.

It need not work with later versions: the files are what counts. It makes everything but the
recipes (*.toml), in folders that must not be there yet.
"""

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "format4"
CORPORA = {"melodies": 2, "tones": 1}  # name: shard size


def corpora() -> None:
    from dsounds.datasets import generate, load_recipe

    for name, size in CORPORA.items():
        generate(load_recipe(f"{name}.toml"), Path(name), shard_size=size)
    generate(load_recipe("unfinished.toml"), Path("unfinished"), shard_size=1, shards=range(1))
    for name in CORPORA:
        for document in ("croissant.json", "datasheet.md"):
            (Path(name) / document).unlink()


def recordings() -> None:
    """Two recordings of a clip each; they are not kept, as nothing needs them again."""
    import soundfile  # not before the others are made: see README.md

    from dsounds.datasets.importing import ImportSettings, Recording, import_recordings

    time_s = np.arange(1600) / 16_000
    with tempfile.TemporaryDirectory() as folder:
        taken = []
        for n, hz in enumerate([220, 330]):
            path = Path(folder) / f"tone{n}.wav"
            sound = 0.3 * np.sin(2 * np.pi * hz * time_s)
            soundfile.write(path, sound, 16_000, subtype="PCM_16")
            taken.append(Recording(path, path.name, {"hz": str(hz)}))
        import_recordings(taken, "recordings", ImportSettings(seconds=0.1, confidence=0))
    for document in ("croissant.json", "datasheet.md"):
        (Path("recordings") / document).unlink()


def expected() -> dict[str, object]:
    """What is in the files, as today's code reads it."""
    from dsounds.datasets import generate, load_recipe
    from dsounds.datasets.recipes.registry import KINDS, to_dict

    found: dict[str, object] = {
        "corpora": {name: described(Path(name)) for name in (*CORPORA, "recordings")}
    }
    with tempfile.TemporaryDirectory() as folder:  # what it becomes when it is finished
        finished = Path(shutil.copytree("unfinished", Path(folder) / "unfinished"))
        generate(load_recipe("unfinished.toml"), finished)
        found["unfinished"] = described(finished)
    found["defaults"] = {name: to_dict(kind()) for name, kind in KINDS.items()}
    found["neutral"] = {name: to_dict(kind().canonical()) for name, kind in KINDS.items()}
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
        Path("expected.json").write_text(json.dumps(expected(), indent=1) + "\n")
