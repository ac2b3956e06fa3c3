"""How a model learns: the loop, checkpoints, run folders."""
