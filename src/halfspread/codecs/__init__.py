"""Codecs: venues' messages and files to events, and a data check of what they hold."""

from halfspread.codecs.check import Check, book_check
from halfspread.codecs.codec import Codec, Report
from halfspread.codecs.columns import NO_TIME, Messages
from halfspread.codecs.importing import FORMATS, detect, import_files

__all__ = [
    "FORMATS",
    "NO_TIME",
    "Check",
    "Codec",
    "Messages",
    "Report",
    "book_check",
    "detect",
    "import_files",
]
