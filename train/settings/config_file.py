"""config.toml of a run folder, and the same table within checkpoints, of every format.

Format 1 has no key `format`, and `method` for `family`. A setting that is missing has its default.
"""

from pathlib import Path
from typing import Any

import tomli_w

from ...errors import DsoundsError
from ...settings import NewerFile, from_table, read_table, to_table
from ..models.registry import FAMILIES
from .config import FORMAT, RunConfig


def read_config(path: Path) -> RunConfig:
    """Read a config.toml.

    Raises
    ------
    NewerFile
        If this version does not know the format or a key.
    DsoundsError
        If the file cannot be read, or a value is wrong.
    """
    return config_from(read_table(path), str(path))


def config_from(table: dict[str, Any], where: str) -> RunConfig:
    """Return the config of a stored table. `where` is the table's origin, for messages."""
    table = _upgraded(table)
    if table["format"] != FORMAT:
        raise NewerFile(
            f"{where} was made by a newer dsounds, or edited by hand: it has format "
            f"{table['format']!r}, and this version reads {FORMAT}, or 1 without the key"
        )
    try:
        family = FAMILIES.load(str(table.get("family", "")))
    except DsoundsError as error:
        raise DsoundsError(f"{where}: {error}") from None
    own: dict[str, Any] = {
        part: from_table(cls, table.get(part, {}), f"{where}: {part}", stored=True)
        for part, cls in (("model", family.model), ("objective", family.objective))
    }
    return from_table(RunConfig, table | own, where, stored=True)


def config_text(config: RunConfig) -> str:
    """Return the content of a config.toml."""
    return tomli_w.dumps(to_table(config))


def _upgraded(table: dict[str, Any]) -> dict[str, Any]:
    """Return a table of an earlier format as one of the present format."""
    if "format" in table:
        return table
    return {
        "format": FORMAT,
        **{"family" if key == "method" else key: value for key, value in table.items()},
    }
