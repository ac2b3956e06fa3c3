"""Words over the factors of a corpus: the vocabulary of its concepts."""
