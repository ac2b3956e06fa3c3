"""The terms of BT-DSAE, their gradients and their sum against loops in NumPy."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from dsounds.train.fitting.totals import Totals
from dsounds.train.models.dsae.autoencoder import SequenceAutoencoder
from dsounds.train.models.dsae.dsae_settings import ModelConfig
from dsounds.train.models.dsae.objectives import partners
from dsounds.train.models.families.bt_dsae import (
    FAMILY,
    PRIOR_CLIPS,
    BackTranslationConfig,
    Crop,
    drawn_crop,
    terms_of,
)
from dsounds.train.models.family import Batch, DataShape
from dsounds.train.models.networks.gaussians import Gaussian

HIDDEN, FULL = FAMILY.stages
PARTS = ("global_encoder", "local_encoder", "transition", "decoder")
MEL, FRAMES, BATCH, CROP = 5, 11, PRIOR_CLIPS + 2, 4
SIZES = ModelConfig(
    v_dim=3, z_dim=2, encoder_hidden=(6, 6), decoder_hidden=(7, 7), transition_hidden=5
)
TAPS = {"local_encoder": "taps", "decoder": "bilinear", "local_input": "normalised"}
SETTINGS = BackTranslationConfig(
    reconstruction_weight=2.0,
    kl_z_weight=3.0,
    kl_v_weight=5.0,
    back_weight=7.0,
    swapped_v_weight=11.0,
    content_weight=13.0,
    temperature=0.4,
    crop_frames=CROP,
)
Numbers = tuple[np.ndarray, np.ndarray]  # means and log variances


def build(**changes: Any) -> SequenceAutoencoder:
    """A model in double precision, whose scale is not that of raw clips."""
    model = FAMILY.new_model(replace(SIZES, **changes), DataShape(MEL, FRAMES), seed=1)
    assert isinstance(model, SequenceAutoencoder)
    model.scale.fit(clips().numpy())
    return model.double()


def clips(seed: int = 5) -> Tensor:
    return 2 * torch.randn(BATCH, FRAMES, MEL, generator=generator(seed), dtype=torch.float64) - 3


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def computed(
    model: SequenceAutoencoder,
    stage: Any = FULL,
    seed: int = 3,
    settings: BackTranslationConfig = SETTINGS,
    **changes: Any,
) -> dict[str, Tensor]:
    batch = Batch(clips(), torch.arange(BATCH), extras={"swapped": clips(6)})
    return terms_of(model, batch, replace(settings, **changes), stage, generator(seed))


def kl(q: Numbers, p: Numbers) -> float:
    """KL of one Gaussian to another, number by number."""
    return sum(
        0.5 * (t - s + (np.exp(s) + (m - n) ** 2) / np.exp(t) - 1)
        for m, s, n, t in zip(*map(np.ravel, (*q, *p)), strict=True)
    )


def to_standard(q: Numbers) -> float:
    return kl(q, (np.zeros_like(q[0]), np.zeros_like(q[1])))


def half_square(a: np.ndarray, b: np.ndarray) -> float:
    return 0.5 * sum((one - other) ** 2 for one, other in zip(a.ravel(), b.ravel(), strict=True))


def numbers(gaussian: Gaussian) -> Numbers:
    return gaussian.mean[0].numpy(), gaussian.logvar[0].numpy()


class Naive:
    """All terms, clip by clip, frame by frame and number by number.

    It repeats the draws in their order: the crop, v, z, partners, z of the swapped clips. What
    carries no gradient is taken from another such object, `held`, where one is given: swapped clips
    and their v as z is inferred from them, and all that the transition reads in its own term.
    """

    @torch.no_grad()
    def __init__(
        self,
        model: SequenceAutoencoder,
        seed: int = 3,
        held: "Naive | None" = None,
        settings: BackTranslationConfig = SETTINGS,
    ) -> None:
        self.model, self.settings, random = model, settings, generator(seed)
        self.x, true = (
            ((x - model.scale.mean) / model.scale.deviation).numpy() for x in (clips(), clips(6))
        )
        start = int(torch.randint(FRAMES - CROP + 1, (), generator=random))
        self.crop = list(range(start, start + CROP))
        others = [t for t in range(FRAMES) if t not in self.crop]
        self.q_v = [self.global_code(clip[others]) for clip in self.x]
        self.v = self.drawn(self.q_v, random)
        self.q_z = [self.local_code(*one) for one in zip(self.x, self.v, strict=True)]
        self.z = self.drawn(self.q_z, random)
        self.j = partners(BATCH, random).tolist()
        self.swapped = [self.decoded(self.z[i], self.v[self.j[i]]) for i in range(BATCH)]
        self.seen = [(self.swapped[i], self.v[self.j[i]]) for i in range(BATCH)]
        if settings.swapped == "true":
            self.seen = [(clip, self.global_code(clip)[0]) for clip in true]
        self.held = held or self
        self.q_back = [self.local_code(*one) for one in self.held.seen]
        self.z_back = self.drawn(self.q_back, random)

    def global_code(self, clip: np.ndarray) -> Numbers:
        return numbers(self.model.global_encoder(torch.from_numpy(clip[None])))

    def local_code(self, clip: np.ndarray, v: np.ndarray) -> Numbers:
        return numbers(self.model.posterior_z(*map(torch.from_numpy, (clip[None], v[None]))))

    def decoded(self, z: np.ndarray, v: np.ndarray) -> np.ndarray:
        return self.model.decoder(*map(torch.from_numpy, (z[None], v[None])))[0].numpy()

    def drawn(self, posteriors: list[Numbers], random: torch.Generator) -> list[np.ndarray]:
        shape = (BATCH, *posteriors[0][0].shape)
        noise = torch.randn(shape, generator=random, dtype=torch.float64).numpy()
        return [
            mean + np.exp(0.5 * logvar) * own
            for (mean, logvar), own in zip(posteriors, noise, strict=True)
        ]

    def own_terms(self, z: list[np.ndarray], q_z: list[Numbers]) -> tuple[float, float]:
        """Return reconstruction from z and KL_z of the frames of the crop."""
        error = price = 0.0
        for i, clip in enumerate(self.x):
            made = self.decoded(z[i][self.crop], self.v[i])
            for k, t in enumerate(self.crop):
                error += half_square(made[k], clip[t])
                q = q_z[i][0][t], q_z[i][1][t]
                by_past = self.settings.z_prior == "transition"
                price += kl(q, self.prior(z[i], k)) if by_past else to_standard(q)
        return error / BATCH / CROP, price / BATCH / CROP

    def contrast(self) -> float:
        """Return the mean of log(phi+ / (phi+ + sum phi-)) + log(n + 1), code by code."""
        codes = [q[0] for q in self.q_v] + [self.global_code(clip[self.crop])[0] for clip in self.x]
        codes = [code / sum(code**2) ** 0.5 for code in codes]
        total = 0.0
        for a, code in enumerate(codes):
            phi = [np.exp(code @ other / SETTINGS.temperature) for other in codes]
            positive = phi[(a + BATCH) % (2 * BATCH)]
            total += np.log(positive / (sum(phi) - phi[a])) + np.log(2 * BATCH - 1)
        return total / (2 * BATCH)

    def prior(self, z: np.ndarray, k: int) -> Numbers:
        """Return p(z_t | z_<t) of the k-th frame of the crop, from its past in the crop alone."""
        past = np.concatenate([np.zeros((1, z.shape[1])), z[self.crop[:k]]])[None]
        hidden = self.model.transition.lstm(torch.from_numpy(past))[0][:, -1]
        return numbers(self.model.transition.gaussian(hidden))

    def transition(self) -> float:
        total = 0.0
        for (mean, logvar), z in zip(self.held.q_z[:PRIOR_CLIPS], self.held.z, strict=False):
            for k, t in enumerate(self.crop):
                total += kl((mean[t], logvar[t]), self.prior(z, k))
        return total / PRIOR_CLIPS / CROP

    @torch.no_grad()
    def terms(self) -> dict[str, float]:
        reconstruction, kl_z = self.own_terms(self.z, self.q_z)
        back, back_kl_z = self.own_terms(self.z_back, self.q_back)
        again = [self.global_code(clip) for clip in self.swapped]
        return {
            "reconstruction": reconstruction,
            "kl_z": kl_z,
            "kl_v": sum(map(to_standard, self.q_v)) / BATCH,
            "swapped_v": sum(kl(q, self.q_v[j]) for q, j in zip(again, self.j, strict=True))
            / BATCH,
            "back": back,
            "back_kl_z": back_kl_z,
            "content": -self.contrast(),
            "transition": self.transition(),
        }


@pytest.mark.parametrize("changes", [{}, TAPS, {"local_encoder": "full", "decoder": "recurrent"}])
@pytest.mark.parametrize("own", [{}, {"z_prior": "transition"}, {"swapped": "true"}])
def test_all_terms_are_those_written_out(changes: dict[str, Any], own: dict[str, Any]) -> None:
    model, seed = build(**changes), 3 + len(own)
    with torch.no_grad():
        found = computed(model, seed=seed, **own)
    expected = Naive(model, seed, settings=replace(SETTINGS, **own)).terms()
    assert found.keys() == expected.keys() == {term.name for term in FAMILY.terms}
    for name, value in expected.items():
        assert float(found[name]) == pytest.approx(value, rel=1e-9), name
        assert abs(value) > 1e-3, name


def slopes(
    model: SequenceAutoencoder, part: str, directions: list[Tensor], settings: BackTranslationConfig
) -> dict[str, Any]:
    """Return the derivative of each term along the directions; None where it has no gradient."""
    own = list(getattr(model, part).parameters())
    found = {}
    for name, term in computed(model, settings=settings).items():
        gradients = torch.autograd.grad(term, own, retain_graph=True, allow_unused=True)
        pairs = zip(gradients, directions, strict=True)
        products = [float((one * d).sum()) for one, d in pairs if one is not None]
        found[name] = sum(products) if products else None
    return found


def differences(
    model: SequenceAutoencoder, part: str, directions: list[Tensor], settings: BackTranslationConfig
) -> dict[str, float]:
    """Return the same from two naive computations, in which what is detached stands still."""
    held, sides, width = Naive(model, settings=settings), [], 1e-5
    for step in (width, -2 * width, width):  # there, to the other side, and back again
        with torch.no_grad():
            for own, direction in zip(getattr(model, part).parameters(), directions, strict=True):
                own.add_(step * direction)
        sides.append(Naive(model, held=held, settings=settings).terms())
    return {name: (sides[0][name] - sides[1][name]) / (2 * width) for name in sides[0]}


@pytest.mark.parametrize(
    ("changes", "own"),
    [
        (TAPS, {}),
        ({"local_encoder": "full"}, {}),
        ({"local_encoder": "full"}, {"z_prior": "transition", "swapped": "true"}),
    ],
)
def test_gradients_are_differences_in_which_what_is_detached_stands_still(
    changes: dict[str, Any], own: dict[str, Any]
) -> None:
    """Each part of the model moves by itself, in a random direction."""
    model, settings, reached = build(**changes), replace(SETTINGS, **own), set()
    for part in PARTS:
        random = generator(7)
        directions = [
            torch.randn(p.shape, generator=random, dtype=p.dtype)
            for p in getattr(model, part).parameters()
        ]
        found, expected = (of(model, part, directions, settings) for of in (slopes, differences))
        for name, slope in found.items():
            assert (slope or 0) == pytest.approx(expected[name], rel=1e-5, abs=1e-7), (name, part)
        reached |= {(name, part) for name, slope in found.items() if slope is not None}
    all_three = {"global_encoder", "decoder", "local_encoder"}
    of_v = {"global_encoder"} if changes["local_encoder"] == "full" else set()
    prior = {"transition"} if settings.z_prior == "transition" else set()
    learning = {
        "reconstruction": all_three,
        "kl_z": {"local_encoder"} | of_v | prior,
        "kl_v": {"global_encoder"},
        "swapped_v": all_three,
        "back": all_three,
        "back_kl_z": {"local_encoder"} | prior,
        "content": {"global_encoder"},
        "transition": {"transition"},
    }
    assert reached == {(name, part) for name, parts in learning.items() for part in parts}


@torch.no_grad()
def test_with_a_causal_encoder_kl_z_is_along_the_path_that_was_drawn() -> None:
    model, random = build(local_encoder="causal"), generator(3)
    x = model.scale(clips())
    crop = drawn_crop(FRAMES, CROP, random)
    v = model.global_encoder(crop.outside(x)).sample(random)
    _, along = model.posterior_z(x, v).drawn(random)
    q = Normal(along.mean, torch.exp(0.5 * along.logvar))
    expected = kl_divergence(q, Normal(0.0, 1.0))[:, crop.start : crop.stop].sum(dim=-1).mean()
    assert float(computed(model)["kl_z"]) == pytest.approx(float(expected), rel=1e-9)


def test_a_crop_and_the_other_frames_are_all_frames_in_order() -> None:
    x = torch.arange(2 * 7 * 3).reshape(2, 7, 3)
    for start, stop in ((0, 3), (2, 6), (4, 7)):
        crop = Crop(start, stop)
        assert crop.inside(x)[1, :, 0].tolist() == [21 + 3 * t for t in range(start, stop)]
        others = [t for t in range(7) if not start <= t < stop]
        assert crop.outside(x)[1, :, 0].tolist() == [21 + 3 * t for t in others]
        q = crop.of(Gaussian(x, x + 1))
        assert torch.equal(q.mean + 1, q.logvar)
        assert torch.equal(q.mean, crop.inside(x))
    assert torch.equal(Crop(0, 7).outside(x), x)


def test_crops_are_drawn_alike_from_all_places() -> None:
    random, draws = generator(), 2000
    crops = [drawn_crop(7, 3, random) for _ in range(draws)]
    assert {crop.stop - crop.start for crop in crops} == {3}
    counts = np.bincount([crop.start for crop in crops])
    assert len(counts) == 5
    np.testing.assert_allclose(counts, draws / 5, atol=5 * (draws * 0.2 * 0.8) ** 0.5)
    assert drawn_crop(7, 7, random) == drawn_crop(7, 125, random) == Crop(0, 7)


@torch.no_grad()
def test_a_crop_of_the_whole_clip_leaves_all_frames_for_v() -> None:
    model = build()
    whole, longer = (computed(model, crop_frames=frames) for frames in (FRAMES, 125))
    assert whole == longer
    q_v = model.global_encoder(model.scale(clips()))
    expected = kl_divergence(Normal(q_v.mean, torch.exp(0.5 * q_v.logvar)), Normal(0.0, 1.0))
    assert float(whole["kl_v"]) == pytest.approx(float(expected.sum(dim=-1).mean()), rel=1e-9)


@torch.no_grad()
def test_the_transition_reads_the_crop_of_some_clips() -> None:
    model, seen = build(), []
    model.transition.register_forward_pre_hook(lambda _, given: seen.append(given[0].shape))
    computed(model)
    assert seen == [(PRIOR_CLIPS, CROP, SIZES.z_dim)]


@torch.no_grad()
@pytest.mark.parametrize(
    ("weight", "names"),
    [("content_weight", {"content"}), ("back_weight", {"back", "back_kl_z"})],
)
def test_a_term_without_weight_is_not_computed(weight: str, names: set[str]) -> None:
    with_it, without = (computed(build(), **{weight: value}) for value in (1.0, 0.0))
    assert with_it.keys() - without.keys() == names
    assert all(with_it[name] == value for name, value in without.items())


def test_in_the_hidden_stage_the_decoder_sees_zeros_and_v_alone_learns() -> None:
    model = build()
    assert set(HIDDEN.frozen) == {"local_encoder", "transition"}
    for name in PARTS:
        getattr(model, name).requires_grad_(name not in HIDDEN.frozen)
    found, naive = computed(model, HIDDEN), Naive(model)
    naive.z = [np.zeros_like(z) for z in naive.z]
    expected = naive.terms()
    assert set(found) == {"reconstruction", "kl_v", "content"}
    for name, value in found.items():
        assert value.item() == pytest.approx(expected[name], rel=1e-9), name
    assert set(computed(model, HIDDEN, content_weight=0.0)) == {"reconstruction", "kl_v"}
    Totals(FAMILY.terms, SETTINGS).loss(found).backward()
    for name in PARTS:
        for parameter in getattr(model, name).parameters():
            assert (parameter.grad is None) == (name in ("local_encoder", "transition"))


def test_the_loss_is_the_sum_of_terms_times_their_weights() -> None:
    totals = Totals(FAMILY.terms, SETTINGS)
    powers = {term.name: torch.tensor(1000.0**k) for k, term in enumerate(FAMILY.terms)}
    weights = {
        "reconstruction": 2,
        "kl_z": 3,
        "kl_v": 5,
        "swapped_v": 11,
        "back": 2 * 7,
        "back_kl_z": 3 * 7,
        "content": 13,
        "transition": 1,
    }
    watched = ("reconstruction", "kl_z", "kl_v", "back", "back_kl_z")
    for name, weight in weights.items():
        one = {name: torch.tensor(1.0)}
        assert float(totals.loss(one)) == weight
        assert float(totals.criterion(one)) == (-weight if name in watched else 0)
    expected = sum(weight * float(powers[name]) for name, weight in weights.items())
    assert float(totals.loss(powers)) == pytest.approx(expected, rel=1e-6)
    assert {own.name for own in fields(SETTINGS)} == {
        name for term in FAMILY.terms for name in term.weights
    } | {"temperature", "crop_frames", "z_prior", "swapped"}
