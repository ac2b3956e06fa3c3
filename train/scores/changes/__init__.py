"""Scores of codes under a true change of one factor: what should move moves, the rest stays."""
