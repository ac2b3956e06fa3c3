"""bfloat16: the products are halved, the objective is not, and a run ends near that of float32."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from dsounds.train.fitting.checkpoints import load_run
from dsounds.train.fitting.metrics_csv import read_metrics
from dsounds.train.models.decoders.frame import FrameDecoder
from dsounds.train.models.networks.gaussians import Gaussian, GaussianLayer

Run = Callable[..., Path]


@pytest.mark.parametrize(
    ("family", "changes"), [("ts-dsae", {}), ("bt-dsae", {}), ("dsae", {"local_encoder": "full"})]
)
def test_a_run_in_bf16_ends_near_that_in_float32(
    family: str, changes: dict[str, object], small_run: Run, tmp_path: Path
) -> None:
    runs = [
        read_metrics(small_run(tmp_path / p, family, precision=p, **changes) / "metrics.csv")
        for p in ("32", "bf16")
    ]
    for one, other in zip(*runs, strict=True):
        for name in ("train_loss", "validation_loss", "validation_kl_v", "validation_kl_z"):
            if one[name]:
                assert float(other[name]) == pytest.approx(float(one[name]), rel=0.02, abs=0.01)
    assert runs[0] != runs[1]
    loaded = load_run(tmp_path / "bf16")
    assert loaded.config.training.precision == "bf16"
    assert {p.dtype for p in loaded.model.parameters()} == {torch.float32}


def test_products_are_in_bf16_and_divergences_in_float32(
    small_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    products, divergences = set(), set()
    decode, kl = FrameDecoder.forward, Gaussian.kl

    def decoded(self: FrameDecoder, z: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        out = decode(self, z, v)
        products.add(out.dtype)
        return out

    def kept(self: Gaussian, other: Gaussian) -> torch.Tensor:
        found = kl(self, other)
        divergences.add(found.dtype)
        return found

    monkeypatch.setattr(FrameDecoder, "forward", decoded)
    monkeypatch.setattr(Gaussian, "kl", kept)
    small_run(tmp_path / "run", precision="bf16")
    assert (products, divergences) == ({torch.bfloat16}, {torch.float32})


def test_a_gaussian_of_half_precision_is_full_and_others_stay() -> None:
    x, layer = torch.randn(3, 4), GaussianLayer(4, 2)
    with torch.autocast("cpu", torch.bfloat16):
        assert layer.mean(x).dtype == torch.bfloat16
        assert layer(x).mean.dtype == layer(x).logvar.dtype == torch.float32
    assert layer.double()(x.double()).mean.dtype == torch.float64
    mean = torch.zeros(2)
    assert Gaussian(mean, mean).mean is mean
