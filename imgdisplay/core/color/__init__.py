"""Colours: what a source says about them, their way to sRGB, and colours for numbers."""
