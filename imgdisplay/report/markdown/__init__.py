"""Reports as Markdown, with a folder of pictures."""
