"""The product's worker, reconciler, inbox, handover and dead letters in a small world of real files.

The counterpart of ledger_actors.py: there the actors are the protocol written down again, here they are the
shipped code on strings (puppets.py). Only the pipeline's inside is ours, since a test must be able to say what
a file does to its reader.
"""

from __future__ import annotations

import base64
import json
import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import redis
from tests.ledger_actors import BACKOFF, FATES, quiet_limits
from tests.ledger_invariants import check_invariants
from tests.puppets import Puppet

from newsdrop.documents import (
    DeadLetter,
    Document,
    Drop,
    ErrorClass,
    Failure,
    Outcome,
    Stage,
    Stamp,
    State,
)
from newsdrop.errors import OutageError
from newsdrop.identity import inline_drop_id, path_drop_id
from newsdrop.pipeline import Prepared
from newsdrop.queue import keys
from newsdrop.queue.batch import BatchLimits, BatchTools, run_batch
from newsdrop.queue.deadletters import DeadLetters
from newsdrop.queue.gate import GateTimes
from newsdrop.queue.inbox import FIELD, Inbox
from newsdrop.queue.ledger import AT_GATE, IN_BULK, Lane, Ledger
from newsdrop.queue.reconcile import Reconciler
from newsdrop.queue.records import letter_of
from newsdrop.settings import Folder
from newsdrop.watch.folder import Mode, WatchedFolder
from newsdrop.watch.handover import Handover, Offer
from newsdrop.watch.rescan import Reason, Rescan
from newsdrop.watch.scan import scan
