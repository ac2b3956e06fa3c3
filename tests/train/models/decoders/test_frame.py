"""The decoder of single frames."""

import torch

from dsounds.train.models.decoders.frame import FrameDecoder
from dsounds.train.models.dsae.dsae_settings import ModelConfig


def test_a_frame_is_decoded_from_z_t_and_v_side_by_side() -> None:
    decoder = FrameDecoder(7, ModelConfig(z_dim=3, v_dim=2, decoder_hidden=(6, 5)))
    z, v = torch.randn(4, 9, 3), torch.randn(4, 2)
    beside = torch.cat([z, v.unsqueeze(1).expand(-1, 9, -1)], dim=-1)
    torch.testing.assert_close(decoder(z, v), decoder.mean(decoder.frames(beside)))
