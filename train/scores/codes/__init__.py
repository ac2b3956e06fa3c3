"""Scores of codes against factors: informative, compact, disentangled."""
