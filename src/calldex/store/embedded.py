"""The embedded PostgreSQL: one server per data folder, shared by every process that uses the folder.

Two files beside the cluster decide everything, by flock, which the system releases when a process
dies however it dies. `postgres.starting` is held alone while somebody starts or stops the server;
`postgres.users` is held shared by every user for as long as it uses the server. Who leaves last
stops it; who arrives first after a `kill -9` takes over what was left running.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import re
import shlex
import socket
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self
from urllib.parse import quote

from calldex.core.errors import Unavailable
from calldex.store import cluster as clusters
from calldex.store.cluster import Account

DATABASE = "calldex"
PORT = 5432
SOCKET = f".s.PGSQL.{PORT}"
LOG = "server.log"
LOG_BYTES = 4 * 1024 * 1024
# Longest path of a Unix socket on the platforms served (macOS allows 103 bytes, Linux 107).
SOCKET_PATH_BYTES = 103
START_SECONDS = 300
ANSWER_SECONDS = 5
OPTIONS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "jit": "off",
    "log_checkpoints": "off",
    "cluster_name": "calldex",
}
VOLATILE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedServer:
    """A running server that this process uses; `url` is for asyncpg. Leave it with `stop`."""

    def __init__(self, cluster: Path, account: Account, users: int, sockets: Path, *, durable: bool) -> None:
        self.url = f"postgresql://{clusters.SUPERUSER}@/{DATABASE}?host={quote(str(sockets))}&port={PORT}"
        self._cluster = cluster
        self._account = account
        self._sockets = sockets
        self._durable = durable
        self._users: int | None = users
        self._process = os.getpid()
        atexit.register(self.stop)

    @classmethod
    def start(cls, data: Path, *, durable: bool = True) -> EmbeddedServer:
        """Starts the server of this data folder, or joins the one that runs; blocks until it answers.

        `durable=False` trades crash safety for speed: for databases that nobody will miss.
        """
        try:
            return cls._join(_prepare_folder(data), durable=durable)
        except OSError as error:
            raise Unavailable(f"The data folder {data} cannot be used: {error.strerror or error}.") from error

    @classmethod
    def _join(cls, folder: Path, *, durable: bool) -> EmbeddedServer:
        cluster = folder / "postgres"
        with _alone(folder):
            account = clusters.choose_account(cluster)
            users = _open_lock(folder / "postgres.users")
            try:
                fcntl.flock(users, fcntl.LOCK_SH)
                sockets = _ensure_ready(cluster, account, durable=durable)
            except BaseException:
                os.close(users)
                raise
        return cls(cluster, account, users, sockets, durable=durable)

    def revive(self) -> bool:
        """Starts the server again if it has ended under its users, as by a kill; says whether this call did so.

        It takes what a start takes, and raises Unavailable where that fails. Where the cluster is gone no empty one
        takes its place.
        """
        if _find_postmaster(self._cluster) is not None:
            return False
        if not (self._cluster / "PG_VERSION").exists():
            raise Unavailable(f"The database that was in {self._cluster} is not there any more.")
        with _alone(self._cluster.parent):
            if self._users is None or _find_postmaster(self._cluster) is not None:
                return False
            _ensure_ready(self._cluster, self._account, durable=self._durable)
        return True

    def stop(self) -> None:
        """Leaves the server, and stops it if nobody else uses it. Calling it again does nothing."""
        users, self._users = self._users, None
        # A forked child inherits this object but not the right to end its parent's server.
        if users is None or os.getpid() != self._process:
            return
        atexit.unregister(self.stop)
        try:
            with _alone(self._cluster.parent):
                try:
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return
                noted = _read_lock(self._cluster)
                if noted is not None and clusters.works_in(noted[0], self._cluster):
                    _control(self._cluster, self._account, "stop", "--mode=fast")
                if self._sockets != self._cluster:
                    with suppress(OSError):
                        self._sockets.rmdir()
        finally:
            os.close(users)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _prepare_folder(data: Path) -> Path:
    folder = data.expanduser().resolve()
    # Root's server belongs to another account, which must be able to walk to its cluster.
    folder.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
    return folder


def _open_lock(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except PermissionError as error:
        raise Unavailable(
            f"The data folder {path.parent} belongs to another account; run Calldex as that account "
            "or choose another data folder."
        ) from error


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Holds the right to start or stop the server of this data folder."""
    lock = _open_lock(folder / "postgres.starting")
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Unavailable(
                        f"Another process has been starting or stopping the database in {folder} for "
                        f"{START_SECONDS} seconds."
                    ) from None
                time.sleep(0.05)
        yield
    finally:
        os.close(lock)


def _ensure_ready(cluster: Path, account: Account, *, durable: bool) -> Path:
    """The folder of the socket of a server that has just answered and has our database."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while True:
        sockets = _ensure_running(cluster, account, durable=durable)
        try:
            _ensure_database(cluster, account, sockets)
        except Unavailable:
            # A server that somebody kills at this moment is started again.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return sockets


def _ensure_running(cluster: Path, account: Account, *, durable: bool) -> Path:
    """The folder of the socket of a server that is ready."""
    clusters.open_the_programs(account)
    clusters.open_the_way(account, cluster)
    if not (cluster / "PG_VERSION").exists():
        clusters.make_cluster(cluster, account, durable=durable)
    clusters.check_version(cluster)
    deadline = time.monotonic() + START_SECONDS
    while (postmaster := _find_postmaster(cluster)) is not None:
        sockets, status = postmaster
        if status == "ready" and _answers(sockets):
            return sockets
        if time.monotonic() > deadline:
            raise Unavailable(f"The database in {cluster} has been {status} for too long.")
        time.sleep(0.05)
    sockets = _socket_folder(cluster, account)
    if (cluster / "postmaster.pid").exists() or (sockets / f"{SOCKET}.lock").exists():
        _clear_stale_locks(cluster, sockets)
    options = OPTIONS | ({} if durable else VOLATILE) | {"unix_socket_directories": str(sockets)}
    words = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in options.items())
    _turn_log(cluster)
    _control(cluster, account, "start", f"--log={LOG}", f"--options={words}")
    return sockets


def _control(cluster: Path, account: Account, verb: str, *options: str) -> None:
    waiting = ("--wait", f"--timeout={START_SECONDS}", "--silent")
    done = clusters.run("pg_ctl", verb, "--pgdata=.", *waiting, *options, folder=cluster, account=account)
    if done.returncode == 0:
        return
    log = cluster / LOG
    said = log.read_text(errors="replace")[-4000:] if log.exists() else ""
    # The log of earlier runs is above the last start; only what follows explains this failure.
    said = said.rpartition("starting PostgreSQL")[2] or done.stdout
    raise Unavailable(f"The embedded database in {cluster} did not {verb}: {clusters.tail(said)} (log: {log})")


def _find_postmaster(cluster: Path) -> tuple[Path, str] | None:
    """The socket folder and status of the live server of this cluster, if there is one."""
    noted = _read_lock(cluster)
    if noted is None:
        return None
    number, sockets, status = noted
    # A server in another container is not among our processes, but it answers.
    return (sockets, status) if clusters.works_in(number, cluster) or _answers(sockets) else None


def _read_lock(cluster: Path) -> tuple[int, Path, str] | None:
    """What the server's lock file says: its process, the folder of its socket and its status."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        number = int(lines[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    return (number, Path(lines[4]), lines[7].strip()) if len(lines) >= 8 else (number, cluster, "starting")


def _answers(sockets: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(sockets / SOCKET))
        except OSError:
            return False
    return True


def _clear_stale_locks(cluster: Path, sockets: Path) -> None:
    """Removes the lock files of a server that is gone. PostgreSQL does so itself, unless the number
    in them is in use again: then it takes that program for a live server and refuses to start.
    """
    # Sessions of a killed server end by themselves within moments; no new server may start before.
    deadline = time.monotonic() + 30
    while left := clusters.find_workers(cluster):
        if time.monotonic() > deadline:
            raise Unavailable(f"Processes of an earlier database in {cluster} still run: {left}; end them first.")
        time.sleep(0.05)
    for lock in (cluster / "postmaster.pid", sockets / SOCKET, sockets / f"{SOCKET}.lock"):
        lock.unlink(missing_ok=True)


def _socket_folder(cluster: Path, account: Account) -> Path:
    """The cluster itself, or where its path is too long for a socket a private folder elsewhere."""
    if len(os.fsencode(cluster / SOCKET)) <= SOCKET_PATH_BYTES and not re.search(r"[,\"\s]", str(cluster)):
        return cluster
    name = f"calldex-{hashlib.sha256(os.fsencode(cluster)).hexdigest()[:16]}"
    # Root's TMPDIR may be closed to the other account.
    base = "/tmp" if account.switch else os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()  # noqa: S108 - checked below.
    folder = Path(base) / name
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if account.switch and stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)
        found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or found.st_mode & 0o077:
        raise Unavailable(
            f"{folder} is needed for the database's socket and is not a private folder of its account; remove it."
        )
    return folder


def _turn_log(cluster: Path) -> None:
    log = cluster / LOG
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(cluster / f"{LOG}.1")


def _ensure_database(cluster: Path, account: Account, sockets: Path) -> None:
    connection = (f"--host={sockets}", f"--port={PORT}", f"--username={clusters.SUPERUSER}")
    quiet = ("--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--no-password")
    question = f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"
    for command in (question, f"CREATE DATABASE {DATABASE}"):
        done = clusters.run(
            "psql",
            *connection,
            *quiet,
            "--dbname=postgres",
            f"--command={command}",
            folder=cluster,
            account=account,
        )
        if done.returncode != 0:
            raise Unavailable(f"The embedded database in {cluster} does not answer: {clusters.tail(done.stdout)}")
        if done.stdout.strip() == "1":
            return
