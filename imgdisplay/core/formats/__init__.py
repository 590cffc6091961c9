"""What is special about single file formats: what may be left out, what lies, what leaks."""
