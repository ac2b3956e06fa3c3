"""`python -m benchmarks`: rendering against its alternatives, and the memory of generation."""

from . import memory

memory.main()  # before torch is there: a process begins with the peak of the one that starts it

from . import rendering  # noqa: E402

rendering.main()
