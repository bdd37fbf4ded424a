"""A worker as `celery -A newsdrop.worker.app worker` starts it, but for Celery's command line.

That imports the commands of Flower and a prompt for AMQP, which takes a fifth of a worker's start.
"""

from typing import Any

from newsdrop.worker.app import app

worker: Any = app.Worker(loglevel="info")
worker.start()
raise SystemExit(worker.exitcode)
