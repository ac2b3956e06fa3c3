"""Scores of a model against the true factors."""
