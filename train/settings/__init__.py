"""What a run is: its configuration, and presets. No torch here."""
