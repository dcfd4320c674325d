#!/usr/bin/env python3
"""Runs clang-tidy over files, and remembers which were clean, so that only what changed is looked at again.

    tools/lint.py BUILD_DIR FILE…       BUILD_DIR has compile_commands.json made for clang

A file is clean as long as it, our headers that it includes, .clang-tidy and clang-tidy itself are the same. What is known stands in
~/.cache/collab-lint (or $XDG_CACHE_HOME).
"""

import concurrent.futures
import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

TIDY = "clang-tidy-19"
TOP = Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)


def closure(path, seen):
    """The file and all headers of ours that it includes, directly or not."""
    if path in seen or not path.is_file():
        return seen
    seen.add(path)
    for name in INCLUDE.findall(path.read_text(encoding="utf-8")):
        closure(TOP / "src" / name, seen)
    return seen


def fingerprint(path, base):
    digest = hashlib.sha256(base)
    for part in sorted(closure(path, set())):
        digest.update(str(part.relative_to(TOP)).encode() + b"\0" + part.read_bytes())
    return digest.hexdigest()


def lint(build, path):
    """What clang-tidy says about one file; "" if nothing."""
    # gcc's -Wshadow is the project's; clang's is another one.
    command = [TIDY, "-p", build, "--quiet", "--extra-arg=-Wno-shadow", str(path)]
    done = subprocess.run(command, cwd=TOP, text=True, capture_output=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def main(build, names):
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "collab-lint"
    cache.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([TIDY, "--version"], text=True, capture_output=True, check=True).stdout
    base = version.encode() + (TOP / ".clang-tidy").read_bytes() + Path(__file__).read_bytes()
    marks = {path: cache / fingerprint(path, base) for path in (Path(name).resolve() for name in names)}
    todo = [path for path, mark in marks.items() if not mark.exists()]
    print(f"clang-tidy: {len(todo)} files to look at, {len(marks) - len(todo)} known to be clean", flush=True)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, said in zip(todo, pool.map(lambda path: lint(build, path), todo)):
            if said:
                failed += 1
                print(said, flush=True)
            else:
                marks[path].touch()
    print(f"clang-tidy: {len(marks) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
