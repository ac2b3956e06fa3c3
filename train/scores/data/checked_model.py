"""Anybody's model as scores call it: on its own device and in its own precision, checked."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ....settings import require
from ...models.interface import Codes, SequenceModel
from ...models.networks.gaussians import Gaussian

CODES = {"v_mean": 2, "v_logvar": 2, "z_mean": 3, "z_logvar": 3}  # with their dimensions


class CheckedModel:
    """A model whose results are on the CPU and have the shapes that scores rely on."""

    def __init__(self, model: SequenceModel) -> None:
        self.model: Any = model
        held = [*model.parameters(), *model.buffers()] if isinstance(model, nn.Module) else []
        self._like = next((one for one in held if one.is_floating_point()), torch.empty(0))

    def encode(self, x: Tensor) -> Codes:
        """Encode one batch, without gradients.

        Raises
        ------
        DsoundsError
            For what is no `Codes`, for another shape, and for values that are not finite.
        """
        with torch.no_grad():
            given = self.model.encode(x.to(self._like))
        require(
            all(hasattr(given, name) for name in CODES),
            f"encode gave a {type(given).__name__}: dsounds.Codes is needed",
        )
        codes = as_tensors(given)
        for name, dimensions in CODES.items():
            code = getattr(codes, name)
            if code is None:
                continue
            shape = "(batch, v_dim)" if dimensions == 2 else "(batch, time, z_dim)"
            require(
                code.ndim == dimensions and len(code) == len(x),
                f"encode gave {name} of shape {tuple(code.shape)} for {len(x)} clips: {shape} is "
                "needed",
            )
            require(
                bool(torch.isfinite(code).all()),
                f"encode gave {name} with values that are not finite; did the training diverge, "
                "or what the model decodes?",
            )
        return codes

    def decode(self, z: Tensor | None, v: Tensor | None, shape: tuple[int, ...]) -> Tensor:
        """Decode one batch, without gradients; shape: (time, mel) of a clip, () where not known.

        From v alone a model cannot tell the number of frames: its one frame stands for all.

        Raises
        ------
        DsoundsError
            For another shape.
        """
        codes: Any = [None if code is None else code.to(self._like) for code in (z, v)]
        with torch.no_grad():
            x = as_tensor(self.model.decode(*codes))
        if z is None and shape and x.shape[1:] == (1, shape[1]):
            x = x.expand(-1, *shape)
        clips = next((len(code) for code in codes if code is not None), len(x))
        require(
            len(x) == clips and tuple(x.shape[1:]) == (shape or tuple(x.shape[1:])),
            f"decode gave {tuple(x.shape)} for {clips} clips: (batch, time, mel) like the clips, "
            f"{(clips, *shape)}, is needed",
        )
        return x

    def symbols_of(self, x: Tensor, symbols: int) -> Tensor:
        """Return how probable each of so many symbols is, without gradients: (batch, symbols).

        Raises
        ------
        DsoundsError
            For another shape, as of a model of another corpus's symbols.
        """
        with torch.no_grad():
            told = as_tensor(self.model.symbols_of(x.to(self._like)))
        require(
            tuple(told.shape) == (len(x), symbols),
            f"symbols_of gave {tuple(told.shape)} for {len(x)} clips: (batch, {symbols}), as the "
            "corpus has symbols, is needed; was the model trained on another corpus?",
        )
        return told

    def sounds_of(self, symbols: Tensor, draws: int, seed: int) -> Tensor:
        """Return sounds of symbols, (n, S), without gradients: (n, draws, time, mel)."""
        generator = torch.Generator(self._like.device).manual_seed(seed)
        with torch.no_grad():
            return as_tensor(self.model.sounds_of(symbols.to(self._like), draws, generator))

    def recombine(self, operator: Tensor, first: Tensor, second: Tensor) -> Gaussian:
        """Return the codes of what operators make of concepts, (n, S), without gradients."""
        with torch.no_grad():
            q = self.model.recombine(
                operator.to(self._like.device), first.to(self._like), second.to(self._like)
            )
        return Gaussian(as_tensor(q.mean), as_tensor(q.logvar))


def as_tensors(codes: Codes) -> Codes:
    """Return codes as tensors on the CPU, whatever arrays they are."""
    given = [getattr(codes, name) for name in CODES]
    return Codes(*(None if code is None else as_tensor(code) for code in given))


def as_tensor(values: Any) -> Tensor:
    """Return a tensor that NumPy can read: on the CPU, of 32 or 64 bits."""
    tensor = torch.as_tensor(values).detach().cpu()
    return tensor if tensor.dtype == torch.float64 else tensor.float()


@contextmanager
def without_dropout(model: object) -> Iterator[None]:
    """Put a module and its parts into evaluation mode for a while."""
    if not isinstance(model, nn.Module):
        yield
        return
    before = {part: part.training for part in model.modules()}
    try:
        model.eval()
        yield
    finally:
        model.train(before[model])
        for part, training in before.items():  # some may be frozen in evaluation mode
            part.training = training
