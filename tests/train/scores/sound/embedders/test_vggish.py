"""VGGish from a file: its log-mel and its network against the public port, and wrong files.

Numbers of the port were computed with its code, torchvggish, commit 4670116 and 890ebb9.
"""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from dsounds.errors import DsoundsError
from dsounds.train.scores.sound.embedders import vggish
from dsounds.train.scores.sound.embedders.registry import load_embedders, without_weights
from dsounds.train.scores.sound.embedders.vggish_network import VGGish

WIDTHS, HIDDEN = (2, 3, 4, 5), 7


def sound() -> np.ndarray:
    t = np.arange(32_000) / 16_000
    return 0.5 * np.sin(2 * np.pi * 440 * t) + 0.1 * np.sin(2 * np.pi * 3000 * t * t)


def small_network() -> VGGish:
    network = VGGish(WIDTHS, HIDDEN)
    with torch.no_grad():
        for k, one in enumerate(network.state_dict().values()):
            values = torch.sin(torch.arange(one.numel(), dtype=torch.float64) + k)
            one.copy_(values.float().reshape(one.shape))
    return network


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file of the weights of a small network, and the embedder made as small."""
    monkeypatch.setattr(vggish, "WIDTHS", WIDTHS)
    monkeypatch.setattr(vggish, "HIDDEN", HIDDEN)
    path = tmp_path / "weights.pth"
    torch.save(small_network().state_dict(), path)
    return path


def test_the_log_mel_is_that_of_the_port() -> None:
    x = vggish.log_mel(sound())
    assert x.shape == (198, 64)
    np.testing.assert_allclose(x[0, :3], [0.4976566, -0.30707758, -1.19345468], rtol=1e-6)
    some = [-0.34757273, -4.20546838, -4.51751017]
    np.testing.assert_allclose(x[100, [5, 20, 63]], some, rtol=1e-6)
    assert x.mean() == pytest.approx(-3.1553218678819857)


def test_the_network_is_that_of_the_port() -> None:
    """Its dense layers read the channels last: with another order the numbers are others."""
    x = torch.from_numpy(vggish.log_mel(sound())[:96].copy()).float()[None, None]
    out = small_network()(x)[0, :4].tolist()
    expected = [-285.6356506347656, -506.00994873046875, -477.0075988769531, -213.28829956054688]
    assert out == pytest.approx(expected, rel=1e-5)


def test_the_public_network_has_the_names_and_shapes_of_the_port() -> None:
    with torch.device("meta"):
        state = VGGish(vggish.WIDTHS, vggish.HIDDEN).state_dict()
    sizes = {name: tuple(one.shape) for name, one in state.items() if name.endswith("weight")}
    assert sizes == {
        "features.0.weight": (64, 1, 3, 3),
        "features.3.weight": (128, 64, 3, 3),
        "features.6.weight": (256, 128, 3, 3),
        "features.8.weight": (256, 256, 3, 3),
        "features.11.weight": (512, 256, 3, 3),
        "features.13.weight": (512, 512, 3, 3),
        "embeddings.0.weight": (4096, 12_288),
        "embeddings.2.weight": (4096, 4096),
        "embeddings.4.weight": (128, 4096),
    }


def test_windows_are_those_of_the_code_of_fad(small: Path) -> None:
    """A second of sound every half second, as loud as its highest sample allows, 20 dB at most."""
    clip = 0.2 * sound()
    read = vggish.examples(clip)
    assert read.shape == (3, 96, 64)
    loud = clip / clip.max()
    for k, window in enumerate(read):
        part = loud[8000 * k : 8000 * k + 16_000]
        np.testing.assert_allclose(window, vggish.log_mel(part)[:96], rtol=1e-9)
    quiet = vggish.examples(0.01 * sound())
    np.testing.assert_allclose(quiet[0], vggish.log_mel(0.1 * sound())[:96], rtol=1e-9)
    embed = load_embedders({"vggish": small})["vggish"].embed
    clips = np.stack([clip, clip[::-1]]).astype(np.float32)
    embedded = embed(clips)
    assert embedded.shape == (2, 3, 128)
    one = small_network()(torch.from_numpy(read[1].copy()).float()[None, None])
    np.testing.assert_allclose(embedded[0, 1], one[0].detach(), rtol=1e-3, atol=1e-2)
    assert (embedded < 0).any()  # before the last rectifier
    assert embed(clips[:, :4000]).shape == (2, 1, 128)  # short clips end in silence


def test_the_file_is_stated_with_its_hash(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import hashlib

    digest = hashlib.sha256(small.read_bytes()).hexdigest()
    about = load_embedders({"vggish": str(small)})["vggish"].about
    assert about == {
        "weights": "weights.pth",
        "weights_sha256": digest,
        "weights_public": False,
    }


def test_wrong_files_are_refused_in_a_line(small: Path, tmp_path: Path) -> None:
    def refused(path: Path, message: str) -> None:
        with pytest.raises(DsoundsError, match=message) as caught:
            load_embedders({"vggish": path})
        assert "\n" not in str(caught.value)
        assert "vggish-10086976.pth" in str(caught.value)

    state = small_network().state_dict()
    other = tmp_path / "other.pth"
    torch.save(VGGish((2, 3, 4, 6), HIDDEN).state_dict(), other)
    refused(other, re.escape("needed features.11.weight (5, 4, 3, 3), got (6, 4, 3, 3)"))
    torch.save({name: one for name, one in state.items() if name != "embeddings.4.bias"}, other)
    refused(other, re.escape("embeddings.4.bias (128,), got none"))
    torch.save({**state, "pca": torch.zeros(3)}, other)
    refused(other, re.escape("pca unknown, got (3,)"))
    torch.save(torch.zeros(3), other)
    refused(other, "holds a Tensor: a state dict of torch")
    other.write_bytes(small.read_bytes()[:500])
    refused(other, "holds no weights of torch.*damaged")
    torch.save(small_network(), other)  # a whole module is code
    refused(other, "holds no weights of torch")
    refused(tmp_path / "none.pth", "are no file")
    refused(tmp_path, "are no file")


def test_names_of_embedders_are_checked(small: Path) -> None:
    with pytest.raises(DsoundsError, match="no embedder 'vgish' takes weights, did you mean 'vggi"):
        load_embedders({"vgish": small})
    with pytest.raises(DsoundsError, match="no embedder 'mel' takes weights"):
        load_embedders({"mel": small})


def test_mel_statistics_need_no_weights() -> None:
    """The mean and the deviation of each band in sixteen parts of the time."""
    x = np.random.default_rng(0).standard_normal((3, 64, 5)).astype(np.float32)
    found = without_weights("mel").embed(x)
    assert found.shape == (3, 16, 10)
    np.testing.assert_allclose(found[1, 2, :5], x[1, 8:12].mean(axis=0), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found[1, 2, 5:], x[1, 8:12].std(axis=0), rtol=1e-4)
