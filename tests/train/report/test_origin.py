"""What the report prints under "How it was made" is what the command line takes."""

import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dsounds.cli import main
from dsounds.datasets import DMelodies, generate, load_recipe
from dsounds.datasets.generation import generate as generation
from dsounds.datasets.recipes.base import Recipe
from dsounds.datasets.recipes.registry import names
from dsounds.datasets.storage.manifest import Manifest
from dsounds.train.report import report
from dsounds.train.report.origin import commands, generate_arguments
from dsounds.train.report.runs import gather


@pytest.fixture
def given_options(monkeypatch: pytest.MonkeyPatch) -> list[generation.GenerationOptions]:
    """What `dsounds generate` would make; nothing is made."""
    given: list[generation.GenerationOptions] = []
    monkeypatch.setattr(generation, "run", lambda options: given.append(options))
    return given


OWN = {
    "own": DMelodies(
        count=7,
        seed=2,
        crossfade=True,
        rest_at_ends=True,
        instruments=("nylon guitar", "flute"),
        crescendos=(-6.0, 6.0),
        tempos=(90.0, 120.5),
    ),
    "defaults": DMelodies(),
}
RECIPES = {name: load_recipe(name) for name in names()} | OWN


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
@pytest.mark.parametrize("renderer", ["notes", "direct"])
def test_the_command_for_a_corpus_gives_its_recipe(
    recipe: Recipe, renderer: str, manifest_of: Callable[..., Manifest], given_options: list
) -> None:
    manifest = manifest_of(recipe, renderer)
    assert main(generate_arguments(manifest, "corpora/made here")) == 0
    options = given_options[0]
    assert (options.recipe, options.renderer, str(options.out)) == (
        recipe,
        renderer,
        "corpora/made here",
    )


@pytest.fixture
def manifest_of(small) -> Callable[..., Manifest]:
    from dsounds.datasets.recipes.registry import to_dict

    return lambda recipe, renderer: replace(
        small.manifest, recipe=to_dict(recipe), renderer=renderer
    )


def content(*folders: Path) -> dict[str, bytes]:
    files = [path for folder in folders for path in folder.rglob("*") if path.suffix != ".toml"]
    return {str(path): path.read_bytes() for path in files if path.is_file()}


def test_the_printed_lines_run_and_give_what_is_there(
    tmp_path: Path, train_small: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    """Each line is run in a new place: it makes the same corpus, the same runs, the same report."""
    monkeypatch.chdir(tmp_path)
    corpus = generate(DMelodies(count=16, octaves=(4, 5)), Path("new corpus"), progress=False)
    runs = [
        train_small("ts-dsae", corpus, Path("ts-dsae"), swaps="both", split="random", seed=2),
        train_small("dsae", corpus, Path("dsae"), standardise=False, split="random"),
    ]
    lines = commands(*gather(runs), clips=0, seed=3)
    page = report(runs, Path("report.html"), clips=0, seed=3).read_bytes()
    assert [shlex.split(line)[1] for line in lines] == ["generate", "train", "train", "report"]
    assert all(line in page.decode().replace("&#39;", "'") for line in lines)

    made = content(corpus, *runs)
    for line in lines[:-1]:  # what is there is found to be the same, and left as it is
        assert main(shlex.split(line)[1:]) == 0, capsys.readouterr().err
    assert content(corpus, *runs) == made
    Path("report.html").unlink()
    assert main(shlex.split(lines[-1])[1:]) == 0
    assert Path("report.html").read_bytes() == page


def test_a_corpus_without_a_folder_is_not_generated(
    tmp_path: Path, train_small: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("few.toml").write_text('kind = "dmelodies"\ncount = 16\n')
    run = train_small("dsae", Path("few.toml"), Path("run"))
    lines = commands(*gather([run]), clips=0, seed=0)
    assert [shlex.split(line)[1] for line in lines] == ["train", "report"]
    assert "--corpus few.toml" in lines[0]
