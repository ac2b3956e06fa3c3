"""The posterior of z by a bi-LSTM without v."""

import torch

from dsounds.train.models.dsae.dsae_settings import ModelConfig
from dsounds.train.models.local_encoders.bidirectional import BidirectionalLocalEncoder

SIZES = ModelConfig(encoder_hidden=(8, 6), z_dim=3, v_dim=2)


@torch.no_grad()
def test_each_z_sees_the_whole_clip_and_not_v() -> None:
    torch.manual_seed(0)
    encoder, x = BidirectionalLocalEncoder(5, SIZES), torch.randn(2, 7, 5)
    found = encoder(x, torch.zeros(2, 2))
    assert found.mean.shape == found.logvar.shape == (2, 7, 3)
    assert torch.equal(encoder(x, torch.ones(2, 2)).mean, found.mean)
    for t in (0, 6):
        changed = x.clone()
        changed[:, t] += 1
        moved = (encoder(changed, torch.zeros(2, 2)).mean != found.mean).any(dim=-1)
        assert moved.all()


@torch.no_grad()
def test_an_rnn_reads_the_outputs_of_both_directions() -> None:
    torch.manual_seed(0)
    encoder, x = BidirectionalLocalEncoder(5, SIZES), torch.randn(2, 7, 5)
    rnn, both = encoder.rnn, encoder.lstm(encoder.frames(x))[0]
    h, means = torch.zeros(2, 6), []
    for t in range(7):
        from_frame = both[:, t] @ rnn.weight_ih_l0.T + rnn.bias_ih_l0
        h = torch.tanh(from_frame + h @ rnn.weight_hh_l0.T + rnn.bias_hh_l0)
        means.append(encoder.gaussian.mean(h))
    torch.testing.assert_close(encoder(x, torch.zeros(2, 2)).mean, torch.stack(means, dim=1))
