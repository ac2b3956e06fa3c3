"""Scores of what a model says of frames that it has not seen."""
