"""Corpora in other formats: one module for each, chosen by name.

What is written is whole or not there, and never takes the place of something else.
"""

from .registry import FORMATS, export

__all__ = ["FORMATS", "export"]
