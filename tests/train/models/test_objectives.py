"""Eq 2 and Eq 4 to 7 of Luo et al. 2022 against slow, independent computations."""

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from dsounds.train.fitting.totals import Totals
from dsounds.train.models.autoencoder import SequenceAutoencoder
from dsounds.train.models.dsae_settings import ModelConfig, ObjectiveConfig
from dsounds.train.models.family import DataShape
from dsounds.train.models.gaussians import Gaussian
from dsounds.train.models.objectives import SWAPS, DsaeStage, Objective, infer, partners
from dsounds.train.models.priors import component_rows
from dsounds.train.models.registry import FAMILIES
from dsounds.train.models.relatives import CONSTRAINED, TERMS

SIZES = ModelConfig(v_dim=3, z_dim=4, encoder_hidden=(8,), decoder_hidden=(8,), transition_hidden=6)
MEL, BATCH, FRAMES = 5, 7, 9


PIECES = ("global_encoder", "local_encoder", "transition", "decoder")


def build(family: str = "ts-dsae") -> SequenceAutoencoder:
    model = FAMILIES.load(family).new_model(SIZES, DataShape(MEL), seed=1)
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


def test_swap_terms_follow_their_equations() -> None:
    """Eq 4 to 7 clip by clip, with another partner for the local swap."""
    model, x = build(), batch()
    j = partners(BATCH, generator(5))
    with torch.no_grad():
        inferred = infer(model, x, generator())
        z = inferred.q_z.sample(generator(1))
        terms = Objective(ObjectiveConfig(swaps="both")).swap_terms(
            model, inferred, z, (j, j), None
        )
        expected = dict.fromkeys(SWAPS, 0.0)
        for i in range(BATCH):
            k = int(j[i])
            for kind, zs, vs in (("global", i, k), ("local", k, i)):
                swapped = model.decoder(z[zs : zs + 1], inferred.v[vs : vs + 1])
                again_v = normal(model.global_encoder(swapped))
                again_z = normal(model.local_encoder(swapped, inferred.v[:1]))
                target_v = normal(inferred.q_v.at(torch.tensor([vs])))
                target_z = normal(inferred.q_z.at(torch.tensor([zs])))
                expected[f"{kind}_v"] += float(kl_divergence(again_v, target_v).sum()) / BATCH
                expected[f"{kind}_z"] += float(
                    kl_divergence(again_z, target_z).sum() / FRAMES / BATCH
                )
    for name in SWAPS:
        assert float(terms[name]) == pytest.approx(expected[name], rel=1e-5)


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


def test_stage_1_can_hide_z_from_the_decoder_as_the_released_code_does() -> None:
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
