"""One image in, one thumbnail out. Knows no frame and no notebook."""
