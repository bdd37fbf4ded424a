"""The ledger: the state of every drop in Redis, dead letters, the inbox and its producers, retries.

Knows neither what an article is, nor that Celery carries the messages: modules that watch, monitor or produce
need only this package.
"""
