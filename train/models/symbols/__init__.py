"""SCAN: symbols of clips, learned from few labels."""
