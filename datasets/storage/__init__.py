"""How a corpus lies on disk: whole files, checksums, shards, corpus.json, notes."""
