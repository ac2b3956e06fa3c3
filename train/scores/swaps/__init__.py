"""Scores of swaps: whether v, and only v, carries the static factors."""
