"""Many workers, here and on a Dask cluster, in ranges and killed at any moment: the same bytes."""

import os
import pickle
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest

from dsounds.cli import main
from dsounds.datasets import DMelodies, generate, load_recipe
from dsounds.datasets.checking.integrity import damaged_files
from dsounds.datasets.generation import cluster as dask
from dsounds.datasets.generation import dispatch, worker
from dsounds.datasets.generation import generate as generating
from dsounds.datasets.generation.executors import Engine, OpenExecutor
from dsounds.datasets.generation.plan import Plan, shard_range
from dsounds.datasets.generation.retry import Failure, retried
from dsounds.datasets.storage import atomic_files, checksum, manifest
from dsounds.datasets.storage.note_cache import VARIABLE
from dsounds.datasets.storage.shard import Job
from dsounds.errors import DsoundsError

Command = Callable[..., list[str]]
RECIPE = DMelodies(count=40, seed=5)
SHARD_SIZE = 4
ATTEMPTS = 3
OPTIONS = ("generate", "dmelodies", "--count", 40, "--seed", 5, "--shard-size", SHARD_SIZE)
COUNT = 10


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus in ten shards. Not to be changed."""
    folder = tmp_path_factory.mktemp("scale") / "whole"
    return generate(RECIPE, folder, shard_size=SHARD_SIZE, progress=False)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def name(number: int) -> str:
    return f"shard-{number:05d}.h5"


# Attempts


@contextmanager
def forked() -> Iterator[OpenExecutor]:
    with ProcessPoolExecutor(2, get_context("fork")) as executor:
        yield OpenExecutor(executor)


POOL = Engine(forked, window=3)


def outcome(work: Callable[[str], str], jobs: list[str]) -> tuple[list[str], dict[str, str]]:
    """What came, sorted, and what was given up with its reason."""
    results = list(retried(POOL, work, jobs))
    failed = {one.job: one.says for one in results if isinstance(one, Failure)}
    return sorted(one for one in results if not isinstance(one, Failure)), failed


def tries(job: str) -> int:
    """Counts the calls for a job, in a file that it names."""
    with open(job, "a") as file:
        file.write("x")
        return file.tell()


def dies_at_first(job: str) -> str:
    if job.endswith("bad") and tries(job) < ATTEMPTS:
        os.kill(os.getpid(), signal.SIGKILL)
    return job


def dies_always(job: str) -> str:
    if job.endswith("bad"):
        tries(job)
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    return job


def raises_at_first(job: str) -> str:
    if job.endswith("bad") and tries(job) < ATTEMPTS:
        raise OSError(5, "Input/output error")
    return job


def raises_always(job: str) -> str:
    if job.endswith("bad"):
        tries(job)
        raise ZeroDivisionError("by zero")
    return job


@pytest.mark.process
@pytest.mark.parametrize("work", [dies_at_first, raises_at_first])
def test_a_job_is_tried_again(tmp_path: Path, work: Callable[[str], str]) -> None:
    jobs = [str(tmp_path / text) for text in ("a", "b bad", "c", "d", "e bad", "f")]
    assert outcome(work, jobs) == (jobs, {})


@pytest.mark.process
@pytest.mark.parametrize(
    ("work", "says", "begun"),
    [
        (dies_always, "its worker was killed every time", (ATTEMPTS, ATTEMPTS + 1)),
        (raises_always, "ZeroDivisionError: by zero", (ATTEMPTS, ATTEMPTS)),
    ],
)
def test_a_job_is_given_up_and_the_others_are_kept(
    tmp_path: Path, work: Callable[[str], str], says: str, begun: tuple[int, int]
) -> None:
    jobs = [str(tmp_path / text) for text in ("a", "b", "c bad", "d", "e", "f bad", "g")]
    good, bad = [job for job in jobs if "bad" not in job], [job for job in jobs if "bad" in job]
    done, failed = outcome(work, jobs)
    assert done == good
    assert sorted(failed) == bad
    assert all(says in text for text in failed.values())
    assert all(begun[0] <= Path(job).stat().st_size <= begun[1] for job in bad)


def dies_soon(job: str) -> str:
    time.sleep(0.05 if job == "bad" else 0.3)
    if job == "bad":
        os.kill(os.getpid(), signal.SIGKILL)
    return job


@pytest.mark.process
def test_what_runs_beside_a_killer_is_not_blamed() -> None:
    done, failed = outcome(dies_soon, ["a", "bad", "b", "c"])
    assert done == ["a", "b", "c"]
    assert list(failed) == ["bad"]


@pytest.mark.process
def test_what_is_dropped_is_not_begun(tmp_path: Path) -> None:
    results = retried(POOL, dies_always, (str(tmp_path / str(n)) for n in range(1000)))
    next(results)
    results.close()


def test_what_waits_for_a_worker_is_dropped_too() -> None:
    begun: list[int] = []

    def work(job: int) -> int:
        begun.append(job)
        time.sleep(0.01)
        return job

    engine = Engine(one_thread, window=100)
    results = retried(engine, work, range(1000))
    next(results)
    results.close()
    assert len(begun) < 50  # of the hundred that waited


@contextmanager
def one_thread() -> Iterator[OpenExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield OpenExecutor(executor)


@pytest.mark.process
def test_the_first_death_does_not_count(tmp_path: Path) -> None:
    """It may be that of another job, so three more are needed."""
    job = tmp_path / "bad"
    assert list(outcome(dies_always, [str(job)])[1]) == [str(job)]
    assert job.stat().st_size == ATTEMPTS + 1


class Broken(Executor):
    """Its workers have died since the last job came."""

    def submit(self, work: Callable, /, *jobs: object, **options: object) -> Future:
        raise BrokenExecutor


def test_a_pool_that_takes_no_job_is_replaced() -> None:
    executors = iter((Broken(), ThreadPoolExecutor(1)))
    engine = Engine(lambda: nullcontext(OpenExecutor(next(executors))), window=2)
    assert sorted(retried(engine, str, ["a", "b", "c"])) == ["a", "b", "c"]


class Silent(Executor):
    """As Dask's, when the scheduler stops at a bad moment: it never answers."""

    def submit(self, work: Callable, /, *jobs: object, **options: object) -> Future:
        return Future()


def test_hands_that_are_lost_are_not_waited_for() -> None:
    engine = Engine(lambda: nullcontext(OpenExecutor(Silent(), lambda: True)), window=2)
    first, *_ = retried(engine, str, ["a", "b", "c"])
    assert isinstance(first, Failure)
    assert first.lasting
    assert "has its scheduler stopped?" in first.says


# Shards that fail


def failing(monkeypatch: pytest.MonkeyPatch, fault: Callable[[Job], Exception | None]) -> list[str]:
    """Have `make` fail in this process; returns the list of shards that it was called for."""
    real, called = worker.make, []

    def make(job: Job) -> dict:
        called.append(job.path.name)
        error = fault(job)
        if error:
            raise error
        return real(job)

    monkeypatch.setattr(dispatch.worker, "make", make)
    return called


def test_shards_that_fail_are_told_at_the_end(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = failing(monkeypatch, lambda job: OSError(5, "eaten") if job.start in (4, 20) else None)
    with pytest.raises(DsoundsError) as raised:
        generate(RECIPE, tmp_path / "c", shard_size=SHARD_SIZE, progress=False)
    assert str(raised.value).startswith(
        "2 of 10 shards could not be made (shard-00001.h5: OSError: [Errno 5] eaten; "
        "shard-00005.h5: OSError: [Errno 5] eaten); those that were made are kept"
    )
    assert called.count(name(1)) == called.count(name(5)) == ATTEMPTS
    assert len(called) == 8 + 2 * ATTEMPTS
    assert set(snapshot(whole)) - set(snapshot(tmp_path / "c")) == {
        name(1), name(5), "clips.csv", "croissant.json", "datasheet.md"
    }  # fmt: skip
    assert len(manifest.read(tmp_path / "c").shards) == 8
    monkeypatch.undo()
    generate(RECIPE, tmp_path / "c", progress=False)
    assert snapshot(tmp_path / "c") == snapshot(whole)


def test_what_would_stop_all_shards_is_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(job: Job) -> Exception | None:
        return atomic_files.failed(job.path, OSError(28, "")) if job.start >= 8 else None

    called = failing(monkeypatch, full)
    with pytest.raises(
        DsoundsError, match=r"No space left on device.*stopped there with [78] to go"
    ):
        generate(RECIPE, tmp_path / "c", shard_size=SHARD_SIZE, progress=False)
    assert len(called) <= 4  # one more may have been under way


def test_it_ends_early_when_no_shard_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, lambda job: RuntimeError("broken"))
    with pytest.raises(DsoundsError, match=r"5 of 10 shards .* and 2 more\), .* with 5 to go"):
        generate(RECIPE, tmp_path / "c", shard_size=SHARD_SIZE, progress=False)


def _dies_once(job: Job) -> dict:
    """In a worker: the first to make shard 1 is killed in the middle of it."""
    mark = job.path.with_name("mark")
    if job.start == 4 and not mark.exists():
        mark.touch()
        atomic_files.temporary_path(job.path).write_bytes(b"half")
        os.kill(os.getpid(), signal.SIGKILL)
    return worker.make(job)


@pytest.mark.process
def test_a_killed_worker_is_replaced(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch.worker, "make", _dies_once)
    generate(RECIPE, tmp_path / "c", workers=2, shard_size=SHARD_SIZE, progress=False)
    (tmp_path / "c" / "mark").unlink()
    assert snapshot(tmp_path / "c") == snapshot(whole)


@pytest.mark.process
def test_workers_die_with_their_parent(dsounds: Command, tmp_path: Path) -> None:
    command = dsounds(*OPTIONS[:2], "--count", 4000, "--shard-size", 4, "--out", tmp_path / "c")
    pipe = subprocess.DEVNULL
    parent = subprocess.Popen(
        [*command, "--workers", "2"], stdout=pipe, stderr=pipe, start_new_session=True
    )
    kill_when(1, tmp_path / "c", lambda: parent.pid).join()
    parent.wait()
    deadline = time.monotonic() + 10
    while _group_lives(parent.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _group_lives(parent.pid)


def _group_lives(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.process
def test_a_script_without_a_main_guard_is_told(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path; from dsounds.datasets import DMelodies, generate\n"
        f"generate(DMelodies(count=4), Path({str(tmp_path / 'c')!r}), 2, 2, progress=False)\n"
    )
    failed = subprocess.run([sys.executable, script], capture_output=True, text=True)
    assert "must do so under if __name__ == '__main__'" in failed.stderr.splitlines()[-1]


# Ranges


@pytest.mark.parametrize(
    ("text", "numbers"), [("0:3", [0, 1, 2]), ("8:99", [8, 9]), ("0:10", list(range(10)))]
)
def test_ranges(whole: Path, text: str, numbers: list[int]) -> None:
    plan = Plan(RECIPE, manifest.read(whole), whole)
    assert list(plan.numbers(shard_range(text))) == numbers


@pytest.mark.parametrize("text", ["", "3", "3:3", "5:2", "-1:2", "a:b", "0:1:2"])
def test_ranges_that_are_none(text: str) -> None:
    with pytest.raises(DsoundsError, match="START:STOP is needed"):
        shard_range(text)


def test_a_range_beyond_the_end(
    whole: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = [*map(str, OPTIONS), "--out", str(tmp_path / "c"), "--shards", "10:20"]
    assert main(arguments) == 2
    assert "shards 0 to 9" in capfd.readouterr().err
    assert not (tmp_path / "c").exists()


@pytest.mark.process
def test_ranges_at_the_same_time(dsounds: Command, whole: Path, tmp_path: Path) -> None:
    """A SLURM array's jobs, one of them begun twice; then the command without a range."""
    folder = tmp_path / "c"
    ranges = ("0:4", "4:8", "3:99")
    jobs = [dsounds(*OPTIONS, "--out", folder, "--shards", chosen) for chosen in ranges]
    processes = [subprocess.Popen(job, stderr=subprocess.PIPE) for job in jobs]
    for process in processes:
        _, said = process.communicate()
        assert process.returncode == 0, said
    shards = {name(n): (whole / name(n)).read_bytes() for n in range(COUNT)}
    found = snapshot(folder)
    del found["corpus.json"]
    assert found == shards
    assert manifest.read(folder).shards == []
    assert damaged_files(folder) == [
        f"{folder} is not complete: run the same dsounds generate again"
    ]
    times = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.h5")}
    generate(RECIPE, folder, progress=False)
    assert snapshot(folder) == snapshot(whole)
    assert {path.name: path.stat().st_mtime_ns for path in folder.glob("*.h5")} == times


def test_a_range_keeps_to_the_size_of_shards(tmp_path: Path) -> None:
    generate(RECIPE, tmp_path / "c", shard_size=4, progress=False, shards=range(1))
    (tmp_path / "c" / name(0)).unlink()
    with pytest.raises(DsoundsError, match="in shards of 4, not 8"):
        generate(RECIPE, tmp_path / "c", shard_size=8, progress=False, shards=range(1))


def test_corpus_json_is_begun_only_once(tmp_path: Path) -> None:
    """Whoever comes second must not write over what the first one has put there."""
    path = tmp_path / "corpus.json"
    assert atomic_files.create_json(path, {"number": 1})
    assert not atomic_files.create_json(path, {"number": 2})
    assert path.read_text() == atomic_files.json_text({"number": 1})
    assert [file.name for file in tmp_path.iterdir()] == ["corpus.json"]


def test_a_corpus_that_another_machine_has_just_begun(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "c"

    def begin(*arguments: object) -> None:
        manifest.write(folder, replace(manifest.read(whole), shard_size=8, shards=[]))

    monkeypatch.setattr(generating, "_prepare_notes", begin)
    with pytest.raises(DsoundsError, match="another dsounds has just begun"):
        generate(RECIPE, folder, shard_size=4, progress=False, shards=range(1))
    assert manifest.read(folder).shard_size == 8
    assert [path.name for path in folder.iterdir()] == ["corpus.json"]


def test_what_others_recorded_meanwhile_is_kept(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that fails does not write over the list of another one that has ended."""
    folder = tmp_path / "c"

    def fault(job: Job) -> Exception | None:
        if job.start == 36:
            for path in whole.iterdir():  # another machine has done it all
                shutil.copy(path, folder / path.name)
            return OSError(5, "eaten")
        return None

    failing(monkeypatch, fault)
    with pytest.raises(DsoundsError, match="1 of 10 shards"):
        generate(RECIPE, folder, shard_size=SHARD_SIZE, progress=False)
    assert snapshot(folder) == snapshot(whole)


# Size


def test_a_job_is_small_however_large_the_corpus(tmp_path: Path) -> None:
    """What goes to a worker has its own clips only."""
    recipe = load_recipe("instruments-16")
    recipe.positions(range(3))  # all are drawn now, and kept in the recipe
    plan = Plan(recipe, manifest.describe(recipe, 1000), tmp_path)
    assert len(plan) == 100
    assert len(pickle.dumps(plan.job(50))) < 40_000


def test_a_shard_that_nobody_sees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker on another machine wrote into a folder of the same name there."""
    real = worker.make

    def elsewhere(job: Job) -> dict:
        entry = real(job)
        if job.start == 4:
            job.path.unlink()
        return entry

    monkeypatch.setattr(dispatch.worker, "make", elsewhere)
    with pytest.raises(DsoundsError, match=r"shard-00001\.h5, but it is not here: .* shared file"):
        generate(RECIPE, tmp_path / "c", shard_size=SHARD_SIZE, progress=False)


# Dask


def test_without_dask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(
        DsoundsError, match=r"--scheduler needs Dask: pip install 'dsounds\[dask\]'"
    ):
        generate(RECIPE, tmp_path / "c", scheduler="tcp://127.0.0.1:1", progress=False)
    assert not (tmp_path / "c").exists()


@pytest.mark.slow
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense", "foo://bar:8786"])
def test_no_scheduler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(dask, "_ANSWER_S", 2)
    with pytest.raises(DsoundsError, match="no Dask scheduler answers at"):
        generate(RECIPE, tmp_path / "c", scheduler=address, progress=False)
    assert not (tmp_path / "c").exists()


@pytest.mark.slow
def test_something_else_in_the_place_of_a_scheduler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask, "_ANSWER_S", 1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(DsoundsError, match="no Dask scheduler answers at"):
            generate(RECIPE, tmp_path / "c", scheduler=address, progress=False)


@contextmanager
def cluster(workers: int) -> Iterator:
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
    ) as opened:
        yield opened


@pytest.mark.process
@pytest.mark.slow
def test_a_scheduler_without_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask, "_FIRST_WORKER_S", 1)
    with cluster(0) as opened, pytest.raises(DsoundsError, match="has no workers after 1 s"):
        generate(RECIPE, tmp_path / "c", scheduler=opened.scheduler_address, progress=False)


def kill_when(shards: int, folder: Path, victim: Callable[[], int]) -> threading.Thread:
    """Have a process killed when some shards are there."""

    def watch() -> None:
        deadline = time.monotonic() + 120
        while len(list(folder.glob("shard-*.h5"))) < shards and time.monotonic() < deadline:
            time.sleep(0.005)
        os.kill(victim(), signal.SIGKILL)

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


@pytest.mark.process
@pytest.mark.slow
def test_a_dask_cluster_of_which_a_worker_is_killed(tmp_path: Path) -> None:
    recipe = DMelodies(count=900)
    straight = generate(recipe, tmp_path / "straight", shard_size=20, progress=False)
    with cluster(2) as opened:
        own = opened.workers[0].process.pid
        watch = kill_when(5, tmp_path / "c", lambda: own)
        generate(
            recipe, tmp_path / "c", shard_size=20, progress=False,
            scheduler=opened.scheduler_address,
        )  # fmt: skip
        watch.join()
        assert opened.workers[0].process.pid != own  # its nanny has started another one
    assert snapshot(tmp_path / "c") == snapshot(straight)


def _dies_on_dask(job: Job) -> dict:
    if job.start == 8:
        os.kill(os.getpid(), signal.SIGKILL)
    if job.start == 20 or (job.start == 28 and tries(str(job.path.with_name("mark"))) == 1):
        raise OSError(5, "eaten")
    return worker.make(job)


@pytest.mark.process
@pytest.mark.slow
def test_shards_that_fail_on_dask(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch.worker, "make", _dies_on_dask)
    with cluster(2) as opened, pytest.raises(DsoundsError) as raised:
        generate(
            RECIPE, tmp_path / "c", shard_size=SHARD_SIZE, progress=False,
            scheduler=opened.scheduler_address,
        )  # fmt: skip
    said = str(raised.value)
    assert said.startswith("2 of 10 shards could not be made")
    assert "shard-00002.h5: its worker was killed every time" in said
    assert "shard-00005.h5: OSError: [Errno 5] eaten" in said
    (tmp_path / "c" / "mark").unlink()
    monkeypatch.undo()
    generate(RECIPE, tmp_path / "c", progress=False)
    assert snapshot(tmp_path / "c") == snapshot(whole)


@pytest.mark.process
@pytest.mark.slow
def test_a_scheduler_that_goes_away(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys\n"
        "from distributed import Scheduler\n"
        "async def run():\n"
        "    async with Scheduler(port=0, dashboard=False) as s:\n"
        "        print(s.address, flush=True); await s.finished()\n"
        "asyncio.run(run())"
    )
    command = [sys.executable, "-c", code]
    scheduler = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    address = scheduler.stdout.readline().strip()
    worker_command = [sys.executable, "-m", "dask", "worker", address, "--nworkers", "1"]
    hand = subprocess.Popen(worker_command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        watch = kill_when(3, tmp_path / "c", lambda: scheduler.pid)
        with pytest.raises(DsoundsError, match="has its scheduler stopped"):
            generate(
                DMelodies(count=2000), tmp_path / "c", shard_size=4, scheduler=address,
                progress=False,
            )  # fmt: skip
        watch.join()
    finally:
        for process in (scheduler, hand):
            process.terminate()
            process.wait()
    assert damaged_files(tmp_path / "c") == [
        f"{tmp_path / 'c'} is not complete: run the same dsounds generate again"
    ]
    assert len(list((tmp_path / "c").glob("shard-*.h5"))) >= 3


# Kills


@pytest.mark.process
@pytest.mark.slow
def test_fifty_kills(dsounds: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed at random moments, also while notes are rendered: no final name is ever wrong."""
    rng = random.Random(0)
    recipe = DMelodies(count=1500)
    straight = generate(recipe, tmp_path / "straight", shard_size=10, progress=False)
    folder, kills, moments = tmp_path / "c", 0, set()
    options = ("generate", "dmelodies", "--count", 1500, "--shard-size", 10, "--out", folder)
    while kills < 50:
        if kills % 10 == 0:  # with no notes, and all to do
            shutil.rmtree(folder, ignore_errors=True)
            monkeypatch.setenv(VARIABLE, str(tmp_path / f"cache{kills}"))
        command = dsounds(*options, "--workers", rng.choice((1, 2)))
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        moments.add(_kill_at_random(process, folder, Path(os.environ[VARIABLE]), rng))
        kills += 1
        _check_final_names(folder, straight)
    assert moments == {"start", "notes", "shards"}
    subprocess.run(dsounds(*options, "--workers", 2), check=True, capture_output=True)
    assert snapshot(folder) == snapshot(straight)


def _kill_at_random(
    process: subprocess.Popen, folder: Path, cache: Path, rng: random.Random
) -> str:
    """Kill a generator some time after it has begun something; returns what that was."""
    begun = len(list(folder.glob("shard-*.h5*")))
    moment = rng.choice(("start", "notes", "shards", "shards"))
    deadline = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < deadline:
        if moment == "start":
            break
        if moment == "notes" and any(cache.rglob("samples-*")):
            break
        if moment == "shards" and len(list(folder.glob("shard-*.h5*"))) > begun:
            break
        time.sleep(0.001)
    time.sleep(rng.uniform(0, 2.0 if moment == "start" else 0.4))
    process.kill()
    process.wait()
    return moment


def _check_final_names(folder: Path, straight: Path) -> None:
    """What has a final name is whole; nothing else is there but what a writer was busy with."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if path.name.startswith("shard-") and path.suffix == ".h5":
            assert checksum.check(path).unbroken
            assert path.read_bytes() == (straight / path.name).read_bytes()
        elif path.name == manifest.FILE:
            manifest.read(folder)
        else:
            assert path.suffix == ".part" or path.name in ("croissant.json", "datasheet.md")
