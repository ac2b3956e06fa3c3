"""The foot of a report: what it was made from, and how to make it again."""

import json
import shlex
from dataclasses import fields, replace
from importlib.metadata import version

import tomli_w

from ...datasets.checking.summary import summary
from ...settings import to_table
from ..fitting.run_data import RunData, nearby
from ..settings.config import RunConfig
from ..settings.presets import RECIPES, configure
from .html import Markup, element
from .runs import Entry


def origin(entries: list[Entry], material: RunData, clips: int, seed: int) -> Markup:
    """Return the footer."""
    manifest = material.corpus.manifest
    font = manifest.typed_recipe().soundfont
    about = (
        f"dsounds {version('dsounds')}. Corpus {manifest.id}, SoundFont "
        f"{font} (sha256 {manifest.soundfont_sha256[:12]}…), FluidSynth "
        f"{manifest.fluidsynth}. Log-mel: {material.settings.bands} bands, hop "
        f"{material.settings.hop_samples / material.settings.sample_rate_hz * 1000:g} ms."
    )
    corpus = element(
        "pre", f"{summary(material.corpus)}\n\n{json.dumps(manifest.recipe, indent=1)}"
    )
    return element(
        "footer",
        element("h2", "How it was made"),
        element("p", about),
        element("pre", "\n".join(commands(entries, material, clips, seed))),
        _details("The corpus and its recipe", corpus),
        *(
            _details(
                f"{entry.name}: settings and all scores",
                element("pre", _config(entry.run.config)),
                element("pre", json.dumps(entry.result, indent=1)),
            )
            for entry in entries
        ),
        id="origin",
    )


def _config(config: RunConfig) -> str:
    """Return config.toml with the corpus's folder as seen from here."""
    return tomli_w.dumps(to_table(replace(config, corpus=nearby(config.corpus))))


def commands(entries: list[Entry], material: RunData, clips: int, seed: int) -> list[str]:
    """Return the commands that make the corpus, the runs and the report again."""
    folder = nearby(entries[0].run.config.corpus)
    recipe = material.corpus.manifest.typed_recipe()
    kind = material.corpus.manifest.recipe["kind"]
    lines = [_line("dsounds", "generate", kind, "--out", folder, *_changed(recipe, type(recipe)()))]
    for entry in entries:
        config = entry.run.config
        lines.append(
            _line(
                "dsounds",
                "train",
                config.method,
                "--corpus",
                folder,
                "--out",
                str(entry.folder),
                *_settings(config),
            )
        )
    runs = [str(entry.folder) for entry in entries]
    lines.append(_line("dsounds", "report", *runs, "--clips", str(clips), "--seed", str(seed)))
    return lines


def _settings(config: RunConfig) -> list[str]:
    """Return the flags that lead from the nearest recipe, if possible of its features, to a config.

    There are no flags for features.
    """

    def flags(name: str) -> list[str]:
        start, given = configure(config.method, recipe=name), config.identity()
        return [
            flag
            for part in ("model", "objective", "training")
            for flag in _changed(getattr(given, part), getattr(start, part))
        ]

    def distance(name: str) -> tuple[bool, int]:
        return RECIPES[name].features != config.features, len(flags(name))

    name = min(RECIPES, key=distance)
    split = ["--split", config.split] if config.split else []
    seed = ["--seed", str(config.seed)] if config.seed else []
    return ["--recipe", name, *split, *seed, *flags(name)]


def _changed(settings: object, start: object) -> list[str]:
    """Return flags for the fields in which two settings of one class differ."""
    out: list[str] = []
    for field in fields(settings):  # type: ignore[arg-type]
        value = getattr(settings, field.name)
        if value != getattr(start, field.name):
            values = value if isinstance(value, tuple) else (value,)
            out += [f"--{field.name.replace('_', '-')}", *map(str, values)]
    return out


def _line(*words: str) -> str:
    return shlex.join(words)


def _details(title: str, *content: Markup) -> Markup:
    return element("details", element("summary", title), *content)
