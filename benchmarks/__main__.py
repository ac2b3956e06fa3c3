"""`python -m benchmarks`: rendering against its alternatives, and the memory of generation."""

from . import memory, rendering

memory.main()  # first: a process begins with the peak of the one that starts it
rendering.main()
