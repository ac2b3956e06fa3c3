"""Corpora on disk: whole files, checksums, shards, corpus.json, notes."""
