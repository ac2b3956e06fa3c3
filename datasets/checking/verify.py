"""The check of a corpus against its labels: hashes, labels, sound made again, sound measured.

It answers four questions, each by other means than those that made the corpus:

1. files: is corpus.json whole, does every shard have the sha256 that it says, and do the cached
   log-mel spectrograms have their checksums?
2. labels: do classes, values and notes follow from each clip's position in the factor space?
3. sound: does a sample of clips, rendered again, have the same bytes?
4. hearing: do trackers find the labelled pitches and onsets of melodies, do analyses find the
   labelled values of the factors of sinusoids (`label_recovery`) and of a melody's rendition
   (`rendition_recovery`)?

Trackers do not understand every sound (pads, choirs, bells), so what they find is reported per
instrument, and counts as wrong only when not one instrument's pitches are confirmed, and the notes
are found transposed in clips whose notes, each played alone, the tracker understands. Labelled
pitches are those of the keys; what is heard is compared with what the keys sound like on that
instrument, as `dsounds soundfont` has measured, and not at all where it has no pitch. Pitches,
taken where the notes are labelled, confirm the factors of the melody. Every factor that was not
measured, and is not confirmed by that, is named with the reason.

Of an imported corpus the first two are answered, labels by its recordings.csv: recordings cannot be
made again, and have no notes to measure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ...errors import DsoundsError
from ...synth.rendering.render import DirectRenderer, render_pcm
from ..importing import recordings_csv
from ..reading.corpus import Corpus
from ..reading.features import damaged_features
from ..reading.opening import open_corpus
from ..reading.sound import open_font
from ..recipes.melodies import INSTRUMENT, MELODIES
from ..recipes.sinusoids import Sinusoids
from ..storage.shard import labels
from .integrity import damaged_files
from .label_recovery import CONFIRMED, Heard, Recovered, hear, measurable, recover, understood
from .rendition_recovery import measure_of, recover_rendition

_UNSTEADY = "notes are too short or not steady"
_OTHER_PITCHES = "the labelled pitches are not those that a pitch tracker hears"


@dataclass
class Findings:
    """What `verify` found; an empty `problems` is a sound corpus.

    `by_notes` are the factors that are confirmed as the pitches of notes are; `unmeasured` has what
    was neither measured nor confirmed, and why.
    """

    shards: int = 0
    clips: int = 0
    rerendered: int = 0
    recorded: bool = False
    heard: list[Heard] = field(default_factory=list)
    recovered: list[Recovered] = field(default_factory=list)
    by_notes: list[str] = field(default_factory=list)
    unmeasured: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def verify(path: str | Path, sample: int = 32, seed: int = 0) -> Findings:
    """Check a corpus.

    Parameters
    ----------
    path
        The folder of the corpus.
    sample
        The number of clips to render again and to measure.
    seed
        The seed of the choice of these clips.

    Raises
    ------
    DsoundsError
        If there is no complete corpus at `path`.
    """
    if sample < 0:
        raise DsoundsError(f"sample is {sample}: 0 clips or more are needed")
    folder = Path(path)
    found = Findings(problems=damaged_files(folder))
    found.shards = len(list(folder.glob("shard-*.h5")))
    if found.problems:
        return found
    corpus = open_corpus(folder)
    found.clips = len(corpus)
    found.problems += damaged_features(corpus)
    if corpus.manifest.recorded:
        found.recorded = True
        found.problems += recordings_csv.wrong_labels(corpus)
        return found
    found.problems += _wrong_labels(corpus)
    count = min(sample, len(corpus))
    clips = np.sort(np.random.default_rng(seed).choice(len(corpus), count, replace=False))
    try:
        found.problems += _other_sound(corpus, clips)
        found.rerendered = len(clips)
    except DsoundsError as error:
        found.problems.append(f"cannot render again: {error}")
    _listen(corpus, clips, found)
    return found


def _listen(corpus: Corpus, clips: np.ndarray, found: Findings) -> None:
    """Add what is measured in clips (n,) to the findings."""
    if INSTRUMENT in corpus.space.names:
        found.heard = hear(corpus, clips)
        if found.rerendered and not any(heard.confirmed for heard in found.heard):
            again = hear(corpus, understood(corpus, clips))
            if again and all(heard.refuted for heard in again):
                found.problems.append(_OTHER_PITCHES)
        found.by_notes = _confirmed_by_notes(found.heard)
        if found.rerendered:
            found.recovered = recover_rendition(corpus, clips)
    else:
        found.recovered = recover(corpus, clips)
    measured = {one.factor.name for one in found.recovered if one.confirmed or one.refuted}
    found.unmeasured = {
        name: _why_unmeasured(corpus, name, found)
        for name in corpus.space.names
        if name not in measured and name not in found.by_notes
    }
    found.problems += [
        f"{one.factor.name} is heard as labelled in only {one.accuracy:.0%} of the clips"
        for one in found.recovered
        if one.refuted
    ]


def _confirmed_by_notes(heard: list[Heard]) -> list[str]:
    """Return the factors of a melody that the pitches of its notes confirm."""
    if not any(one.confirmed for one in heard):
        return []
    octave = any(one.confirmed and one.octave >= CONFIRMED for one in heard)
    return [name for name in MELODIES.names if octave or name != "octave"]


def _why_unmeasured(corpus: Corpus, name: str, found: Findings) -> str:
    recipe = corpus.manifest.typed_recipe()
    if not found.rerendered:
        return "no clip was rendered again"
    if name in (one.factor.name for one in found.recovered):
        return "too few clips were measured to tell"
    if isinstance(recipe, Sinusoids):
        return "no measurement is known" if measurable(recipe) else _UNSTEADY
    if name in MELODIES.names:
        if found.heard and all(one.pitchless for one in found.heard):
            return "the instruments have no pitch"
        return "the tracker is not sure of the pitches"
    if not measure_of(name):
        return "no measurement is known"
    one = len(corpus.space.factor(name)) == 1
    return "there is only one value" if one else "the values do not sound apart in examples"


def _wrong_labels(corpus: Corpus) -> list[str]:
    recipe = corpus.manifest.typed_recipe()
    index = recipe.positions(np.arange(recipe.clips))
    true = labels(recipe, index)
    stored = {
        "index": (corpus.index, index),
        "classes": (corpus.classes, true.classes),
        "values": (corpus.values, true.values),
        "notes": (corpus.notes(np.arange(len(corpus))), true.schedule.notes),
        "concepts": (corpus.concepts, corpus.vocabulary.khot(true.classes)),
    }
    if not corpus.manifest.same_choice(recipe):
        return ["this version of NumPy draws other clips from the same seed: compare with the old"]
    for name in corpus.splits:
        if not np.array_equal(corpus.source.rows(f"splits/{name}", None), recipe.parts(name)):
            return [f"the split {name!r} is not the recipe's"]
    return [
        f"{name} of {int(wrong.sum())} clips is not the recipe's, first of clip {wrong.argmax()}"
        for name, (here, there) in stored.items()
        if (wrong := np.atleast_2d((here != there).T).any(axis=0)).any()
    ]


def _other_sound(corpus: Corpus, clips: np.ndarray) -> list[str]:
    """Return the clips whose stored sound is not what rendering gives."""
    if corpus.manifest.renderer == "direct":
        with open_font(corpus.manifest) as font:
            direct = DirectRenderer(font, corpus.sound.recipe.voices, corpus.clip_samples)
            again, peaks = render_pcm(direct, corpus.schedule(corpus.values[clips]))
    else:
        again, peaks = corpus.render(corpus.values[clips])
    other = (again != corpus.pcm(clips)).any(axis=1) | (peaks != corpus.peak[clips])
    return [f"clip {clip} rendered again is another sound" for clip in clips[other]]
