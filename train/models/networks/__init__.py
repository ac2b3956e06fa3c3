"""Networks and densities that models of several kinds share."""
