"""The worker: Celery, tamed, running the pipeline over the batches that the ledger hands out.

Refuses to decide what becomes of a drop: it hands outcomes to the ledger, whose scripts record them.
"""
