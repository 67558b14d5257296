"""The value of a tree.

Trees: ("num", n) ("name", s) ("entry", name, [index]) ("pick", t, [index]) ("delta", [index])
("sum", letter, low, high | None, body) ("product", [t]) ("mixed", [(mark, t)]) ("hadamard", t, t) ("quotient", t, t)
("over", t, t) ("plus", [t]) ("minus", t) ("transpose", t) ("power", t, t) ("dotpower", t, t) ("matrix", [[t]])
("call", f, [t]) ("prime", f, primes, [t]) ("partial", top, bottom) ("held", partial, [name])
("constant", "0" | "1" | "I", [dimension])
"""
import math

from . import operations
from .numbers import (Dual, Mat, Tensor, Trouble, hadamard, indices, inverse, narrow, plus, quotient, reduced, same,
                      times, transpose, wide)

MARKS = {r"\odot": hadamard, r"\oslash": quotient}


class Evaluation:
    """Of trees where names have `values`, dimensions `sizes` and index letters the numbers in `letters`."""

    def __init__(self, program, values, letters=None, sizes=None):
        self.program, self.values, self.letters = program, values, letters or {}
        self.sizes = program.sizes if sizes is None else sizes

    def at(self, letters):
        return Evaluation(self.program, self.values, {**self.letters, **letters}, self.sizes)

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
            if tree[1] in self.sizes:
                return self.sizes[tree[1]]
            raise Trouble(f"no size for {tree[1]}")
        if kind == "plus":
            return sum(map(self.integer, tree[1]))
        if kind == "minus":
            return -self.integer(tree[1])
        if kind == "product":
            return math.prod(map(self.integer, tree[1]))
        raise Trouble("an index that is no integer")

    def cell(self, base, places):
        """Which entry of a matrix (vectors take one index)."""
        base = wide(base)
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
        if name in self.sizes:
            return self.program.number(self.sizes[name])
        if name == "pi":
            return math.pi
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

    def constant_value(self, tree):
        """The same, kept where neither letters nor duals can change it."""
        if self.values is not self.program.values or any(name in self.letters for name in names(tree)):
            return self.value(tree)
        kept = self.program.kept.get(id(tree))
        if kept is None:
            kept = self.program.kept[id(tree)] = (self.value(tree), tree)  # the tree, so that its id stays its own
        return kept[0]

    def raw(self, tree, scalar):
        meaning = getattr(self, "of_" + tree[0], None)
        if meaning is None:
            raise Trouble(f"no meaning for {tree[0]}")
        return meaning(tree, scalar)

    def of_num(self, tree, _):
        return self.program.number(tree[1])

    def of_name(self, tree, _):
        return self.named(tree[1])

    def of_entry(self, tree, _):
        base, (i, j) = self.cell(self.values[self.matrix_of(tree[1], tree[2])], tree[2])
        return base.rows[i][j]

    def of_pick(self, tree, _):
        base, (i, j) = self.cell(self.constant_value(tree[1]), tree[2])
        return base.rows[i][j]

    def of_delta(self, tree, _):
        if len(tree[1]) != 2:
            raise Trouble("a delta needs two indices")
        return self.program.number(int(self.integer(tree[1][0]) == self.integer(tree[1][1])))

    def of_sum(self, tree, scalar):
        _, letter, low, high, body = tree
        if high is None:
            ranges = {}
            free_letters(body, self.at({letter: 1}), frozenset(self.letters) - {letter}, ranges)
            if ranges.get(letter) is None:
                raise Trouble(f"nothing tells the range of {letter}")
            last = ranges[letter]
        else:
            last = self.integer(high)
        total = None
        for k in range(self.integer(low), last + 1):
            term = self.at({letter: k}).value(body, scalar)
            total = term if total is None else plus(total, term)
        return self.program.number(0) if total is None else total

    def of_plus(self, tree, scalar):
        total = self.value(tree[1][0], scalar)
        for term in tree[1][1:]:
            total = plus(total, self.value(term, scalar))
        return total

    def of_minus(self, tree, scalar):
        return times(self.program.number(-1), self.value(tree[1], scalar))

    def of_transpose(self, tree, _):
        return transpose(self.value(tree[1]))

    def exponent(self, tree):
        try:
            return self.integer(tree)
        except Trouble:
            if not self.program.real:
                raise
            return self.value(tree)

    def of_power(self, tree, _):
        base, exponent = self.value(tree[1]), self.exponent(tree[2])
        if not isinstance(base, Mat):
            return operations.power(base, exponent)
        if not isinstance(exponent, int) or exponent < 1:
            raise Trouble("power of a matrix")
        result = base
        for _ in range(exponent - 1):
            result = times(result, base)
        return result

    def of_dotpower(self, tree, _):
        exponent = self.exponent(tree[2])
        if isinstance(exponent, Mat):
            raise Trouble("a matrix as exponent")
        return narrow(wide(self.value(tree[1])).map(lambda x: operations.power(x, exponent)))

    def of_over(self, tree, scalar):
        below = self.value(tree[2])
        if isinstance(below, (Mat, Tensor)):
            raise Trouble("division by something else than a number")
        return times(self.value(tree[1], scalar), inverse(below))

    def of_hadamard(self, tree, _):
        return hadamard(self.value(tree[1]), self.value(tree[2]))

    def of_quotient(self, tree, _):
        return quotient(self.value(tree[1]), self.value(tree[2]))

    def of_mixed(self, tree, _):
        """Entrywise and matrix products without brackets mean something only if every order means the same."""
        readings = []
        for tight in (True, False):
            try:
                readings.append(self.reading(tree[1], tight))
            except Trouble as trouble:
                failed = trouble
        if not readings:
            raise failed
        if len(readings) == 2 and not agree(*readings):
            raise Trouble("entrywise and matrix products without brackets")
        return readings[0]

    def reading(self, parts, tight):
        """Factors side by side taken together first, or all from left to right."""
        done = []  # what stands between entrywise marks, each with the mark before it
        for mark, factor in parts:
            value = self.value(factor)
            if mark in MARKS and (tight or not done):
                done.append((mark, value))
            elif not done:
                done.append(("", value))
            else:
                before, side = done[-1]
                done[-1] = (before, MARKS.get(mark, times)(side, value))
        result = done[0][1]
        for mark, value in done[1:]:
            result = MARKS[mark](result, value)
        return result

    def of_matrix(self, tree, _):
        rows = [[self.value(x, True) for x in row] for row in tree[1]]
        if any(isinstance(x, (Mat, Tensor)) for row in rows for x in row):
            raise Trouble("a matrix inside a matrix")
        return narrow(Mat(rows))

    def of_call(self, tree, _):
        name = tree[1]
        known = self.program.function(name, len(tree[2]))
        if known is not None and known.dimensions():
            arguments = [self.integer(x) if p else self.value(x) for x, p in zip(tree[2], known.dimensions())]
        elif known is None and name in ("ones", "zeros", "eye"):
            return self.of_constant(("constant", {"ones": "1", "zeros": "0", "eye": "I"}[name], tree[2]), False)
        else:
            arguments = [self.value(x) for x in tree[2]]
        if any(isinstance(value, Tensor) for value in arguments):
            raise Trouble(f"{name} of an array with four axes")
        return self.program.call(name, arguments)

    def of_prime(self, tree, _):
        if len(tree[3]) != 1:
            raise Trouble(f"a prime on {tree[1]} with {len(tree[3])} arguments")
        argument = wide(self.value(tree[3][0]))
        return narrow(argument.map(lambda t: self.program.prime(tree[1], tree[2], t)))

    def of_partial(self, tree, _):
        return self.partial(tree)

    def of_held(self, tree, _):
        for name in tree[2]:
            if name not in self.values:
                raise Trouble(f"unknown name {name} held fixed")
        return self.partial(tree[1], tuple(tree[2]))

    def of_constant(self, tree, _):
        r, c = (list(map(self.integer, tree[2])) + [1])[:2]
        if tree[1] == "I":
            return narrow(Mat([[self.program.number(int(i == j)) for j in range(r)] for i in range(r)]))
        return narrow(Mat([[self.program.number(int(tree[1]))] * c for _ in range(r)]))

    def partial(self, tree, held=()):
        top, bottom = tree[1], tree[2]
        if self.values is not self.program.values:
            raise Trouble("a derivative inside of a derivative")
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

    def of_product(self, tree, scalar):
        values = [self.raw(f, scalar and f[0] == "sum") for f in tree[1]]
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
            total = reduced(sum(x * y for x, y in zip(matrices[0].cells(), matrices[1].cells())))
            for value in merged:
                if not isinstance(narrow(value), Mat):
                    total = reduced(total * narrow(value))
            return total
        result = merged[0]
        for value in merged[1:]:
            result = times(result, value)
        return result


def agree(a, b):
    """Whether two readings are one: of duals too, and with rounding only."""
    if isinstance(narrow(a), Mat) != isinstance(narrow(b), Mat):
        return False
    a, b = wide(a), wide(b)
    part = lambda m, which: m.map(lambda x: getattr(x, which) if isinstance(x, Dual) else x if which == "a" else 0)
    return all(same(part(a, which), part(b, which)) for which in "ab")


def children(tree):
    for part in tree[1:]:
        for item in part if isinstance(part, list) else [part]:
            for leaf in item if isinstance(item, list) else [item]:
                if isinstance(leaf, tuple):
                    yield leaf


def names(tree):
    """All names in a tree, those of index letters too."""
    found = {tree[1]} if tree[0] == "name" else set()
    for part in children(tree):
        found |= names(part)
    return found


def has_letters(tree):
    return tree[0] in ("entry", "delta", "pick") or any(map(has_letters, children(tree)))


def free_letters(tree, look, bound, ranges):
    """Index letters that no sum binds, with the size of the axis each stands on."""
    def note(place, size):
        if place[0] == "name" and place[1] not in bound and place[1] not in look.sizes:
            if ranges.setdefault(place[1], size) != size and size is not None:
                if ranges[place[1]] is not None:
                    raise Trouble(f"index {place[1]} on axes of {ranges[place[1]]} and {size}")
                ranges[place[1]] = size
        else:
            for part in children(place):
                note(part, None)

    if tree[0] == "sum":
        free_letters(tree[4], look, bound | {tree[1]}, ranges)
        return
    if tree[0] in ("entry", "pick"):
        base = (look.values[look.matrix_of(tree[1], tree[2])] if tree[0] == "entry"
                else look.constant_value(tree[1]))
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
        free_letters(part, look, bound, ranges)
