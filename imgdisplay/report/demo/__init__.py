"""The demo: a page of pictures that are drawn here."""
