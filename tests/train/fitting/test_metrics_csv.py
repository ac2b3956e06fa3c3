"""metrics.csv is checked row by row: damage is named, and a resumed run keeps what is whole."""

import csv
import io
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from dsounds.errors import DsoundsError
from dsounds.train.fitting.metrics_csv import (
    METRICS,
    MetricsWriter,
    columns_of,
    csv_text,
    read_metrics,
    resumed,
    salvaged,
)
from dsounds.train.models.families.dsae import FAMILY

TERMS = FAMILY.terms
COLUMNS = columns_of(TERMS)
EPOCHS = 5
Run = Callable[..., Path]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of five epochs."""
    rng = np.random.default_rng(0)
    writer = MetricsWriter(tmp_path / METRICS, COLUMNS)
    writer.begin([])
    for epoch in range(1, EPOCHS + 1):
        values = dict(zip(COLUMNS[2:], rng.standard_normal(len(COLUMNS) - 2).tolist(), strict=True))
        writer.append({"epoch": epoch, "stage": 1, **values})
    return tmp_path / METRICS


def epochs(path: Path) -> str:
    """Return the epochs that a resumed run keeps."""
    return "".join(row["epoch"] for row in resumed(path, TERMS, EPOCHS)[1])


def test_the_checksum_is_that_of_all_before_it(path: Path) -> None:
    before, *lines = path.read_text().splitlines()
    for line in lines:
        own, _, stated = line.rpartition(",")
        before += own
        assert stated == f"{zlib.crc32(before.encode()):010d}"
    assert [list(row) for row in read_metrics(path)] == [COLUMNS] * EPOCHS


def check_flips(path: Path, step: int) -> None:
    """A flipped bit is named, and costs the rows whose checksums it is part of: two at most."""
    whole, rows = path.read_bytes(), read_metrics(path)
    assert len(whole) > 1000
    for position in range(0, len(whole), step):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << position % 8
        path.write_bytes(damaged)
        with pytest.raises(DsoundsError, match=r"metrics\.csv is damaged \("):
            read_metrics(path)
        kept = salvaged(path, COLUMNS).rows
        assert len(kept) >= EPOCHS - 2
        assert all(row in rows for row in kept)


def test_a_flipped_byte_is_named(path: Path) -> None:
    check_flips(path, step=23)


@pytest.mark.slow
def test_any_flipped_byte_is_named(path: Path) -> None:
    check_flips(path, step=1)


def test_zeros_in_place_of_a_block_are_named(path: Path) -> None:
    whole = path.read_bytes()
    for start in range(0, len(whole), 64):
        damaged = bytearray(whole)
        damaged[start : start + 64] = bytes(len(damaged[start : start + 64]))
        path.write_bytes(damaged)
        with pytest.raises(DsoundsError, match=r"metrics\.csv is damaged \("):
            read_metrics(path)


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        (lambda lines: [*lines[:3], *lines[4:]], "125"),  # a row is gone
        (lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]], "15"),  # two are swapped
        (lambda lines: [lines[0].replace(b"loss", b"lost"), *lines[1:]], "12345"),
        (lambda lines: [b"\xff\xfe" + lines[0], *lines[1:]], "12345"),
        (lambda lines: [b"", *lines[1:]], "12345"),
        (lambda lines: lines[1:], "345"),  # the first row stands in place of the header
    ],
)
def test_other_damage_is_named_and_what_is_whole_is_kept(
    path: Path, change: Callable[[list[bytes]], list[bytes]], kept: str
) -> None:
    path.write_bytes(b"\n".join(change(path.read_bytes().split(b"\n"))))
    with pytest.raises(DsoundsError, match=r"metrics\.csv is damaged \("):
        read_metrics(path)
    assert epochs(path) == kept


def test_an_empty_file_is_damaged(path: Path) -> None:
    path.write_bytes(b"")
    with pytest.raises(DsoundsError, match=r"is damaged \(its header is another"):
        read_metrics(path)


def test_a_row_cut_short_anywhere_is_left_out(path: Path) -> None:
    """A kill leaves it; one whose line end alone is missing is whole."""
    whole, rows = path.read_bytes(), read_metrics(path)
    last = whole.rstrip(b"\n").rindex(b"\n") + 1
    for size in range(last, len(whole) + 1):
        path.write_bytes(whole[:size])
        assert read_metrics(path) == (rows if size >= len(whole) - 1 else rows[:-1])


def test_a_file_of_an_earlier_version_opens_and_goes_on_as_it_is(path: Path) -> None:
    rows = read_metrics(path)
    path.write_text(csv_text(rows, COLUMNS[:-2], header=True))
    found = salvaged(path, COLUMNS)
    assert (found.sealed, found.fault, len(found.rows)) == (False, "", EPOCHS)
    writer, kept, fault = resumed(path, TERMS, 3)
    assert (len(kept), fault) == (3, "")
    writer.begin(kept)
    writer.append({"epoch": 4, "stage": 1, "seconds": 0.5, "v_active_units": 2})
    lines = list(csv.reader(io.StringIO(path.read_text())))
    assert lines[0] == COLUMNS[:-2]
    assert [line[:3] for line in lines[-1:]] == [["4", "1", "0.5"]]


def test_what_goes_on_is_checked_like_what_was_written_at_once(path: Path) -> None:
    whole = path.read_bytes()
    rows = read_metrics(path)
    writer, kept, _ = resumed(path, TERMS, 2)
    writer.begin(kept)
    for row in rows[2:]:
        writer.append(
            {name: float(value) for name, value in row.items()}
            | {"epoch": int(row["epoch"]), "stage": 1}
        )
    assert path.read_bytes() == whole


def weights(out: Path) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = torch.load(out / "last.ckpt", weights_only=True)["state_dict"]
    return found


def test_a_run_goes_on_from_its_checkpoint_whatever_became_of_its_rows(
    small_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, rows = small_run(tmp_path / "run"), read_metrics(small_run(tmp_path / "run") / METRICS)
    content = (out / METRICS).read_bytes().replace(b"\n2,", b"\n\xff,")
    (out / METRICS).write_bytes(content)
    capsys.readouterr()
    small_run(out, epochs=6)
    said = capsys.readouterr().err
    assert "metrics.csv was damaged (line 3: its checksum is another): it keeps 3 of 4" in said
    found = read_metrics(out / METRICS)
    assert [row["epoch"] for row in found] == ["1", "3", "4", "5", "6"]
    assert found[:3] == [rows[0], *rows[2:]]
    whole = weights(small_run(tmp_path / "other", epochs=6))
    assert all(torch.equal(value, whole[name]) for name, value in weights(out).items())


def test_the_rows_of_a_finished_run_are_mended(
    small_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = small_run(tmp_path / "run")
    before = (out / METRICS).read_bytes()
    (out / METRICS).write_bytes(before[:-30] + b"\0" * 30)
    capsys.readouterr()
    small_run(out)
    assert "was damaged" in capsys.readouterr().err
    assert [row["epoch"] for row in read_metrics(out / METRICS)] == ["1", "2", "3"]
    small_run(out)
    assert "damaged" not in capsys.readouterr().err
