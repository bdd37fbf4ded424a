"""A worker as `celery -A newsdrop.worker.app worker` starts it, but for Celery's command line.

That imports the commands of Flower and a prompt for AMQP, which takes a fifth of a worker's start. Nor is
there any garbage to look for amid the imports (newsdrop/__main__.py).
"""

import gc
from typing import Any

gc.disable()
from newsdrop.worker.app import app  # noqa: E402  see above

gc.enable()
worker: Any = app.Worker(loglevel="info")
worker.start()
raise SystemExit(worker.exitcode)
