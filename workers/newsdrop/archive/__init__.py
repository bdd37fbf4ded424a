"""Bytes in, header and HTML out: opening files, decoding them, telling the dialects apart.

Refuses whatever isn't text, isn't a regular file, exceeds a limit or is in no known dialect, each with the
error that says what the worker must do (errors.py). Looks at content, never at a file's name, and writes
nothing.
"""
