"""Swaps of a corpus to see and to hear, beside the true counterfactuals: a figure and sounds.

Two pairs of scored clips, drawn by a seed, are swapped both ways by the first runs of the corpus's
first two variants. Each of the four examples is a row of the figure, and has these sounds, with its
number and the names of the variants:

| file | what it is |
|---|---|
| 1-source.flac, 1-partner.flac | the clip that gives z, and the one that gives v: their own sound |
| 1-swap-NAME.flac | decode(z of the source, v of the partner), made sound by the vocoder |
| 1-truth.flac | the true counterfactual: the source's melody with the partner's static factors |
| 1-truth-vocoded.flac | its log-mel, made sound by the same vocoder: what this alone costs |

All are mono, of 16 bit. What the vocoder makes has a peak of 1, whatever the level was.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from ...datasets.storage import atomic_files
from ...synth.features import LogMelSettings, to_audio
from ...synth.rendering.pcm import to_pcm
from ..fitting.checkpoints import load_run
from ..fitting.run_data import open_run_data
from ..report.swap_clips import Clip, Swap, choose_pairs, swap
from .captioned import captioned, save
from .mel_panels import HEIGHT, WIDTH, Panel, draw_panels
from .results import Results
from .variant import UNSAFE

FIGURE = "swaps.png"
MODELS, PAIRS, SEED = 2, 2, 0
CAPTION = (
    "Distances are mean squares between the log-mel of a swap and that of the true counterfactual "
    "beside it, over all frames (in held notes, in rests). Numbers of rows are those of the sounds."
)


@dataclass(frozen=True)
class Example:
    """A swap of several models.

    `names` are the static factors of source and partner; `swaps` has the swap of each model by its
    name.
    """

    source: Clip
    partner: Clip
    names: tuple[str, str]
    swaps: dict[str, Clip]
    truth: Clip


def examples(made: Swap, models: list[str]) -> list[Example]:
    """Return both ways of a pair: the first clip with the partner's v, and the reverse."""
    (first, one, other, second), (i, j) = made.truth, made.names
    ways = zip(
        (1, 2), (first, second), (second, first), ((i, j), (j, i)), (one, other), strict=True
    )
    return [
        Example(
            source,
            partner,
            names,
            {name: four[place] for name, four in zip(models, made.decoded, strict=True)},
            truth,
        )
        for place, source, partner, names, truth in ways
    ]


def write_swaps(corpus: str, results: Results, folder: Path) -> None:
    """Write the figure and the sounds of a corpus into a folder; nothing where no run was scored.

    What is there already is replaced.
    """
    own = results.on(corpus)
    runs = [found[0] for variant in own.variants[:MODELS] if (found := own.of(variant))]
    if not runs:
        return
    loaded = [load_run(run.folder) for run in runs]
    data = open_run_data(loaded[0].config, part=own.parts[0])
    models, names = [run.model for run in loaded], [run.variant.title for run in runs]
    pairs = choose_pairs(data, PAIRS, SEED)
    made = [one for pair in pairs for one in examples(swap(data, pair, models), names)]
    rows = [panels(number, one) for number, one in enumerate(made, 1)]
    words = f"{data.part.capitalize()} clips of the corpus {corpus}. {CAPTION}"
    figure = captioned(WIDTH * len(rows[0]), HEIGHT * len(rows), words)
    draw_panels(figure, rows, data.settings)
    atomic_files.make_folder(folder)
    save(figure, folder / FIGURE)
    for number, one in enumerate(made, 1):
        for name, pcm in sounds(one, data.settings).items():
            write_sound(folder / f"{number}-{name}.flac", pcm, data.settings.sample_rate_hz)


def panels(number: int, one: Example) -> list[Panel]:
    """Return a row of the figure."""
    source, partner = one.names
    swapped = [
        Panel(clip.x, f"swap of {name}:\n{clip.distances['swap'].words()}")
        for name, clip in one.swaps.items()
    ]
    return [
        Panel(one.source.x, f"{number}. source\n{source}"),
        Panel(one.partner.x, f"partner\n{partner}"),
        *swapped,
        Panel(one.truth.x, "true counterfactual\n"),
    ]


def sounds(one: Example, settings: LogMelSettings) -> dict[str, np.ndarray]:
    """Return the sounds of an example, (samples,) int16 each, by their names."""
    swapped = {f"swap-{name.translate(UNSAFE)}": clip.pcm for name, clip in one.swaps.items()}
    again = to_pcm(to_audio(one.truth.x, settings))
    own = {"source": one.source.pcm, "partner": one.partner.pcm}
    return {**own, **swapped, "truth": one.truth.pcm, "truth-vocoded": again}


def write_sound(path: Path, pcm: np.ndarray, rate_hz: int) -> None:
    """Write (samples,) int16 as FLAC, whole or not at all."""
    with atomic_files.atomic_write(path) as place:
        soundfile.write(place, pcm, rate_hz, format="FLAC", subtype="PCM_16")
