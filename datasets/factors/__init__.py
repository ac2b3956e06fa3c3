"""The clips that there could be: factors and their grid, sampling, regions, splits."""
