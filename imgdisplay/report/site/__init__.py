"""The folder of pages: an index, pages, and a search in all of them."""
