"""Anybody's generative model: on its own device and in its own precision, its results checked."""

import inspect
from typing import Any

import torch
from torch import Tensor

from ...settings import require
from ..models.interface import Codes, SequenceModel
from ..scores.data.checked_model import CheckedModel, as_tensor

METHODS = ("encode", "decode", "sample", "sample_v", "sample_z", "continue_z", "predict")
WORDS = {"v": "a global code v", "z": "a local code z"}


class CheckedGenerator(CheckedModel):
    """A model that draws all that it draws from one seed; its results are on the CPU.

    Whatever a method returns in another shape, or with values that are not finite, raises
    DsoundsError.
    """

    def __init__(self, model: SequenceModel, seed: int) -> None:
        super().__init__(model)
        self.name = type(model).__name__
        self._generator = torch.Generator(self._like.device).manual_seed(seed)

    def abilities(self, codes: Codes | None) -> set[str]:
        """Return what the model has: its methods, and "v" and "z".

        `codes` are those of given clips; without clips a code is there if it can be drawn.
        """
        found = {name for name in METHODS if callable(getattr(self.model, name, None))}
        if codes is None:
            there = {"v": "sample_v" in found, "z": "sample_z" in found}
        else:
            there = {"v": codes.v_mean is not None, "z": codes.z_mean is not None}
        return found | {name for name, known in there.items() if known}

    def sample(self, n: int, frames: int) -> Tensor:
        """Return n new sequences, (n, frames, mel)."""
        return self._drawn("sample", (n, frames), n, frames)

    def sample_v(self, n: int) -> Tensor:
        """Return v from its prior, (n, v_dim)."""
        return self._drawn("sample_v", (n,), n)

    def sample_z(self, n: int, frames: int) -> Tensor:
        """Return z from its prior, (n, frames, z_dim); (n, 1, z_dim) of one latent for a clip."""
        return self._drawn("sample_z", (n, frames), n, frames, 1)

    def continue_z(self, z: Tensor, frames: int) -> Tensor:
        """Return what follows z from its prior, (n, frames, z_dim)."""
        return self._drawn("continue_z", (z, frames), len(z), frames)

    def predict(self, x: Tensor, frames: int) -> Tensor:
        """Return the frames that follow x, (n, frames, mel)."""
        return self._drawn("predict", (x, frames), len(x), frames)

    def decode_frames(self, z: Tensor | None, v: Tensor | None, frames: int) -> Tensor:
        """Decode to (n, frames, mel).

        A `decode` that has a parameter `frames` is told the number. What is decoded from v alone is
        a clip as long as those of training, of which the first frames are taken, or one frame that
        stands for all.
        """
        more = {}
        if "frames" in inspect.signature(self.model.decode).parameters:
            more = {"frames": frames}
        x = self._called("decode", (z, v), **more)
        n = next(len(code) for code in (z, v) if code is not None)
        if z is None and x.ndim == 3:
            x = x.expand(-1, frames, -1) if x.shape[1] == 1 else x[:, :frames]
        self._check("decode", x, 3, n, frames)
        return x

    def _drawn(self, method: str, arguments: tuple[Any, ...], n: int, *times: int) -> Tensor:
        """Call a method that draws; `times` are the numbers of frames that are right."""
        drawn = self._called(method, arguments, generator=self._generator)
        self._check(method, drawn, 3 if times else 2, n, *times)
        return drawn

    def _called(self, method: str, arguments: tuple[Any, ...], **more: Any) -> Tensor:
        there = [one.to(self._like) if isinstance(one, Tensor) else one for one in arguments]
        with torch.no_grad():
            return as_tensor(getattr(self.model, method)(*there, **more))

    def _check(self, method: str, found: Tensor, dimensions: int, n: int, *times: int) -> None:
        shape = tuple(found.shape)
        require(
            found.ndim == dimensions and len(found) == n,
            f"{method} of {self.name} gave {shape}: "
            f"({n}, {'time, size' if dimensions == 3 else 'size'}) is needed",
        )
        require(
            not times or shape[1] in times,
            f"{method} of {self.name} gave {shape[1]} frames where {max(times, default=0)} were "
            "asked for; does it make sequences of one length only?",
        )
        require(
            bool(torch.isfinite(found).all()),
            f"{method} of {self.name} gave values that are not finite; did the training diverge?",
        )
