"""The page of a report: what its template shows, from top to bottom."""

from ...datasets import Factor
from ...datasets.reading.picture import COLOUR_LIMITS
from ..fitting.run_data import RunData
from ..scores.frame_means import swap_means
from ..scores.swaps.counterfactual_error import RANGE_DB
from .codes import code_planes
from .curves import loss_curves
from .html import TEMPLATES, render
from .origin import origin
from .pictures.files import class_names
from .pictures.sections import picture_sections
from .runs import Entry, TrainedEntry
from .score_table import score_groups
from .spectrograms import colour_steps, spectrogram, ticks
from .swap_clips import Swap, vocoded
from .verdict import verdict


def page(entries: list[Entry], data: RunData, swaps: list[Swap], clips: int, seed: int) -> str:
    """Return the whole document; `clips` and `seed` are what `report` was called with."""
    trained = [entry for entry in entries if isinstance(entry, TrainedEntry)]
    return render(
        TEMPLATES / "report.html",
        entries=entries,
        trained=trained,
        data=data,
        static=", ".join(_named(f) for f in data.corpus.space.varying("static")),
        verdicts=[
            (*verdict(entry.scores, entry.factors), swap_means(entry.scores)) for entry in entries
        ],
        range_db=RANGE_DB,
        groups=score_groups(entries),
        pictures=picture_sections(entries, class_names(data.corpus.space)),
        curves=loss_curves(trained),
        swaps=swaps,
        again=vocoded(data, swaps[0]) if swaps else None,
        spectrogram=spectrogram,
        ticks=ticks(data.x.shape[1], data.settings),
        colours=(COLOUR_LIMITS, colour_steps()),
        factors=code_planes(trained, data, seed),
        origin=origin(entries, data, clips, seed),
    )


def _named(factor: Factor) -> str:
    """Return a factor with its values, if these are few."""
    few = len(factor) <= 4
    return f"{factor.name} ({', '.join(factor.names) if few else f'{len(factor)} values'})"
