"""`python -m benchmarks`: rendering against its alternatives, and the memory of generation."""

from . import memory, rendering

rendering.main()
memory.main()
