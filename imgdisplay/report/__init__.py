"""Reports: one HTML page with pictures in it that needs no other file and no network."""

from imgdisplay.report.document import Report, report

__all__ = ["Report", "report"]
