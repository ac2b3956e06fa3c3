"""Checks that a corpus is true: files, labels, sound made again, sound measured."""
