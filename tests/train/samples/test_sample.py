"""What models make: known answers of a model that adds its codes, faults, seeds."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dsounds import sample
from dsounds.errors import DsoundsError
from dsounds.settings import field_names
from dsounds.train.models.family import DataShape
from dsounds.train.models.interface import Codes
from dsounds.train.models.registry import FAMILIES
from dsounds.train.samples.grid import Grid
from dsounds.train.samples.mode import MODES

TIME, MEL = 6, 3
X = np.random.default_rng(0).normal(size=(4, TIME, MEL)).astype(np.float32)
MEAN = torch.tensor([1.0, 2.0, 3.0])


class Sum:
    """decode(z, v) = z + v; v is the first frame that is seen, z the rest of each frame."""

    def encode(self, x: Tensor) -> Codes:
        return Codes(v_mean=x[:, 0], z_mean=x - x[:, :1])

    def decode(self, z: Tensor, v: Tensor) -> Tensor:
        return z + v[:, None]

    def sample_v(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        return MEAN + torch.randn(n, MEL, generator=generator)

    def sample_z(self, n: int, frames: int, generator: torch.Generator | None = None) -> Tensor:
        return torch.randn(n, frames, MEL, generator=generator)

    def continue_z(
        self, z: Tensor, frames: int, generator: torch.Generator | None = None
    ) -> Tensor:
        steps = torch.rand(len(z), frames, MEL, generator=generator)
        return z[:, -1:] + 100 + steps


class ClipOnly(nn.Module):
    """A clip-level model of 5 frames: v alone."""

    def encode(self, x: Tensor) -> Codes:
        return Codes(v_mean=x.mean(dim=1))

    def decode(self, z: None, v: Tensor) -> Tensor:
        assert z is None
        return v[:, None] * torch.arange(1, 6)[:, None]

    def sample_v(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        return torch.randn(n, MEL, generator=generator)


class Dynamics:
    """One latent z for a clip of any length: each frame adds it once more."""

    def encode(self, x: Tensor) -> Codes:
        return Codes(v_mean=x.mean(dim=1), z_mean=x[:, -1:] - x[:, :1])

    def decode(self, z: Tensor, v: Tensor, frames: int | None = None) -> Tensor:
        return v[:, None] + z * torch.arange(frames or TIME)[:, None]

    def sample_v(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        return torch.randn(n, MEL, generator=generator)

    def sample_z(self, n: int, frames: int, generator: torch.Generator | None = None) -> Tensor:
        return torch.randn(n, 1, MEL, generator=generator)

    def predict(self, x: Tensor, frames: int, generator: torch.Generator | None = None) -> Tensor:
        return x[:, -1:] + torch.zeros(len(x), frames, MEL)


def made(mode: str, x: Any = X, model: Any = None, **options: Any) -> Grid:
    if x is None:
        options = {"frames": TIME, **options}
    return sample(model or Sum(), mode, x, **options)


@pytest.mark.parametrize(
    ("mode", "x", "options", "shape", "row", "columns"),
    [
        ("unconditional", None, {"count": 3}, (1, 3), "from the prior", "draw 1, draw 2, draw 3"),
        ("reconstruct", X, {}, (4, 2), "clip 0", "clip, reconstruction"),
        ("v-fixed", X[:2], {"count": 2}, (2, 3), "v of clip 0", "clip, z drawn, 1, z drawn, 2"),
        ("v-fixed", None, {"count": 2}, (2, 2), "v 1 from the prior", "z drawn, 1, z drawn, 2"),
        ("z-fixed", X[:2], {"count": 2}, (2, 3), "z of clip 0", "clip, v drawn, 1, v drawn, 2"),
        ("z-fixed", None, {"count": 2}, (2, 2), "z 1 from the prior", "v drawn, 1, v drawn, 2"),
        ("swap", X[:2], {}, (2, 3), "v of clip 0", "clip, z of clip 0, z of clip 1"),
        (
            "predict",
            X[:3],
            {"count": 1},
            (3, 3),
            "clip 0",
            "clip, reconstruction, prediction 1",
        ),
        (
            "traverse",
            X[:2],
            {"dims": (1,), "steps": 3, "span": 2.0},
            (2, 3),
            "v_1 of clip 0",
            "-2 deviations, unmoved, +2 deviations",
        ),
        (
            "traverse",
            None,
            {"code": "z", "count": 2, "steps": 2},
            (2, 2),
            "of the prior",
            "-3 deviations, +3 deviations",
        ),
    ],
)
def test_the_shape_and_captions_of_a_mode(
    mode: str, x: Any, options: dict, shape: tuple, row: str, columns: str
) -> None:
    found = made(mode, x, **options)
    assert found.mode == mode
    assert found.x.shape == (*shape, TIME, MEL)
    assert found.x.dtype == np.float32
    assert found.v.shape == (*shape, MEL)
    assert found.z.shape == (*shape, TIME, MEL)
    assert (len(found.rows), len(found.columns)) == shape
    assert row in found.rows[0]
    assert ", ".join(found.columns) == columns


def test_every_mode_is_tested_above_and_says_what_it_is() -> None:
    assert set(MODES.names) == {
        "unconditional", "reconstruct", "v-fixed", "z-fixed", "swap", "predict", "traverse"
    }  # fmt: skip
    assert all(MODES.summary(name) for name in MODES.names)


def test_what_is_decoded_is_what_its_codes_give() -> None:
    for mode in MODES.names:
        found = made(mode, X if MODES.load(mode).clips != "none" else None)
        known = ~np.isnan(found.v[..., 0])
        expected = found.z[known] + found.v[known][:, None]
        np.testing.assert_allclose(found.x[known], expected, atol=1e-6)


def test_a_swap_adds_the_v_of_the_row_to_the_z_of_the_column() -> None:
    found = made("swap")
    v, z = X[:, 0], X - X[:, :1]
    np.testing.assert_allclose(found.x[:, 0], X)
    np.testing.assert_allclose(found.x[:, 1:], v[:, None, None] + z[None], atol=1e-6)
    assert np.isnan(found.v[:, 0]).all()


def test_a_fixed_code_is_the_same_along_its_row() -> None:
    for x in (X, None):
        v = made("v-fixed", x, count=3)
        z = made("z-fixed", x, count=3)
        first = 0 if x is None else 1
        assert (v.v[:, first:] == v.v[:, first : first + 1]).all()
        assert (z.z[:, first:] == z.z[:, first : first + 1]).all()
        for drawn in (v.z[:, first:], z.v[:, first:]):
            flat = drawn.reshape(-1, *drawn.shape[2:])
            assert len(np.unique(flat, axis=0)) == len(flat)
    np.testing.assert_array_equal(made("v-fixed").v[:, 1], X[:, 0])


def test_a_prediction_knows_the_first_frames_alone() -> None:
    found = made("predict", count=2, observe=4)
    assert found.observed == 4
    changed = X.copy()
    changed[:, 4:] += 5
    again = made("predict", changed, count=2, observe=4)
    np.testing.assert_array_equal(found.x[:, 2:], again.x[:, 2:])
    np.testing.assert_allclose(found.x[:, 2, :4], X[:, :4], atol=1e-6)
    following = found.z[:, 2:, 4:] - found.z[:, 2:, 3:4]  # the prior of Sum adds 100 to 101
    assert following.min() >= 99.99
    assert following.max() <= 101.01
    assert not np.array_equal(found.x[:, 2], found.x[:, 3])
    np.testing.assert_allclose(found.x[:, 1], X, atol=1e-6)


def test_a_prediction_may_go_on_after_the_end_of_the_clip() -> None:
    found = made("predict", frames=9, observe=6)
    assert found.x.shape == (4, 6, 9, MEL)
    assert np.isnan(found.x[:, :2, 6:]).all()
    assert np.isfinite(found.x[:, 2:]).all()
    np.testing.assert_allclose(found.x[:, 2, :6], X, atol=1e-6)


def test_one_observed_frame_is_enough() -> None:
    assert np.isfinite(made("predict", observe=1).x).all()


@pytest.mark.parametrize("code", ["v", "z"])
def test_a_traversal_moves_one_dimension_alone(code: str) -> None:
    found = made("traverse", X[:2], code=code, dims=(2, 0), steps=5)
    codes = found.v if code == "v" else found.z
    for row, dim in enumerate((2, 0, 2, 0)):
        moved = codes[row] - codes[row, 2]
        others = [k for k in range(MEL) if k != dim]
        assert (moved[..., others] == 0).all()
        steps = moved[..., dim].reshape(5, -1)
        assert np.ptp(steps, axis=1).max() < 1e-5  # the same in all frames
        np.testing.assert_allclose(np.diff(steps[:, 0]), steps[-1, 0] / 2, rtol=1e-4)
        assert steps[-1, 0] / 3 == pytest.approx(1, abs=0.2)  # the prior's deviation is 1
    held = found.z if code == "v" else found.v
    np.testing.assert_array_equal(held[0], np.broadcast_to(held[0, :1], held[0].shape))
    np.testing.assert_allclose(found.x[0, 2], X[0], atol=1e-6)


def test_the_most_active_dimensions_are_traversed() -> None:
    class Uneven(Sum):
        def decode(self, z: Tensor, v: Tensor) -> Tensor:
            return z + v[:, None] * torch.tensor([1.0, 9.0, 3.0])

    for x in (X[:1], None):
        rows = made("traverse", x, Uneven(), count=2).rows
        assert [row.split()[0] for row in rows] == ["v_1", "v_2"]
    centre = made("traverse", None, Uneven(), steps=3).v[0, 1]
    np.testing.assert_allclose(centre, MEAN, atol=0.3)


def test_a_model_that_cannot_draw_is_traversed_by_the_deviations_of_the_clips() -> None:
    class Silent:
        encode, decode = Sum.encode, Sum.decode

    found = made("traverse", X, Silent(), dims=(1,), steps=3, span=1.0)
    deviation = X[:, 0, 1].std(ddof=1)
    np.testing.assert_allclose(found.v[:, 2, 1] - found.v[:, 1, 1], deviation, rtol=1e-5)
    with pytest.raises(DsoundsError, match="the deviations of v cannot be known from one clip"):
        made("traverse", X[:1], Silent())
    with pytest.raises(DsoundsError, match=r"traverse without clips needs .* with clips named"):
        made("traverse", None, Silent(), frames=5)


def test_the_seed_decides_what_is_drawn() -> None:
    for mode in ("unconditional", "v-fixed", "z-fixed", "predict", "traverse"):
        x = X if mode == "predict" else None
        first, again, other = (made(mode, x, seed=seed) for seed in (1, 1, 2))
        np.testing.assert_array_equal(first.x, again.x)
        assert not np.array_equal(first.x, other.x)


@pytest.mark.parametrize("frames", [4, 11])
def test_sequences_of_another_length(frames: int) -> None:
    for mode, x in (("unconditional", None), ("v-fixed", X), ("z-fixed", X), ("swap", X)):
        found = made(mode, x, frames=frames)
        assert found.x.shape[2] == frames
        assert np.isfinite(found.x[:, 1:]).all()
    np.testing.assert_allclose(found.x[0, 1, :4], X[0, :4], atol=1e-6)  # swap: what there is stays


def test_a_model_with_v_alone() -> None:
    model = ClipOnly()
    assert made("unconditional", None, model, frames=5).z is None
    assert made("unconditional", None, model, frames=2).x.shape[2] == 2
    assert made("reconstruct", X[:, :5], model).x.shape == (4, 2, 5, MEL)
    assert made("traverse", None, model, frames=5).x.shape == (3, 7, 5, MEL)
    for mode, x in (("z-fixed", None), ("z-fixed", X), ("swap", X), ("v-fixed", None)):
        with pytest.raises(DsoundsError, match="its modes are: reconstruct, traverse, uncond"):
            made(mode, x, model)
    with pytest.raises(DsoundsError, match="swap needs a local code z, which ClipOnly has not"):
        made("swap", X, model)
    with pytest.raises(DsoundsError, match="predict needs a method predict or a method continue_z"):
        made("predict", X, model)
    with pytest.raises(DsoundsError, match="ClipOnly has no z to traverse"):
        made("traverse", X, model, code="z")
    with pytest.raises(DsoundsError, match="gave 5 frames where 9 were asked for"):
        made("unconditional", None, model, frames=9)


def test_a_model_with_one_latent_for_the_dynamics() -> None:
    model = Dynamics()
    for frames in (4, 9):
        assert made("unconditional", None, model, frames=frames).x.shape == (1, 4, frames, MEL)
        assert made("z-fixed", X, model, frames=frames).x.shape == (4, 5, frames, MEL)
    assert made("swap", X, model).z.shape == (4, 5, 1, MEL)
    found = made("predict", X, model, observe=3, frames=8, count=1)
    np.testing.assert_allclose(found.x[:, 2, :3], X[:, :3])
    np.testing.assert_allclose(found.x[:, 2, 3:], np.repeat(X[:, 2:3], 5, axis=1))
    codes = made("traverse", X, model, code="z", dims=(0,), steps=3).z
    np.testing.assert_array_equal(codes[:, :, 0, 1], np.repeat(codes[:, :1, 0, 1], 3, axis=1))

    class Stuck(Dynamics):
        predict: Any = None
        continue_z = Sum.continue_z

    with pytest.raises(DsoundsError, match=r"z of 1 frames for the 4 that .* a method predict"):
        made("predict", X, Stuck())


def test_a_model_that_only_samples() -> None:
    class Opaque:
        def sample(self, n: int, frames: int, generator: torch.Generator) -> Tensor:
            return torch.randn(n, frames, MEL, generator=generator)

    found = made("unconditional", None, Opaque())
    assert found.v is None
    assert found.z is None
    with pytest.raises(DsoundsError, match="its modes are: unconditional"):
        made("v-fixed", None, Opaque())
    with pytest.raises(DsoundsError, match="Opaque has no method encode"):
        made("swap", X, Opaque())


@pytest.mark.parametrize("family", FAMILIES.names)
def test_the_families_make_what_they_can(family: str) -> None:
    row = FAMILIES.load(family)
    sizes = {"v_dim": 4, "z_dim": 4}
    settings = row.model(**{name: sizes[name] for name in sizes if name in field_names(row.model)})
    shape = DataShape(8, 16, symbols=4, classes={"instrument": 2})
    model = row.new_model(settings, shape).eval()
    x = np.random.default_rng(1).normal(size=(3, 16, 8)).astype(np.float32)
    for mode in MODES.names:
        given = None if MODES.load(mode).clips == "none" else x
        try:
            found = made(mode, given, model, frames=16, count=2)
        except DsoundsError as error:
            assert "its modes are" in str(error)  # noqa: PT017
            continue
        assert found.x.shape[2:] == (16, 8)


def test_a_model_in_its_own_precision_and_without_dropout() -> None:
    class Half(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.read, self.noise = nn.Linear(MEL, 2).bfloat16(), nn.Dropout(0.5)

        def encode(self, x: Tensor) -> Codes:
            return Codes(v_mean=self.read(x.mean(dim=1)), z_mean=self.noise(x))

        def decode(self, z: Tensor, v: Tensor) -> Tensor:
            assert z.dtype == v.dtype == torch.bfloat16
            return z + v.mean(dim=1)[:, None, None]

    model = Half().train()
    np.testing.assert_array_equal(made("swap", X, model).x, made("swap", X, model).x)
    assert model.noise.training


@pytest.mark.parametrize(
    ("mode", "x", "options", "says"),
    [
        ("predcit", X, {}, "unknown mode 'predcit', did you mean 'predict'"),
        ("predict", None, {}, "mode predict starts from clips"),
        ("unconditional", X, {}, "draws from the priors: give no clips"),
        ("swap", X[:1], {}, "mode swap needs 2 clips or more, got 1"),
        ("swap", X[0], {}, r"x has shape \(6, 3\): \(clips, time, mel\)"),
        ("swap", X[:0], {}, "at least one clip"),
        ("unconditional", None, {"frames": 0}, "frames is 0: 1 or more"),
        ("unconditional", None, {"frames": None}, "frames, .* must be given without clips"),
        ("reconstruct", X, {"frames": 7}, "as long as its clips: leave out frames"),
        ("v-fixed", None, {"count": 0}, "count is 0: 1 or more"),
        ("v-fixed", None, {"seed": -1}, "seed is -1: 0 to 9,223"),
        ("swap", X, {"names": ["a"]}, "got 1 names for 4 clips"),
        ("swap", X, {"observe": 3}, "mode swap: unknown setting 'observe'"),
        ("predict", X, {"observe": 6}, "observe is 6: the clips have 6 frames"),
        ("predict", X, {"observe": 7, "frames": 9}, "observe is 7: the clips have 6 frames"),
        ("predict", X, {"observe": -1}, "observe is -1: 0 or more"),
        ("traverse", X, {"dims": (0, 3)}, "v has no dimension 3: 0 to 2 exist"),
        ("traverse", X, {"code": "w"}, "code is 'w'"),
    ],
)
def test_what_is_refused(mode: str, x: Any, options: dict, says: str) -> None:
    with pytest.raises(DsoundsError, match=says):
        made(mode, x, **options)


@pytest.mark.parametrize(
    ("method", "returned", "says"),
    [
        ("sample_v", torch.zeros(1, 2, 3), r"sample_v of Bad gave \(1, 2, 3\): \(4, size\)"),
        ("sample_z", torch.zeros(4, 5, 3), "sample_z of Bad gave 5 frames where 6 were asked for"),
        ("decode", torch.zeros(4, 6), r"decode of Bad gave \(4, 6\): \(4, time, size\)"),
        ("decode", torch.full((4, 6, 3), torch.nan), "decode of Bad gave values .* not finite"),
    ],
)
def test_what_a_model_must_not_return(method: str, returned: Tensor, says: str) -> None:
    bad = type("Bad", (Sum,), {method: lambda *_, **__: returned})
    with pytest.raises(DsoundsError, match=says):
        made("unconditional", None, bad())
