"""Local encoders q(z_t | ...): one file each, named by the setting `local_encoder`.

A row is a class of modules, built from the number of mel bands and the model's settings. Called
with scaled x, (batch, time, mel), and v, (batch, v_dim), it returns a Gaussian over (batch, time,
z_dim).
"""
