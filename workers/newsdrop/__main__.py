"""The `newsdrop` command: what an installation's script calls, and `python -m newsdrop`.

Three things come before all imports. Ctrl-C while they go on ends the program at once (guard.py takes it from
there): nothing has been begun, and an exception amid an import is a traceback to its user. Python speaks
UTF-8 to the file system whatever the locale is (PEP 540): names inside bundles are Chinese anywhere. And it
looks for no garbage among what is imported: all of it stays, and a short command would spend a tenth of its
time on that.
"""

from __future__ import annotations

import gc
import os
import signal
import sys

__all__ = ["main"]


def main() -> None:
    """What the shell calls."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.getfilesystemencoding() != "utf-8" and os.environ.get("PYTHONUTF8") != "1":
        _start_again_in_utf8()
    gc.disable()
    from newsdrop.cli.main import run

    run()


def _start_again_in_utf8() -> None:
    os.environ["PYTHONUTF8"] = "1"
    if sys.stdout is not None:
        # The terminal speaks what it spoke before.
        os.environ.setdefault("PYTHONIOENCODING", f"{sys.stdout.encoding}:backslashreplace")
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606  ourselves, as we were called


if __name__ == "__main__":
    main()
