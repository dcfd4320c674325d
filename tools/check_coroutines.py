#!/usr/bin/env python3
"""Looks for what g++ 12 destroys twice: temporaries born inside an expression with co_await.

    tools/check_coroutines.py [PATH…]      checks these files and folders (default: src tests benchmarks)
    tools/check_coroutines.py --self-test  checks this program

Faulty: `co_await f(Agg{…})`, `co_await f({…})`, `co_await g([x] { … })`, in the whole statement that holds the co_await.
Fine: classes with constructors, std:: types, results of functions, lambdas that capture only references or `this`.
The cure is a name on the line above. It is a heuristic over tokens, not a compiler: when in doubt it complains.
"""

import re
import sys
from pathlib import Path

TOKEN = re.compile(
    r'''(?P<skip>\s+|//[^\n]*|/\*.*?\*/|^[ \t]*\#(?:[^\n\\]|\\.|\\\n)*)
      |(?P<text>(?:u8|[uUL])?R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|(?:u8|[uUL])?"(?:[^"\\]|\\.)*"|(?:u8|[uUL])?'(?:[^'\\]|\\.)+')
      |(?P<number>\.?\d(?:'?[\w.]|[eEpP][+-])*)
      |(?P<word>[A-Za-z_]\w*)
      |(?P<sign>::|->|<<=?|&&|\|\||[-+*/%^&|=!<>]=|.)''',
    re.VERBOSE | re.DOTALL | re.MULTILINE)
CLOSING = {"(": ")", "[": "]", "{": "}"}
BLOCK_WORDS = {"else", "do", "try", "const", "override", "final", "noexcept", "mutable"}
HEADED = {"if", "for", "while", "switch", "catch"}
TYPE_HEADS = {"struct", "class", "union", "enum", "namespace", "extern"}
OPERAND_WORDS = {"return", "co_return", "co_await", "co_yield", "throw", "case", "else", "do"}
SAFE_SCOPES = {"std", "asio", "boost", "json", "chrono", "beast", "http", "testing"}


class Token:
    def __init__(self, text, line, kind):
        self.text, self.line, self.kind = text, line, kind


class Group:
    """A pair of brackets and what stands between them."""

    def __init__(self, text, line):
        self.text, self.line, self.kind, self.nodes = text, line, "group", []


def tree_of(source):
    """The tokens of a file, nested by brackets."""
    root = Group("{", 1)
    stack, line, position = [root], 1, 0
    while position < len(source):
        match = TOKEN.match(source, position)
        kind, text = match.lastgroup, match.group()
        if match.group("text") is not None:
            kind = "text"
        if kind != "skip":
            if text in CLOSING:
                group = Group(text, line)
                stack[-1].nodes.append(group)
                stack.append(group)
            elif len(stack) > 1 and kind == "sign" and text == CLOSING[stack[-1].text]:
                stack.pop()
            else:
                stack[-1].nodes.append(Token(text, line, kind))
        line += text.count("\n")
        position = match.end()
    return root


def is_group(node, brackets):
    return node is not None and node.kind == "group" and node.text in brackets


def is_word(node):
    return node is not None and node.kind == "word"


class Aggregates:
    """Which types of the checked files have no constructor of their own. Types of one name are taken together."""

    def __init__(self):
        self.with_constructor, self.without = set(), set()

    def read(self, nodes):
        for index, node in enumerate(nodes):
            if node.kind == "group":
                self.read(node.nodes)
            elif node.text in ("struct", "class") and index + 1 < len(nodes) and is_word(nodes[index + 1]):
                self.read_type(nodes[index + 1].text, nodes[index + 2:])

    def read_type(self, name, rest):
        for node in rest:
            if is_group(node, "{"):
                members = node.nodes
                has = any(is_word(m) and m.text == name and is_group(members[i + 1] if i + 1 < len(members) else None, "(")
                          and (i == 0 or members[i - 1].text != "~") for i, m in enumerate(members))
                (self.with_constructor if has else self.without).add(name)
                return
            if node.text in (";", "(", "=", ">", ","):
                return

    def may_be(self, name):
        return name in self.without or name not in self.with_constructor

    def is_known(self, name):
        return name in self.without


class Checker:
    def __init__(self, path, aggregates):
        self.path, self.aggregates, self.faults = path, aggregates, []

    def fault(self, node, sentence):
        self.faults.append(f"{self.path}:{node.line}: {sentence} in an expression with co_await; name it on the line above")

    def block(self, nodes):
        """Splits into statements and checks each."""
        statement = []
        for node in nodes:
            last = statement[-1] if statement else None
            if node.text == ";" and node.kind == "sign":
                self.statement(statement)
                statement = []
            elif is_group(node, "{") and self.is_block(statement):
                self.statement(statement)
                self.block(node.nodes)
                statement = []
            elif is_group(node, "(") and is_word(last) and (last.text in HEADED or last.text == "constexpr" and
                                                            len(statement) > 1 and statement[-2].text == "if"):
                self.block(node.nodes)
                statement = []
            else:
                statement.append(node)
        self.statement(statement)

    @staticmethod
    def is_block(before):
        if not before:
            return True
        last = before[-1]
        if is_group(last, "({") or last.text in BLOCK_WORDS:
            return True
        if any(is_word(node) and node.text in TYPE_HEADS for node in before):
            return True
        after_call = False
        for node in before:
            if is_group(node, "("):
                after_call = True
            elif node.text == "->" and after_call and (is_word(last) or last.text in (">", "*", "&")):
                arrow = before.index(node)
                return is_group(before[arrow - 1], "(") or is_word(before[arrow - 1]) and before[arrow - 1].text in BLOCK_WORDS
        return last.text == ":"

    def statement(self, nodes):
        if nodes:
            self.expression(nodes, self.waits(nodes))

    def waits(self, nodes):
        """True if a co_await belongs to this expression itself and not to a lambda's body in it."""
        index = 0
        while index < len(nodes):
            node = nodes[index]
            if is_word(node) and node.text == "co_await":
                return True
            if self.is_lambda(nodes, index):
                index = self.lambda_body(nodes, index) + 1
                continue
            if node.kind == "group" and self.waits(node.nodes):
                return True
            index += 1
        return False

    @staticmethod
    def is_lambda(nodes, index):
        node = nodes[index]
        if not is_group(node, "[") or node.nodes and is_group(node.nodes[0], "["):
            return False
        before = nodes[index - 1] if index else None
        return not (is_word(before) and before.text not in OPERAND_WORDS or is_group(before, "([") or
                    before is not None and (before.kind == "text" or before.text == ">"))

    @staticmethod
    def lambda_body(nodes, index):
        """The index of the body's group, or of the last node where there is none."""
        while index + 1 < len(nodes):
            index += 1
            if is_group(nodes[index], "{"):
                return index
        return index

    def expression(self, nodes, waits):
        index = 0
        while index < len(nodes):
            node = nodes[index]
            if self.is_lambda(nodes, index):
                body = self.lambda_body(nodes, index)
                if waits:
                    self.captures(node)
                if is_group(nodes[body], "{"):
                    self.block(nodes[body].nodes)
                index = body + 1
                continue
            is_attribute = is_group(node, "[") and node.nodes and is_group(node.nodes[0], "[")
            if node.kind == "group" and not is_attribute:
                if waits:
                    self.temporary(nodes, index)
                self.expression(node.nodes, waits)
            index += 1

    def captures(self, introducer):
        capture = []
        for node in [*introducer.nodes, Token(",", introducer.line, "sign")]:
            if node.text != ",":
                capture.append(node)
                continue
            if capture and capture[0].text not in ("&", "this"):
                text = "".join(part.text for part in capture[:2])
                self.fault(introducer, f"a lambda that captures [{text}] by value")
                return
            capture = []

    def temporary(self, nodes, index):
        """A group in a waiting expression: is it the initialiser of an aggregate's temporary?"""
        group, before = nodes[index], nodes[index - 1] if index else None
        if is_group(group, "{") and (before is None or before.text in (",", "co_return", "return", "?", ":") or
                                     is_group(before, "{")):
            self.fault(group, "a brace list")
            return
        if not is_group(group, "({"):
            return
        start, name, scopes = self.type_name(nodes, index)
        if name is None or scopes & SAFE_SCOPES:
            return
        declares = nodes[start - 1] if start else None
        if is_group(group, "{"):
            is_declaration = declares is not None and (is_word(declares) and declares.text not in OPERAND_WORDS or
                                                       declares.text in (">", "&", "*", "&&", ".", "->"))
            if not is_declaration and self.aggregates.may_be(name):
                self.fault(group, f"a temporary {name}{{…}}")
        elif self.aggregates.is_known(name) and (declares is None or declares.kind == "sign" and
                                                 declares.text not in (".", "->", ">", "&", "*")):
            self.fault(group, f"a temporary {name}(…)")

    @staticmethod
    def type_name(nodes, index):
        """(index of its first token, last name, scopes) of the type that stands before nodes[index]."""
        position = index - 1
        if position >= 0 and nodes[position].text == ">":
            depth = 0
            while position >= 0:
                depth += (nodes[position].text == ">") - (nodes[position].text == "<")
                position -= 1
                if depth == 0:
                    break
        if position < 0 or not is_word(nodes[position]) or nodes[position].text in OPERAND_WORDS:
            return index, None, set()
        name, scopes = nodes[position].text, set()
        while position >= 2 and nodes[position - 1].text == "::" and is_word(nodes[position - 2]):
            position -= 2
            scopes.add(nodes[position].text)
        return position, name, scopes


def faults_of(sources):
    """sources: {path: text}; returns every fault as "path:line: sentence"."""
    trees = {path: tree_of(text) for path, text in sources.items()}
    aggregates = Aggregates()
    for tree in trees.values():
        aggregates.read(tree.nodes)
    faults = []
    for path, tree in trees.items():
        checker = Checker(path, aggregates)
        checker.block(tree.nodes)
        faults.extend(checker.faults)
    return faults


FAULTY = [
    "co_await f(Agg{1, s});",
    "auto r = co_await f(x, Agg{.a = 1});",
    "auto r = co_await f(ns::Agg{});",
    "co_await f(Unknown{1});",
    "co_await f({1, s});",
    "co_await f(x, {});",
    "co_await g([x] { return x; });",
    "co_await g([=] { return x; });",
    "co_await g([this, x] { return x; });",
    "co_await g([x = std::move(y)]() mutable -> Task<void> { co_return; });",
    "h(Agg{1}, co_await f());",
    "co_return Agg{co_await f()};",
    "if (co_await f(Agg{1})) return;",
    "while (!co_await f(Agg{1})) {}",
    "if (auto r = co_await f(Agg{1}); !r) { go(); }",
    "for (auto& x : co_await f(Agg{1})) { go(x); }",
    "co_await shard.run([&]() -> Task<void> { co_await f(Agg{1}); });",
    "auto l = [x]() -> Task<void> { co_await f(Agg{1}); };",
    "co_await (f(Agg{1}) || g());",
    "co_await f(Box<int>{1});",
    "co_await f(Agg(1));",
    "co_await f(a ? Agg{1} : b);",
    "switch (co_await f(Agg{1})) { default: break; }",
    "struct S { Task<void> m() override { co_await f(Agg{1}); } };",
    "co_await f(R\"(Agg{)\", Agg{1});",
    "co_await f(1'000, Agg{1});",
]
FINE = [
    "Agg a{1}; co_await f(std::move(a));",
    "co_await f(std::string{\"x\"}, std::string_view(y));",
    "co_await f(Built{1});",
    "co_await f(Built(1));",
    "co_await g([&] { return x; });",
    "co_await g([this] { return Agg{1}; });",
    "co_await g([&x, this]() -> Task<Agg> { Agg a{1}; co_return Agg{2}; });",
    "co_await g([] { return 1; });",
    "co_await asio::async_initiate<const T&, void(T)>([this]<class H>(H&& h) { w_ = Agg{h}; }, asio::use_awaitable);",
    "auto l = [x] { return x; }; co_await g(l);",
    "co_return Agg{1, 2};",
    "if (co_await f()) { h(Agg{1}); }",
    "if (co_await f()) h(Agg{1});",
    "auto r = co_await f(); return_it(Agg{1});",
    "co_await f(a[i], b.c());",
    "// co_await f(Agg{1});",
    "log(\"co_await f(Agg{1})\"); /* co_await f(Agg{1}) */",
    "struct Other { int a; std::string b; }; Task<void> t() { co_await f(); }",
    "Task<void> t() const { co_await f(std::chrono::seconds{1}); }",
    "auto [a, b] = co_await f(x);",
    "[[maybe_unused]] const bool r = co_await f();",
    "Result<Agg> r = co_await f(make_agg(1));",
    "void Agg2::go() { spawn(io, \"n\", [self]() -> Task<void> { co_await self->run(); }); }",
    "for (Agg a{1}; a.next(); ) { co_await f(a); }",
    "try { co_await f(); } catch (const std::exception& e) { h(Agg{1}); }",
    "#define X co_await f(Agg{1})\nint y;",
]
PRELUDE = "struct Agg { int a; std::string b; };\nclass Built { public: explicit Built(int); };\nstruct Box { int a; };\n"


def self_test():
    for text in FAULTY:
        found = faults_of({"t.cpp": PRELUDE + "Task<void> t() { " + text + " }"})
        assert len(found) == 1, f"{text}\n  should be one fault, found {found}"
        assert found[0].startswith("t.cpp:4:"), found[0]
    for text in FINE:
        found = faults_of({"t.cpp": PRELUDE + "Task<void> t() {\n" + text + "\n}"})
        assert not found, f"{text}\n  is fine, found {found}"


def main(arguments):
    if arguments == ["--self-test"]:
        self_test()
        print(f"check_coroutines: {len(FAULTY)} faults found, {len(FINE)} lawful forms left alone")
        return 0
    top = Path(__file__).resolve().parent.parent
    roots = [Path(a) for a in arguments] or [top / "src", top / "tests", top / "benchmarks"]
    paths = [p for root in roots for p in (sorted(root.rglob("*")) if root.is_dir() else [root])
             if p.suffix in (".hpp", ".cpp") and "node_modules" not in p.parts]
    faults = faults_of({path: path.read_text(encoding="utf-8") for path in paths})
    print("\n".join(faults) if faults else f"check_coroutines: {len(paths)} files, nothing born beside a co_await")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
