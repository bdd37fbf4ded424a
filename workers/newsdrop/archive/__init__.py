"""Bytes in, header and HTML out: opening files, decoding them, telling the dialects apart.

Refuses whatever is no text, no regular file, over a limit or in no dialect we know, each with the error that
says what the worker must do (errors.py). Looks at content, never at a file's name, and writes nothing.
"""
