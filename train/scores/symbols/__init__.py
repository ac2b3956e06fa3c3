"""Scores of models of symbols: naming sounds, and sounds of concepts."""
