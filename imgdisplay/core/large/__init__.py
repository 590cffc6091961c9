"""Arrays too large to be converted as a whole: read in parts, and reduced first."""
