"""What is done again in one command."""
