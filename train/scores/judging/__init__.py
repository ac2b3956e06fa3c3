"""A judge, trained on real clips, and what it hears in clips that a model made."""
