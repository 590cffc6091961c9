"""Pictures from memory to anywhere: bytes, text, arrays, files by name, e-mail.

A conversion takes any source of `thumbnail` and means the whole picture, unless ``size=`` says
otherwise. Nothing is written to a disk and nothing but pixels leaves.
"""
