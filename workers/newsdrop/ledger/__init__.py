"""The ledger: the state of every drop in Redis, dead letters, the inbox and its producers, retries.

Refuses to know what an article is, and that Celery carries the messages: whoever watches, monitors or
produces needs this room alone.
"""
