"""The richer decoder against NumPy, and what of z each decoder sees."""

import numpy as np
import pytest
import torch

from dsounds.errors import DsoundsError
from dsounds.train.models.decoders.recurrent import RecurrentDecoder
from dsounds.train.models.dsae.dsae_settings import ModelConfig
from dsounds.train.models.registry import DECODERS

MEL, TIME = 5, 7
SIZES = ModelConfig(decoder_hidden=(6, 6), z_dim=3, v_dim=2)


def test_it_is_a_bi_lstm_on_z_and_v_whose_directions_are_averaged(by_hand) -> None:
    torch.manual_seed(0)
    decoder = RecurrentDecoder(MEL, SIZES)
    z, v = torch.randn(2, TIME, 3), torch.randn(2, 2)
    found = decoder(z, v)
    for clip in range(2):
        inputs = np.concatenate([z[clip], np.tile(v[clip], (TIME, 1))], axis=1)
        hidden = torch.from_numpy(sum(by_hand(decoder.lstm, inputs)) / 2).float()
        torch.testing.assert_close(found[clip], decoder.mean(hidden))


@pytest.mark.parametrize(("name", "frames"), [("frame", [3]), ("recurrent", list(range(TIME)))])
def test_a_frame_of_z_moves_its_own_frame_or_all(name: str, frames: list[int]) -> None:
    torch.manual_seed(0)
    decoder = DECODERS.load(name)(MEL, SIZES)
    z, v = torch.randn(1, TIME, 3), torch.randn(1, 2)
    changed = z.clone()
    changed[:, 3] += 1
    moved = (decoder(z, v) != decoder(changed, v)).any(dim=-1)[0]
    assert moved.nonzero().flatten().tolist() == frames
    assert (decoder(z, v) != decoder(z, v + 1)).any(dim=-1).all()


@pytest.mark.parametrize("widths", [(4,), (9, 9, 9)])
def test_widths_are_free(widths: tuple[int, ...]) -> None:
    decoder = RecurrentDecoder(MEL, ModelConfig(decoder_hidden=widths, encoder_hidden=(3, 7)))
    assert (decoder.lstm.num_layers, decoder.lstm.hidden_size) == (len(widths), widths[0])


def test_layers_of_unequal_width_are_refused() -> None:
    with pytest.raises(DsoundsError, match=r"decoder_hidden is \(6, 8\): the decoder recurrent"):
        RecurrentDecoder(MEL, ModelConfig(decoder_hidden=(6, 8)))
