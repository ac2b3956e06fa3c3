"""Any value anywhere: settings, tables of labels, regions and options give exit 0 or 2.

The quick tests try a few values of each; the slow one tries many, with the commands' own work
behind them, and prints its totals.
"""

import inspect
import json
import math
import resource
import shutil
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsounds import cli
from dsounds.cli.corpora import generate_from
from dsounds.cli.exchange import export_from, import_from
from dsounds.cli.one_line import told
from dsounds.cli.sampling import sample_from
from dsounds.cli.training import train_from
from dsounds.datasets.concepts.pairs import PairRecipe
from dsounds.datasets.export import FORMATS
from dsounds.datasets.factors.splits import Region
from dsounds.datasets.generation import generate
from dsounds.datasets.importing import ImportSettings, labels
from dsounds.datasets.importing.label_tables import read_labels
from dsounds.datasets.recipes.dmelodies import DMelodies
from dsounds.datasets.recipes.registry import KINDS
from dsounds.errors import DsoundsError
from dsounds.settings import field_names, from_table, to_table
from dsounds.synth.features import LogMelSettings
from dsounds.train.experiments import sweep
from dsounds.train.fitting import trainer
from dsounds.train.models.registry import FAMILIES
from dsounds.train.samples.mode import MODES
from dsounds.train.settings.config import TrainingConfig

MOST_BYTES = 2 * 2**30


def settings_classes() -> dict[str, type]:
    """Every class of settings that users write, by the name of what has it."""
    found: dict[str, Any] = {
        "import": ImportSettings,
        "concepts": PairRecipe,
        "features": LogMelSettings,
        "training": TrainingConfig,
        **KINDS,
        **{f"export {name}": FORMATS.load(name).settings for name in FORMATS.names},
        **{f"sample {name}": MODES.load(name).settings for name in MODES.names},
    }
    for name in FAMILIES.names:
        row = FAMILIES.load(name)
        found |= {f"{name} model": row.model, f"{name} objective": row.objective}
    return {name: cls for name, cls in found.items() if field_names(cls)}


CLASSES = settings_classes()
numbers = st.one_of(
    st.integers(-3, 300),
    st.integers(),
    st.sampled_from([2**31, 2**63, 2**64, 10**30, 10**4000, -(10**4000)]),
    st.floats(allow_nan=True),
    st.floats(-2, 200),
)
texts = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["all", "violin", "C", "up", "nan", "1e999", "a\0b", "p\udce4", "9" * 5000]),
    st.sampled_from(["octave>=5", "instrument=violin", "frame", "taps", "../x", "h" * 300]),
)
plain = st.one_of(st.booleans(), numbers, texts, st.dates(), st.none())
values = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=2)
)


def in_one_line(error: Exception, start: str = "") -> None:
    """Check what the command line makes of an error; a fault of the program is raised again."""
    said = told(error)
    if said is None:
        raise error
    assert said.startswith(start)
    assert "\n" not in said
    assert len(said) < 2100


@pytest.mark.parametrize("name", CLASSES)
@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_settings(name: str, data: st.DataObject) -> None:
    try_settings(name, data)


def try_settings(name: str, data: st.DataObject) -> bool:
    """Read one table of settings; return whether it was taken."""
    cls = CLASSES[name]
    keys = data.draw(st.lists(st.sampled_from(field_names(cls)), min_size=1, max_size=2))
    table = {key: data.draw(values) for key in keys}
    try:
        made = from_table(cls, table, "here")
    except DsoundsError as error:
        in_one_line(error, "here")
        return False
    assert from_table(cls, to_table(made), "again") == made
    return True


cells = st.one_of(texts, st.text(alphabet=',;"\n\r\t aé1', max_size=6), numbers.map(str))
rows = st.lists(st.lists(cells, min_size=1, max_size=4), min_size=1, max_size=4)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(table=rows, named=st.booleans(), entries=values)
def test_tables_of_labels(tmp_path: Path, table: list, named: bool, entries: Any) -> None:
    head = ["file", "key"] if named else table[0]
    text = "\n".join(",".join(row) for row in [head, *table[1:]])
    (tmp_path / "t.csv").write_text(text, encoding="utf-8", errors="surrogatepass")
    (tmp_path / "t.json").write_text(json.dumps(entries, default=str))
    for file in ("t.csv", "t.json"):
        try:
            found = read_labels(tmp_path, tmp_path / file)
            labels.keep(found)
            labels.space_of(found)
            labels.check(found)
        except Exception as error:
            in_one_line(error)


@settings(max_examples=100)
@given(
    text=st.one_of(
        st.text(max_size=20),
        st.lists(
            st.sampled_from(["octave", "instrument", "=", "!=", ">=", "<", "|", '"', "4", "nan"]),
            max_size=6,
        ).map(" ".join),
    )
)
def test_regions(text: str) -> None:
    try:
        Region.parse(text, DMelodies().space)
    except DsoundsError as error:
        in_one_line(error)


@cache
def options() -> dict[str, list[str]]:
    """The options of every command as the parser knows them, by the first words of the command."""
    commands: dict[str, Any] = {
        "generate dmelodies": generate_from(DMelodies()),
        "generate sinusoids": generate_from(KINDS["sinusoids"]()),
        **{f"train {name}": train_from(["train", name]) for name in ("dsae", "scan", "c-dsvae")},
        "export c --format msd": export_from(["export", "c", "--format", "msd"]),
        "import c": import_from(["import", "c", "--labels", "t.csv"]),
        "sample run --mode predict": sample_from(["sample", "run", "--mode", "predict"]),
        **{name: cli.COMMANDS[name] for name in ("verify", "inspect", "evaluate", "selftest")},
        **{name: cli.COMMANDS[name] for name in ("encode", "sweep", "report", "compare")},
        **{name: cli.COMMANDS[name] for name in ("concepts", "doctor", "recipes")},
    }
    return {name: list(_named(command)) for name, command in commands.items()}


def _named(command: Any) -> Iterator[str]:
    for name in inspect.signature(command).parameters:
        hint = get_type_hints(command).get(name)
        if hint is not None and hasattr(hint, "__dataclass_fields__"):
            yield from (f"--{one.replace('_', '-')}" for one in field_names(hint))
        else:
            yield f"--{name.replace('_', '-')}"


BASES = {
    "verify": "verify c --sample 1",
    "inspect": "inspect c --clips 1",
    "concepts": "concepts c --examples 3",
    "encode": "encode run --out codes.npz",
    "sweep": "sweep dsae --corpus c --out swept",
    "report": "report run --clips 0",
    "compare": "compare run",
    "evaluate": "evaluate --codes x.npy --factors x.npy --scores mig",
    "selftest": "selftest --scores mig --codes 50 --repeats 1",
    "train dsae": "train dsae --corpus c --out new",
    "train scan": "train scan --corpus c --out new",
    "train c-dsvae": "train c-dsvae --corpus c --out new",
    "generate dmelodies": "generate dmelodies --count 2 --out g",
    "generate sinusoids": "generate sinusoids --count 2 --out g",
    "import c": "import c --labels t.csv --out made",
    "export c --format msd": "export c --format msd --out made",
    "sample run --mode predict": "sample run --mode predict --out made --count 1",
}
arguments = st.one_of(
    st.integers(-2, 3).map(str),
    st.sampled_from(["", "-1", "1e400", "nan", "inf", "0x10", "9" * 25, "9" * 5000, "None"]),
    st.sampled_from(["True", "false", "all", "x", "p\udce4", "a\0b", "h" * 300, "h/" * 3000]),
    st.sampled_from(["/dev/null", "c", "run", "c/corpus.json", ".", "/proc/x", "1000000", "1:2"]),
    st.text(max_size=8),
)


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_options_of_a_command_that_finds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: st.DataObject
) -> None:
    monkeypatch.chdir(tmp_path)
    command = data.draw(
        st.sampled_from([name for name, there in options().items() if there and name != "doctor"])
    )
    first = command.split()
    if first[0] == "generate":
        first[1] = "nothing.toml"
    option, value = data.draw(st.sampled_from(options()[command])), data.draw(arguments)
    assert ended([*first, option, value]) in (0, 2)


def ended(command: list[str]) -> int:
    """Return the exit code of a command; an exception of the program fails the test."""
    try:
        return cli.main(command)
    except SystemExit as stop:
        return int(stop.code or 0)


@pytest.mark.slow
def test_settings_in_thousands(capsys: pytest.CaptureFixture[str]) -> None:
    """All settings with many values each; the totals are printed."""
    totals: Counter[bool] = Counter()

    @settings(max_examples=10_000, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def many(data: st.DataObject) -> None:
        totals[try_settings(data.draw(st.sampled_from(sorted(CLASSES))), data)] += 1

    many()
    with capsys.disabled():
        print(f"\nsettings: {totals[True]:,} tables taken, {totals[False]:,} refused in a line")
    assert min(totals.values()) > 100


@pytest.fixture
def place(small_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a corpus, a run, codes and a table; what takes long does nothing."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(small_folder, "c")
    assert (
        ended(["train", "dsae", "--corpus", "c", "--out", "run", "--epochs", "1", "--z-dim", "2"])
        == 0
    )
    (tmp_path / "t.csv").write_text("file,key\na.wav,1\n")

    def stop(*values: object, **named: object) -> None:
        raise DsoundsError("all that was asked for is right")

    monkeypatch.setattr(trainer, "fit", stop)
    monkeypatch.setattr(sweep, "run_all", stop)
    monkeypatch.setattr(generate, "_make", stop)
    return tmp_path


@pytest.mark.slow
def test_options_in_hundreds(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every option of every command: exit 0 or 2, under 2 GB; the totals are printed."""
    totals: Counter[int] = Counter()
    kept = set(place.rglob("*"))

    @settings(max_examples=600, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def many(data: st.DataObject) -> None:
        command = data.draw(st.sampled_from(sorted(BASES)))
        option, value = data.draw(st.sampled_from(options()[command])), data.draw(arguments)
        code = ended([*BASES[command].split(), option, value])
        assert code in (0, 2)
        totals[code] += 1
        for path in set(place.iterdir()) - kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    before = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (2 * MOST_BYTES, before[1]))
    try:
        many()
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    with capsys.disabled():
        print(f"\noptions: {totals[0]} ended with 0, {totals[2]} with 2; {peak / 1e9:.1f} GB")
    assert peak < MOST_BYTES
    assert math.prod(totals.values()) > 0
