"""Scratch: private folders for what an engine spills, unpacks and downloads.

It may hold names and addresses in clear (law L6), so it stands in the restricted zone, and nothing of it
outlives its process for long: closing removes it, so does the end of the process, SIGTERM included
(``ends_tidily``); after SIGKILL the next process that opens scratch there does.

Belongs here: making, clearing and removing these folders; no other module makes temporary files.
Does not belong here: what stands in them (``session``, ``sources``).
"""

import errno
import fcntl
import os
import secrets
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from weakref import finalize

_LOCK = ".lock"
#: Signals that ask a process to end; by default it would, without clearing anything up.
_ENDING = (signal.SIGTERM, signal.SIGHUP)


class Scratch:
    """A folder of this process alone, below ``home``; readable by its owner alone.

    Without a ``home``, or where this process may not write there (a reader of somebody else's lake), it
    stands in the system's temporary folder, and only ``home`` is cleared after SIGKILL.
    """

    def __init__(self, home: Path | None) -> None:
        try:
            self.folder, lock = _made(home or Path(tempfile.mkdtemp(prefix="segments-scratch-")))
        except OSError as error:
            if home is None or error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
                raise
            home = None
            self.folder, lock = _made(Path(tempfile.mkdtemp(prefix="segments-scratch-")))
        whole = self.folder if home else self.folder.parent
        self._remove = finalize(self, _remove, self.folder, whole, lock, os.getpid())

    def close(self) -> None:
        """Remove the folder and all that is in it."""
        self._remove()


def clear_dead(home: Path) -> None:
    """Remove the scratch below ``home`` of processes that have ended; that of living ones stays."""
    if home.is_dir():
        with _guarded(home):
            _clear(home)


def leave_nothing(home: Path, kept: Path) -> None:
    """Remove ``home`` and the folders above it, up to ``kept``, which stays, as far as they are empty."""
    with suppress(OSError):  # something stands there, or another process works there
        with _guarded(home):
            if any(one.name != _LOCK for one in home.iterdir()):
                return
            (home / _LOCK).unlink()
            home.rmdir()
        for folder in home.parents:
            if folder == kept:
                return
            folder.rmdir()


def _made(home: Path) -> tuple[Path, int]:
    """A new folder below ``home``, and the descriptor of the lock that says that its process lives."""
    home.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.mkdir(mode=0o700, exist_ok=True)
    with _guarded(home):
        _clear(home)
        folder = home / f"{os.getpid()}-{secrets.token_hex(4)}"
        lock = os.open(_lock_of(folder), os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder.mkdir(mode=0o700)
    return folder, lock


@contextmanager
def _guarded(home: Path) -> Iterator[None]:
    """One process at a time makes and clears: else a folder could be cleared before it is locked."""
    with (home / _LOCK).open("a") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        yield


def _clear(home: Path) -> None:
    for path in home.glob(f"?*{_LOCK}"):
        try:
            lock = os.open(path, os.O_RDWR)
        except FileNotFoundError:  # its process removed it just now
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # its process lives
            os.close(lock)
            continue
        _emptied(path.with_name(path.name.removesuffix(_LOCK)), lock)


def _emptied(folder: Path, lock: int) -> None:
    """Remove ``folder``, then its lock; one that something still writes into stays for the next to clear."""
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        _lock_of(folder).unlink(missing_ok=True)
    os.close(lock)


def _lock_of(folder: Path) -> Path:
    return folder.with_name(folder.name + _LOCK)


def _remove(folder: Path, whole: Path, lock: int, process: int) -> None:
    """Remove the scratch, unless this is a fork of the process that made it."""
    if os.getpid() != process:
        return
    _emptied(folder, lock)
    if whole != folder:
        shutil.rmtree(whole, ignore_errors=True)


@contextmanager
def ends_tidily() -> Iterator[None]:
    """While the block runs, a signal to end raises ``SystemExit`` (128 + its number), so that what was opened
    is closed.

    Only where nobody else handles the signal, and only in the main thread: elsewhere it does nothing.
    """
    asked: list[int] = []

    def end(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)  # clearing up is under way: once is enough
        asked.append(number)
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    mine = [one for one in _ENDING if signal.getsignal(one) is signal.SIG_DFL]
    for one in mine:
        signal.signal(one, end)
    try:
        yield
    except BaseException as error:
        if asked and not isinstance(error, SystemExit):
            # DuckDB says that a query was interrupted, and lets the reason fall.
            raise SystemExit(128 + asked[0]) from None
        raise
    finally:
        for one in mine:
            signal.signal(one, signal.SIG_DFL)
