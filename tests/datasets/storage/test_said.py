"""What is said of locked files, full disks, workers that are killed, and names that are wrong."""

import os
import resource
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import h5py
import pytest

from dsounds.cli import main
from dsounds.datasets import Corpus
from dsounds.datasets.generation import executors
from dsounds.datasets.storage import atomic_files
from dsounds.datasets.storage.hdf5 import create_reserved
from dsounds.errors import DsoundsError, suggestion
from dsounds.synth.music.midi import PROGRAM_NAMES


def test_a_shard_that_another_program_writes_names_the_cure(small: Corpus, tmp_path: Path) -> None:
    """The other program is a process of its own: within one HDF5 opens a file once."""
    path = tmp_path / "shard.h5"
    path.write_bytes((small.folder / "shard-00000.h5").read_bytes())
    hold = "import h5py, sys; f = h5py.File(sys.argv[1], 'r+'); print('held', flush=True); input()"
    code = [sys.executable, "-c", hold, str(path)]
    with subprocess.Popen(code, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(OSError, match="lock") as caught:
            h5py.File(path, "r")
        other.communicate("\n")
    said = atomic_files.reason(caught.value)
    assert "another program has it open to write" in said
    assert "HDF5_USE_FILE_LOCKING=FALSE" in said


def test_a_file_system_without_locks_names_the_cure() -> None:
    error = OSError(
        "Unable to open file (unable to lock file, errno = 37, error message = 'No ...'"
    )
    said = atomic_files.reason(error)
    assert "its file system has no locks" in said
    assert "HDF5_USE_FILE_LOCKING=FALSE" in said
    assert "LOCKING" not in atomic_files.reason(OSError("truncated file: eof = 96, errno = 5"))


def test_names_are_suggested_by_their_words() -> None:
    assert suggestion("pianoo", PROGRAM_NAMES) == ", did you mean 'acoustic grand piano'?"
    assert suggestion("vioolin", PROGRAM_NAMES) == ", did you mean 'violin'?"
    assert suggestion("pikkolo", PROGRAM_NAMES) == ", did you mean 'piccolo'?"
    assert suggestion("Nylon Guitarr", PROGRAM_NAMES) == ", did you mean 'acoustic guitar (nylon)'?"
    assert suggestion("xyz", PROGRAM_NAMES) == ""
    assert suggestion("octav", ("tonic", "octave")) == ", did you mean 'octave'?"
    assert suggestion("dsae", ("dsae-f", "ts-dsae", "dsae")) == ", did you mean 'dsae'?"


def test_a_folder_in_which_no_files_can_be_made(capsys: pytest.CaptureFixture[str]) -> None:
    if not Path("/proc/self").exists():
        pytest.skip("there is no /proc")
    assert main(["generate", "dmelodies", "--count", "4", "--out", "/proc/dsounds"]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith(
        "dsounds: cannot write into /proc/dsounds: its file system makes no files"
    )
    with pytest.raises(DsoundsError, match="cannot write into /proc/dsounds: "):
        atomic_files.make_folder(Path("/proc/dsounds"))


def test_space_is_taken_before_hdf5_writes(tmp_path: Path) -> None:
    """HDF5 could not close a file that it cannot write; and its bytes are those it writes alone."""

    def fill(file: h5py.File) -> None:
        file.attrs["x"] = "y" * 5000
        file.create_dataset("audio", (50, 64_000), "<i2")[:] = 1
        file.create_dataset("splits/melody", data=range(50))

    with h5py.File(tmp_path / "alone.h5", "w") as file:
        fill(file)
    with create_reserved(tmp_path / "reserved.h5", 8_000_000) as file:
        assert (tmp_path / "reserved.h5").stat().st_size == 8_000_000
        fill(file)
    written = (tmp_path / "reserved.h5").read_bytes()
    assert written == (tmp_path / "alone.h5").read_bytes()
    with create_reserved(tmp_path / "small.h5", 1000) as file:  # too little does no harm
        fill(file)
    assert (tmp_path / "small.h5").read_bytes() == written


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="the system cannot take space")
@pytest.mark.parametrize("limit", [0, 4096, 100_000])
def test_no_space_is_one_error_and_hdf5_goes_on(limit: int, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        with (
            pytest.raises(OSError, match="File too large"),
            create_reserved(tmp_path / "a.h5", 10**6),
        ):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with create_reserved(tmp_path / "a.h5", 1000) as file:
        file["x"] = 1


@pytest.mark.parametrize(
    ("codes", "says"),
    [
        ([-9, None], "SIGKILL ended the first as it started"),
        ([1, -signal.SIGSEGV], "SIGSEGV ended the first as it started"),
        ([1, 1], "must do so under if __name__ == '__main__'"),
        ([None], "must do so under if __name__ == '__main__'"),
    ],
)
def test_why_no_worker_started(codes: list[int | None], says: str) -> None:
    said = executors._why_none(codes)
    assert says in said
    assert ("__main__" in says) == ("__main__" in said)


@pytest.mark.process
def test_workers_that_are_killed_as_they_start(tmp_path: Path) -> None:
    """They are killed by what they import first, as by a system that is out of memory."""
    (tmp_path / "sitecustomize.py").write_text(
        textwrap.dedent("""
        import os, signal, sys
        if "--multiprocessing-fork" in sys.argv or "spawn_main" in " ".join(sys.orig_argv):
            if "resource_tracker" not in " ".join(sys.orig_argv):
                os.kill(os.getpid(), signal.SIGKILL)
        """)
    )
    out = str(tmp_path / "c")
    code = "import sys; from dsounds.cli import main; sys.exit(main(sys.argv[1:]))"
    options = ["generate", "dmelodies", "--count", "4", "--shard-size", "1", "--workers", "2"]
    failed = subprocess.run(
        [sys.executable, "-c", code, *options, "--out", out],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert failed.returncode == 2
    assert "SIGKILL ended the first as it started" in failed.stderr.splitlines()[-1]
