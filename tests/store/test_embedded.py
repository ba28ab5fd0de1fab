"""The embedded server's life: shared by processes, left by `kill -9`, stopped by whoever leaves last.

Each user of the server here is a real process of its own.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psutil
import pytest

from calldex.core.errors import Unavailable
from calldex.store.cluster import works_in
from calldex.store.database import connect
from calldex.store.embedded import DATABASE, EmbeddedServer
from calldex.store.opening import database_address

# Starts the server, says so, and leaves when its input ends. A suite that a shell runs in the background passes on that
# interrupts are to be ignored.
USER = """
import signal
import sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)
from calldex.store.embedded import EmbeddedServer
server = EmbeddedServer.start(Path(sys.argv[1]), durable=False)
print(server.url, flush=True)
sys.stdin.read()
server.stop()
print("left", flush=True)
"""


class User:
    """Another process that uses the server of a data folder."""

    def __init__(self, data: Path, *, group: bool = False) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(data)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=group,
        )

    @property
    def output(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout

    def started(self) -> str:
        url = self.output.readline().strip()
        assert url.startswith("postgresql://"), url
        return url

    def leave(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.output.readline().strip() == "left"
        assert self.process.wait(60) == 0

    def interrupt(self) -> None:
        """Ctrl-C, to the end of it."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(60)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(60)


@contextmanager
def using(*users: User) -> Iterator[None]:
    try:
        yield
    finally:
        for user in users:
            user.kill()
            user.output.close()
            if user.process.stdin:
                user.process.stdin.close()


def postmaster(data: Path) -> int | None:
    try:
        number = int((data / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
    except FileNotFoundError:
        return None
    return number if psutil.pid_exists(number) else None


async def _ask(url: str, *statements: str) -> object:
    connection = await connect(url)
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return await connection.fetchval(statements[-1])
    finally:
        await connection.close()


def ask(url: str, *statements: str) -> object:
    return asyncio.run(_ask(url, *statements))


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data folder whose server, if a test left one behind, is stopped."""
    yield tmp_path / "data"
    if postmaster(tmp_path / "data") is not None:
        EmbeddedServer.start(tmp_path / "data", durable=False).stop()


def test_a_new_folder_gets_a_private_server_with_the_database(data: Path) -> None:
    with EmbeddedServer.start(data, durable=False) as server:
        assert ask(server.url, "SELECT current_database()") == DATABASE
        for name, value in {"listen_addresses": "", "jit": "off", "data_checksums": "on"}.items():
            assert ask(server.url, f"SELECT setting FROM pg_settings WHERE name = '{name}'") == value
        cluster = data / "postgres"
        assert cluster.stat().st_mode & 0o777 == 0o700
        assert (cluster.stat().st_uid != 0) or os.geteuid() != 0
        sockets = Path(str(ask(server.url, "SHOW unix_socket_directories")))
        assert sockets.stat().st_mode & 0o077 == 0
    assert postmaster(data) is None


def test_what_was_written_is_there_after_a_restart(data: Path) -> None:
    with EmbeddedServer.start(data) as server:
        assert ask(server.url, "SHOW fsync") == "on"
        ask(server.url, "CREATE TABLE kept (n integer)", "INSERT INTO kept VALUES (7) RETURNING n")
    with EmbeddedServer.start(data) as server:
        assert ask(server.url, "SELECT n FROM kept") == 7


def test_the_last_user_stops_the_server_and_no_one_before(data: Path) -> None:
    first, second = User(data), User(data)
    with using(first, second):
        url = first.started()
        assert second.started() == url
        number = postmaster(data)
        first.leave()
        assert postmaster(data) == number
        assert ask(url, "SELECT 1") == 1
        second.leave()
        assert postmaster(data) is None


def test_a_killed_user_does_not_stop_the_server_under_another(data: Path) -> None:
    first, second = User(data), User(data)
    with using(first, second):
        url = first.started()
        second.started()
        first.kill()
        assert ask(url, "SELECT 1") == 1
        second.leave()
        assert postmaster(data) is None


def test_the_next_start_takes_over_what_kill_9_left_running(data: Path) -> None:
    killed = User(data)
    with using(killed):
        url = killed.started()
        number = postmaster(data)
        killed.kill()
        assert postmaster(data) == number
    with EmbeddedServer.start(data, durable=False) as server:
        assert postmaster(data) == number
        assert server.url == url
        assert ask(server.url, "SELECT 1") == 1
    assert postmaster(data) is None


def test_a_killed_postgres_is_started_again_with_its_data(data: Path) -> None:
    with EmbeddedServer.start(data) as server:
        ask(server.url, "CREATE TABLE kept (n integer)", "INSERT INTO kept VALUES (7) RETURNING n")
        kill_postgres(data)
        with EmbeddedServer.start(data) as again:
            assert ask(again.url, "SELECT n FROM kept") == 7


def kill_postgres(data: Path) -> int:
    number = postmaster(data)
    assert number is not None
    os.kill(number, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while works_in(number, data / "postgres"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return number


def wait_for_another(data: Path, killed: int) -> None:
    deadline = time.monotonic() + 60
    while postmaster(data) in {None, killed}:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_postgres_that_is_killed_under_its_users_is_started_again(
    data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with database_address(data, None) as url, database_address(data, None) as same:
        assert same == url
        ask(url, "CREATE TABLE kept (n integer)", "INSERT INTO kept VALUES (7) RETURNING n")
        for _ in range(2):
            wait_for_another(data, kill_postgres(data))
            with EmbeddedServer.start(data) as found:
                assert ask(found.url, "SELECT n FROM kept") == 7
    assert postmaster(data) is None
    said = [record.message for record in caplog.records if record.name == "calldex.store.opening"]
    assert said == ["The embedded database had ended and was started again."] * 2


def test_where_the_data_is_gone_no_empty_database_takes_its_place(data: Path) -> None:
    with EmbeddedServer.start(data, durable=False) as server:
        number = kill_postgres(data)
        (data / "postgres").rename(data / "elsewhere")
        with pytest.raises(Unavailable, match="not there any more"):
            server.revive()
        assert not (data / "postgres").exists()
        (data / "elsewhere").rename(data / "postgres")
        assert server.revive()
        assert postmaster(data) not in {None, number}
        assert not server.revive()
        assert ask(server.url, "SELECT 1") == 1


def test_a_lock_file_whose_number_now_belongs_to_another_program_is_no_hindrance(
    data: Path,
) -> None:
    EmbeddedServer.start(data, durable=False).stop()
    cluster = data / "postgres"
    # As the account that PostgreSQL runs as, because only such a process would hinder it.
    owner = cluster.stat()
    user = owner.st_uid if os.geteuid() == 0 else None
    with subprocess.Popen(["/bin/sleep", "300"], user=user) as other:
        lock = cluster / "postmaster.pid"
        lock.write_text(f"{other.pid}\n{cluster}\n1\n5432\n{cluster}\n\n  1 1\nready   \n")
        os.chown(lock, owner.st_uid, owner.st_gid)
        with EmbeddedServer.start(data, durable=False) as server:
            assert ask(server.url, "SELECT 1") == 1
        other.kill()


def test_two_processes_that_start_together_on_a_new_folder_share_one_server(data: Path) -> None:
    users = [User(data) for _ in range(4)]
    with using(*users):
        assert len({user.started() for user in users}) == 1
        for user in users:
            user.leave()
    assert postmaster(data) is None


def test_a_cluster_that_was_killed_while_it_was_made_is_made_anew(data: Path) -> None:
    user = User(data)
    with using(user):
        deadline = time.monotonic() + 60
        while not list(data.glob("postgres.new-*/base")) and time.monotonic() < deadline:
            time.sleep(0.002)
        user.kill()
    assert not (data / "postgres").exists()
    assert list(data.glob("postgres.new-*"))
    with EmbeddedServer.start(data, durable=False) as server:
        assert ask(server.url, "SELECT 1") == 1
    assert not list(data.glob("postgres.new-*"))


def test_an_interrupt_of_our_process_group_does_not_reach_the_server(data: Path) -> None:
    user = User(data, group=True)
    with using(user):
        url = user.started()
        user.interrupt()
        # The interrupted process left by its own exit hook, so keep the server by joining first.
        assert postmaster(data) is None
        keeper = User(data)
        interrupted = User(data, group=True)
        with using(keeper, interrupted):
            keeper.started()
            interrupted.started()
            interrupted.interrupt()
            assert ask(url, "SELECT 1") == 1
            keeper.leave()


def test_the_server_outlives_the_group_that_started_it(data: Path) -> None:
    starter = User(data, group=True)
    with using(starter):
        url = starter.started()
        second = User(data)
        with using(second):
            second.started()
            os.killpg(starter.process.pid, signal.SIGKILL)
            assert ask(url, "SELECT 1") == 1
            second.leave()


@pytest.mark.parametrize("name", ["a b$c'd\"", "long-" + "x" * 150, "ü,%20"])
def test_any_name_of_a_folder_will_do(tmp_path: Path, name: str) -> None:
    with EmbeddedServer.start(tmp_path / name, durable=False) as server:
        assert ask(server.url, "SELECT 1") == 1
        sockets = Path(str(ask(server.url, "SHOW unix_socket_directories")).strip('"'))
        assert sockets.stat().st_mode & 0o077 == 0


def test_a_cluster_of_another_version_is_refused_in_one_sentence(data: Path) -> None:
    EmbeddedServer.start(data, durable=False).stop()
    (data / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(Unavailable, match=r"made by PostgreSQL 17, and this Calldex brings"):
        EmbeddedServer.start(data, durable=False)


def test_a_folder_with_something_else_in_it_is_left_alone(data: Path) -> None:
    (data / "postgres").mkdir(parents=True)
    (data / "postgres" / "letters.txt").write_text("mine")
    if os.geteuid() == 0:
        os.chown(data / "postgres", 65534, 65534)
    with pytest.raises(Unavailable, match="is not empty and holds no database"):
        EmbeddedServer.start(data, durable=False)
    assert (data / "postgres" / "letters.txt").read_text() == "mine"


def test_a_server_that_cannot_start_says_why(data: Path) -> None:
    EmbeddedServer.start(data, durable=False).stop()
    with (data / "postgres" / "postgresql.conf").open("a") as conf:
        conf.write("shared_preload_libraries = 'no_such_library'\n")
    with pytest.raises(Unavailable, match="did not start: .*no_such_library") as caught:
        EmbeddedServer.start(data, durable=False)
    assert "\n" not in caught.value.message


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(Unavailable, match="data folder .* cannot be used"):
        EmbeddedServer.start(tmp_path / "data", durable=False)


def test_stopping_twice_is_stopping_once(data: Path) -> None:
    server = EmbeddedServer.start(data, durable=False)
    server.stop()
    server.stop()
