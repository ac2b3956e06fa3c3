"""What a trained model can make: drawn, swapped, predicted and traversed sequences."""
