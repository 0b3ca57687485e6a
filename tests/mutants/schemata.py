# SPDX-License-Identifier: MIT
"""Put mutants into C sources.

Every mutant of a file is compiled in at once, each behind its number:

    if (n > room)   becomes   if ((HL_MUTANT(7) ? (n >= room) :
                                   HL_MUTANT(8) ? (0) : (n > room)))

so that one build holds them all and HL_MUTANT=7 chooses one. Where the
comparisons and checks are is what clang's syntax tree says.
"""
import json
import os
import re
import subprocess

COMPARE = {"<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="),
           ">=": (">", "<"), "==": ("!=",), "!=": ("==",)}
# What returns one of these types checks something or passes a refusal on.
STATUS = {"hl_status", "enum hl_wire_error"}
# Constant expressions cannot ask for a number at run time.
CONSTANT = {"StaticAssertDecl", "ConstantExpr", "EnumConstantDecl",
            "UnaryExprOrTypeTraitExpr", "OffsetOfExpr"}
PER_FILE = 1000
HEAD = """extern int hl_mutant;
extern unsigned char *hl_reached;
#define HL_MUTANT(n)                                                           \\
    (hl_mutant == (n) || (hl_reached && !(hl_reached[n] = 1)))
"""


class Mutant:
    """One change: where it is, what it is, what it makes of the text."""

    def __init__(self, file, function, kind, begin, end):
        self.file, self.function, self.kind = file, function, kind
        self.begin, self.end = begin, end
        self.number = 0
        self.make = None


class Unit:
    """The syntax tree of one translation unit, and the mutants in it."""

    def __init__(self, source, flags, wanted):
        self.wanted, self.file, self.texts = wanted, None, {}
        self.mutants = {}
        self.edits = {}
        run = subprocess.run(
            ["clang-19", *flags, "-w", "-Xclang", "-ast-dump=json",
             "-fsyntax-only", source], capture_output=True, check=True)
        tree = json.loads(run.stdout)
        self.locate(tree)
        for declaration in tree["inner"]:
            if declaration["kind"] == "FunctionDecl":
                self.function = declaration["name"]
                self.visit(declaration)

    # A location names its file only if it is not that of the one before.
    def locate(self, node):
        if isinstance(node, list):
            for item in node:
                self.locate(item)
        elif isinstance(node, dict):
            if "offset" in node:
                self.file = node.get("file", self.file)
                node["file"] = self.file
            for key, item in node.items():
                if key != "includedFrom" and isinstance(item, (dict, list)):
                    self.locate(item)

    def text(self, file):
        if file not in self.texts:
            with open(file, "rb") as handle:
                self.texts[file] = handle.read()
        return self.texts[file]

    def span(self, node):
        """File, begin and end of a node; None if a macro made it."""
        begin, end = node["range"]["begin"], node["range"]["end"]
        in_macro = "expansionLoc" in begin and "expansionLoc" in end
        if in_macro and begin["expansionLoc"]["offset"] == \
                end["expansionLoc"]["offset"]:
            if node["kind"] in ("BinaryOperator", "UnaryOperator") or \
                    begin["expansionLoc"].get("isMacroArgExpansion"):
                return None
        if begin.get("isMacroArgExpansion") or end.get("isMacroArgExpansion"):
            return None
        start = begin.get("expansionLoc", begin)
        stop = end.get("expansionLoc", end)
        file = start.get("file")
        if file not in self.wanted or stop.get("file") != file:
            return None
        after = stop["offset"] + stop["tokLen"]
        if "expansionLoc" in end:
            after = self.arguments_end(file, after)
        if b"\n#" in self.text(file)[start["offset"]:after]:
            return None
        return file, start["offset"], after

    def arguments_end(self, file, at):
        text = self.text(file)
        rest = re.compile(rb"\s*\(").match(text, at)
        if not rest:
            return at
        depth, at = 1, rest.end()
        while depth:
            depth += {40: 1, 41: -1}.get(text[at], 0)
            at += 1
        return at

    def add(self, where, kind, make):
        file, begin, end = where
        key = (file, begin, end, kind)
        if key not in self.mutants:
            self.mutants[key] = Mutant(file, self.function, kind, begin, end)
            self.mutants[key].make = make
            self.edits.setdefault((file, begin, end), []).append(
                self.mutants[key])

    def constant(self, node, kind, value):
        where = self.span(node)
        if where:
            self.add(where, kind, lambda text: value)

    def visit(self, node):
        kind = node.get("kind")
        if kind in CONSTANT or kind is None:
            return
        if kind == "VarDecl" and node.get("storageClass") == "static":
            return
        inner = node.get("inner", [])
        if kind == "BinaryOperator":
            self.operator(node, node["opcode"], inner)
        elif kind in ("IfStmt", "ConditionalOperator"):
            self.condition(inner[0])
        elif kind == "ReturnStmt" and inner:
            self.tail(inner[0])
        elif kind == "SwitchStmt":
            self.cases(inner)
        for child in inner:
            self.visit(child)

    def operator(self, node, opcode, inner):
        where, left, right = self.span(node), *map(self.span, inner)
        if not (where and left and right) or opcode not in (
                *COMPARE, "&&", "||"):
            return
        if opcode in COMPARE:
            between = slice(left[2], right[1])
            for other in COMPARE[opcode]:
                self.add(where, f"{opcode} to {other}",
                         lambda text, other=other: text[left[1]:left[2]] +
                         text[between].replace(opcode.encode(),
                                               other.encode(), 1) +
                         text[right[1]:right[2]])
        else:
            self.add(where, f"drop left of {opcode}",
                     lambda text: text[right[1]:right[2]])
            self.add(where, f"drop right of {opcode}",
                     lambda text: text[left[1]:left[2]])

    def condition(self, node):
        self.constant(node, "drop check", b"0")
        bare = node
        while bare["kind"] in ("ImplicitCastExpr", "ParenExpr"):
            bare = bare["inner"][0]
        if bare["kind"] != "BinaryOperator":
            self.constant(node, "always", b"1")

    def tail(self, node):
        if node["kind"] == "ImplicitCastExpr":
            node = node["inner"][0]
        if node["kind"] == "CallExpr" and \
                node["type"]["qualType"] in STATUS:
            self.constant(node, "drop refusal", b"0")
        if node["kind"] == "DeclRefExpr" and \
                node.get("referencedDecl", {}).get("kind") == \
                "EnumConstantDecl":
            name = node["referencedDecl"]["name"]
            if name.startswith(("HL_WIRE_", "HL_FAIL_")) and \
                    name != "HL_WIRE_OK":
                self.constant(node, "drop refusal", b"0")

    def cases(self, inner):
        """Each case label may be taken away: its value goes to default."""
        where = self.span(inner[0])
        if not where:
            return
        for label in self.labels(inner[-1]):
            self.add(where, f"drop case {label.decode()}",
                     lambda text, label=label: b"(" +
                     text[where[1]:where[2]] + b") == (" + label +
                     b") ? -77 : (" + text[where[1]:where[2]] + b")")

    def labels(self, node):
        if node.get("kind") == "SwitchStmt":
            return
        if node.get("kind") == "CaseStmt":
            where = self.span(node["inner"][0])
            if where:
                yield self.text(where[0])[where[1]:where[2]]
        for child in node.get("inner", []):
            if child.get("kind"):
                yield from self.labels(child)


def mutated(text, edits, begin, end):
    """text[begin:end] with every edit inside, outermost first."""
    inside = sorted((span for span in edits
                     if begin <= span[0] and span[1] <= end),
                    key=lambda span: (span[0], -span[1]))
    out, at = b"", begin
    for span in inside:
        if span[0] < at:
            continue
        smaller = {s: edits[s] for s in inside if s != span and
                   span[0] <= s[0] and s[1] <= span[1]}
        body = b"(" + mutated(text, smaller, *span) + b")"
        for mutant in edits[span]:
            body = b"(HL_MUTANT(%d) ? (%s) : %s)" % (
                mutant.number, mutant.make(text), body)
        out += text[at:span[0]] + body
        at = span[1]
    return out + text[at:end]


def file_write(path, text):
    """Only if it differs, so that what was built of it stays."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.exists(path):
        with open(path, "rb") as handle:
            if handle.read() == text:
                return
    with open(path, "wb") as handle:
        handle.write(text)


def sources_mutate(sources, flags, wanted, into):
    """Write all wanted files with their mutants below into; list those.

    Each file has its own thousand numbers: others keep theirs if it changes.
    """
    seen, mutants = {}, []
    for source in sources:
        for key, mutant in Unit(source, flags, wanted).mutants.items():
            seen.setdefault(key, mutant)
    for index, file in enumerate(sorted(wanted)):
        with open(file, "rb") as handle:
            text = handle.read()
        edits = {}
        own = [seen[key] for key in sorted(seen, key=lambda k: k[1:3])
               if key[0] == file]
        for place, mutant in enumerate(own):
            mutant.number = PER_FILE * index + place + 1
            edits.setdefault((mutant.begin, mutant.end), []).append(mutant)
        mutants += own
        file_write(os.path.join(into, file),
                   HEAD.encode() + mutated(text, edits, 0, len(text)))
    return mutants
