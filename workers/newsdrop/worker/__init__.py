"""The worker: Celery, tamed, which runs the pipeline over the batches of the ledger.

Does not decide the fate of a drop: it passes outcomes to the ledger, whose scripts record them.
"""
