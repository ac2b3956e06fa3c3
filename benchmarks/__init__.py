"""How fast? `make bench` runs everything; see README.md for the figures."""
