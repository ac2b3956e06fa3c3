"""Settings of a run: its configuration, and presets. No torch is imported."""
