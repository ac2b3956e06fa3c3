"""Corpora as text for a terminal."""

from __future__ import annotations

import numpy as np

from ...synth.music.schedule import Voice
from ..factors.splits import PARTS
from ..reading.corpus import Corpus
from ..recipes.melodies import INSTRUMENT
from ..storage.manifest import Manifest
from ..storage.pitch_table import beside_keys
from .label_recovery import CONFIRMED, Recovered
from .verify import Findings

_MOST_COUNTED = 1_000_000  # clips whose labels are counted
_MISSED_ONSETS = """\
  a low recall is the detector's: it looks for sudden rises of the sound, and misses onsets of
  instruments that rise slowly (strings, pads, voices); labelled is when the key is pressed"""


def summary(corpus: Corpus) -> str:
    """Return what a corpus holds: factors with their values and counts, its parts, its files."""
    manifest = corpus.manifest
    seconds = corpus.clip_samples / corpus.sample_rate_hz
    megabytes = sum(shard["bytes"] for shard in manifest.shards) / 1e6
    place = f"{len(manifest.shards)} shards, {megabytes:,.0f} MB" if corpus.folder else "on demand"
    seed = manifest.recipe["seed"] if manifest.recorded else manifest.typed_recipe().seed
    countable = len(corpus) <= _MOST_COUNTED
    width = max(15, *(len(name) + 2 for name in corpus.space.names))
    lines = [
        f"{corpus.name}: {len(corpus):,} clips of {seconds:g} s",
        *(f"split {split}: {_parts(corpus, split)}" for split in corpus.splits if countable),
        f"{manifest.recipe['kind']}, seed {seed}, id {corpus.id}; {place}; {_source(manifest)}",
        "",
        f"  {'factor':<{width}}{'kind':<9}{'values':>6}  clips per value",
    ]
    for column, factor in enumerate(corpus.space.factors):
        told = f"from {factor.names[0]} to {factor.names[-1]}"
        if countable:
            counts = np.bincount(corpus.classes[:, column], minlength=len(factor))
            told = _counts(factor.names, counts)
        lines.append(f"  {factor.name:<{width}}{factor.kind:<9}{len(factor):>6}  {told}")
    return "\n".join([*lines, *_nominal(corpus)])


def _nominal(corpus: Corpus) -> list[str]:
    """Return what pitches of notes mean, where instruments do not sound at those of their keys."""
    if corpus.manifest.recorded or INSTRUMENT not in corpus.space.names or not corpus.pitches:
        return []
    instruments = corpus.space.factor(INSTRUMENT)
    rows = [corpus.pitches.row(Voice(int(program))) for program in instruments.values]
    groups: dict[str, list[str]] = {}
    for row in rows:
        if row and (not row.pitched or row.octaves):
            groups.setdefault(beside_keys(row), []).append(row.name)
    if not groups:
        return []
    told = [f"  {how}: {', '.join(names)}" for how, names in groups.items()]
    return ["", "  pitch and f0 of notes are nominal, those of the keys; what sounds is", *told]


def _source(manifest: Manifest) -> str:
    """Return where the sound comes from."""
    if manifest.recorded:
        recipe = manifest.recipe
        return f"level per {recipe['normalise']}, pitch confidence {recipe['confidence']:g} or more"
    font = f"{manifest.typed_recipe().soundfont} {manifest.soundfont_sha256[:12]}"
    return f"FluidSynth {manifest.fluidsynth}, {font}"


def _parts(corpus: Corpus, split: str) -> str:
    sizes = {part: len(corpus.split(part, split)) for part in PARTS}
    return ", ".join(f"{size:,} {part}" for part, size in sizes.items() if size)


def _counts(names: tuple[str, ...], counts: np.ndarray) -> str:
    if len(names) <= 4:
        return ", ".join(f"{name} {count:,}" for name, count in zip(names, counts, strict=True))
    return f"{counts.min():,} to {counts.max():,}, from {names[0]} to {names[-1]}"


def verdict(findings: Findings, tables: bool = False) -> str:
    """Return what `verify` found, line by line.

    With `tables`, factors that were always recovered have their confusions shown, too.
    """
    compared = f"{findings.rerendered} rendered again and compared"
    if findings.recorded:
        compared = "recordings, of which only files and labels can be checked"
    shards = _number(findings.shards, "shard")
    lines = [f"{shards}, {_number(findings.clips, 'clip')}; {compared}"]
    if findings.heard:
        lines += [
            "",
            f"  {'heard':<26}{'clips':>6}{'pitch':>9}{'octave':>9}{'onsets: precision':>20}"
            f"{'recall':>9}",
        ]
    for heard in findings.heard:
        doubt = "" if heard.confirmed else "   pitch unclear to the tracker"
        shares = f"{heard.pitch:>9.1%}{heard.octave:>9.1%}"
        if heard.pitchless:
            doubt, shares = "   no pitch", f"{'-':>9}{'-':>9}"
        lines.append(
            f"  {heard.instrument:<26}{heard.clips:>6}{shares}"
            f"{heard.onset_precision:>20.1%}{heard.onset_recall:>9.1%}{doubt}"
        )
    if any(heard.onset_recall < CONFIRMED for heard in findings.heard):
        lines += ["", _MISSED_ONSETS]
    if findings.by_notes:
        lines += ["", f"  confirmed by the notes' pitches: {', '.join(findings.by_notes)}"]
    lines += _recovered(findings.recovered, tables)
    lines += ["", *_not_measured(findings.unmeasured)] if findings.unmeasured else []
    problems = len(findings.problems)
    but = ", but not measured: " + ", ".join(findings.unmeasured) if findings.unmeasured else ""
    lines += ["", _number(problems, "problem") if problems else f"sound{but}"]
    return "\n".join(lines)


def _not_measured(unmeasured: dict[str, str]) -> list[str]:
    """Return a line for each reason, with the factors."""
    reasons = dict.fromkeys(unmeasured.values())
    return [
        f"  not measured, as {reason}: "
        + ", ".join(name for name, own in unmeasured.items() if own == reason)
        for reason in reasons
    ]


def _number(count: int, of: str) -> str:
    return f"{count:,} {of}{'s' * (count != 1)}"


def _recovered(factors: list[Recovered], tables: bool) -> list[str]:
    """Return how each factor was recovered, with the confusions of those with errors, or all."""
    if not factors:
        return []
    lines = ["", f"  {'factor':<15}{'values':>7}{'heard as labelled':>19}"]
    lines += [
        f"  {one.factor.name:<15}{len(one.factor):>7}{one.accuracy:>19.1%}" for one in factors
    ]
    for one in factors:
        if tables or one.accuracy < 1:
            lines += ["", *confusion_lines(one)]
    return lines


def confusion_lines(one: Recovered) -> list[str]:
    """Return a confusion table: labelled values in rows, recovered ones in columns, then none."""
    names = one.factor.names
    width = max(6, *(len(name) + 2 for name in names))
    head = "".join(f"{name:>{width}}" for name in (*names, "none"))
    rows = [
        f"  {name:>15}" + "".join(f"{count or '.':>{width}}" for count in row)
        for name, row in zip(names, one.counts.tolist(), strict=True)
    ]
    return [f"  {one.factor.name:>15}{head}", *rows]
