"""What an exception tells the user: one line, or nothing where it is a fault of the program."""

import errno

import pytest

from dsounds.cli.one_line import told
from dsounds.errors import DsoundsError


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (DsoundsError("a is 1:\n2 is needed"), "a is 1: 2 is needed"),
        (OSError(errno.ENAMETOOLONG, "File name too long", "x"), "x: File name too long"),
        (OSError(errno.EIO, "Input/output error"), "the system: Input/output error"),
        (MemoryError(), "not enough memory: give smaller sizes"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: 9\nmore"), "not enough memory"),
        (UnicodeEncodeError("ascii", "\xe9", 0, 1, "no"), "text that is not UTF-8"),
    ],
)
def test_what_a_user_can_put_right_is_a_line(error: Exception, line: str) -> None:
    said = told(error)
    assert said is not None
    assert said.startswith(line)
    assert "\n" not in said


@pytest.mark.parametrize("error", [RuntimeError("another"), KeyError("x"), AssertionError()])
def test_a_fault_of_the_program_is_no_line(error: Exception) -> None:
    assert told(error) is None
