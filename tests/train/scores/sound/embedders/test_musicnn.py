"""musicnn from its wheel: the reader of checkpoints, the network, and other files.

With the weights of the real wheel the network finds the tags piano, guitar, violin and sitar the
most probable of clips on these instruments; the wheel is not here, so weights are made up.
"""

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from dsounds.errors import DsoundsError
from dsounds.train.scores.sound.embedders import musicnn
from dsounds.train.scores.sound.embedders.musicnn_network import MusicNN, shapes
from dsounds.train.scores.sound.embedders.registry import load_embedders
from dsounds.train.scores.sound.embedders.tensor_bundle import read_bundle

MAGIC = 0xDB4775248B80FB57


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def block(entries: list[tuple[bytes, bytes]]) -> bytes:
    """Keys with what they share with the one before left out, one restart, no compression."""
    out, before = b"", b""
    for key, value in entries:
        shared = next(
            (i for i, (a, b) in enumerate(zip(key, before, strict=False)) if a != b),
            min(len(key), len(before)),
        )
        out += varint(shared) + varint(len(key) - shared) + varint(len(value))
        out += key[shared:] + value
        before = key
    return out + struct.pack("<II", 0, 1)


def bundle(arrays: dict[str, np.ndarray], in_block: int = 5) -> tuple[bytes, bytes]:
    """Return the index and the data of a checkpoint."""
    data, entries = b"", [(b"", field(1, 1))]
    for name in sorted(arrays):
        one = arrays[name]
        dims = b"".join(field(2, field(1, size)) for size in one.shape)
        about = field(1, 1 if one.dtype == np.float32 else 9) + field(2, dims)
        about += (field(4, len(data)) if data else b"") + field(5, one.nbytes)
        about += varint(6 << 3 | 5) + b"crc!"
        entries.append((name.encode(), about))
        data += one.tobytes()
    table, places = b"", []
    for start in range(0, len(entries), in_block):
        some = entries[start : start + in_block]
        made = block(some)
        places.append((some[-1][0] + b"~", varint(len(table)) + varint(len(made))))
        table += made + b"\0crc!"
    handles = b""
    for made in (block([]), block(places)):
        handles += varint(len(table)) + varint(len(made))
        table += made + b"\0crc!"
    return table + handles.ljust(40, b"\0") + struct.pack("<Q", MAGIC), data


def test_a_checkpoint_is_read() -> None:
    rng = np.random.default_rng(0)
    given = {
        f"layer_{k}/kernel": rng.standard_normal((k + 1, 200)).astype(np.float32) for k in range(12)
    }
    given |= {"power": np.float32(0.9) * np.ones(()), "bias": np.zeros(3, np.float32)}
    given = {name: one.astype(np.float32) for name, one in given.items()}
    found = read_bundle(*bundle({**given, "step": np.arange(4)}))
    assert found.keys() == given.keys()  # whole numbers are no weights
    for name, one in given.items():
        np.testing.assert_array_equal(found[name], one)


def test_what_is_no_checkpoint_is_refused() -> None:
    index, data = bundle({"a": np.ones((2, 300), np.float32)})
    with pytest.raises(DsoundsError, match="no checkpoint of TensorFlow"):
        read_bundle(index[:-1], data)
    with pytest.raises(DsoundsError, match="cut off or damaged"):
        read_bundle(index, data[:-4])
    with pytest.raises(DsoundsError, match="cut off or damaged"):
        read_bundle(index[30:], data)
    with pytest.raises(DsoundsError, match="cut off or damaged"):
        read_bundle(index[-48:], data)


@pytest.fixture(scope="module")
def weights() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    made = {}
    for name, shape in shapes().items():
        scale = np.prod(shape[:-1]) ** -0.5 if name.endswith("kernel") else 0.3
        made[name] = (scale * rng.standard_normal(shape)).astype(np.float32)
        if name.endswith(("variance", "gamma")):
            made[name] = np.abs(made[name]) + np.float32(0.5)
    return made


def wheel(path: Path, arrays: dict[str, np.ndarray]) -> Path:
    index, data = bundle(arrays)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("musicnn/MTT_musicnn/.index", index)
        file.writestr("musicnn/MTT_musicnn/.data-00000-of-00001", data)
    return path


def naive(weights: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """The network as musicnn 0.1.0 writes it for TensorFlow, axes (time, frequency, channel)."""
    counts = {"conv2d": 0, "batch_normalization": 0}

    def named(kind: str) -> str:
        counts[kind] += 1
        return kind if counts[kind] == 1 else f"{kind}_{counts[kind] - 1}"

    def normalised(y: np.ndarray) -> np.ndarray:
        name = named("batch_normalization")
        mean, variance, gamma, beta = (
            weights[f"{name}/{part}"]
            for part in ("moving_mean", "moving_variance", "gamma", "beta")
        )
        return gamma * (y - mean) / np.sqrt(variance + 0.001) + beta

    def convolved(y: np.ndarray) -> np.ndarray:
        name = named("conv2d")
        kernel = weights[f"{name}/kernel"]
        views = np.lib.stride_tricks.sliding_window_view(y, kernel.shape[:2], axis=(0, 1))
        z = np.einsum("tfcij,ijco->tfo", views, kernel, optimize=True)
        return normalised(np.maximum(z + weights[f"{name}/bias"], 0))

    def padded(y: np.ndarray, before: int, behind: int) -> np.ndarray:
        return np.pad(y, ((before, behind), (0, 0), (0, 0)))

    y = normalised(x[:, :, None].astype(np.float64))
    front = [convolved(padded(y, 3, 3)).max(axis=1) for _ in range(2)]
    front += [convolved(padded(y, (n - 1) // 2, n // 2)).max(axis=1) for n in (128, 64, 32)]
    layers = [np.concatenate(front, axis=1)]
    for _ in range(3):
        made = convolved(padded(layers[-1][:, :, None], 3, 3))[:, 0]
        layers.append(made + layers[-1] if len(layers) > 1 else made)
    whole = np.concatenate(layers, axis=1)
    flat = normalised(np.stack([whole.max(axis=0), whole.mean(axis=0)], axis=1).ravel())
    dense = np.maximum(flat @ weights["dense/kernel"] + weights["dense/bias"], 0)
    return normalised(dense)


def test_the_network_is_that_of_the_package(weights: dict[str, np.ndarray]) -> None:
    x = np.random.default_rng(1).random((2, 20, 96)).astype(np.float32)
    network = MusicNN(weights)
    found = network.units(torch.from_numpy(x)).numpy()
    assert found.shape == (2, 200)
    for one, clip in zip(found, x, strict=True):
        np.testing.assert_allclose(one, naive(weights, clip), rtol=1e-3, atol=1e-4)
    tags = network.tags(torch.from_numpy(x)).numpy()
    logits = found @ weights["dense_1/kernel"] + weights["dense_1/bias"]
    np.testing.assert_allclose(tags, 1 / (1 + np.exp(-logits)), rtol=1e-3)


def test_a_clip_is_read_in_windows_of_three_seconds(
    weights: dict[str, np.ndarray], tmp_path: Path
) -> None:
    clip = (0.5 * np.sin(np.arange(64_000) * 0.2)).astype(np.float32)
    x = musicnn.examples(clip)
    assert x.shape == (5, 187, 96)
    assert x.dtype == np.float32
    np.testing.assert_array_equal(x[1, :-16], x[0, 16:])
    assert x[0, 50].argmax() == x[4, 90].argmax()  # the band of 509 Hz
    assert musicnn.examples(clip[:8000]).shape == (1, 187, 96)
    loaded = load_embedders({"musicnn": wheel(tmp_path / "m.whl", weights)})["musicnn"]
    short = clip[None, :48_000]
    units = MusicNN(weights).units(torch.from_numpy(musicnn.examples(short[0]))).numpy()
    np.testing.assert_allclose(loaded.embed(short)[0], units, rtol=1e-4, atol=1e-5)
    assert loaded.about["weights_public"] is False


def test_other_files_are_refused(weights: dict[str, np.ndarray], tmp_path: Path) -> None:
    def refused(path: Path, message: str) -> None:
        with pytest.raises(DsoundsError, match=message) as caught:
            load_embedders({"musicnn": path})
        assert "musicnn-0.1.0-py3-none-any.whl" in str(caught.value)

    path = tmp_path / "m.whl"
    path.write_bytes(b"no zip")
    refused(path, "is no wheel of musicnn")
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("other", b"")
    refused(path, "is no wheel of musicnn")
    refused(wheel(path, {**weights, "dense/bias": np.zeros(7, np.float32)}), "dense/bias have oth")
    fewer = {name: one for name, one in weights.items() if not name.startswith("dense_1")}
    refused(wheel(path, fewer), "dense_1/kernel, dense_1/bias have other shapes or are missing")
    with zipfile.ZipFile(path, "w") as file:
        for name in (".index", ".data-00000-of-00001"):
            file.writestr(f"musicnn/MTT_musicnn/{name}", b"0" * 60)
    refused(path, "holds no checkpoint of TensorFlow")
