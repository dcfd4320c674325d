#!/usr/bin/env python3
"""Checks that every #include in src/ follows an arrow of the architecture (docs/architecture.md, "Layers").

    tools/check_layers.py [SOURCE_DIR]     checks SOURCE_DIR (default: src beside this folder)
    tools/check_layers.py --self-test      checks this program

What src/CMakeLists.txt links and what this table allows must agree; the linker would not notice a header-only shortcut.
"""

import re
import sys
import tempfile
from pathlib import Path

# folder -> folders it may include besides itself. An arrow is not inherited: what is meant stands here.
ALLOWED = {
    "core": set(),
    "schema": {"core"},
    "model": {"core"},
    "engineio": {"core"},
    "socketio": {"core", "engineio"},
    "transport": {"core", "engineio"},
    "store": {"core", "schema", "model"},
    "redis": {"core"},
    "exchange": {"core", "schema", "model", "store", "redis"},
    # exchange: for the names of keys, and what stands in entries.
    "worker": {"core", "model", "store", "redis", "exchange"},
    "replica": {"core", "schema", "model", "exchange"},
    "auth": {"core"},
    # exchange: only for what a commit gives back and for presence, which no list state holds.
    "services": {"core", "schema", "model", "replica", "exchange", "auth", "store"},
    # replica: it keeps the encoded snapshot beside the list and knows nothing of its form (replica::Encoding).
    "events": {"core", "schema", "model", "services", "replica", "auth", "socketio"},
    "rest": {"core", "schema", "model", "services", "auth", "transport"},
    "conformance": {"core", "engineio", "socketio", "transport"},
}
ALLOWED["app"] = set(ALLOWED) - {"conformance"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.MULTILINE)
SOURCES = {".hpp", ".cpp", ".h", ".inc"}


def faults_of_file(path, root):
    """The faults of one file, as "path:line: sentence"."""
    folder = path.relative_to(root).parts[0]
    text = path.read_text(encoding="utf-8")
    for match in INCLUDE.finditer(text):
        quote, target = match.groups()
        head = target.split("/")[0]
        where = f"{path}:{text.count(chr(10), 0, match.start()) + 1}"
        if head not in ALLOWED:
            if quote == '"':
                yield f'{where}: "{target}" names no folder of src/; ours are included as "folder/file.hpp"'
            continue
        if quote == "<":
            yield f'{where}: <{target}> is ours and is included with quotes'
        elif "/" not in target or not (root / target).is_file():
            yield f'{where}: "{target}" does not exist'
        elif head != folder and head not in ALLOWED[folder]:
            may = ", ".join(sorted(ALLOWED[folder])) or "nothing of ours"
            yield f"{where}: {folder} must not include {head} (it may include {may})"


def check(root):
    """Every fault below `root`."""
    faults = []
    for path in sorted(root.rglob("*")):
        if path.suffix not in SOURCES or not path.is_file():
            continue
        parts = path.relative_to(root).parts
        if len(parts) < 2 or parts[0] not in ALLOWED:
            faults.append(f"{path}:1: no layer of this name; the table is in tools/check_layers.py")
            continue
        faults.extend(faults_of_file(path, root))
    return faults


def self_test():
    """One tree with one fault of each kind and their lawful neighbours."""
    files = {
        "core/error.hpp": "#include <string>\n",
        "core/bad.hpp": '#include "model/list.hpp"\n',
        "model/list.hpp": '#include "core/error.hpp"\n#include <boost/json.hpp>\n',
        "engineio/session.hpp": '#include "core/error.hpp"\n',
        "socketio/socket.cpp": '#include "engineio/session.hpp"\n#include "socketio/own.hpp"\n',
        "socketio/own.hpp": "",
        "transport/sees.cpp": '\n#  include "socketio/own.hpp"\n',
        "store/x.hpp": '#include <core/error.hpp>\n',
        "rest/y.cpp": '#include "error.hpp"\n#include "core/missing.hpp"\n',
        "app/main.cpp": '#include "socketio/own.hpp"\n#include "rest/z.hpp"\n',
        "rest/z.hpp": '#include "app/main.cpp"\n// #include "app/main.cpp"\n',
        "conformance/main.cpp": '#include "socketio/own.hpp"\n#include "model/list.hpp"\n',
        "novel/a.cpp": "",
    }
    expected = [
        ("conformance/main.cpp:2", "must not include model"), ("core/bad.hpp:1", "must not include model"),
        ("novel/a.cpp:1", "no layer"), ("rest/y.cpp:1", "names no folder"), ("rest/y.cpp:2", "does not exist"),
        ("rest/z.hpp:1", "must not include app"), ("store/x.hpp:1", "with quotes"),
        ("transport/sees.cpp:2", "must not include socketio"),
    ]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in files.items():
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        found = check(root)
    for (where, sentence), fault in zip(expected, found):
        assert where in fault and sentence in fault, f"expected {where} … {sentence}, found {fault}"
    assert len(found) == len(expected), "\n".join(found)


def main(arguments):
    if arguments == ["--self-test"]:
        self_test()
        print("check_layers: finds what it must and nothing else")
        return 0
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent / "src"
    faults = check(root)
    print("\n".join(faults) if faults else "check_layers: every #include follows an arrow")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
