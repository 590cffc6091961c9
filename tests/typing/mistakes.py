"""Mistakes that a type checker has to find, each in a line of its own; nobody runs them."""

from typing import TYPE_CHECKING

import imgdisplay

if TYPE_CHECKING:
    imgdisplay.thumbnail("a.png", size="large")
    imgdisplay.thumbnail("a.png", format="bmp")
    imgdisplay.img("a.png", sizes=96)
    imgdisplay.to_array("a.png", color_order="gbr")
    imgdisplay.set_options(quality="best")
    imgdisplay.data_uri("a.png").width()
