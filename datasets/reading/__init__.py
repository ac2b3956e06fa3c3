"""Reading of a corpus: from shards or on demand, as frames, features, tensors."""
