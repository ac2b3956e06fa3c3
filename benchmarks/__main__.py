"""`python -m benchmarks`: rendering against its alternatives, log-mel, the memory of generation."""

from . import memory

memory.main()  # before torch is there: a process begins with the peak of the one that starts it

from . import peers, rendering, spectra  # noqa: E402

rendering.main()
print()
peers.main()
print()
spectra.main()
