"""Header and HTML in, Article out: site rules describe the parts of a page, and one walker reads them.

Never fetches or runs anything, and doesn't let hostile markup take unbounded time or memory (markup.py).
Knows nothing about files, queues or indexes.
"""
