"""The foot of a report: what it was made from, and how to make it again."""

import json
import shlex
from dataclasses import dataclass, replace
from importlib.metadata import version

import tomli_w

from ...datasets.checking.summary import summary
from ...datasets.storage.manifest import Manifest
from ...settings import flags, to_table
from ..fitting.run_data import RunData, nearby
from ..settings.config import RunConfig
from ..settings.presets import command_line
from .runs import Entry, TrainedEntry


@dataclass(frozen=True)
class Origin:
    """The content of the foot of the page.

    `details` are titles, each with texts that are folded below it.
    """

    about: str
    commands: list[str]
    details: list[tuple[str, list[str]]]


def origin(entries: list[Entry], data: RunData, clips: int, seed: int) -> Origin:
    """Return where the corpus, the runs and the report come from."""
    manifest = data.corpus.manifest
    font = manifest.typed_recipe().soundfont
    hop_ms = data.settings.hop_samples / data.settings.sample_rate_hz * 1000
    about = (
        f"dsounds {version('dsounds')}. Corpus {manifest.id}, SoundFont {font} "
        f"(sha256 {manifest.soundfont_sha256[:12]}…), FluidSynth {manifest.fluidsynth}. "
        f"Log-mel: {data.settings.bands} bands, hop {hop_ms:g} ms."
    )
    corpus = f"{summary(data.corpus)}\n\n{json.dumps(manifest.recipe, indent=1)}"
    details = [("The corpus and its recipe", [corpus])]
    for entry in entries:
        scores = json.dumps(entry.result, indent=1)
        if isinstance(entry, TrainedEntry):
            texts = [_config(entry.run.config), scores]
            details.append((f"{entry.name}: settings and all scores", texts))
        else:
            details.append((f"{entry.name}: all scores", [scores]))
    return Origin(about, commands(entries, data, clips, seed), details)


def _config(config: RunConfig) -> str:
    """Return config.toml with the corpus's folder as seen from here."""
    return tomli_w.dumps(to_table(replace(config, corpus=nearby(config.corpus))))


def commands(entries: list[Entry], data: RunData, clips: int, seed: int) -> list[str]:
    """Return the commands that make the corpus, the runs and the report again."""
    trained = [entry for entry in entries if isinstance(entry, TrainedEntry)]
    folder = nearby(trained[0].run.config.corpus)
    corpus = data.corpus
    lines = [generate_arguments(corpus.manifest, folder)] if corpus.folder else []
    for entry in trained:
        config = entry.run.config
        run = ["--corpus", folder, "--out", str(entry.folder)]
        lines.append(["train", config.family, *run, *command_line(config.anywhere())])
    folders = [str(entry.folder) for entry in entries]
    lines.append(["report", *folders, "--clips", str(clips), "--seed", str(seed)])
    return [shlex.join(["dsounds", *line]) for line in lines]


def generate_arguments(manifest: Manifest, folder: str) -> list[str]:
    """Return the arguments of `dsounds` for a corpus: the settings that are not the defaults."""
    recipe, kind = manifest.typed_recipe(), manifest.recipe["kind"]
    how = [] if manifest.renderer == "notes" else ["--renderer", manifest.renderer]
    return ["generate", kind, "--out", folder, *how, *flags(recipe, type(recipe)())]
