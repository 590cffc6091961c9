"""Fuzzing with coverage: what is fuzzed, from which seeds, and what must hold."""
