"""Trackers of pitch, each with its row in the constant TRACKER."""
