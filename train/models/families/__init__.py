"""The families of models: one file each, which holds its row and little else."""
