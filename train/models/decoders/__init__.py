"""Decoders p(x_t | ...): one file each, named by the setting `decoder`.

A row is a class of modules, built from the number of mel bands and the model's settings. Called
with z, (batch, time, z_dim), and v, (batch, v_dim), it returns the mean of a Gaussian over scaled
log-mel, (batch, time, mel). The variance is fixed, so only the mean has parameters.
"""
