"""Starts and ends one collab-conformance, the server under test. COLLAB_CONFORMANCE names the binary."""
import os
import re
import signal
import subprocess

MAX_PAYLOAD = 10_000
CONNECT_TIMEOUT = 0.6


class Server:
    """Use as a context manager, or start() and stop(). The server takes a free port and prints it."""

    def __init__(self, mode, ping_interval=25_000, ping_timeout=20_000, max_payload=MAX_PAYLOAD):
        self.arguments = [
            os.environ["COLLAB_CONFORMANCE"], "--mode", mode, "--port", "0",
            "--ping-interval", str(ping_interval), "--ping-timeout", str(ping_timeout),
            "--max-payload", str(max_payload), "--connect-timeout", str(int(CONNECT_TIMEOUT * 1000)),
            "--shards", os.environ.get("COLLAB_SHARDS", "1"),
        ]
        self.path = f"/{'engine' if mode == 'engineio' else 'socket'}.io/"
        self.process = None
        self.port = None

    def start(self):
        self.process = subprocess.Popen(self.arguments, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        found = re.search(r":(\d+)", line)
        if not found:
            self.stop()
            raise RuntimeError(f"the server said {line!r}")
        self.port = int(found.group(1))
        return self

    def stop(self):
        """Ends the server politely and returns its exit status: 0, or sanitizers have something to say."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "it did not end within 20 s"
        finally:
            self.process.stdout.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        status = self.stop()
        if status != 0:
            raise AssertionError(f"the server ended with {status}")
