"""Modes of sampling: one file each, named by the option `mode`.

A row says what it needs of a model and how it makes a grid of sequences (`train.samples.mode`).
"""
