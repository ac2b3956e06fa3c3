"""Files of dsounds are told by a mark near the begin or at the end, and by nothing else."""

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from dsounds.datasets.storage.own_files import NotOwn, check_own, save_picture

MARK, OTHER = b"# made here", b"# made there"
LONG = b"x" * 100_000


@pytest.mark.parametrize(
    "content",
    [MARK, OTHER, MARK + LONG, b"x" * 16_000 + MARK + LONG, LONG + MARK + b"x" * 900],
    ids=["short", "another mark", "first", "near the begin", "near the end"],
)
def test_a_file_with_a_mark_is_own(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(content)
    check_own(tmp_path / "a", MARK, OTHER)


@pytest.mark.parametrize(
    "content",
    [b"", LONG, LONG + MARK + LONG, MARK[:-1]],
    ids=["empty", "none", "far inside", "half of it"],
)
def test_a_file_without_a_mark_is_not(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(NotOwn, match="is no such file that dsounds wrote"):
        check_own(tmp_path / "a", MARK)


def test_what_is_no_file_is_not_own_whatever_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "own").write_bytes(MARK)
    (tmp_path / "link").symlink_to("own")
    (tmp_path / "lost").symlink_to("nowhere")
    for name, kind in (("link", "a link"), ("lost", "a link"), (".", "a folder")):
        with pytest.raises(NotOwn, match=f"is {kind}"):
            check_own(tmp_path / name, MARK)


def test_where_nothing_is_nothing_is_lost(tmp_path: Path) -> None:
    (tmp_path / "own").write_bytes(MARK)
    check_own(tmp_path / "new", MARK)
    check_own(tmp_path / "own" / "new", MARK)


def test_a_picture_replaces_pictures_of_its_kind_only(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Figure().savefig(path)
    before = path.read_bytes()
    with pytest.raises(NotOwn):
        save_picture(Figure(), path)
    assert path.read_bytes() == before
    path.unlink()
    for width in (1, 2):
        save_picture(Figure((width, 1)), path)
