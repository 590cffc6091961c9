"""Reports: one HTML page with pictures in it that needs no other file and no network."""

from imgdisplay.report.page import Report, report

__all__ = ["Report", "report"]
