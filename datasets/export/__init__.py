"""Corpora in other formats: one module for each, with one row.

An export is whole or not there, and never takes the place of something else.
"""

from .export_format import ExportFormat, NoSettings
from .registry import FORMATS, export

__all__ = ["FORMATS", "ExportFormat", "NoSettings", "export"]
