#!/usr/bin/env python3
"""Runs the server and its peers side by side, prints one table, and writes every run to benchmarks/results/."""

import argparse
import json
import os
import platform
import signal
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from subprocess import run

import distributed
import rows
import servers

ROWS = {**rows.ALL, **distributed.ALL}
NOT_QUICK = rows.NOT_QUICK | set(distributed.ALL)
COLUMNS = {"product": "collab-todo", "raw": "raw epoll", "uws": "socket.io uWS", "ws": "socket.io ws"}
COLUMNS_OF_MANY = {"product": "collab-todo", "beside": "beside"}


def machine():
    """What a reader must know to compare these figures with others."""
    model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "")
    commit = run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False, cwd=servers.SOURCE).stdout.strip()
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release(), "commit": commit, "build": "release (-O2)",
            "redis": run(["redis-server", "--version"], capture_output=True, text=True, check=False).stdout.strip() if distributed.are_installed() else "",
            "node": run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip(),
            "server_core": servers.cores()[0], "generator_core": servers.cores()[1]}


def number(value):
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def cells(line, columns):
    """A `~` marks the median of runs none of which was quiet."""
    row = [f"{line.title} ({line.unit})" if line.unit else line.title]
    for name in columns:
        value = line.figures.get(name)
        row.append("" if value is None else ("~" if name in line.noisy else "") + number(value))
    for other in [name for name in columns if name in ("raw", "uws", "beside")]:
        has_both = line.figures.get("product") is not None and line.figures.get(other)
        row.append(f"{line.figures['product'] / line.figures[other]:.2f}" if has_both else "")
    return row + [line.target, {True: "yes", False: "NO", None: ""}[line.met]]


def table(lines, columns):
    ratios = {"raw": "/ raw", "uws": "/ uWS", "beside": "ratio"}
    header = ["", *columns.values(), *(ratios[name] for name in columns if name in ratios), "target", "met"]
    content = [header] + [cells(line, columns) for line in lines]
    widths = [max(len(row[i]) for row in content) for i in range(len(header))]
    def text(row):
        return "| " + " | ".join(cell.ljust(width) if i in (0, len(header) - 2) else cell.rjust(width)
                                 for i, (cell, width) in enumerate(zip(row, widths))) + " |"
    return "\n".join([text(header), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(text, content[1:])])


def tables(lines):
    """One for the server by itself, one for many around Redis and PostgreSQL."""
    alone = [line for line in lines if not isinstance(line, distributed.Line)]
    many = [line for line in lines if isinstance(line, distributed.Line)]
    return "\n\n".join(table(some, columns) for some, columns in ((alone, COLUMNS), (many, COLUMNS_OF_MANY)) if some)


def main():
    parser = argparse.ArgumentParser(prog="./bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="row", help="one or more of: " + ", ".join(ROWS) + " (default: all)")
    parser.add_argument("--quick", action="store_true", help="shorter windows and fewer repeats, without " + ", ".join(sorted(NOT_QUICK)) + "; under five minutes")
    parser.add_argument("--servers", default=",".join(servers.ALL), help="of: " + ", ".join(servers.ALL))
    parser.add_argument("--attempts", type=int, default=4, help="how often a run is repeated that was not quiet")
    parser.add_argument("--build", default="build/bench", help="where the binaries are")
    parser.add_argument("--output", type=Path, help="where the figures go (default: benchmarks/results/<time>.json)")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.rows if name not in ROWS]
    if unknown:
        parser.error(f"no row {unknown[0]}; there are {', '.join(ROWS)}")
    chosen = arguments.rows or [name for name in ROWS if not (arguments.quick and name in NOT_QUICK)]

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended then, too
    started = time.monotonic()
    def say(what):
        print(f"{time.monotonic() - started:5.0f} s  {what}", file=sys.stderr, flush=True)
    bench = rows.Bench(Path(arguments.build).resolve(), arguments.quick, arguments.servers.split(","), say, arguments.attempts)
    lines, failures = [], []
    for name in chosen:
        try:
            lines += ROWS[name](bench)
        except (RuntimeError, OSError) as failure:
            failures.append(f"{name}: {failure}")
            say(f"FAILED  {failures[-1]}")

    print("\n" + tables(lines) + "\n")
    about = machine()
    print(f"{about['cpu']}, {about['cores']} cores, kernel {about['kernel']}, commit {about['commit']}; medians; ~ = no quiet run")
    now = datetime.now(timezone.utc)
    output = arguments.output or servers.SOURCE / "results" / f"{now:%Y%m%dT%H%M%SZ}.json"
    output.parent.mkdir(exist_ok=True)
    kept = [{"title": line.title, "unit": line.unit, "figures": line.figures, "noisy": sorted(line.noisy), "target": line.target, "met": line.met}
            for line in lines]
    document = {"time": f"{now:%Y-%m-%dT%H:%M:%SZ}", "machine": about, "quick": arguments.quick, "table": kept, "failures": failures, "runs": bench.runs}
    output.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    print(f"every run: {output}")
    for failure in failures:
        print(f"FAILED  {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
