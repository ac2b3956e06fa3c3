"""Training of a model: the loop, checkpoints, run folders."""
