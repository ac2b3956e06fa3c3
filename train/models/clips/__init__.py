"""Models of whole clips: VAEs, recurrent VAEs, regularised attributes."""
