"""metrics.csv of a run folder, a row per epoch. Lightning is not imported, as it takes seconds.

`elbo` is the criterion of the family that early stopping and best.ckpt watch: Eq 2 for DSAE. The
active units of v and z are those of `train.fitting.active_units`; rows of 0.1.0 lack them.

The last column, crc32, is the CRC-32 of the header and of all rows so far, without line ends and
the numbers of this column. It has ten digits, so that a row that was cut short can be told. Each
row is checked by the number in the row before it, so that rows behind a damaged one can still be
trusted. A file of an earlier version has no such column, and goes on without it.
"""

import csv
import io
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

from ...datasets.storage import atomic_files
from ...errors import DsoundsError
from ...files import MOST_TEXT_BYTES, open_plain
from ..models.family import Term

METRICS = "metrics.csv"
ACTIVE_UNITS = ("v_active_units", "z_active_units")
CHECKSUM = "crc32"
_DIGITS = 10
_COLUMNS = re.compile(
    rf"epoch,stage,seconds(,(train|validation)_[^,\ufffd]+)*(,[vz]_active_units)*(,{CHECKSUM})?"
)
_CUT = re.compile(rb"[0-9.,e+\-naif]*")  # what there may be of a row that was cut short
Row = dict[str, str]


def columns_of(terms: Iterable[Term]) -> list[str]:
    """Return the columns of a family's metrics.csv, without the checksum."""
    names = ["loss", "elbo", *(term.name for term in terms)]
    values = [f"{part}_{name}" for part in ("train", "validation") for name in names]
    return ["epoch", "stage", "seconds", *values, *ACTIVE_UNITS]


@dataclass(frozen=True)
class Metrics:
    """What could be read of a metrics.csv.

    Attributes
    ----------
    rows
        The rows that are whole, without their checksums.
    sealed
        Whether they have checksums: those of earlier versions have not.
    fault
        The first damage that was found; "" where there is none.
    """

    rows: list[Row]
    sealed: bool
    fault: str = ""


def read_metrics(path: Path) -> list[Row]:
    """Return the rows of a metrics.csv; a last one cut short by a kill is left out.

    Raises
    ------
    DsoundsError
        For a damaged file.
    """
    return checked_metrics(path).rows


def checked_metrics(path: Path) -> Metrics:
    """Return the rows of a metrics.csv, and whether they have checksums; see `read_metrics`."""
    found = salvaged(path, ())
    if found.fault:
        raise DsoundsError(
            f"{path} is damaged ({found.fault}): put a copy in its place; or give the same "
            "`dsounds train` again, which leaves out the epochs that cannot be trusted"
        )
    return found


def salvaged(path: Path, columns: Sequence[str]) -> Metrics:
    """Return what is whole of a metrics.csv.

    Parameters
    ----------
    columns
        Those that it should have, by which rows under a damaged header are read.
    """
    with open_plain(path, MOST_TEXT_BYTES) as file:
        header, *lines = file.read().split(b"\n")
    text = header.decode("utf-8", errors="replace")
    known = bool(lines) and _COLUMNS.fullmatch(text) is not None
    found = _read(text, lines) if known else Metrics([], True, "its header is another")
    if not found.fault or not columns:
        return found
    other = _read(",".join([*columns, CHECKSUM]), lines)
    return max(found, replace(other, fault=found.fault), key=lambda one: len(one.rows))


def _read(header: str, lines: list[bytes]) -> Metrics:
    """Return the whole rows under a header, and the first fault."""
    names, rows, fault = header.split(","), [], ""
    sealed, before = names[-1] == CHECKSUM, _sum(header, 0)
    for number, line in enumerate(lines, start=2):
        last = number == len(lines) + 1  # behind the last line end
        row, wrong = _row(line, names, before if sealed else None, last)
        rows += [row] if row else []
        fault = fault or (f"line {number}: {wrong}" if wrong else "")
        before = _stored(line)
    return Metrics(rows, sealed, fault)


def _row(line: bytes, names: list[str], before: int | None, last: bool) -> tuple[Row | None, str]:
    """Return a row, or None and what is wrong: nothing where the last one is cut short."""
    cells = line.decode("utf-8", errors="replace").split(",")
    short = len(cells) < len(names) or before is None or len(cells[-1]) < _DIGITS
    if last and short and _CUT.fullmatch(line):
        return None, ""
    if len(cells) != len(names):
        return None, f"{len(cells)} cells for {len(names)} columns"
    if before is not None and _stored(line) != crc32(line.rpartition(b",")[0], before):
        return None, "its checksum is another"
    row = dict(zip(names, cells, strict=True))
    row.pop(CHECKSUM, None)
    try:
        _check_numbers(int(row["epoch"]), row["seconds"], row["stage"], *row.values())
    except ValueError as error:
        return None, str(error)
    return row, ""


def _stored(line: bytes) -> int:
    """Return the checksum in a row; -1 where there is none."""
    stated = line.rpartition(b",")[2]
    return int(stated) if len(stated) == _DIGITS and stated.isdigit() else -1


def _check_numbers(*cells: str | int) -> None:
    for cell in cells:
        float(cell or 0)  # an empty one: the stage has no such term


def _sum(text: str, before: int) -> int:
    return crc32(text.encode(), before)


class MetricsWriter:
    """Writes a metrics.csv: first the rows of the epochs before, then a row for each epoch."""

    def __init__(self, path: Path, columns: Sequence[str], sealed: bool = True) -> None:
        self.path, self.columns, self.sealed = path, list(columns), sealed
        self._before = 0

    def begin(self, rows: Sequence[Row]) -> None:
        """Write the whole file, with these rows."""
        names = [*self.columns, *[CHECKSUM] * self.sealed]
        header = ",".join(names)
        self._before = _sum(header, 0)
        atomic_files.write_text(self.path, f"{header}\n" + "".join(map(self._line, rows)))

    def append(self, row: dict[str, float]) -> None:
        """Add a row; it is on the disk before the checkpoint of its epoch is."""
        with self.path.open("a", encoding="utf-8", newline="") as file:
            file.write(self._line(row))
            file.flush()
            os.fsync(file.fileno())

    def _line(self, row: Row | dict[str, float]) -> str:
        text = csv_text([row], self.columns, header=False)
        if not self.sealed:
            return text
        own = text.removesuffix("\n")
        self._before = _sum(own, self._before)
        return f"{own},{self._before:0{_DIGITS}d}\n"


def resumed(path: Path, terms: Iterable[Term], epoch: int) -> tuple[MetricsWriter, list[Row], str]:
    """Return how a metrics.csv goes on after an epoch: its writer, the rows it keeps, its fault.

    A file of an earlier version keeps its columns: no active units, no checksums.
    """
    columns = columns_of(terms)
    found = salvaged(path, columns) if path.is_file() else Metrics([], sealed=True)
    kept = [row for row in found.rows if int(row["epoch"]) <= epoch]
    absent = [name for name in ACTIVE_UNITS if kept and name not in kept[0]]  # a run of 0.1.0
    columns = [name for name in columns if name not in absent]
    fault = found.fault and (
        f"{path} was damaged ({found.fault}): it keeps {len(kept)} of {epoch} epochs, and lacks "
        "the others"
    )
    return MetricsWriter(path, columns, found.sealed or not kept), kept, fault


def csv_text(rows: Sequence[Row | dict[str, float]], columns: list[str], header: bool) -> str:
    """Return rows as CSV text without checksums; what has no column is left out."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, "", extrasaction="ignore", lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: str | float) -> str | int:
    return f"{value:.6g}" if isinstance(value, float) else value
