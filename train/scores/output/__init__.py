"""Scores of what is decoded without a swap."""
