"""How a corpus is read: from shards or on demand, as frames, features, tensors."""
