"""How good a model is: scores against the true factors."""
