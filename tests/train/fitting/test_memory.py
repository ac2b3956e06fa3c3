"""The least memory of a model: by its weights and codes, counted here."""

import pytest

from dsounds.errors import DsoundsError
from dsounds.train.fitting import memory
from dsounds.train.models.family import DataShape
from dsounds.train.settings.presets import configure


@pytest.mark.parametrize(("clips", "batch"), [(5, 5), (100, 8)])
def test_least_memory_is_that_of_weights_and_codes(
    clips: int, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weights with gradients and two moments of Adam; means and variances with their gradients."""
    config = configure("ts-dsae", "c", z_dim=3, v_dim=7, batch_size=8)
    shape = DataShape(frames=11, mel=20)
    model = config.row.build(config.model, shape)
    weights = sum(one.numel() for one in model.parameters())
    codes = batch * (11 * 3 + 7)
    needed = 4 * (4 * weights + 2 * 2 * codes)
    monkeypatch.setattr(memory, "memory_bytes", lambda: needed)
    memory.check_memory(config, shape, clips)
    monkeypatch.setattr(memory, "memory_bytes", lambda: needed - 1)
    with pytest.raises(DsoundsError, match=rf"weights and codes of {batch} clips"):
        memory.check_memory(config, shape, clips)
