"""Peak memory of generation, each time in a process of its own."""

import subprocess
import sys
import tempfile

_CODE = (
    "import resource, sys; from pathlib import Path;"
    "from dsounds.datasets import DMelodies, generate;"
    "recipe = DMelodies(count=int(sys.argv[1]), instruments=tuple(sys.argv[3:]));"
    "generate(recipe, Path(sys.argv[2]), progress=False);"
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
)


def peak_mb(count: int, *instruments: str) -> float:
    """Megabytes that generating so many clips takes at most."""
    with tempfile.TemporaryDirectory(dir=".") as folder:
        command = [sys.executable, "-c", _CODE, str(count), f"{folder}/corpus", *instruments]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    kilobyte = 1 if sys.platform == "darwin" else 1024
    return int(done.stdout) * kilobyte / 1e6


def main() -> None:
    """Print the peak memory for some corpora."""
    print("\npeak memory of generation, one worker")
    for count, instruments in (
        (600, ("violin", "trumpet")),
        (6000, ("violin", "trumpet")),
        (600, ("0", "48")),
    ):
        print(
            f"  {count:>6,} clips on {' and '.join(instruments):<22}"
            f"{peak_mb(count, *instruments):>6,.0f} MB"
        )
