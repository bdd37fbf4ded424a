"""The name that the worker's Celery application had before it moved: `celery -A newsdrop.queue.app worker`.

Nothing else is here, and nothing of ours imports it.
"""
