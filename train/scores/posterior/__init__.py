"""Scores of the posterior of v: what it costs and how much of it is used."""
