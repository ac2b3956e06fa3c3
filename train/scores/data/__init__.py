"""The clips, labels, codes and decoded sound that scores read."""
