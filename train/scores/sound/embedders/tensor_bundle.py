"""Arrays of a TensorFlow checkpoint (its second format, a tensor bundle), without TensorFlow.

A checkpoint has an index, a sorted table of names as in LevelDB, and a file of the arrays' bytes.
Only what checkpoints of one data file with float32 arrays use is read.

A table ends with the place of its index block, whose entries hold the places of the data blocks. An
entry of a block has three numbers, of bytes that its key shares with the key before, of further
bytes of the key and of bytes of the value, and then these bytes. A value is a protocol buffer: 1
dtype, 2 shape (of 2: 1 size), 4 offset, 5 size.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .....errors import DsoundsError

_MAGIC = bytes.fromhex("57fb808b247547db")
_FOOTER = 48
_FLOAT32 = 1


def read_bundle(index: bytes, data: bytes) -> dict[str, np.ndarray]:
    """Return the float32 arrays of a checkpoint by their names.

    Parameters
    ----------
    index, data
        The bytes of the files .index and .data-00000-of-00001.

    Raises
    ------
    DsoundsError
        If the bytes are none of a checkpoint, or are cut off.
    """
    if index[-len(_MAGIC) :] != _MAGIC:
        raise DsoundsError("no checkpoint of TensorFlow: the end of its index is not that of one")
    try:
        found = {}
        for name, value in _entries(index):
            about = _fields(value)
            if name and about.get(1, [0])[-1] == _FLOAT32:
                found[name.decode()] = _array(about, data)
        return found
    except (IndexError, ValueError, TypeError, AttributeError):
        raise DsoundsError("a checkpoint of TensorFlow that is cut off or damaged") from None


def _array(about: dict[int, list[Any]], data: bytes) -> np.ndarray:
    sizes = _fields(about[2][-1]).get(2, []) if 2 in about else []
    shape = [_fields(size).get(1, [0])[-1] for size in sizes]
    start, size = about.get(4, [0])[-1], about[5][-1]
    return np.frombuffer(data[start : start + size], "<f4").reshape(shape)


def _entries(table: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the keys and values of a table, in order."""
    footer = table[-_FOOTER:]
    _, at = _handle(footer, 0)  # of a block that says nothing of the arrays
    place, _ = _handle(footer, at)
    for _, handle in _block(table, *place):
        yield from _block(table, *_handle(handle, 0)[0])


def _block(table: bytes, start: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    if table[start + size] != 0:
        raise ValueError("the block is compressed")
    block, key, at = table[start : start + size], b"", 0
    restarts = int.from_bytes(block[-4:], "little")
    end = size - 4 * (restarts + 1)
    while at < end:
        shared, at = _varint(block, at)
        more, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at : at + more]
        at += more
        yield key, block[at : at + length]
        at += length


def _handle(data: bytes, at: int) -> tuple[tuple[int, int], int]:
    start, at = _varint(data, at)
    size, at = _varint(data, at)
    return (start, size), at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of seven bits a byte, lowest first, and the place behind it."""
    value, shift = 0, 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def _fields(message: bytes) -> dict[int, list[Any]]:
    """Return the values of the fields of a protocol buffer, by their numbers."""
    found: dict[int, list[Any]] = {}
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        value: Any
        if tag & 7 == 0:
            value, at = _varint(message, at)
        else:
            size = {1: 8, 5: 4}.get(tag & 7)
            if size is None:
                size, at = _varint(message, at)
            value, at = message[at : at + size], at + size
        found.setdefault(tag >> 3, []).append(value)
    return found
