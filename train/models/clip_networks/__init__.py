"""Networks of a whole clip, encoder and decoder: one file each, named by the setting `network`.

A row is a `ClipNetwork`: two classes of modules, both built from the model's settings and the
sizes of the data. The encoder, called with scaled x, (batch, time, mel), returns a Gaussian over
(batch, v_dim); the decoder, called with v, (batch, v_dim), returns the mean of a Gaussian over
scaled log-mel, (batch, time, mel). The variance is fixed, so only the mean has parameters.
"""
