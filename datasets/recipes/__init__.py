"""Which clips a corpus takes: a recipe class per kind, and named recipes (*.toml)."""
