"""Recipes, the clips that a corpus takes: a class for each kind, and named recipes (*.toml)."""
