"""datasheet.md: a corpus described for people, by the questions of Gebru et al. (2018).

Everything is filled from the manifest; there are no dates, so the same corpus gives the same bytes.
"""

from __future__ import annotations

from ...synth.music.schedule import Finish
from ...synth.rendering.fluidsynth import SAMPLE_RATE_HZ
from ..importing import recordings_csv
from ..storage.manifest import Manifest
from .card_fields import CardFields

FILE = "datasheet.md"
_MOST_NAMES = 8


def datasheet(manifest: Manifest, facts: CardFields) -> str:
    """Return the content of datasheet.md."""
    sections = {
        "Motivation": _motivation(),
        "Composition": _composition(manifest, facts),
        "Collection": _collection(manifest, facts),
        "Preprocessing": _preprocessing(manifest),
        "Uses": _uses(manifest),
        "Distribution": _distribution(facts),
        "Maintenance": _maintenance(manifest, facts),
    }
    body = "\n\n".join(f"## {title}\n\n{text}" for title, text in sections.items())
    return f"# Datasheet of dsounds corpus {manifest.id}\n\n{facts.description}\n\n{body}\n"


def _motivation() -> str:
    return (
        "For what purpose was it made? To train and to judge models that take the factors of a "
        "sequence of sound apart: every factor of every clip is known."
    )


def _composition(manifest: Manifest, facts: CardFields) -> str:
    rows = ["| factor | kind | values | unit |", "|---|---|---|---|"]
    for factor in manifest.space.factors:
        names = factor.names[:_MOST_NAMES]
        more = ", ..." if len(factor) > _MOST_NAMES else ""
        values = f"{len(factor)}: {', '.join(map(_cell, names))}{more}"
        rows.append(f"| {_cell(factor.name)} | {factor.kind} | {values} | {factor.unit} |")
    splits = ["| split | train | validation | test |", "|---|---|---|---|"]
    splits += [
        f"| {split} | {' | '.join(f'{count:,}' for count in counts.values())} |"
        for split, counts in facts.parts.items()
    ]
    people = (
        "Does it tell of people? The recordings may: see their source."
        if manifest.recorded
        else "Does it tell of people? No: no person was recorded for it."
    )
    return "\n\n".join(
        [
            "What is in it? Clips of sound with their labels, in the HDF5 files that corpus.json "
            "lists. Static factors hold for a whole clip, dynamic ones say what happens in it.",
            "\n".join(rows),
            "Which splits are recommended?",
            "\n".join(splits),
            "Are there errors or noise? Labels are "
            + (
                "those of the table that was imported."
                if manifest.recorded
                else "exact: the clips were made from them. Pitch and f0 are nominal, those of the "
                "keys that are pressed; `dsounds soundfont` tells in which octave each instrument "
                "of the SoundFont sounds, and which have no pitch."
            ),
            people,
        ]
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _collection(manifest: Manifest, facts: CardFields) -> str:
    if manifest.recorded:
        return f"How was the data acquired? From {facts.source}."
    return (
        "How was the data acquired? It was rendered: each clip is the sum of its notes, played by "
        f"FluidSynth {manifest.fluidsynth} from the {facts.source}, reverb and chorus off, the "
        "mean of left and right."
    )


def _preprocessing(manifest: Manifest) -> str:
    if not manifest.recorded:
        return f"What was done to the sound? {_finish(manifest.typed_recipe().finish)}"
    settings = manifest.recipe
    level = {
        "clip": "each clip by itself",
        "group": "the loudest recording of each group",
        "corpus": "the loudest recording of all",
    }[settings["normalise"]]
    drop = (
        f"clips with a mean pitch confidence ({settings['tracker']}) below "
        f"{settings['confidence']:g} were dropped"
        if settings["confidence"]
        else "no clip was dropped for its pitch"
    )
    if "silence_dbfs" in settings:
        drop += f"; silent clips, of a level below {settings['silence_dbfs']:g} dBFS, were dropped"
    return (
        f"What was done to the sound? Channels were averaged, resampled to "
        f"{manifest.sample_rate_hz:,} Hz ({settings['resampler']}), cut into whole clips; {drop}; "
        f"brought to full scale: {level}; rounded to 16 bits without dither."
    )


def _finish(finish: Finish) -> str:
    """Return what was done to the sound of a generated clip."""
    steps = []
    if finish.remove_dc:
        steps.append("Its constant part was removed (a high-pass filter at 10 Hz).")
    if finish.fade_samples:
        fade_s = finish.fade_samples / SAMPLE_RATE_HZ
        steps.append(f"It fades out over the last {fade_s:g} s of the clip.")
    level = "Its peak was brought to full scale (less where level is a factor)"
    if finish.rms_dbfs is not None:
        level = f"Its root mean square was brought to {finish.rms_dbfs:g} dB of full scale"
    return " ".join([*steps, f"{level}, and it was rounded to 16 bits without dither."])


def _uses(manifest: Manifest) -> str:
    fit = (
        "Training on real sound, and scores that need labels only. Scores that need to know what a "
        "clip would be with another factor are not possible."
        if manifest.recorded
        else "Training, and scores against the truth, true counterfactuals among them."
    )
    return (
        f"What is it fit for? {fit} What is it not fit for? Claims on music at large: it has the "
        "factors above and nothing else."
    )


def _distribution(facts: CardFields) -> str:
    return f"Under which licence? {facts.licence[0].upper()}{facts.licence[1:]}."


def _maintenance(manifest: Manifest, facts: CardFields) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in manifest.versions.items())
    if manifest.recorded:
        how = (
            "How is it made again? With dsounds import, from the recordings whose sha256 are in "
            f"{recordings_csv.FILE}, and these settings:"
        )
    else:
        how = (
            "How is it made again? Save this as recipe.toml; then `dsounds generate recipe.toml "
            f"--out FOLDER{_renderer(manifest)}` gives a corpus of the same id:"
        )
    return (
        f"Made with {versions}. `dsounds verify FOLDER` tells whether it is still what it was.\n\n"
        f"{how}\n\n```toml\n{facts.recipe}```"
    )


def _renderer(manifest: Manifest) -> str:
    return "" if manifest.renderer == "notes" else f" --renderer {manifest.renderer}"
