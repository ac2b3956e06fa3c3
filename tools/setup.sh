#!/usr/bin/env bash
# Installs what dsounds needs and is not there yet: system packages, .venv, Python packages.
# Safe to run again: what is in place is left alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 2; }

find_python() {
    local python
    for python in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s' "$python"
            return
        fi
    done
    fail "Python 3.11 or newer is needed (set PYTHON to its path)"
}

has_fluidsynth() {
    "$1" -c 'import ctypes.util, sys; sys.exit(not ctypes.util.find_library("fluidsynth"))'
}

has_soundfont() {
    local font
    [ -z "${DSOUNDS_SOUNDFONT:-}" ] || return 0
    for font in /usr/share/sounds/sf3/MuseScore_General{_Lite,}.sf3 \
        {/usr/local,/opt/homebrew,~/.local}/share/soundfonts/MuseScore_General.sf3 \
        ~/soundfonts/MuseScore_General.sf3; do
        [ ! -e "$font" ] || return 0
    done
    return 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

install_system_packages() {
    local python=$1 packages=()
    has_fluidsynth "$python" || packages+=(libfluidsynth3)
    has_soundfont || packages+=(musescore-general-soundfont-small)
    "$python" -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)
    [ ${#packages[@]} -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null || ! { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
        fail "missing: ${packages[*]}. Debian, Ubuntu: sudo apt-get install ${packages[*]}." \
            "macOS: brew install fluid-synth. conda: conda install -c conda-forge fluidsynth." \
            "The SoundFont is MuseScore_General.sf3 0.2.1 (MIT): put it into" \
            "~/.local/share/soundfonts or set DSOUNDS_SOUNDFONT to its path. Then run make again."
    fi
    say "installing ${packages[*]}"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
}

install_python_packages() {
    local python=$1 stamp=.venv/.installed wanted
    # The folder counts too: an environment that was moved or copied does not work.
    wanted=$({ cat pyproject.toml constraints.txt; pwd; } | cksum)
    if [ -x .venv/bin/dsounds ] && [ "$(cat $stamp 2>/dev/null)" = "$wanted" ]; then
        return 0
    fi
    say "making .venv (a few minutes, mostly torch)"
    # --clear also mends what an interrupted setup left, such as a python without pip.
    .venv/bin/python -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear .venv
    # torch first: asked for by version, before another package asks for any version of it.
    .venv/bin/python -m pip install -q --disable-pip-version-check -c constraints.txt torch
    # setuptools warns of the folder dsounds/, which is the package itself.
    PYTHONWARNINGS=ignore .venv/bin/python -m pip install -q --disable-pip-version-check \
        -c constraints.txt -e '.[dev]'
    printf '%s' "$wanted" >$stamp
}

main() {
    local python
    python=$(find_python)
    install_system_packages "$python"
    install_python_packages "$python"
    say "ready: .venv/bin/dsounds"
}

[ "${BASH_SOURCE[0]}" != "$0" ] || main
