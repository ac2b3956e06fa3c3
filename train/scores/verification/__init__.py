"""Verification: whether codes tell that two clips have the same class of a factor."""
