"""Decoding in processes that can be killed: ``isolate=True``."""
