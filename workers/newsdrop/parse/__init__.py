"""Header and HTML in, Article out: site rules say what the parts of a page are, one walker reads them.

Refuses to fetch or run anything, and to let hostile markup take unbounded time or memory (markup.py). Knows
nothing of files, queues or indexes.
"""
