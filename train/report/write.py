"""A report on runs: one HTML file with scores, loss curves, swaps to see and hear, and codes.

The file needs nothing else: pictures, sounds, style and script are inside. The same runs and seed
give the same bytes.
"""

from pathlib import Path

from tqdm import tqdm

from ...datasets.storage import atomic_files
from ...datasets.storage.own_files import PAGE, check_own
from ...errors import DsoundsError
from ...settings import check_seed, require
from .page import page
from .runs import TrainedEntry, gather
from .swap_clips import choose_pairs, swap


def report(
    runs: list[Path], out: Path, clips: int = 3, seed: int = 0, progress: bool = False
) -> Path:
    """Compare runs on their corpus; write the report to `out` and return it.

    Parameters
    ----------
    runs
        Run folders, all trained on one corpus; a run without current scores.json is evaluated.
        Beside them, folders that hold the scores.json of models of one's own on that corpus.
    out
        The HTML file.
    clips
        The number of pairs of validation clips whose swaps are shown; the same for every run.
    seed
        Draws the pairs.
    progress
        Whether bars are shown.

    Raises
    ------
    DsoundsError
        If no run is given, a run has no checkpoint, runs are of different corpora or features,
        there are fewer validation clips than pairs, or `out` cannot be written.
    """
    check_seed(seed)
    require(clips >= 0, f"clips must be at least 0, got {clips}")
    out = Path(out)
    _check_writable(out)
    entries, data = gather([Path(run) for run in runs], progress)
    pairs = choose_pairs(data, clips, seed)
    models = [entry.run.model for entry in entries if isinstance(entry, TrainedEntry)]
    bar = tqdm(pairs, "swaps", unit="pair", disable=None if progress else True, leave=False)
    swaps = [swap(data, pair, models) for pair in bar]
    check_own(out, PAGE)
    atomic_files.write_text(out, page(entries, data, swaps, clips, seed))
    return out


def _check_writable(out: Path) -> None:
    """Refuse a bad `out` before the work, not after it."""
    if out.is_dir():
        raise DsoundsError(f"{out} is a folder; give the name of a file, such as {out}/report.html")
    check_own(out, PAGE)
    atomic_files.make_folder(out.parent)
