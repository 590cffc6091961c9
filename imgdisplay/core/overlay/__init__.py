"""Boxes, masks, points and labels, drawn on a thumbnail at its own resolution.

Drawn after shrinking, so that a line is as wide as it looks and a label as large as it reads,
however large the source is. Coordinates are those of the upright source, with (0, 0) at the
upper left corner of its first pixel.
"""

from imgdisplay.core.overlay.drawing import draw_overlay
from imgdisplay.core.overlay.plan import Overlay, overlay

__all__ = ["Overlay", "draw_overlay", "overlay"]
