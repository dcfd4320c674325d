"""The rows of the table: how each is measured and what it has to reach."""

import os
import shutil
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import check_output
from typing import Callable, Optional

import servers

QUIET = 0.05


@dataclass
class Line:
    """One line of a table: a figure of each server, or for many servers theirs and what it is set beside."""

    title: str
    unit: str
    figures: dict
    target: str = ""
    met: Optional[bool] = None
    noisy: set = field(default_factory=set)


@dataclass
class Bench:
    """What all rows share: where the binaries are, how long to measure, which servers to run, and every run's figures."""

    build: Path
    quick: bool
    names: list
    say: Callable
    most_attempts: int = 4
    runs: list = field(default_factory=list)

    repeats: int = 3
    started: float = field(default_factory=time.monotonic)

    def attempts(self):
        """How often a run may be tried until it is a quiet one."""
        if not self.quick:
            return self.most_attempts
        return min(self.most_attempts, 2 if time.monotonic() - self.started < 120 else 1)

    def take_turns(self, row, works, repeats=None, worst=lambda run: run["noise"]):
        """Does each of `works` ({name: function of the results so far}) in turn, `repeats` times; returns {name: [(noise, figures)]}."""
        results = {name: [] for name in works}
        for repeat in range(repeats or self.repeats):
            for name, work in works.items():
                for _ in range(self.attempts()):
                    figures = work(results)
                    noise = worst(figures)
                    self.runs.append({"row": row, "server": name, "repeat": repeat, "noise": noise, "figures": figures})
                    self.say(f"{row}: {name}, run {repeat + 1}" + (f", noisy ({noise:.0%})" if noise > QUIET else ""))
                    results[name].append((noise, figures))
                    if noise <= QUIET:
                        break
        return results

    def measure(self, row, scenario, names, arguments=(), settings=None, repeats=None, worst=lambda run: run["noise"]):
        """Runs `scenario` against each server in turn, `repeats` times; returns {server: [(noise, figures)]}."""
        def work(name):
            def run(results):
                chosen = settings(name, results) if settings else {}
                with servers.ALL[name](self.build, **chosen) as server:
                    extra = ("--verify-state",) if server.checks_state and scenario in ("ops", "latency") else ()
                    return {**servers.generate(server, scenario, *arguments, *extra), "start_seconds": server.start_seconds}
            return run
        return self.take_turns(row, {name: work(name) for name in names if name in self.names}, repeats, worst)


def median(runs, figure):
    """(the median over quiet runs, or over all when none was quiet; whether that is so)"""
    quiet = [figures for noise, figures in runs if noise <= QUIET]
    values = [figure(figures) for figures in quiet or [figures for _, figures in runs]]
    return statistics.median(values), not quiet


def line(title, unit, results, figure, target="", judge=None):
    figures, noisy = {}, set()
    for name, runs in results.items():
        if runs:
            figures[name], is_noisy = median(runs, figure)
            if is_noisy:
                noisy.add(name)
    met = judge(figures) if judge and "product" in figures else None
    return Line(title, unit, figures, target, met, noisy)


def ratio(figures, other):
    return figures["product"] / figures[other] if figures.get(other) else None


def at_most(limit, other):
    """Judges product / other, and says nothing when the other was not measured."""
    return lambda figures: None if ratio(figures, other) is None else ratio(figures, other) <= limit


def both(*judges):
    def judge(figures):
        verdicts = [verdict for verdict in (one(figures) for one in judges) if verdict is not None]
        return all(verdicts) if verdicts else None
    return judge


def same_bytes(figure, setting, otherwise):
    """The raw peer sends as many bytes as the product was seen to send."""
    def settings(name, results):
        runs = results.get("product")
        return {setting: median(runs, lambda run: run[figure])[0] if runs else otherwise} if name == "raw" else {}
    return settings


def fan_out(bench):
    window = 1500 if bench.quick else 5000
    results = bench.measure("fanout", "fanout", ["product", "raw", "uws", "ws"], ["--milliseconds", window],
                            same_bytes("event_bytes", "event_bytes", 210), worst=lambda run: max(run[mode]["noise"] for mode in MODES))
    lines = []
    for mode, (title, limit, target) in MODES.items():
        judges = [at_most(limit, "raw")] + ([at_most(1.0, "uws")] if mode != "single" else [])
        lines.append(line(f"fan-out to 1000, {title}: CPU per delivery", "µs", results,
                          lambda run, mode=mode: run[mode]["cpu_us_per_delivery"], target, both(*judges)))
    return lines


MODES = {
    "single": ("one at a time", 1.10, "≤ 1.10 × raw"),
    "inflight": ("8 in flight", 1.20, "≤ 1.20 × raw, < uWS"),
    "burst": ("bursts of 10", 1.25, "≤ 1.25 × raw, < uWS"),
}


def idle(bench):
    results = bench.measure("idle", "idle", ["product", "raw", "uws", "ws"], ["--connections", 10000],
                            repeats=1 if bench.quick else None, worst=lambda run: 0)
    judge = both(lambda figures: figures["product"] <= 2.5, at_most(0.25, "uws"))
    return [line("idle, 10,000 joined: memory per connection", "KB", results, lambda run: run["kilobytes_per_connection"],
                 "≤ 2.5, ≤ ¼ uWS", judge)]


def operations(bench):
    results = bench.measure("ops", "ops", ["product", "raw", "uws", "ws"], ["--milliseconds", 2000 if bench.quick else 5000])
    def faster(figures):
        return figures["product"] > figures["uws"] if "uws" in figures else None
    return [
        line("100 × 8 in flight, acked (product: durable)", "ops/s", results, lambda run: run["operations_per_second"], "> uWS", faster),
        line("the same: CPU per operation", "µs", results, lambda run: run["cpu_us_per_operation"], "≤ 12",
             lambda figures: figures["product"] <= 12),
        line("the same: ack p99", "ms", results, lambda run: run["ack_p99_us"] / 1000),
    ]


def latency(bench):
    floors = []
    for _ in range(bench.repeats):
        with tempfile.TemporaryDirectory(dir=bench.build) as folder:
            floor = check_output([str(bench.build / "sqlite_commit_floor"), folder, "500"], text=True)
            floors.append((0.0, servers.json.loads(floor)))
    results = bench.measure("latency", "latency", ["product"], ["--milliseconds", 1000 if bench.quick else 3000])
    commit = median(floors, lambda run: run["commit_p50_us"])[0]
    bench.runs.append({"row": "latency", "server": "sqlite", "figures": {"commit_p50_us": commit}})
    return [
        line(f"1 in flight: ack p50 (a bare commit: {commit:.0f})", "µs", results, lambda run: run["ack_p50_us"], "≤ 1.3 × commit",
             lambda figures: figures["product"] <= 1.3 * commit),
        line("1 in flight: ack p99", "µs", results, lambda run: run["ack_p99_us"]),
    ]


def big_list(bench):
    results = bench.measure("big-list", "big-list", ["product"], ["--updates", 2000 if bench.quick else 5000],
                            repeats=1 if bench.quick else None)
    return [
        line("update in a list of 10,000 against 10: CPU", "×", results, lambda run: run["ratio"], "≤ 1.2", lambda f: f["product"] <= 1.2),
        line("update in a list of 10,000: CPU", "µs", results, lambda run: run["cpu_us_in_big_list"]),
    ]


def join(bench):
    clients = 300 if bench.quick else 1000
    results = bench.measure("join", "join", ["product", "raw"], ["--clients", clients], same_bytes("bytes_per_join", "join_bytes", 4_500_000),
                            repeats=1 if bench.quick else None)
    return [
        line(f"{clients} join a list of 5,000 at once: CPU per join", "µs", results, lambda run: run["cpu_us_per_join"], "≤ 1.5 × raw",
             at_most(1.5, "raw")),
        line("the same: bytes per join", "KB", results, lambda run: run["bytes_per_join"] / 1000),
    ]


def reconnect(bench):
    connections = 5000 if bench.quick else 10000
    results = bench.measure("reconnect", "reconnect", ["product", "raw"], ["--connections", connections],
                            repeats=1 if bench.quick else None)
    return [
        line(f"{connections:,} come back, nothing missed: CPU per join", "µs", results, lambda run: run["cpu_us_per_join"], "≤ 30",
             lambda figures: figures["product"] <= 30),
        line("the same: CPU per handshake before it", "µs", results, lambda run: run["cpu_us_per_connect"]),
    ]


def start(bench):
    folder = tempfile.mkdtemp(prefix="bench-million-", dir=bench.build)
    try:
        with servers.Product(bench.build, folder=folder) as server:
            servers.generate(server, "fill", "--lists", 100, "--items", 10000)
        seconds, kilobytes = [], []
        for _ in range(bench.repeats):
            with servers.Product(bench.build, folder=folder) as server:
                seconds.append(server.start_seconds)
                rollup = Path(f"/proc/{server.process.pid}/smaps_rollup").read_text()
                kilobytes.append(int(next(row for row in rollup.splitlines() if row.startswith("Rss:")).split()[1]))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    bench.runs.append({"row": "start", "server": "product", "figures": {"seconds": seconds, "kilobytes": kilobytes}})
    return [
        Line("start with 1,000,000 items: serving after", "s", {"product": statistics.median(seconds)}, "< 1", statistics.median(seconds) < 1),
        Line("the same: memory before the first join", "MB", {"product": statistics.median(kilobytes) / 1000}, "< 60",
             statistics.median(kilobytes) / 1000 < 60),
    ]


def shards(bench):
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 3:
        return [Line("two shards against one: needs 3 cores, not measured", "", {}, "≥ 1.7 ×")]
    rates = {1: [], 2: []}
    for _ in range(bench.repeats):
        for count in rates:
            with servers.Product(bench.build, core=set(allowed[-count:]), shards=count, generator_core=allowed[0]) as server:
                rates[count].append(servers.generate(server, "ops", "--milliseconds", 3000)["operations_per_second"])
    gain = statistics.median(rates[2]) / statistics.median(rates[1])
    return [Line("two shards against one: throughput", "×", {"product": gain}, "≥ 1.7 ×", gain >= 1.7)]


ALL = {"fanout": fan_out, "ops": operations, "latency": latency, "idle": idle, "big-list": big_list, "join": join, "reconnect": reconnect,
       "shards": shards, "start": start}
NOT_QUICK = {"start", "shards"}
