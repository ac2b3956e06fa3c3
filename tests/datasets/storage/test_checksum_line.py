"""The line with a checksum at the end of a derived file, of more bytes than are read at once."""

from pathlib import Path
from zlib import crc32

from dsounds.datasets.storage import checksum_line


def test_every_chunk_of_a_large_file_counts(tmp_path: Path) -> None:
    path, content = tmp_path / "file", bytearray(b"0123456789" * 250_000)
    path.write_bytes(content)
    assert not checksum_line.unbroken(path, "notes")
    with open(path, "rb+") as file:
        checksum_line.append(file, "notes")
    line = f"dsounds notes 1: crc32 {crc32(content):08x}\n".encode()
    assert path.read_bytes() == content + line
    assert checksum_line.there(path, "notes") == len(content)
    assert checksum_line.there(path, "others") is None
    assert checksum_line.unbroken(path, "notes")
    for position in (0, 1 << 20, len(content) - 1):
        damaged = content.copy()
        damaged[position] ^= 1
        path.write_bytes(damaged + line)
        assert not checksum_line.examine(path, "notes"), position
