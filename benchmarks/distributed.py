"""The rows of many servers around one Redis: how each is measured and what it has to reach."""

import contextlib
import os
import shutil
import time
from dataclasses import dataclass

import cluster
import rows
import servers


@dataclass
class Line(rows.Line):
    """`figures` are the product's and, where there is one, what it is set beside; the title says what that is."""


def are_installed():
    return shutil.which("redis-server") is not None and (cluster.POSTGRES / "postgres").exists()


def line(title, unit, product, beside=None, target="", judge=None):
    """`product` and `beside` are (runs, figure). `judge` is given their medians."""
    figures, noisy = {}, set()
    for name, source in (("product", product), ("beside", beside)):
        if source and source[0]:
            figures[name], is_noisy = rows.median(*source)
            if is_noisy:
                noisy.add(name)
    return Line(title, unit, figures, target, judge(*figures.values()) if judge else None, noisy)


def within(limit):
    return lambda product, beside: product <= limit * beside


@contextlib.contextmanager
def database(bench, core):
    if not are_installed():
        raise RuntimeError("redis-server or PostgreSQL 15 is missing; scripts/setup.sh bench installs both")
    with cluster.Postgres(bench.build, core) as postgres:
        yield postgres


def floor(world, core, mode, *arguments):
    return servers.drive(world.redis, "redis_floor", core, mode, *arguments)


# ------------------------------------------------------------------------------------------------------------- latency


def across(bench):
    """From a client of one server to a client of another, beside the bare script and its message."""
    window, rate = 2000 if bench.quick else 5000, 200
    place = cluster.places()
    lines = []
    with database(bench, place.database) as postgres:
        def work(appendfsync, is_floor):
            def run(_):
                with cluster.World(bench.build, postgres, appendfsync, place) as world:
                    if is_floor:
                        return floor(world, place.server, "roundtrip", "--rate", rate, "--milliseconds", window)
                    with world.serve(2) as server:
                        return servers.generate(server, "across", "--rate", rate, "--milliseconds", window)
            return run
        for appendfsync, how in (("none", "Redis without a file"), ("always", "appendfsync always")):
            results = bench.take_turns(f"across, {how}", {"floor": work(appendfsync, True), "product": work(appendfsync, False)})
            product, bare = results["product"], (results["floor"], lambda run: run["p50_us"])
            lines += [
                line(f"from server to server, {rate}/s, {how}: p50, beside a bare round trip", "µs",
                     (product, lambda run: run["arrival_p50_us"]), bare, "≤ 2 ×", within(2)),
                line("the same: p99, beside the same p50", "µs", (product, lambda run: run["arrival_p99_us"]), bare, "≤ 5 ×", within(5)),
                line("the same: p99, beside the bare p99", "µs", (product, lambda run: run["arrival_p99_us"]),
                     (results["floor"], lambda run: run["p99_us"])),
            ]
    return lines


# -------------------------------------------------------------------------------------------------------------- commits


def redis_us(run):
    return run["companion_cpu_us"][-2]


def commits(bench):
    """What is left of the speed of Redis' own script, and what that script costs."""
    window = 2000 if bench.quick else 4000
    place = cluster.places(redis_alone=True)
    sized = ["--lists", 10, "--in-flight", 80, "--only-updates", "--milliseconds", window, "--items"]
    with database(bench, place.database) as postgres:
        def at_floor(appendfsync, *arguments):
            def run(_):
                with cluster.World(bench.build, postgres, appendfsync, place) as world:
                    return floor(world, place.server, *arguments)
            return run
        def by_product(appendfsync, *arguments):
            def run(_):
                with cluster.World(bench.build, postgres, appendfsync, place) as world, world.serve() as server:
                    return servers.generate(server, *arguments)
            return run
        def throughput(appendfsync):
            return {"floor": at_floor(appendfsync, "commit", "--milliseconds", window),
                    "product": by_product(appendfsync, "ops", "--milliseconds", window, "--verify-state")}
        plain = bench.take_turns("commits", {
            **throughput("none"), "bare": at_floor("none", "bare", "--milliseconds", window),
            "of 10": at_floor("none", "commit", *sized, 10), "of 5,000": at_floor("none", "commit", *sized, 5000),
            "big-list": by_product("none", "big-list", "--items", 5000, "--updates", 2000)})
        synced = bench.take_turns("commits, appendfsync always", throughput("always"))

    def rate(run):
        return run["operations_per_second"]
    def most(product, beside):
        return product >= 0.7 * beside
    def busy(run):
        return 100 * (redis_us(run) if "companion_cpu_us" in run else run["server_cpu_us"]) / 1e6 / run["seconds"]
    at_10 = rows.median(plain["of 10"], lambda run: run["redis_us_per_operation"])[0]
    product, script = plain["product"], plain["floor"]
    return [
        line("100 × 8 in flight, acked, beside bare pipelined commit.lua", "ops/s", (product, rate), (script, rate), "≥ 0.7 ×", most),
        line("the same: CPU of Redis per operation", "µs", (product, lambda run: redis_us(run) / run["operations"]),
             (script, lambda run: run["redis_us_per_operation"])),
        line("the same: CPU of the server per operation", "µs", (product, lambda run: run["cpu_us_per_operation"])),
        line("the same: how busy Redis' core was with it", "%", (product, busy), (script, busy)),
        line("the same, appendfsync always", "ops/s", (synced["product"], rate), (synced["floor"], rate), "≥ 0.7 ×", most),
        line("CPU of Redis per commit.lua, beside a script that only writes", "µs", (script, lambda run: run["redis_us_per_operation"]),
             (plain["bare"], lambda run: run["redis_us_per_operation"]), "≤ 2.5 ×", within(2.5)),
        line("CPU of Redis per update in a list of 5,000, beside 10: commit.lua", "µs", (plain["of 5,000"], lambda run: run["redis_us_per_operation"]),
             (plain["of 10"], lambda run: run["redis_us_per_operation"]), "≤ 1.2 ×", lambda big, _: big <= 1.2 * at_10),
        line("the same, through the server", "µs", (plain["big-list"], lambda run: run["first_companion_us_in_big_list"]),
             (plain["big-list"], lambda run: run["first_companion_us_in_small_list"]), "≤ 1.2 ×", within(1.2)),
    ]


# -------------------------------------------------------------------------------------------------------------- fan-out


def fan_out_of_two(bench):
    """The cost of a delivery by two servers, and what a second server adds to an event."""
    window = 1500 if bench.quick else 3000
    place = cluster.places()
    with database(bench, place.database) as postgres:
        def work(count, here, there, in_flight=8, milliseconds=window):
            def run(_):
                with cluster.World(bench.build, postgres, "none", place) as world, world.serve(count) as server:
                    return servers.generate(server, "fanout", "--subscribers", here, "--peer-subscribers", there, "--in-flight", in_flight,
                                            "--milliseconds", milliseconds)
            return run
        results = bench.take_turns("fanout2", {
            "one": work(1, 1000, 0), "two": work(2, 500, 500), "none there": work(2, 0, 0, 64, 1000), "1 there": work(2, 0, 1, 64, 1000),
            "11 there": work(2, 0, 11, 64, 1000)}, worst=lambda run: max(run[mode]["noise"] for mode in rows.MODES))

    def per_delivery(mode):
        def figure(run):
            others = run[mode]["companion_cpu_us"][:-2]
            return (run[mode]["server_cpu_us"] + sum(others)) / run[mode]["deliveries"]
        return figure
    def per_event(mode):
        return lambda run: run[mode]["companion_cpu_us"][0] / run[mode]["events"]
    lines = [line(f"fan-out to 500 + 500, {title}: CPU per delivery, beside 1000 on one server", "µs", (results["two"], per_delivery(mode)),
                  (results["one"], per_delivery(mode)), "≤ 1.05 ×", within(1.05)) for mode, (title, *_) in rows.MODES.items()]
    for mode, title in (("inflight", "64 in flight"), ("single", "one at a time")):
        one, eleven = (rows.median(results[name], per_event(mode)) for name in ("1 there", "11 there"))
        delivery = (eleven[0] - one[0]) / 10
        extra = one[0] - delivery
        lines.append(Line(f"an event at a server with subscribers, {title}: CPU besides deliveries", "µs", {"product": extra}, "≤ 5",
                          extra <= 5, {"product"} if one[1] or eleven[1] else set()))
        lines.append(line("the same at a server without", "µs", (results["none there"], per_event(mode)), None, "0 (< 0.1)", lambda cost: cost < 0.1))
    return lines


# --------------------------------------------------------------------------------------------------------- write-behind


def check_store(postgres, name, filled):
    """The database holds what was accepted: as many rows, and of each the newest."""
    found = postgres.query(name, "select (select count(*) from todo_lists), (select sum(rev % 1000000) from todo_lists), "
                                 "(select count(*) from todo_items), (select sum(rev % 1000000) from todo_items)")
    wanted = "|".join(str(filled[figure]) for figure in ("lists", "list_revs", "items", "item_revs"))
    if found != wanted:
        raise RuntimeError(f"the database holds {found} instead of {wanted} (lists, their revs, items, their revs)")


def drain(bench):
    """How fast one worker brings into PostgreSQL what waits in the streams."""
    changes = 60_000 if bench.quick else 200_000
    everywhere = set(os.sched_getaffinity(0))
    place = cluster.Places(everywhere, everywhere, everywhere, everywhere)
    with database(bench, everywhere) as postgres:
        def work(*arguments):
            def run(_):
                with cluster.World(bench.build, postgres, "always", place) as world:
                    with world.serve():
                        pass  # it makes the tables
                    world.redis.call("CONFIG", "SET", "appendfsync", "no")
                    filled = floor(world, everywhere, "fill", "--lists", 160, "--changes", changes, *arguments)
                    world.redis.call("CONFIG", "SET", "appendfsync", "always")
                    postgres.query("postgres", "checkpoint")
                    with world.work(everywhere) as worker:
                        worker.port = world.redis.port
                        worker.companions = [world.redis, postgres]
                        figures = servers.drive(worker, "redis_floor", everywhere, "drain")
                        figures["seconds"] = time.monotonic() - worker.started
                    check_store(postgres, world.database, filled)
                    return {**figures, **filled}
            return run
        results = bench.take_turns("drain", {"product": work(), "with op_ids": work("--op-ids")})

    def rate(run):
        return run["changes"] / run["seconds"]
    def enough(product):
        return product >= 40_000
    runs = results["product"]
    costs = [("the worker", lambda run: run["server_cpu_us"]), ("Redis", lambda run: run["companion_cpu_us"][0]),
             ("PostgreSQL", lambda run: run["companion_cpu_us"][1])]
    return [
        line(f"a worker drains {changes:,} changes of 160 lists, from its start to empty", "changes/s", (runs, rate), None, "≥ 40,000", enough),
        *(line(f"the same: CPU of {who} per change", "µs", (runs, lambda run, cost=cost: cost(run) / run["changes"])) for who, cost in costs),
        line("the same, each change with an op_id that is remembered", "changes/s", (results["with op_ids"], rate), None, "≥ 40,000", enough),
    ]


# ---------------------------------------------------------------------------------------------------------------- tiers

FORGET = """local n = 0 for _, kind in ipairs({'list', 'ops'}) do
for _, key in ipairs(redis.call('KEYS', 'collab:*:' .. kind .. ':*')) do n = n + redis.call('DEL', key) end end return n"""
SIZES = {10: 200, 1000: 30, 5000: 10}
"""Of lists, and how many of each are opened."""


def tiers(bench):
    """Opening a list that is not in the server's memory, but in Redis or only in PostgreSQL."""
    place = cluster.places()
    with database(bench, place.database) as postgres, cluster.World(bench.build, postgres, "always", place) as world:
        with world.serve() as server:
            filled = {items: servers.generate(server, "fill", "--lists", count, "--items", items) for items, count in SIZES.items()}
        with world.work(place.server) as worker:
            worker.port = world.redis.port
            worker.companions = [world.redis, postgres]
            servers.drive(worker, "redis_floor", place.generator, "drain")

        def work(tier):
            def run(_):
                if tier == "L3" and int(world.redis.call("EVAL", FORGET, "0")) < sum(SIZES.values()):
                    raise RuntimeError("Redis did not have every list")
                with world.serve() as server:
                    def opened(items):
                        lists = [word for list_id in filled[items]["lists"] for word in ("--list", list_id)]
                        return servers.generate(server, "open", "--run", filled[items]["run"], "--items", items, *lists)
                    return {str(items): opened(items) for items in SIZES}
            return run
        results = bench.take_turns("tiers", {"L2": work("L2"), "L3": work("L3")},
                                   worst=lambda run: max(opened["noise"] for opened in run.values()))

    def time_of(items, which):
        return lambda run: run[str(items)][which]["p50_us"]
    def cost_of(items, which):
        return lambda run: run[str(items)][which]["cpu_us_per_list"] + sum(run[str(items)][which]["companion_cpu_us"])
    lines = []
    for items in SIZES:
        for tier, where in (("L2", "in Redis"), ("L3", "in PostgreSQL only")):
            runs = results[tier]
            lines.append(line(f"opening a list of {items:,} that is {where}: p50, beside in memory", "µs", (runs, time_of(items, "first")),
                              (runs, time_of(items, "again"))))
            lines.append(line("the same: CPU of all servers", "µs", (runs, cost_of(items, "first")), (runs, cost_of(items, "again"))))
    return lines


ALL = {"across": across, "commits": commits, "fanout2": fan_out_of_two, "drain": drain, "tiers": tiers}
