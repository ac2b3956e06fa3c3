"""Swaps of v with three targets: one factor differs, the other, or both (Luo et al. 2022, Fig 7).

v is one code for both factors, so it cannot be changed in one of them alone. As in sec. 6.5 of the
paper, one factor alone is changed with the v of a clip that differs from the source in that factor
only, and in its melody: decode(z of the source, v of the target). Beside each swap stands the true
counterfactual, the source's melody with the target's static factors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure

from ...datasets.reading.picture import static_names
from ...errors import DsoundsError
from ...synth.features import log_mel
from ..fitting.checkpoints import load_run
from ..fitting.run_data import RunData, open_run_data
from ..models.interface import SequenceModel, encode_all
from .captioned import DPI, save
from .mel_panels import HEIGHT, WIDTH, Panel, draw_panels
from .results import Result


@dataclass(frozen=True)
class Swaps:
    """A source and its targets, as clip numbers and log-mel (frames, bands).

    `targets`, `swapped` and `truth` have a row for each target; `distance` is the mean square of
    the swap from the truth, `unswapped` that of the source's reconstruction.
    """

    source: int
    clips: tuple[int, ...]
    names: tuple[str, ...]
    original: np.ndarray
    targets: np.ndarray
    swapped: np.ndarray
    truth: np.ndarray
    distance: np.ndarray
    unswapped: np.ndarray


def choose(data: RunData, factors: Sequence[str], seed: int = 0) -> tuple[int, tuple[int, ...]]:
    """Draw a source of the scored clips and a target for each factor, and one for all of them.

    A target has another class of its factor, the source's class of the other static factors, and
    another melody.

    Raises
    ------
    DsoundsError
        If no scored clip has such targets.
    """
    space, rows = data.corpus.space, data.scored
    labels = data.corpus.labels(rows)[0]  # (clips, factors)
    static = [space.column(one.name) for one in space.varying("static")]
    melody = [space.column(one.name) for one in space.varying("dynamic")]
    wanted = [{space.column(name)} for name in factors] + [set(map(space.column, factors))]
    rng = np.random.default_rng(seed)
    for i in rng.permutation(len(rows)):
        differs = labels != labels[i]
        found = []
        for columns in wanted:
            fits = differs[:, melody].any(axis=1)
            for column in static:
                fits &= differs[:, column] == (column in columns)
            found.append(np.flatnonzero(fits))
        if all(map(len, found)):
            return int(rows[i]), tuple(int(rows[rng.choice(places)]) for places in found)
    raise DsoundsError(
        f"no scored clip has targets that differ in {' or '.join(factors)} alone: is the corpus "
        "too small?"
    )


def swaps(model: SequenceModel, data: RunData, source: int, targets: tuple[int, ...]) -> Swaps:
    """Return the source decoded with the v of each target, and what it ought to be."""
    corpus = data.corpus
    clips = np.array([source, *targets])
    x = torch.from_numpy(np.asarray(data.x[clips]))
    codes = encode_all(model, x)
    assert codes.v_mean is not None
    z = None if codes.z_mean is None else codes.z_mean[:1].expand(len(clips), -1, -1)
    with torch.no_grad():
        made = model.decode(z, codes.v_mean).numpy()  # type: ignore[arg-type]
    labels = corpus.labels(clips[1:])[0]
    static = {
        f.name: labels[:, corpus.space.column(f.name)] for f in corpus.space.varying("static")
    }
    true = log_mel(
        corpus.counterfactual(np.full(len(targets), source), classes=static), data.settings
    )
    return Swaps(
        source,
        targets,
        tuple(static_names(corpus, int(clip)) for clip in clips),
        x[0].numpy(),
        x[1:].numpy(),
        made[1:],
        true,
        np.square(made[1:] - true).mean(axis=(1, 2)),
        np.square(made[:1] - true).mean(axis=(1, 2)),
    )


def draw_targets(run: Result, factors: Sequence[str], path: Path) -> None:
    """Draw the swaps of a run: targets above, swaps in the middle, the truth below."""
    loaded = load_run(run.folder)
    data = open_run_data(loaded.config)
    made = swaps(loaded.model, data, *choose(data, factors))
    changed = [*(f"only {name} differs" for name in factors), f"{' and '.join(factors)} differ"]
    targets = [
        Panel(x, f"target, {one}\n{name}")
        for x, one, name in zip(made.targets, changed, made.names[1:], strict=True)
    ]
    swapped = [
        Panel(x, f"swap: {one:.1f} from the truth\n(without a swap {none:.1f})")
        for x, one, none in zip(made.swapped, made.distance, made.unswapped, strict=True)
    ]
    source = Panel(made.original, f"source\n{made.names[0]}")
    truth = [Panel(x, "true counterfactual") for x in made.truth]
    rows: list[list[Panel | None]] = [[None, *targets], [source, *swapped], [None, *truth]]
    figure = Figure((WIDTH * len(rows[0]), HEIGHT * len(rows)), dpi=DPI, layout="constrained")
    draw_panels(figure, rows, data.settings)
    save(figure, path)
