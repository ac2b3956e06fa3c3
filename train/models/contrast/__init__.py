"""What C-DSVAE adds to DSAE: augmented views, mutual information, its objective."""
