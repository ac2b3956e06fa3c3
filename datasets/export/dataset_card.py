"""README.md of an exported folder: which files are which part, and the types of all columns.

Hugging Face's `datasets` reads its YAML: the parts by itself, the types where they are handed over
(datasets 5 infers other ones from metadata.csv; the text of the file says how). Columns
FACTOR_class are class labels, with the names of the values in the order of the corpus: encoded by
itself the library sorts them by the alphabet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from ..factors.splits import PARTS
from . import metadata_csv
from .selection import Selection

FILE = "README.md"


def card(selection: Selection, suffix: str, parts: Iterable[str]) -> str:
    """Return the text for sound files of a suffix in folders of these parts."""
    corpus = selection.corpus
    lines = ["---", "configs:", "- config_name: default", "  data_files:"]
    for part in (name for name in PARTS if name in parts):
        lines += [f"  - split: {part}", "    path:"]
        lines += [f"    - {part}/*{suffix}", f"    - {part}/{metadata_csv.FILE}"]
    lines += ["dataset_info:", "  features:"]
    lines += ["  - name: audio", "    dtype:", "      audio:"]
    lines += [f"        sampling_rate: {corpus.sample_rate_hz}"]
    for name, kind in metadata_csv.types(selection).items():
        lines.append(f"  - name: {json.dumps(name)}")
        if isinstance(kind, str):
            lines.append(f"    dtype: {kind}")
            continue
        lines += ["    dtype:", "      class_label:", "        names:"]
        lines += [f"          '{number}': {json.dumps(one)}" for number, one in enumerate(kind)]
    return "\n".join([*lines, "---", "", *_text(selection, suffix), ""])


def _text(selection: Selection, suffix: str) -> list[str]:
    corpus = selection.corpus
    text = [
        f"# {corpus.manifest.recipe['kind']} {corpus.id}",
        "",
        f"{len(selection):,} clips of sound with their labels (dsounds), in the parts of the split "
        f"{selection.split}. Hugging Face's datasets read this folder with ffmpeg and "
        "`pip install 'datasets[audio]'`:",
        "",
        "```python",
        "from datasets import load_dataset",
        "from datasets.info import DatasetInfosDict",
        "",
        'features = DatasetInfosDict.from_directory("FOLDER")["default"].features',
        'parts = load_dataset("FOLDER", features=features)',
        "```",
    ]
    if not corpus.manifest.recorded:
        text += [
            "",
            "Beside metadata.csv each part has notes.csv, a row for each note, and frames.npz, the "
            f"truth of each frame, with a row for each {suffix} file. pitch and f0_hz are nominal, "
            "those of the key that is pressed (f0_hz is nan for an instrument without a pitch); "
            "f0_sounding_hz is the fundamental that sounds, nan where it is not known. Both are 0 "
            "in a rest.",
        ]
    return text
