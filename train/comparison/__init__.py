"""Models compared over seeds: medians, intervals, paired tests, a picture."""
