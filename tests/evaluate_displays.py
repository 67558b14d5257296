#!/usr/bin/env python3
"""Evaluates every equation that a derivation prints, with numbers and from scratch.

usage: evaluate_displays.py DERIVATION.(md|tex) [--program FILE.ew] [--size N=7,D=4,M=9]
           [--shape X=N,D ...] [--define 'Y=X*W' ...] [--loss L=Y] [--trials 2] [--seed 1]

Reads the displays of DERIVATION (or - for standard input), parses their LaTeX, gives every declared
matrix random entries, and compares the two sides of every `=`.  The program is told by options, in
the order of its definitions, or read from an .ew file of declarations, definitions and sizes.

It shares nothing with the engine: numbers are integers modulo 2^61 - 1, derivatives come from dual
numbers (a + b*e with e*e = 0), an unknown loss is a random cubic polynomial of its argument's entries.

What a formula means:
  - juxtaposition is the matrix product, or a scalar times anything;
  - a derivative by V followed by a derivative of V is the sum of products over all entries of V;
  - in a chain that begins with a scalar, two matrices of one shape side by side are the sum of
    products of all their entries;
  - an index letter that no sum binds stands for every value of its range;
  - `\\implies` and a wide space end a chain and state nothing across it.

Prints each link that differs and each display that could not be read, then `K of N links equal`;
exits 0 only when all are equal, all was read and there was something to compare.
"""
import argparse
import itertools
import pathlib
import random
import re
import sys
from fractions import Fraction

P = 2**61 - 1
DISPLAY = re.compile(
    r"\$\$(.*?)\$\$|\\\[(.*?)\\\]|\\begin\{(equation|align|gather|multline)(\*?)\}(.*?)\\end\{\3\4\}", re.S)


class Trouble(Exception):
    """A formula that cannot be read or makes no sense."""


# ---- numbers and matrices ---------------------------------------------------------------------


class Dual:
    """a + b*e with e*e = 0, modulo P."""
    __slots__ = ("a", "b")

    def __init__(self, a, b):
        self.a, self.b = a % P, b % P

    def __add__(self, other):
        return Dual(self.a + other.a, self.b + other.b) if isinstance(other, Dual) else Dual(self.a + other, self.b)

    def __mul__(self, other):
        if isinstance(other, Dual):
            return Dual(self.a * other.a, self.a * other.b + self.b * other.a)
        return Dual(self.a * other, self.b * other)

    def __mod__(self, _):
        return self

    __radd__, __rmul__ = __add__, __mul__


def slope(number):
    return number.b if isinstance(number, Dual) else 0


class Mat:
    """A matrix of numbers; a column vector has one column."""
    __slots__ = ("rows", "shape")

    def __init__(self, rows):
        self.rows = rows
        self.shape = (len(rows), len(rows[0]))
        if any(len(row) != self.shape[1] for row in rows):
            raise Trouble("rows of different lengths")

    def cells(self):
        return [x for row in self.rows for x in row]

    def map(self, f):
        return Mat([[f(x) for x in row] for row in self.rows])

    def transposed(self):
        return Mat([list(column) for column in zip(*self.rows)])


class Tensor:
    """A derivative: slopes[(row, column of the numerator, row, column of the denominator)]."""

    def __init__(self, above, below, slopes, top=None, by=None):
        self.above, self.below, self.slopes, self.top, self.by = above, below, slopes, top, by

    def contracted(self, other):
        if self.below != other.above:
            raise Trouble(f"derivative by a {self.below} times derivative of a {other.above}")
        middle = list(indices(self.below))
        slopes = {}
        for up in indices(self.above):
            for down in indices(other.below):
                slopes[up + down] = sum(self.slopes[up + k] * other.slopes[k + down] for k in middle) % P
        return Tensor(self.above, other.below, slopes, self.top, other.by)

    def plain(self):
        """As number or matrix; the shape of the scalar's partner, and a Jacobian of two columns."""
        (r, c), (p, q) = self.above, self.below
        if (r, c) == (1, 1):
            return narrow(Mat([[self.slopes[0, 0, i, j] for j in range(q)] for i in range(p)]))
        if (p, q) == (1, 1):
            return narrow(Mat([[self.slopes[i, j, 0, 0] for j in range(c)] for i in range(r)]))
        if c == 1 and q == 1:
            return Mat([[self.slopes[i, 0, k, 0] for k in range(p)] for i in range(r)])
        return self


def indices(shape):
    return itertools.product(range(shape[0]), range(shape[1]))


def narrow(value):
    """A 1 x 1 matrix is a number."""
    if isinstance(value, Mat) and value.shape == (1, 1):
        return value.rows[0][0]
    return value


def times(a, b):
    a, b = narrow(a), narrow(b)
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        raise Trouble("a derivative of a matrix by a matrix outside of the chain rule")
    if not isinstance(a, Mat):
        a, b = b, a
    if not isinstance(a, Mat):
        return a * b % P
    if not isinstance(b, Mat):
        return a.map(lambda x: x * b % P)
    if a.shape[1] != b.shape[0]:
        raise Trouble(f"product of {a.shape[0]} x {a.shape[1]} and {b.shape[0]} x {b.shape[1]}")
    columns = list(zip(*b.rows))
    return narrow(Mat([[sum(x * y for x, y in zip(row, column)) % P for column in columns] for row in a.rows]))


def plus(a, b):
    a, b = narrow(a), narrow(b)
    if isinstance(a, Tensor) and isinstance(b, Tensor) and (a.above, a.below) == (b.above, b.below):
        return Tensor(a.above, a.below, {k: (v + b.slopes[k]) % P for k, v in a.slopes.items()})
    if not isinstance(a, (Mat, Tensor)) and not isinstance(b, (Mat, Tensor)):
        return (a + b) % P
    if isinstance(a, Mat) and isinstance(b, Mat) and a.shape == b.shape:
        return Mat([[(x + y) % P for x, y in zip(r, s)] for r, s in zip(a.rows, b.rows)])
    raise Trouble("sum of unequal shapes")


def same(a, b):
    a, b = narrow(a), narrow(b)
    if isinstance(a, Mat) and isinstance(b, Mat):
        return a.rows == b.rows
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return (a.above, a.below, a.slopes) == (b.above, b.below, b.slopes)
    return type(a) is type(b) and a == b


def transpose(value):
    if isinstance(value, Tensor):
        raise Trouble("transpose of an array with four axes")
    return value.transposed() if isinstance(value, Mat) else value


# ---- the program: declarations and definitions ------------------------------------------------


class Program:
    """Declared shapes and definitions in order, with random values for what is declared."""

    def __init__(self):
        self.sizes, self.shapes, self.definitions, self.losses = {}, {}, {}, {}
        self.values, self.derivatives = {}, {}

    def size(self, text):
        for item in filter(None, text.split(",")):
            name, _, number = item.partition("=")
            self.sizes[name.strip()] = int(number)

    def declare(self, name, dims):
        self.shapes[name] = dims

    def define(self, name, source):
        self.definitions[name] = Source(source).whole()

    def read(self, text):
        """The statements of an .ew file that this evaluator needs."""
        for line in re.split(r"[\n;]", re.sub(r"#.*", "", text)):
            line = line.strip()
            if not line or re.match(r"(derive|verify|assume)\b", line):
                continue
            if found := re.fullmatch(r"size\s+(.*)", line):
                self.size(found[1])
            elif found := re.fullmatch(r"([\w, ]+?)\s*:\s*(.*)", line):
                words = re.split(r"\s+(?:x|×)\s+|\s*×\s*", found[2].strip())
                dims = [] if words[0].split()[0] == "scalar" else [w.split()[0] for w in words]
                for name in found[1].split(","):
                    self.declare(name.strip(), dims)
            elif found := re.fullmatch(r"(\w+)\s*=\s*(.*)", line):
                self.define(found[1], found[2])
            else:
                raise Trouble(f"program: {line}")

    def dimension(self, word):
        word = word.strip()
        if word.isdigit():
            return int(word)
        if word not in self.sizes:
            raise Trouble(f"no size for {word}")
        return self.sizes[word]

    def shape_of(self, name):
        dims = [self.dimension(word) for word in self.shapes[name]]
        return tuple((dims + [1, 1])[:2])

    def draw(self, rng):
        """New random values for everything, and new random losses."""
        self.values, self.derivatives, self.losses = {}, {}, {}
        self.rng = rng
        for name in self.shapes:
            r, c = self.shape_of(name)
            self.values[name] = narrow(Mat([[rng.randrange(P) for _ in range(c)] for _ in range(r)]))
        self.values = self.run({})

    def run(self, fixed):
        """All values when the names in `fixed` have the given ones, whatever defines them."""
        values = {name: value for name, value in self.values.items() if name in self.shapes}
        values.update(fixed)
        for name, tree in self.definitions.items():
            if name not in fixed:
                values[name] = Evaluation(self, values).value(tree)
        return values

    def loss(self, name, arguments):
        """A random cubic polynomial in all entries of the arguments."""
        cells = [x for value in arguments for x in (value.cells() if isinstance(value, Mat) else [value])]
        key = (name, len(cells))
        if key not in self.losses:
            number = lambda: self.rng.randrange(1, P)
            terms = [(number(), [k] * power) for k in range(len(cells)) for power in (1, 2, 3)]
            for size in (2, 3):
                terms += [(number(), [self.rng.randrange(len(cells)) for _ in range(size)])
                          for _ in range(2 * len(cells))]
            self.losses[key] = terms
        total = 0
        for factor, places in self.losses[key]:
            term = factor
            for k in places:
                term = term * cells[k] % P
            total = (total + term) % P
        return total

    def derivative(self, tree, name, cell=None, held=()):
        """Of an expression by the entry `cell` of `name`, or by all of it: seeds and dual numbers."""
        key = (repr(tree), name, held)
        fixed = {other: self.values[other] for other in held}
        if key not in self.derivatives:
            value = self.values[name]
            base = value if isinstance(value, Mat) else Mat([[value]])
            slopes, above = {}, None
            for place in indices(base.shape):
                seeded = Mat([[Dual(x, (i, j) == place) for j, x in enumerate(row)]
                              for i, row in enumerate(base.rows)])
                result = Evaluation(self, self.run({**fixed, name: narrow(seeded)})).value(tree)
                result = result if isinstance(result, Mat) else Mat([[result]])
                above = result.shape
                for up in indices(above):
                    slopes[up + place] = slope(result.rows[up[0]][up[1]])
            self.derivatives[key] = Tensor(above, base.shape, slopes, tree, name)
        whole = self.derivatives[key]
        if cell is None:
            return whole
        return Tensor(whole.above, (1, 1), {up + (0, 0): whole.slopes[up + cell] for up in indices(whole.above)}, tree)


# ---- trees -----------------------------------------------------------------------------------
# ("num", n) ("name", s) ("entry", name, [index]) ("delta", [index]) ("sum", letter, low, high, body)
# ("product", [factors]) ("plus", [terms]) ("minus", t) ("transpose", t) ("power", t, n)
# ("matrix", [[t]]) ("call", f, [t]) ("partial", top, bottom) ("pick", t, [index]) ("over", t, t)
# ("held", partial, [name]) ("constant", "0" | "1" | "I", [dimension])


class Evaluation:
    """The value of a tree, when index letters have the given numbers."""

    def __init__(self, program, values, letters=None):
        self.program, self.values, self.letters = program, values, letters or {}

    def index(self, tree, size):
        number = self.integer(tree)
        if not 1 <= number <= size:
            raise Trouble(f"index {number} outside 1..{size}")
        return number - 1

    def integer(self, tree):
        kind = tree[0]
        if kind == "num":
            return tree[1]
        if kind == "name":
            if tree[1] in self.letters:
                return self.letters[tree[1]]
            return self.program.dimension(tree[1])
        if kind == "plus":
            return sum(map(self.integer, tree[1]))
        if kind == "minus":
            return -self.integer(tree[1])
        if kind == "product":
            result = 1
            for factor in tree[1]:
                result *= self.integer(factor)
            return result
        raise Trouble("an index that is no integer")

    def cell(self, base, places):
        """Which entry of a matrix (vectors take one index)."""
        base = base if isinstance(base, Mat) else Mat([[base]])
        r, c = base.shape
        if len(places) == 1:
            if c == 1:
                return base, (self.index(places[0], r), 0)
            if r == 1:
                return base, (0, self.index(places[0], c))
        if len(places) != 2:
            raise Trouble(f"{len(places)} indices on a {r} x {c} matrix")
        return base, (self.index(places[0], r), self.index(places[1], c))

    def named(self, name):
        if name in self.values:
            return self.values[name]
        if name in self.program.sizes:
            return self.program.sizes[name]
        raise Trouble(f"unknown name {name}")

    def matrix_of(self, name, places):
        """The matrix whose entries are written with this letter."""
        if name in self.values:
            return name
        if name.upper() in self.values:
            return name.upper()
        raise Trouble(f"entries of an unknown matrix {name}")

    def value(self, tree, scalar=False):
        result = self.raw(tree, scalar)
        return narrow(result.plain() if isinstance(result, Tensor) else result)

    def raw(self, tree, scalar):
        kind = tree[0]
        if kind == "num":
            return tree[1] % P
        if kind == "name":
            return self.named(tree[1])
        if kind == "entry":
            base, (i, j) = self.cell(self.values[self.matrix_of(tree[1], tree[2])], tree[2])
            return base.rows[i][j]
        if kind == "delta":
            if len(tree[1]) != 2:
                raise Trouble("a delta needs two indices")
            return int(self.integer(tree[1][0]) == self.integer(tree[1][1]))
        if kind == "sum":
            total = None
            for k in range(self.integer(tree[2]), self.integer(tree[3]) + 1):
                inner = Evaluation(self.program, self.values, {**self.letters, tree[1]: k})
                term = inner.value(tree[4], scalar)
                total = term if total is None else plus(total, term)
            return 0 if total is None else total
        if kind == "plus":
            total = self.value(tree[1][0], scalar)
            for term in tree[1][1:]:
                total = plus(total, self.value(term, scalar))
            return total
        if kind == "minus":
            value = self.value(tree[1], scalar)
            return times(P - 1, value)
        if kind == "transpose":
            return transpose(self.value(tree[1]))
        if kind == "power":
            base, result = self.value(tree[1]), 1
            for _ in range(tree[2]):
                result = times(result, base)
            return result
        if kind == "over":
            below = self.value(tree[2])
            if isinstance(below, (Mat, Dual)) or below == 0:
                raise Trouble("division by something else than a number")
            return times(self.value(tree[1], scalar), pow(below, P - 2, P))
        if kind == "matrix":
            rows = [[self.value(x, True) for x in row] for row in tree[1]]
            if any(isinstance(x, (Mat, Tensor)) for row in rows for x in row):
                raise Trouble("a matrix inside a matrix")
            return narrow(Mat(rows))
        if kind == "call":
            arguments = [self.value(x) for x in tree[2]]
            if tree[1] == "tr":
                if not isinstance(arguments[0], Mat):
                    return arguments[0]
                if arguments[0].shape[0] != arguments[0].shape[1]:
                    raise Trouble("trace of a matrix that is not square")
                return sum(row[k] for k, row in enumerate(arguments[0].rows)) % P
            if tree[1] == "loss":
                return self.program.loss("loss", arguments)
            raise Trouble(f"unknown function {tree[1]}")
        if kind == "pick":
            base, (i, j) = self.cell(self.value(tree[1]), tree[2])
            return base.rows[i][j]
        if kind == "partial":
            return self.partial(tree)
        if kind == "held":
            for name in tree[2]:
                if name not in self.values:
                    raise Trouble(f"unknown name {name} held fixed")
            return self.partial(tree[1], tuple(tree[2]))
        if kind == "constant":
            r, c = (list(map(self.integer, tree[2])) + [1])[:2]
            if tree[1] == "I":
                return Mat([[int(i == j) for j in range(r)] for i in range(r)])
            return Mat([[int(tree[1])] * c for _ in range(r)])
        if kind == "product":
            return self.product(tree[1], scalar)
        raise Trouble(f"no meaning for {kind}")

    def partial(self, tree, held=()):
        top, bottom = tree[1], tree[2]
        place = None
        if top[0] == "entry":
            top_name = self.matrix_of(top[1], top[2])
            place = self.cell(self.values[top_name], top[2])[1]
            top = ("name", top_name)
        elif has_letters(top):
            raise Trouble("derivative of an expression with indices")
        if bottom[0] == "entry":
            name = self.matrix_of(bottom[1], bottom[2])
            cell = self.cell(self.values[name], bottom[2])[1]
            result = self.program.derivative(top, name, cell, held)
        elif bottom[0] == "name" and bottom[1] in self.values:
            result = self.program.derivative(top, bottom[1], None, held)
        else:
            raise Trouble("derivative by something that is no variable")
        if place is not None:
            slopes = {(0, 0) + down: result.slopes[place + down] for down in indices(result.below)}
            result = Tensor((1, 1), result.below, slopes, None, result.by)
        return result

    def product(self, factors, scalar):
        values = [self.raw(f, scalar and f[0] == "sum") for f in factors]
        merged = [values[0]]
        for value in values[1:]:
            last = merged[-1]
            if (isinstance(last, Tensor) and isinstance(value, Tensor)
                    and last.by is not None and value.top == ("name", last.by)):
                merged[-1] = last.contracted(value)
            else:
                merged.append(value)
        merged = [v.plain() if isinstance(v, Tensor) else v for v in merged]
        if len(merged) == 1:
            return merged[0]
        matrices = [v for v in merged if isinstance(narrow(v), Mat)]
        if scalar and len(matrices) == 2 and matrices[0].shape == matrices[1].shape:
            total = sum(x * y for x, y in zip(matrices[0].cells(), matrices[1].cells())) % P
            for value in merged:
                if not isinstance(narrow(value), Mat):
                    total = total * narrow(value) % P
            return total
        result = merged[0]
        for value in merged[1:]:
            result = times(result, value)
        return result


def children(tree):
    for part in tree[1:]:
        for item in part if isinstance(part, list) else [part]:
            for leaf in item if isinstance(item, list) else [item]:
                if isinstance(leaf, tuple):
                    yield leaf


def has_letters(tree):
    return tree[0] in ("entry", "delta", "pick") or any(map(has_letters, children(tree)))


def free_letters(tree, program, values, bound, ranges):
    """Index letters that no sum binds, with the size of the axis each stands on."""
    def note(place, size):
        if place[0] == "name" and place[1] not in bound and place[1] not in program.sizes:
            if ranges.setdefault(place[1], size) != size and size is not None:
                if ranges[place[1]] is not None:
                    raise Trouble(f"index {place[1]} on axes of {ranges[place[1]]} and {size}")
                ranges[place[1]] = size
        else:
            for part in children(place):
                note(part, None)

    if tree[0] == "sum":
        free_letters(tree[4], program, values, bound | {tree[1]}, ranges)
        return
    if tree[0] in ("entry", "pick"):
        look = Evaluation(program, values)
        base = values[look.matrix_of(tree[1], tree[2])] if tree[0] == "entry" else look.value(tree[1])
        r, c = base.shape if isinstance(base, Mat) else (1, 1)
        sizes = (r, c) if len(tree[2]) == 2 else ((r,) if c == 1 else (c,))
        for place, size in zip(tree[2], sizes):
            note(place, size)
        return
    if tree[0] == "delta":
        for place in tree[1]:
            note(place, None)
        return
    for part in children(tree):
        free_letters(part, program, values, bound, ranges)


def number(token):
    """An exact decimal."""
    try:
        value = Fraction(token)
    except ValueError as error:
        raise Trouble(f"number {token}") from error
    whole = ("num", value.numerator)
    return whole if value.denominator == 1 else ("over", whole, ("num", value.denominator))


# ---- the small language of definitions ---------------------------------------------------------


class Source:
    """X*W + c*A', names, numbers, loss(..), tr(..)."""

    def __init__(self, text):
        self.tokens = re.findall(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?(?!\w)|\w+|\S", text.replace("ᵀ", "'").replace("@", "*").replace("·", "*"))
        self.at = 0

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self, wanted=None):
        token = self.peek()
        if token is None or (wanted and token != wanted):
            raise Trouble(f"definition: {wanted or 'more'} expected, {token} found")
        self.at += 1
        return token

    def whole(self):
        tree = self.sum()
        if self.peek() is not None:
            raise Trouble(f"definition: {self.peek()} not expected")
        return tree

    def sum(self):
        terms = [self.product()]
        while self.peek() in ("+", "-"):
            sign = self.take()
            term = self.product()
            terms.append(term if sign == "+" else ("minus", term))
        return terms[0] if len(terms) == 1 else ("plus", terms)

    def product(self):
        result = self.unary()
        while self.peek() in ("*", "/"):
            if self.take() == "*":
                result = ("product", [result, self.unary()])
            else:
                result = ("over", result, self.unary())
        return result

    def unary(self):
        if self.peek() == "-":
            self.take()
            return ("minus", self.unary())
        return self.postfix()

    def postfix(self):
        token = self.take()
        if token == "(":
            result = self.sum()
            self.take(")")
        elif token[0].isdigit():
            result = number(token)
        elif self.peek() == "(" and token in ("loss", "tr"):
            self.take()
            arguments = [self.sum()]
            while self.peek() == ",":
                self.take()
                arguments.append(self.sum())
            self.take(")")
            result = ("call", token, arguments)
        elif re.fullmatch(r"[^\W\d]\w*", token):
            result = ("name", token)
        else:
            raise Trouble(f"definition: {token} not expected")
        while self.peek() == "'":
            self.take()
            result = ("transpose", result)
        return result


# ---- LaTeX -----------------------------------------------------------------------------------

TOKEN = re.compile(r"\\begin\{[a-z]+\*?\}|\\end\{[a-z]+\*?\}|\\[a-zA-Z]+\*?|\\.|\d+(?:\.\d+)?|\s+|%[^\n]*|.", re.S)
IGNORED = {r"\,", r"\!", r"\:", r"\ ", "~", r"\displaystyle", r"\textstyle", r"\nonumber", r"\notag",
           r"\allowbreak", r"\left", r"\right", r"\bigl", r"\bigr", r"\Bigl", r"\Bigr", r"\biggl", r"\biggr"}
ARROWS = {r"\implies", r"\Rightarrow", r"\Longrightarrow"}
GREEK = set(r"\alpha \beta \gamma \epsilon \zeta \eta \theta \iota \kappa \lambda \mu \nu \xi \pi \rho \sigma \tau"
            r" \upsilon \phi \chi \psi \omega \Gamma \Delta \Theta \Lambda \Xi \Pi \Sigma \Upsilon \Phi \Psi"
            r" \Omega".split())
TRANSPOSES = ("T", r"\top", r"\intercal")


def tokens_of(text):
    """Tokens with layout gone; "WIDE" and "ROW" are wide spaces and line breaks outside matrices."""
    out, depth = [], 0
    raw = [t for t in TOKEN.findall(text) if not t.isspace() and not t.startswith("%")]
    k = 0
    while k < len(raw):
        token = raw[k]
        k += 1
        if token in IGNORED:
            if token in (r"\left", r"\right") and k < len(raw) and raw[k] == ".":
                k += 1
            elif token == r"\right" and k < len(raw) and raw[k] in ("|", r"\vert"):
                out.append("HELD")
                k += 1
            continue
        if re.fullmatch(r"\\(begin|end)\{(split|aligned|gathered)\}", token):
            continue
        if token in (r"\label", r"\tag"):
            while raw[k] != "}":
                k += 1
            k += 1
            continue
        depth += token.startswith(r"\begin") - token.startswith(r"\end{")
        if token in (r"\;", r"\quad", r"\qquad"):
            wide = token != r"\;"
            while k < len(raw) and raw[k] in (r"\;", r"\quad", r"\qquad"):
                wide, k = True, k + 1
            if wide and not depth:
                out.append("WIDE")
            continue
        if token == r"\\" and not depth:
            token = "ROW"
        if token == "&" and not depth:
            token = "ALIGN"
        out.append(token)
    return out


def chains_of(text):
    """Each chain as a list of links, each link a list of tokens."""
    tokens = tokens_of(text)
    cleaned, k = [], 0
    while k < len(tokens):
        token = tokens[k]
        k += 1
        if token == "ROW":
            aligned = False
            while k < len(tokens) and tokens[k] in ("ALIGN", "WIDE", "ROW"):
                aligned |= tokens[k] == "ALIGN"
                k += 1
            if k < len(tokens) and not aligned and tokens[k] not in ("=", "+", "-", r"\cdot", r"\times"):
                cleaned.append("BREAK")
        elif token == "WIDE":
            cleaned.append("BREAK")
        elif token != "ALIGN":
            cleaned.append(token)
    chains, links, link, depth = [], [], [], 0
    for token in cleaned + ["BREAK"]:
        depth += (token in ("{", "(", "[") or token.startswith(r"\begin"))
        depth -= (token in ("}", ")", "]") or token.startswith(r"\end{"))
        if not depth and (token in ("BREAK", "=", ",", ".") or token in ARROWS):
            if token == "=" and not link:
                raise Trouble("= with nothing before it")
            if links and not link:
                raise Trouble("= with nothing after it")
            links += [link] if link else []
            link = []
            if token != "=":
                chains += [links] if links else []
                links = []
        else:
            link.append(token)
    if depth or link or links:
        raise Trouble("brackets that do not match")
    if not chains:
        raise Trouble("an empty display")
    return chains


class Latex:
    """Recursive descent over one link."""

    def __init__(self, tokens, program):
        self.tokens, self.program, self.at = tokens, program, 0

    def peek(self, ahead=0):
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else None

    def take(self, wanted=None):
        token = self.peek()
        if token is None or (wanted is not None and token != wanted):
            raise Trouble(f"{wanted or 'more'} expected, {token or 'the end'} found")
        self.at += 1
        return token

    def whole(self):
        tree = self.sum()
        if self.peek() is not None:
            raise Trouble(f"cannot read {self.peek()}")
        return tree

    def sum(self):
        terms, sign = [], "+"
        if self.peek() in ("+", "-"):
            sign = self.take()
        while True:
            term = self.product()
            terms.append(("minus", term) if sign == "-" else term)
            if self.peek() not in ("+", "-"):
                return terms[0] if len(terms) == 1 else ("plus", terms)
            sign = self.take()

    def product(self):
        factors = [self.factor()]
        while True:
            if self.peek() in (r"\cdot", r"\times"):
                self.take()
            elif self.peek() in (None, "+", "-", "}", ")", "]", "&", r"\\", ",", "HELD") or self.peek().startswith(r"\end{"):
                break
            factors.append(self.factor())
        return factors[0] if len(factors) == 1 else ("product", factors)

    def group(self):
        """A braced group, or the one token that LaTeX takes in its place."""
        if self.peek() == "{":
            self.take()
            start, depth = self.at, 1
            while depth:
                token = self.take()
                depth += (token == "{") - (token == "}")
            return self.tokens[start:self.at - 1]
        return [self.take()]

    def inner(self, tokens):
        return Latex(tokens, self.program).whole()

    def places(self, tokens):
        parts, part = [], []
        for token in tokens + [","]:
            if token == ",":
                parts.append(self.inner(part))
                part = []
            else:
                part.append(token)
        return parts

    def factor(self):
        if self.peek() == r"\sum":
            return self.big_sum()
        return self.postfix(self.primary())

    def big_sum(self):
        self.take(r"\sum")
        limits = {}
        while self.peek() in ("^", "_", r"\limits", r"\nolimits"):
            mark = self.take()
            if mark in ("^", "_"):
                limits[mark] = self.group()
        if set(limits) != {"^", "_"} or limits["_"][1:2] != ["="]:
            raise Trouble("a sum needs both limits")
        body = self.product()
        return ("sum", limits["_"][0], self.inner(limits["_"][2:]), self.inner(limits["^"]), body)

    def primary(self):
        token = self.take()
        if token[0].isdigit():
            return number(token)
        if token == "{":
            self.at -= 1
            return self.inner(self.group())
        if token in ("(", "["):
            tree = self.sum()
            self.take(")" if token == "(" else "]")
            return tree
        if token == r"\frac" or token in (r"\dfrac", r"\tfrac"):
            return self.fraction()
        if token == r"\delta" and self.peek() == "_":
            self.take()
            return ("delta", self.places(self.group()))
        if token.startswith(r"\begin"):
            return self.matrix(token)
        if token == r"\operatorname":
            name = self.word()
            return self.call(name) if self.peek() in ("(", "[") else ("name", name)
        if token in (r"\mathrm", r"\mathit", r"\mathbf", r"\mathsf", r"\boldsymbol"):
            name = self.word()
            if token == r"\mathbf" and name in ("0", "1", "I") and self.peek() == "_":
                return self.constant(name)
            if token == r"\mathbf" and name == "0":
                return ("num", 0)
            return self.call(name) if name in ("loss", "tr") and self.peek() == "(" else ("name", name)
        if token == r"\ell":
            return self.call("loss") if self.peek() == "(" else ("name", "ell")
        if token in GREEK:
            return ("name", token[1:])
        if token == "I" and "I" not in self.program.values and self.peek() == "_":
            return self.constant(token)
        if len(token) == 1 and token.isalpha():
            return ("name", token)
        raise Trouble(f"cannot read {token}")

    def constant(self, name):
        """Ones, zeros or the identity with dimensions below."""
        self.take("_")
        return ("constant", name, self.places(["," if t == r"\times" else t for t in self.group()]))

    def word(self):
        return "".join(t[1:] if t == r"\_" else t for t in self.group())

    def call(self, name):
        close = {"(": ")", "[": "]"}[self.take()]
        arguments = [self.sum()]
        while self.peek() == ",":
            self.take()
            arguments.append(self.sum())
        self.take(close)
        return ("call", name, arguments)

    def fraction(self):
        above, below = self.group(), self.group()
        if r"\partial" in above or r"\partial" in below:
            if above == [r"\partial"] and below[:1] == [r"\partial"] and r"\partial" not in below[1:]:
                return ("partial", self.factor(), self.inner(below[1:]))
            if above[:1] != [r"\partial"] or below[:1] != [r"\partial"] or r"\partial" in above[1:] + below[1:]:
                raise Trouble("a derivative of another form")
            return ("partial", self.inner(above[1:]), self.inner(below[1:]))
        return ("over", self.inner(above), self.inner(below))

    def matrix(self, token):
        kind = token[7:-1]
        if kind not in ("pmatrix", "bmatrix", "matrix"):
            raise Trouble(f"environment {kind}")
        rows, row = [], []
        while True:
            if self.peek() == r"\end{%s}" % kind:
                self.take()
                if row:
                    raise Trouble("a row that ends in &")
                break
            row.append(self.sum())
            mark = self.take()
            if mark == "&":
                continue
            rows.append(row)
            row = []
            if mark == r"\end{%s}" % kind:
                break
            if mark != r"\\":
                raise Trouble(f"cannot read {mark} in a matrix")
        if not rows:
            raise Trouble("an empty matrix")
        return ("matrix", rows)

    def postfix(self, tree):
        while self.peek() in ("^", "_", "HELD"):
            mark = self.take()
            if mark == "HELD":
                self.take("_")
            inside = self.group()
            if mark == "HELD" or mark == "_" and tree[0] == "partial" and all(
                    place[0] == "name" and place[1] in self.program.definitions for place in self.places(inside)):
                if tree[0] != "partial":
                    raise Trouble("a bar behind something that is no derivative")
                tree = ("held", tree, [place[1] for place in self.places(inside)])
                continue
            if mark == "_":
                known = [tree[1] + s + "".join(inside) for s in ("_", "")] if tree[0] == "name" else []
                known = [n for n in known if n in self.program.values]
                vector = tree[1] in self.program.shapes and len(self.program.shapes[tree[1]]) == 1 if known else False
                if known and vector:
                    raise Trouble(f"{known[0]} or an entry of {tree[1]}")
                if known:
                    tree = ("name", known[0])
                elif tree[0] == "name":
                    tree = ("entry", tree[1], self.places(inside))
                else:
                    tree = ("pick", tree, self.places(inside))
                continue
            if inside[:1] in ([r"\mathsf"], [r"\mathrm"]) and "T" in inside[1:]:
                inside = ["T"]
            if len(inside) == 1 and inside[0] in TRANSPOSES:
                tree = ("transpose", tree)
            elif len(inside) == 1 and inside[0].isdigit():
                tree = ("power", tree, int(inside[0]))
            else:
                raise Trouble(f"exponent {''.join(inside)}")
        return tree


# ---- one derivation -----------------------------------------------------------------------------


def judge(text, program, say=print):
    """(links equal, links in all, displays that could not be read)"""
    equal = total = unread = 0
    for found in DISPLAY.finditer(text):
        body = next(g for g in (found[1], found[2], found[5]) if g is not None)
        where = text.count("\n", 0, found.start()) + 1
        try:
            chains = chains_of(body)
        except Trouble as trouble:
            say(f"line {where}: cannot read: {trouble}")
            unread += 1
            continue
        for links in chains:
            shown = [" ".join(link) for link in links]
            try:
                trees = [Latex(link, program).whole() for link in links]
                ranges = {}
                for tree in trees:
                    free_letters(tree, program, program.values, frozenset(), ranges)
                if None in ranges.values():
                    raise Trouble("an index whose range nothing tells")
                verdicts = [True] * (len(trees) - 1)
                for numbers in itertools.product(*(range(1, size + 1) for size in ranges.values())):
                    look = Evaluation(program, program.values, dict(zip(ranges, numbers)))
                    first = look.value(trees[0])
                    scalar = not isinstance(first, (Mat, Tensor))
                    values = [first] + [look.value(tree, scalar) for tree in trees[1:]]
                    for k in range(len(verdicts)):
                        a, b = values[k], values[k + 1]
                        if trees[k + 1] == ("num", 0) and isinstance(a, Mat):
                            b = a.map(lambda _: 0)
                        if trees[k] == ("num", 0) and isinstance(b, Mat):
                            a = b.map(lambda _: 0)
                        if verdicts[k] and not same(a, b):
                            verdicts[k] = False
                            at = ", ".join(f"{i} = {n}" for i, n in zip(ranges, numbers))
                            say(f"line {where}: not equal{' at ' + at if at else ''}: "
                                f"{shown[k][:300]}  =  {shown[k + 1][:300]}")
            except Trouble as trouble:
                say(f"line {where}: cannot evaluate: {trouble}: {'  =  '.join(shown)[:400]}")
                unread += 1
                continue
            total += len(verdicts)
            equal += sum(verdicts)
    return equal, total, unread


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Evaluates every equation that a derivation prints.")
    parser.add_argument("file")
    parser.add_argument("--program", help="an .ew file with declarations, definitions and sizes")
    parser.add_argument("--size", action="append", default=[], help="N=7,D=4,M=9")
    parser.add_argument("--shape", action="append", default=[], help="X=N,D; x=n; c= for a scalar")
    parser.add_argument("--define", action="append", default=[], help="Y=X*W, in order")
    parser.add_argument("--loss", action="append", default=[], help="L=Y or L=Y,Z")
    parser.add_argument("--trials", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    text = sys.stdin.read() if options.file == "-" else pathlib.Path(options.file).read_text(encoding="utf8")
    program = Program()
    try:
        if options.program:
            program.read(pathlib.Path(options.program).read_text(encoding="utf8"))
        for item in options.size:
            program.size(item)
        for item in options.shape:
            name, _, dims = item.partition("=")
            program.declare(name.strip(), [d for d in dims.split(",") if d.strip()])
        for item in options.define:
            name, _, source = item.partition("=")
            program.define(name.strip(), source)
        for item in options.loss:
            name, _, source = item.partition("=")
            program.define(name.strip(), f"loss({source})")
        rng = random.Random(options.seed)
        for trial in range(options.trials):
            program.draw(rng)
            equal, total, unread = judge(text, program)
            if unread or equal < total or not total:
                break
    except Trouble as trouble:
        print(f"the program: {trouble}")
        return 1
    print(f"{equal} of {total} links equal" + (f", {unread} could not be read" if unread else ""))
    return int(equal < total or unread > 0 or total == 0)


if __name__ == "__main__":
    sys.exit(main())
