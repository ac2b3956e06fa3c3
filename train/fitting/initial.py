"""Weights to start from: those parts of another run's model that this one has, too."""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from ...errors import DsoundsError
from ...settings import differences, require
from ..settings.config import RunConfig
from ..settings.config_file import config_from
from .checkpoints import model_state, read_checkpoint, weights_path

Parts = dict[str, dict[str, Tensor]]
# Settings of models that say what weights read or how they are used, and not which sizes they have.
_USES = ("local_input", "activation", "encoder_offsets", "decoder_offsets")


def start_from(path: Path | str, model: nn.Module, config: RunConfig) -> str:
    """Fill in the weights of another run; return a line that tells which parts were taken.

    A part is a child of the model, or a parameter of its own. Taken are those that both models
    have, among them the scale of the bands. A snapshot, which is a part whose parameters never
    train, is left to the stage that takes it.

    Parameters
    ----------
    path
        A run folder, whose best weights are read, or a checkpoint.
    model
        The model to fill in, of a run with the settings `config`.

    Raises
    ------
    DsoundsError
        If there is no such run, no part that trains is common, a common part has other sizes, or
        the other run reads other log-mel, or uses its weights in another way.
    """
    place = Path(path)
    found = weights_path(place) if place.is_dir() else place
    require(found.exists(), f"initial is {path}: there is no run folder or checkpoint of this name")
    checkpoint = read_checkpoint(found)
    about = checkpoint["dsounds"]
    theirs = config_from(about["config"], str(found))
    _check_settings(theirs, config, found)
    taken, missing = _take(model, _parts(model_state(checkpoint)), found)
    rest = f"; not there, so new: {', '.join(missing)}" if missing else ""
    return f"starts from {found} (epoch {about['epoch']}): {', '.join(taken)}{rest}"


def _check_settings(theirs: RunConfig, ours: RunConfig, found: Path) -> None:
    """Refuse a run in which the same weights would read or mean something else."""
    differing = differences(theirs.features, ours.features)
    require(
        not differing,
        f"initial: {found} was trained on other log-mel ({'; '.join(differing[:3])}): the same "
        "features are needed",
    )
    both = [
        (name, getattr(theirs.model, name), getattr(ours.model, name))
        for name in _USES
        if hasattr(theirs.model, name) and hasattr(ours.model, name)
    ]
    differing = [
        f"{name}: {there!r} there, {now!r} now" for name, there, now in both if there != now
    ]
    require(
        not differing,
        f"initial: {found} was trained with other settings of the model ({'; '.join(differing)}), "
        "with which the same weights mean something else: equal ones are needed",
    )


def _take(model: nn.Module, theirs: Parts, found: Path) -> tuple[list[str], list[str]]:
    """Copy what is common; return the names of the parts that were taken, and of the others."""
    snapshots = {name for name, child in model.named_children() if _never_trains(child)}
    ours = {
        name: part for name, part in _parts(model.state_dict()).items() if name not in snapshots
    }
    taken = [name for name in ours if name in theirs]
    trained = {name.partition(".")[0] for name, p in model.named_parameters() if p.requires_grad}
    require(
        bool(trained.intersection(taken)),
        f"initial: {found} has no part of this model ({', '.join(sorted(trained))}); it has "
        f"{', '.join(theirs)}: is it the run of another family?",
    )
    for name in taken:
        _check_shapes(name, ours[name], theirs[name], found)
    weights = {key: value for name in taken for key, value in theirs[name].items()}
    model.load_state_dict(weights, strict=False)
    return taken, [name for name in ours if name not in theirs]


def _never_trains(child: nn.Module) -> bool:
    parameters = list(child.parameters())
    return bool(parameters) and not any(p.requires_grad for p in parameters)


def _parts(state: Mapping[str, Tensor]) -> Parts:
    parts: Parts = {}
    for key, value in state.items():
        parts.setdefault(key.partition(".")[0], {})[key] = value
    return parts


def _check_shapes(
    name: str, ours: Mapping[str, Tensor], theirs: Mapping[str, Tensor], found: Path
) -> None:
    here, there = ({key: tuple(t.shape) for key, t in one.items()} for one in (ours, theirs))
    for key in [*here, *there]:
        if here.get(key) != there.get(key):
            raise DsoundsError(
                f"initial: {name} of {found} has other sizes: {key} is "
                f"{there.get(key, 'absent')} there, {here.get(key, 'absent')} here; the settings "
                "of the model that give its sizes must be equal"
            )
