"""The command line: `dsounds COMMAND`. Each command calls one function of the library.

What a user can put right is printed as one line, with exit code 2 (`one_line.py`); an interrupt
exits with 130.
Heavy libraries are imported by the command that needs them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import tyro

from .. import __version__
from ..caches import settle_pictures
from ..datasets.recipes.base import Recipe
from ..datasets.recipes.dmelodies import DMelodies
from ..datasets.recipes.registry import load_recipe
from ..settings import check_plain
from . import one_line
from .arguments import readable
from .corpora import concepts, generate_from, inspect, recipes, verify
from .exchange import export_from, import_from
from .experiments import reproduce, sweep
from .machine import doctor, soundfont
from .runs import compare, demo, report
from .sampling import sample_from
from .scores import encode, evaluate, selftest
from .training import train, train_from

COMMANDS: dict[str, Callable[..., Any]] = {
    "recipes": recipes,
    "inspect": inspect,
    "verify": verify,
    "train": train,
    "evaluate": evaluate,
    "selftest": selftest,
    "encode": encode,
    "sample": sample_from([]),
    "sweep": sweep,
    "reproduce": reproduce,
    "report": report,
    "compare": compare,
    "concepts": concepts,
    "export": export_from([]),
    "import": import_from([]),
    "demo": demo,
    "doctor": doctor,
    "soundfont": soundfont,
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit code: 0, 2 for what a user can put right, 130."""
    arguments = sys.argv[1:] if arguments is None else arguments
    with one_line.printable():
        try:
            settle_pictures()
            _run(arguments)
            sys.stdout.flush()  # so that a full disk is told of here, not at the very end
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except KeyboardInterrupt:
            print("interrupted; the same command resumes it", file=sys.stderr)
            return 130
        except Exception as error:
            told = one_line.told(error)
            if told is None:
                raise
            print(f"dsounds: {told}", file=sys.stderr)
            return 2
    return 0


def _run(arguments: list[str]) -> None:
    check_plain("the command line", arguments)
    if arguments in (["--version"], ["-V"]):
        print(f"dsounds {__version__}")
        return
    generate = {"generate": generate_from(_recipe_of(arguments))}
    own = {
        "train": train_from(arguments),
        "sample": sample_from(arguments),
        "export": export_from(arguments),
        "import": import_from(arguments),
    }
    commands = generate | COMMANDS | own
    tyro.extras.subcommand_cli_from_dict(
        {name: one_line.bounded(readable(command)) for name, command in commands.items()},
        prog="dsounds",
        description="Sound with every factor known, and models that disentangle it. "
        "dsounds --version prints the version.",
        args=arguments,
    )


def _recipe_of(arguments: list[str]) -> Recipe:
    """Return the recipe that `generate` starts from: its settings are the command's options."""
    match arguments:
        case ["generate", name, *_] if not name.startswith("-"):
            return load_recipe(name)
    return DMelodies()
