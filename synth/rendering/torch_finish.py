"""`finish` for clips on a device: the same to rounding, with the filter as a convolution."""

from __future__ import annotations

import numpy as np
import torch

from ..music.schedule import Finish, amplitude
from .finish import POLE, check_loudness, fade, fade_length


def finished(
    sound: torch.Tensor, levels: torch.Tensor, finish: Finish
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return clips (N, samples) float32 finished, and the amplitudes (N,) that become full scale.

    Clips that would be louder than full scale raise DsoundsError. `levels` are their amplitudes.
    """
    samples = sound.shape[1]
    out = sound.double()
    if finish.remove_dc:
        tail = (POLE - 1) * POLE ** np.arange(samples - 1)
        response = torch.from_numpy(np.concatenate([[1.0], tail])).to(out.device)
        size = 2 * samples
        spectrum = torch.fft.rfft(out, size) * torch.fft.rfft(response, size)
        out = torch.fft.irfft(spectrum, size)[:, :samples]
    weights = torch.from_numpy(fade(finish, samples)).to(out.device)
    out[:, samples - fade_length(finish, samples) :] *= weights
    peaks = out.abs().amax(dim=1)
    if finish.rms_dbfs is None:
        return out.float(), peaks.float()
    full_scale = out.square().mean(dim=1).sqrt() / float(amplitude(finish.rms_dbfs))
    check_loudness((peaks * levels / full_scale.clamp(min=1e-300)).cpu().numpy(), finish)
    return out.float(), full_scale.float()
