"""How a notification reaches a person: a command that gets it on stdin, or a webhook that gets it as JSON.

Translates failures into our errors, without the webhook's URL, which is a secret. Does not retry.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable
from functools import partial

import msgspec

from newsdrop.errors import NewsdropError, TransientError
from newsdrop.events import emit
from newsdrop.settings import Settings

__all__ = ["sender"]

_COMMAND_S = 30.0
_WEBHOOK_S = 10.0
_SAID_CHARS = 200


def sender(settings: Settings) -> Callable[[str], None] | None:
    """A function that sends a message according to the settings; None if nothing is configured."""
    notify = settings.notify
    senders: list[Callable[[str], None]] = []
    if notify.command:
        words = shlex.split(notify.command)
        senders.append(lambda text: _run(words, text))
    if notify.webhook:
        url = notify.webhook.get_secret_value()
        senders.append(lambda text: _post(url, text))
    if not senders:
        return None

    return partial(_send, senders)


def _send(senders: list[Callable[[str], None]], text: str) -> None:
    """Send the text every configured way.

    If one way worked, it isn't repeated because the other failed; that failure is only reported.

    Raises:
        TransientError: no way worked.
    """
    failed: list[NewsdropError] = []
    for one in senders:
        try:
            one(text)
        except NewsdropError as error:
            failed.append(error)
    if len(failed) == len(senders):
        raise TransientError(" ".join(failure.message for failure in failed))
    for failure in failed:
        emit("notice.incomplete", reason=failure.message)


def _run(words: list[str], text: str) -> None:
    try:
        done = subprocess.run(
            words, input=text.encode("utf-8", "replace"), capture_output=True, timeout=_COMMAND_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise TransientError(f"notify.command ({words[0]}) took longer than {_COMMAND_S:g} s.") from None
    except OSError as error:
        raise TransientError(f"notify.command ({words[0]}) can't be started: {error.strerror}.") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()[-_SAID_CHARS:]
        raise TransientError(
            f"notify.command ({words[0]}) ended with {done.returncode}: {said or 'no output'}."
        )


def _post(url: str, text: str) -> None:
    # Most workers over the embedded index use it for nothing else.
    import urllib3

    try:
        answer = urllib3.request(
            "POST",
            url,
            body=msgspec.json.encode({"text": text}),
            headers={"Content-Type": "application/json"},
            timeout=_WEBHOOK_S,
            retries=False,
            redirect=False,
        )
    except urllib3.exceptions.HTTPError as error:
        raise TransientError(f"notify.webhook can't be reached ({type(error).__name__}).") from None
    if answer.status >= 300:
        raise TransientError(f"notify.webhook answered with {answer.status}.")
