"""Reports as e-mail."""
