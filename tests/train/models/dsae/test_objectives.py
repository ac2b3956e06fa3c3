"""Eq 2 and Eq 4 to 7 of Luo et al. 2022 against slow, independent computations."""

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from dsounds.train.fitting.totals import Totals
from dsounds.train.models.dsae.autoencoder import SequenceAutoencoder
from dsounds.train.models.dsae.dsae_settings import ModelConfig, ObjectiveConfig
from dsounds.train.models.dsae.objectives import SWAPS, DsaeStage, Objective, infer, partners
from dsounds.train.models.dsae.relatives import CONSTRAINED, TERMS
from dsounds.train.models.family import DataShape
from dsounds.train.models.networks.gaussians import Gaussian
from dsounds.train.models.networks.priors import component_rows
from dsounds.train.models.registry import FAMILIES

SIZES = ModelConfig(v_dim=3, z_dim=4, encoder_hidden=(8,), decoder_hidden=(8,), transition_hidden=6)
MEL, BATCH, FRAMES = 5, 7, 9
WEIGHTS = {
    "reconstruction": 2.0,
    "kl_z": 3.0,
    "kl_v": 0.5,
    "global_v": 0.0,
    "global_z": 7.0,
    "local_v": 0.25,
    "local_z": 11.0,
}

PIECES = ("global_encoder", "local_encoder", "transition", "decoder")


def build(family: str = "ts-dsae", **changes: Any) -> SequenceAutoencoder:
    model = FAMILIES.load(family).new_model(replace(SIZES, **changes), DataShape(MEL), seed=1)
    assert isinstance(model, SequenceAutoencoder)
    return model


def batch(seed: int = 0) -> torch.Tensor:
    return torch.randn(BATCH, FRAMES, MEL, generator=torch.Generator().manual_seed(seed))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(gaussian: Gaussian) -> Normal:
    return Normal(gaussian.mean, torch.exp(0.5 * gaussian.logvar))


def test_kl_agrees_with_torch_distributions() -> None:
    random = generator()
    p, q = (Gaussian(*torch.randn(2, 50, 4, generator=random)) for _ in range(2))
    torch.testing.assert_close(q.kl(p), kl_divergence(normal(q), normal(p)))
    assert float(q.kl(q).abs().max()) == 0


def test_kl_agrees_with_a_monte_carlo_estimate() -> None:
    q, p = (Gaussian(torch.tensor([m]), torch.tensor([s])) for m, s in ((0.5, -1.0), (-0.2, 0.7)))
    drawn = Gaussian(q.mean.expand(400_000), q.logvar.expand(400_000)).sample(generator())
    ratio = normal(q).log_prob(drawn) - normal(p).log_prob(drawn)
    error = float(ratio.std()) / 400_000**0.5
    assert float(q.kl(p)) == pytest.approx(float(ratio.mean()), abs=4 * error)
    assert error < 0.01 * float(q.kl(p))


def test_sample_has_the_mean_and_deviation_asked_for() -> None:
    mean, logvar = torch.full((200_000,), 3.0), torch.full((200_000,), -2.0)
    drawn = Gaussian(mean, logvar).sample(generator())
    assert float(drawn.mean()) == pytest.approx(3, abs=0.01)
    assert float(drawn.var()) == pytest.approx(float(torch.tensor(-2.0).exp()), rel=0.02)


def slow_elbo(model: SequenceAutoencoder, x: torch.Tensor, inferred, z: torch.Tensor) -> float:
    """Eq 2 with unit variance, clip by clip and frame by frame, by torch.distributions."""
    total = 0.0
    for i in range(len(x)):
        v = inferred.v[i]
        for t in range(FRAMES):
            mean = model.decoder(z[i : i + 1, t : t + 1], v[None])[0, 0]
            likelihood = Normal(mean, 1.0).log_prob(x[i, t]).sum()
            constant = Normal(torch.zeros(MEL), 1.0).log_prob(torch.zeros(MEL)).sum()
            past = torch.cat([torch.zeros(1, 1, SIZES.z_dim), z[i : i + 1, :t]], dim=1)
            prior = model.transition.gaussian(model.transition.lstm(past)[0][:, -1])
            q = Normal(inferred.q_z.mean[i, t], torch.exp(0.5 * inferred.q_z.logvar[i, t]))
            kl_z = kl_divergence(q, Normal(prior.mean[0], torch.exp(0.5 * prior.logvar[0]))).sum()
            total += float(likelihood - constant - kl_z) / FRAMES
        q_v = Normal(inferred.q_v.mean[i], torch.exp(0.5 * inferred.q_v.logvar[i]))
        total -= float(kl_divergence(q_v, Normal(0.0, 1.0)).sum())
    return total / len(x)


def test_elbo_is_eq_2() -> None:
    model, x = build("dsae"), batch()
    config = ObjectiveConfig(reconstruction_weight=1.0)
    objective, totals = Objective(config), Totals(TERMS, config)
    with torch.no_grad():
        inferred = infer(model, x, generator())
        z = inferred.q_z.sample(generator(1))
        terms = objective.eq2(model, x, inferred, z, DsaeStage())
        assert float(totals.criterion(terms)) == pytest.approx(slow_elbo(model, x, inferred, z))
        assert float(totals.loss(terms)) == pytest.approx(-float(totals.criterion(terms)))


def test_elbo_leaves_the_swap_terms_out_and_the_loss_weighs_them() -> None:
    config = ObjectiveConfig(
        global_v_weight=1.0, global_z_weight=2.0, local_v_weight=3.0, local_z_weight=0.0
    )
    terms = {name: torch.tensor(1.0) for name in ("reconstruction", "kl_z", "kl_v", *SWAPS)}
    totals = Totals(TERMS, config)
    assert float(totals.criterion(terms)) == -(4 + 1 + 1)
    assert float(totals.loss(terms)) == (4 + 1 + 1) + (1 + 2 + 3 + 0)


def test_released_scaling_takes_means_and_does_not_halve_the_error() -> None:
    model, x = build("dsae"), batch()
    with torch.no_grad():
        inferred = infer(model, x, generator())
        z = inferred.q_z.sample(generator(1))
        paper, released = (
            Objective(ObjectiveConfig(scaling=scaling)).eq2(model, x, inferred, z, DsaeStage())
            for scaling in ("paper", "released")
        )
    for name, factor in (("reconstruction", 2 / MEL), ("kl_z", 1 / 4), ("kl_v", 1 / 3)):
        assert float(released[name]) == pytest.approx(factor * float(paper[name]), rel=1e-5)


def test_one_swapped_pass_is_both_when_the_local_swap_uses_the_inverse() -> None:
    model, x = build(), batch()
    partner = partners(BATCH, generator(5))
    inverse = torch.argsort(partner)
    with torch.no_grad():
        inferred = infer(model, x, generator())
        z = inferred.q_z.sample(generator(1))
        one, both = (
            Objective(ObjectiveConfig(swaps=swaps)).swap_terms(
                model, inferred, z, (partner, inverse), None
            )
            for swaps in ("one", "both")
        )
    for name in SWAPS:
        torch.testing.assert_close(one[name], both[name])


class Naive:
    """Eq 2 and Eq 4 to 7, clip by clip, frame by frame and number by number, in NumPy.

    It draws the same noise and partners, in the order of the text: v, z, partners, then v again
    for each swapped pass.
    """

    def __init__(self, model: SequenceAutoencoder, config: ObjectiveConfig) -> None:
        self.model, self.swaps = model, config.swaps
        self.released = config.scaling == "released"
        self.swapped_clips = round(config.swap_share * BATCH)

    def kl(self, q: Gaussian, p: Gaussian) -> float:
        """Of one Gaussian, (dim,): the sum or the mean over its dimensions."""
        numbers = [one.double().numpy().ravel() for one in (q.mean, q.logvar, p.mean, p.logvar)]
        total = 0.0
        for m, s, n, t in zip(*numbers, strict=True):
            total += 0.5 * (t - s + (np.exp(s) + (m - n) ** 2) / np.exp(t) - 1)
        return total / (len(numbers[0]) if self.released else 1)

    def error(self, x_hat: torch.Tensor, x: torch.Tensor) -> float:
        """Of one frame, (mel,)."""
        total = sum((float(a) - float(b)) ** 2 for a, b in zip(x_hat, x, strict=True))
        return total / MEL if self.released else 0.5 * total

    def inferred(self, x: torch.Tensor, noise: torch.Tensor) -> tuple:
        """Posteriors of one clip, (time, mel), and its draw of v."""
        q_v = self.model.global_encoder(x[None])
        v = q_v.mean + torch.exp(0.5 * q_v.logvar) * noise
        return q_v, self.model.local_encoder(self.local_input(x)[None], v), v

    def local_input(self, x: torch.Tensor) -> torch.Tensor:
        """Of one clip, (time, mel): band by band."""
        name, bands = self.model.local_input, []
        for band in x.double().numpy().T:
            offset = 0 if name == "plain" else sum(band) / FRAMES
            deviation = (sum((band - offset) ** 2) / FRAMES) ** 0.5
            bands.append((band - offset) / (deviation + 0.05 if name == "normalised" else 1))
        return torch.from_numpy(np.stack(bands, axis=1)).float()

    def kl_z(self, q: Gaussian, p: Gaussian) -> float:
        """Of one clip, over its frames: 1 / T times the sum."""
        frames = [self.kl(_frame(q, t), _frame(p, t)) for t in range(FRAMES)]
        return sum(frames) / FRAMES

    def prior_z(self, z: torch.Tensor) -> Gaussian:
        """p(z_t | z_<t) of one clip, each frame from its past alone."""
        frames = []
        for t in range(FRAMES):
            past = torch.cat([torch.zeros(1, 1, SIZES.z_dim), z[:, :t]], dim=1)
            frames.append(self.model.transition.gaussian(self.model.transition.lstm(past)[0][:, t]))
        return Gaussian(*(torch.stack(one, 1) for one in zip(*map(_pair, frames), strict=True)))

    def swapped(self, own: list, z: list, i: int, k: int, noise: torch.Tensor) -> tuple:
        """KL of v and of z after clip i's z was decoded with clip k's v."""
        again_v, again_z, _ = self.inferred(self.model.decoder(z[i], own[k][2])[0], noise)
        return self.kl(again_v, own[k][0]), self.kl_z(again_z, own[i][1])

    def terms(self, x: torch.Tensor, random: torch.Generator) -> dict[str, float]:
        noise_v = torch.randn(BATCH, SIZES.v_dim, generator=random)
        noise_z = torch.randn(BATCH, FRAMES, SIZES.z_dim, generator=random)
        own = [self.inferred(x[i], noise_v[i]) for i in range(BATCH)]
        z = [q.mean + torch.exp(0.5 * q.logvar) * noise_z[i] for i, (_, q, _) in enumerate(own)]
        j = partners(BATCH, random).tolist()
        found = dict.fromkeys(WEIGHTS, 0.0)
        for i, (q_v, q_z, v) in enumerate(own):
            x_hat = self.model.decoder(z[i], v)[0]
            found["reconstruction"] += sum(map(self.error, x_hat, x[i])) / FRAMES / BATCH
            found["kl_z"] += self.kl_z(q_z, self.prior_z(z[i])) / BATCH
            found["kl_v"] += self.kl(q_v, self.model.v_prior.encoder(x[i : i + 1])) / BATCH
        for kind in ("global", "local"):
            noise = torch.randn(self.swapped_clips, SIZES.v_dim, generator=random)
            for i in range(self.swapped_clips):
                of_z, of_v = (i, j[i]) if kind == "global" else (j[i], i)
                kl_v, kl_z = self.swapped(own, z, of_z, of_v, noise[i])
                found[f"{kind}_v"] += kl_v / self.swapped_clips
                found[f"{kind}_z"] += kl_z / self.swapped_clips
            if self.swaps == "one":  # the first pass stands for both
                return found | {"local_v": found["global_v"], "local_z": found["global_z"]}
        return found


def _pair(gaussian: Gaussian) -> tuple[torch.Tensor, torch.Tensor]:
    return gaussian.mean, gaussian.logvar


def _frame(gaussian: Gaussian, t: int) -> Gaussian:
    return Gaussian(gaussian.mean[0, t], gaussian.logvar[0, t])


@pytest.mark.parametrize("scaling", ["paper", "released"])
@pytest.mark.parametrize("share", [1.0, 0.5])
@pytest.mark.parametrize("swaps", ["one", "both"])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"local_encoder": "full", "decoder": "recurrent"},
        {"local_encoder": "full-late"},
        {"local_input": "normalised"},
    ],
)
def test_all_terms_and_their_weighted_sums_are_those_written_out(
    scaling: Literal["paper", "released"],
    swaps: Literal["one", "both"],
    share: float,
    settings: dict[str, Any],
) -> None:
    model, x = build(**settings), batch()
    config = ObjectiveConfig(
        scaling=scaling,
        swaps=swaps,
        swap_share=share,
        **{f"{name}_weight": w for name, w in WEIGHTS.items()},
    )
    stage = DsaeStage(swap_terms=True)
    with torch.no_grad():
        model.v_prior.take(model.global_encoder, x[component_rows(BATCH)])  # type: ignore[operator,union-attr]
        for parameter in model.global_encoder.parameters():  # the snapshot stays where it was
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=generator(9)))
        terms = Objective(config).terms(model, x, stage, generator(3))
        expected = Naive(model, config).terms(x, generator(3))
    assert terms.keys() == expected.keys() == WEIGHTS.keys()
    for name, value in expected.items():
        assert float(terms[name]) == pytest.approx(value, rel=1e-5), name
        assert value > 1e-3, name
    totals = Totals(TERMS, config)
    loss = sum(WEIGHTS[name] * value for name, value in expected.items())
    assert float(totals.loss(terms)) == pytest.approx(loss, rel=1e-5)
    eq_2 = -sum(WEIGHTS[name] * expected[name] for name in ("reconstruction", "kl_z", "kl_v"))
    assert float(totals.criterion(terms)) == pytest.approx(eq_2, rel=1e-5)


@pytest.mark.parametrize("n", [2, 3, 32])
def test_nobody_is_its_own_partner(n: int) -> None:
    partner = partners(n, generator(n))
    assert sorted(partner.tolist()) == list(range(n))
    assert not (partner == torch.arange(n)).any()


def test_a_clip_alone_has_no_partner() -> None:
    with pytest.raises(AssertionError):
        partners(1, generator())


def test_stage_1_has_no_kl_z_and_no_gradient_through_the_local_encoder() -> None:
    model, x = build(), batch()
    for name in PIECES:
        getattr(model, name).requires_grad_(name not in CONSTRAINED.frozen)
    objective = Objective(ObjectiveConfig())
    terms = objective.terms(model, x, CONSTRAINED, generator())
    assert set(terms) == {"reconstruction", "kl_v"}
    Totals(TERMS, ObjectiveConfig()).loss(terms).backward()
    for name in PIECES:
        frozen = name in CONSTRAINED.frozen
        for parameter in getattr(model, name).parameters():
            assert (parameter.grad is None) == frozen


def test_stage_1_can_hide_z_from_the_decoder() -> None:
    model, x = build(), batch()
    config = ObjectiveConfig(stage1_z="zero")
    with torch.no_grad():
        inferred = infer(model, x, generator())
        z = inferred.q_z.sample(generator(1))
        seen = [
            float(Objective(config).eq2(model, x, inferred, z * k, CONSTRAINED)["reconstruction"])
            for k in (1, 100)
        ]
    assert seen[0] == seen[1]


def test_informed_prior_is_the_snapshot_of_the_global_encoder() -> None:
    model, x = build(), batch()
    objective, stage = Objective(ObjectiveConfig()), DsaeStage()
    with torch.no_grad():
        before = objective.terms(model, x, stage, generator())
        model.v_prior.take(model.global_encoder, x[component_rows(BATCH)])  # type: ignore[operator,union-attr]
        after = objective.terms(model, x, stage, generator())
    assert float(before["kl_v"]) > 0
    assert float(after["kl_v"]) == 0
