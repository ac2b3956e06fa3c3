"""Embedders: from clips, as log-mel or as sound, to numbers of their windows."""
