"""Frames as workbooks of Excel."""
