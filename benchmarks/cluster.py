"""Redis, PostgreSQL and the worker: what many servers need, each started for the benchmark alone and ended by its process id."""

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import servers

POSTGRES = Path("/usr/lib/postgresql/15/bin")


@dataclass
class Places:
    """The cores of each. With fewer than four some share one; see README.md."""

    server: int
    generator: int
    redis: int
    database: int


def places(redis_alone=False):
    """`redis_alone`: on two cores Redis has one of them, and the server shares the other with the load generator."""
    allowed = sorted(os.sched_getaffinity(0))
    server, generator = servers.cores()
    if len(allowed) >= 4:
        return Places(server, generator, allowed[-3], allowed[-4])
    if len(allowed) == 3:
        return Places(server, generator, allowed[0], generator)
    return Places(generator, generator, server, generator) if redis_alone else Places(server, generator, generator, generator)


class Redis(servers.Server):
    """`appendfsync`: always, everysec, or none for a Redis that writes no file."""

    name = "redis-server"

    def __init__(self, build, core, appendfsync):
        super().__init__(build, core)
        self.appendfsync = appendfsync

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def command(self):
        kept = ["no"] if self.appendfsync == "none" else ["yes", "--appendfsync", self.appendfsync]
        # Rewriting the file would fall into some windows and not into others.
        return ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--dir", self.folder, "--save", "", "--appendonly", *kept,
                "--auto-aof-rewrite-percentage", "0"]

    def call(self, *words):
        """What redis-cli prints."""
        run = subprocess.run(["redis-cli", "-p", str(self.port), *words], capture_output=True, text=True, timeout=60, check=True)
        return run.stdout.strip()

    def is_ready(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0 and self.call("PING") == "PONG"

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="bench-redis-")
        return super().__enter__()

    def __exit__(self, *_):
        super().__exit__()
        shutil.rmtree(self.folder, ignore_errors=True)


class Postgres(servers.Server):
    """A cluster as initdb makes it, on a Unix socket. It refuses to run as root and is given its own user then."""

    name = "postgres"
    stop_signal = signal.SIGQUIT  # at once: nobody needs what it has, and a checkpoint may take as long as the disk likes

    def __init__(self, build, core):
        super().__init__(build, core)
        self.numbers = itertools.count(1)

    def popen_options(self):
        if os.getuid() != 0:
            return {}
        owner = pwd.getpwnam("postgres")
        return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": [], "cwd": self.folder}

    def command(self):
        return [str(POSTGRES / "postgres"), "-D", f"{self.folder}/data", "-c", f"unix_socket_directories={self.folder}", "-c", "listen_addresses="]

    def is_ready(self):
        return subprocess.run([POSTGRES / "pg_isready", "-q", "-h", self.folder], check=False).returncode == 0

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="bench-pg-")
        try:
            if os.getuid() == 0:
                shutil.chown(self.folder, "postgres", "postgres")
            made = subprocess.run([POSTGRES / "initdb", "-D", f"{self.folder}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8",
                                   "--locale=C.UTF-8", "--no-sync", "--no-instructions"], capture_output=True, text=True, check=False,
                                  **self.popen_options())
            if made.returncode != 0:
                raise RuntimeError(f"initdb: {made.stderr}")
            return super().__enter__()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def __exit__(self, *_):
        super().__exit__()
        shutil.rmtree(self.folder, ignore_errors=True)

    def query(self, database, sql):
        """The rows as psql prints them, columns separated by |."""
        run = subprocess.run(["psql", "-h", self.folder, "-U", "postgres", "-d", database, "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", sql],
                             capture_output=True, text=True, check=False)
        if run.returncode != 0:
            raise RuntimeError(f"psql: {run.stderr}")
        return run.stdout.strip()

    def make_database(self):
        """The name of a new one."""
        name = f"bench{next(self.numbers)}"
        self.query("postgres", f"create database {name}")
        return name

    def url(self, database):
        return f"postgresql://postgres@/{database}?host={self.folder}"


class Worker(servers.Product):
    """`collab-todo worker`. It counts as started at once: what it takes to start is part of what it is asked to do."""

    name = "collab-todo worker"

    def command(self):
        return [str(self.build / "collab-todo"), "worker"]

    def environment(self):
        return {name: value for name, value in super().environment().items() if name not in ("PORT", "DATA_DIR")}

    def is_ready(self):
        return True


class World:
    """A Redis and a database that are new, and the servers around them."""

    def __init__(self, build, postgres, appendfsync, place):
        self.build, self.postgres, self.place = build, postgres, place
        self.redis = Redis(build, place.redis, appendfsync)
        self.database = postgres.make_database()

    @property
    def shared(self):
        return {"REDIS_URL": self.redis.url, "DATABASE_URL": self.postgres.url(self.database), "WORKER": "off", "WRITE_STREAM_MAX": "0"}

    @contextlib.contextmanager
    def serve(self, count=1, core=None, generator_core=None):
        """Yields the first of `count` servers; its companions are the others, Redis and PostgreSQL."""
        settings = {"shared": self.shared, "generator_core": self.place.generator if generator_core is None else generator_core}
        with contextlib.ExitStack() as stack:
            started = [stack.enter_context(servers.Product(self.build, self.place.server if core is None else core, **settings))
                       for _ in range(count)]
            started[0].peer_port = started[1].port if count > 1 else 0
            started[0].companions = [*started[1:], self.redis, self.postgres]
            yield started[0]

    def work(self, core):
        return Worker(self.build, core, shared=self.shared)

    def __enter__(self):
        self.redis.__enter__()
        return self

    def __exit__(self, *_):
        self.redis.__exit__()
