"""The servers that are compared, each started alone on its own core and stopped again."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

SOURCE = Path(__file__).resolve().parent
SECRET = "a-secret-that-only-the-benchmark-knows-0123456789"


def cores():
    """(the server's core, the generator's core): the last two that this process may use."""
    allowed = sorted(os.sched_getaffinity(0))
    return (allowed[-1], allowed[-2]) if len(allowed) > 1 else (allowed[0], allowed[0])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A running server; a context manager that ends it by its process id."""

    name = ""
    checks_state = False
    stop_signal = signal.SIGTERM

    def __init__(self, build, core=None, **settings):
        self.build = Path(build).resolve()
        self.core = cores()[0] if core is None else core
        self.settings = settings
        self.port = free_port()
        self.peer_port = 0
        self.companions = []

    def command(self):
        raise NotImplementedError

    def environment(self):
        return {}

    def popen_options(self):
        return {}

    def is_ready(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def __enter__(self):
        pinned = self.core if isinstance(self.core, (set, list, tuple)) else {self.core}
        self.log = tempfile.TemporaryFile(mode="w+")
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.command(), env={**os.environ, **self.environment()}, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            preexec_fn=lambda: os.sched_setaffinity(0, pinned), **self.popen_options())
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() - self.started > 60:
                self.__exit__()
                raise RuntimeError(f"{self.name} did not start:\n{self.said()}")
            time.sleep(0.005)
        self.start_seconds = time.monotonic() - self.started
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def said(self):
        self.log.seek(0)
        return self.log.read()[-2000:]


class Product(Server):
    name = "collab-todo"
    checks_state = True

    def __init__(self, build, core=None, **settings):
        super().__init__(build, core, **settings)
        self.kept_folder = settings.get("folder")
        self.folder = Path(self.kept_folder or tempfile.mkdtemp(prefix="bench-data-", dir=self.build))

    def command(self):
        return [str(self.build / "collab-todo"), "serve"]

    def environment(self):
        unlimited = ("CONNECTIONS_PER_IP", "CONNECTIONS_PER_USER", "EVENTS_PER_SECOND", "ITEMS_PER_LIST", "LISTS_PER_USER",
                     "MEMBERS_PER_LIST")
        return {
            "HOST": "127.0.0.1", "PORT": str(self.port), "DATA_DIR": str(self.folder), "JWT_SECRET_KEY": SECRET, "LOG_LEVEL": "warning", "LOG_FILE": "none",
            "SHARDS": str(self.settings.get("shards", 1)), "DRAIN_SECONDS": "0", **{f"LIMIT_{name}": "0" for name in unlimited},
            **self.settings.get("shared", {})}

    def is_ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=1) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def popen_options(self):
        # From its own folder: there is no .env to be read, and its logs go with it.
        return {"cwd": self.folder}

    def __exit__(self, *_):
        super().__exit__()
        if not self.kept_folder:
            shutil.rmtree(self.folder, ignore_errors=True)


class RawEpoll(Server):
    name = "raw epoll"

    def command(self):
        sizes = [str(int(self.settings.get(size) or default)) for size, default in (("event_bytes", 210), ("join_bytes", 0))]
        return [str(self.build / "raw_epoll_peer"), str(self.port), *sizes]


class NodePeer(Server):
    engine = ""

    def command(self):
        return ["node", str(SOURCE / "peers" / "server.js"), self.engine, str(self.port)]

    def environment(self):
        return {"NODE_ENV": "production"}


class SocketIoUws(NodePeer):
    name = "socket.io uWS"
    engine = "uws"


class SocketIoWs(NodePeer):
    name = "socket.io ws"
    engine = "ws"


ALL = {"product": Product, "raw": RawEpoll, "uws": SocketIoUws, "ws": SocketIoWs}


def generate(server, scenario, *arguments):
    """Runs the load generator against `server`; returns its figures. A broken promise of the server is an exception."""
    command = ["--secret", SECRET, *(["--peer-port", server.peer_port] if server.peer_port else []), scenario, *arguments]
    return drive(server, "load_generator", server.settings.get("generator_core", cores()[1]), *command)


def drive(server, program, core, *arguments):
    """Runs a program that measures `server` and prints its figures; returns them."""
    server_core = server.core if isinstance(server.core, int) else -1
    companions = [word for companion in server.companions for word in ("--companion", companion.process.pid)]
    command = [server.build / program, "--port", server.port, "--pid", server.process.pid, "--core", server_core, *companions, *arguments]
    pinned = core if isinstance(core, set) else {core}
    run = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=900, check=False,
                         preexec_fn=lambda: os.sched_setaffinity(0, pinned))
    if run.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, arguments))[:200]} against {server.name}: {run.stderr.strip()}\n{server.said()}")
    return json.loads(run.stdout)
