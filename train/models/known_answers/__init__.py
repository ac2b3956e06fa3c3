"""Models that are fitted, not trained, to be set beside any other."""
