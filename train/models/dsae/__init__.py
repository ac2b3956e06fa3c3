"""DSAE and its relatives: the autoencoder, its objective, deterministic dynamics."""
