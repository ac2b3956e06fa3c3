"""tools/setup.sh: what it finds, and what it mends."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "setup.sh"


def bash(code: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run some of the script's functions, with another home folder."""
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    command = ["bash", "-c", f"source '{SCRIPT}'; {code}"]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.mark.process
@pytest.mark.parametrize("place", [".local/share/soundfonts", "soundfonts"])
def test_a_font_in_the_home_folder_is_found(tmp_path: Path, place: str) -> None:
    # Debian's own place does not count here: another name stands for it.
    code = "eval \"$(declare -f has_soundfont | sed 's,/usr/share/sounds,/nowhere,g')\";"
    assert bash(f"{code} has_soundfont", tmp_path).returncode == 1
    (tmp_path / place).mkdir(parents=True)
    (tmp_path / place / "MuseScore_General.sf3").touch()
    assert bash(f"{code} has_soundfont", tmp_path).returncode == 0


@pytest.mark.process
def test_what_to_install_is_told_where_nothing_can_be_installed(tmp_path: Path) -> None:
    code = (
        "has_fluidsynth() { false; }; has_soundfont() { false; };"
        "id() { echo 1000; }; sudo() { false; };"
        f"install_system_packages '{sys.executable}'"
    )
    done = bash(code, tmp_path)
    assert done.returncode == 2
    for word in ("libfluidsynth3", "musescore-general-soundfont-small", "brew", "conda"):
        assert word in done.stderr


@pytest.mark.slow  # makes an environment with pip
@pytest.mark.process
def test_a_half_made_environment_is_mended(tmp_path: Path) -> None:
    half = [sys.executable, "-m", "venv", "--without-pip", tmp_path / ".venv"]
    subprocess.run(half, check=True)
    line = next(line for line in SCRIPT.read_text().splitlines() if "venv --clear" in line)
    done = bash(f"cd '{tmp_path}'; python='{sys.executable}'; {line}", tmp_path)
    assert done.returncode == 0
    subprocess.run([tmp_path / ".venv/bin/python", "-m", "pip", "--version"], check=True)
