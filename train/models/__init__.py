"""Models: networks, priors, objectives, and the interface that scores use."""
