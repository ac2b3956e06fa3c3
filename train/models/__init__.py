"""What learns: networks, priors, objectives, and what scores ask of a model."""
