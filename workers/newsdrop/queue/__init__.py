"""The queue room: the ledger in Redis, the Celery side, producers, retries and dead letters.

Refuses to know what an article is: it moves drops and remembers what became of them.
"""
