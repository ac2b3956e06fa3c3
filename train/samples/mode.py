"""The row of a mode of sampling, which its module in `train.samples.modes` holds in MODE."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ...registry import Registry
from ...settings import settings

if TYPE_CHECKING:
    from .grid import Grid
    from .task import Task


@settings
class NoSettings:
    """The settings of a mode that has none of its own."""


@dataclass(frozen=True)
class Mode:
    """A kind of sequences that a trained model can make.

    Parameters
    ----------
    make
        Makes them, from the task and the mode's own settings.
    needs
        What the model must have: "v" and "z" are codes, other words are its methods; "a|b" means
        one of both.
    clips
        Whether the mode starts from given clips: "none", "optional" or "needed".
    least_clips
        The fewest clips, where there are any.
    any_frames
        Whether the number of frames can be another than that of the clips.
    settings
        The class of the mode's own settings, made by `dsounds.settings.settings`. The command line
        has an option for each.
    """

    make: Callable[[Task, Any], Grid]
    needs: tuple[str, ...] = ()
    clips: Literal["none", "optional", "needed"] = "needed"
    least_clips: int = 1
    any_frames: bool = True
    settings: type = NoSettings


MODES = Registry("dsounds.train.samples.modes", "MODE", Mode, "mode")
