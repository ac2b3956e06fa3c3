"""Codes whose scores are known, and what each score gives for them."""
