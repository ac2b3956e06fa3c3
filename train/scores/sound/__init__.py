"""Scores of the sound of clips: pitch, onsets, and distances of distributions."""
