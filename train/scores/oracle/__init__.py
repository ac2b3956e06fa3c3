"""The codes of a perfect model: the factors themselves."""
