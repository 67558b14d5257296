"""The value of a tree.

Trees: ("num", n) ("name", s) ("entry", name, [index]) ("pick", t, [index]) ("delta", [index])
("tuple", [index]) as one index
("sum", letter, low, high | None, body) ("product", [t]) ("mixed", [(mark, t)]) ("hadamard", t, t) ("quotient", t, t)
("over", t, t) ("plus", [t]) ("minus", t) ("transpose", t) ("power", t, t) ("dotpower", t, t) ("matrix", [[t]])
("call", f, [t]) ("otimes", columns are stacked, t, t) ("prime", f, primes, [t])
("partial", top, bottom) ("held", partial, [name])
("constant", "0" | "1" | "I" | "K", [dimension])
"""
import math

from . import operations
from .numbers import (Dual, Mat, Tensor, Trouble, hadamard, indexed, indices, inverse, level_of, narrow, plus, quotient,
                      reduced, same, times, transpose, wide)
from .ranges import Ranges, flat, free_letters, is_column, names, radices, splits

CONSTANTS = {"ones": "1", "zeros": "0", "eye": "I", "commutation": "K"}
MARKS = {r"\odot": hadamard, r"\oslash": quotient}


class Values(dict):
    """Of names: those in `fixed` were given whatever defines them; `level` is the highest of the duals among them.
    What was computed from them stays with them."""

    def __init__(self, values=(), fixed=(), level=0):
        super().__init__(values)
        self.fixed, self.level, self.kept, self.derivatives = tuple(fixed), level, {}, {}
        self.complete = False  # whether all definitions have values


class Evaluation:
    """Of trees where names have `values`, dimensions `sizes`, and index letters the numbers in `letters` out of 1 to
    their `spans`."""

    def __init__(self, program, values, letters=None, sizes=None, spans=None):
        self.program, self.letters, self.spans = program, letters or {}, spans or {}
        self.values = values if isinstance(values, Values) else Values(values)
        self.sizes = program.sizes if sizes is None else sizes

    def at(self, letters, spans=None):
        return Evaluation(self.program, self.values, {**self.letters, **letters}, self.sizes,
                          {**self.spans, **spans} if spans else self.spans)

    def index(self, tree, size, split=lambda: None):
        if tree[0] == "tuple":
            number, parts = 0, flat(tree)
            for part, radix in zip(parts, radices(parts, size, self.spans, split)):
                number = number * radix + self.index(part, radix)
            return number
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

    def entry(self, tree, places):
        """At these indices (vectors take one)."""
        which, sizes, entry = indexed(self.constant_value(tree), len(places))
        return entry([self.index(place, size, lambda axis=axis: splits(tree, self)[axis])
                      for place, size, axis in zip(places, sizes, which)])

    def cell(self, tree, places):
        """The row and the column of these indices on a matrix."""
        which, sizes, _ = indexed(wide(self.constant_value(tree)), len(places))
        at = [0, 0]
        for place, size, axis in zip(places, sizes, which):
            at[axis] = self.index(place, size, lambda axis=axis: splits(tree, self)[axis])
        return tuple(at)

    def named(self, name):
        if name in self.values:
            return self.values[name]
        if name in self.sizes:
            return self.program.number(self.sizes[name])
        if name == "pi":
            return math.pi
        raise Trouble(f"unknown name {name}")

    def matrix_of(self, name):
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
        """The same as an array, kept where letters cannot change it."""
        if any(name in self.letters for name in names(tree)):
            return self.raw(tree, False)
        kept = self.values.kept.get(id(tree))
        if kept is None:
            kept = self.values.kept[id(tree)] = (self.raw(tree, False), tree)  # the tree, so that its id stays its own
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
        return self.entry(("name", self.matrix_of(tree[1])), tree[2])

    def of_pick(self, tree, _):
        return self.entry(tree[1], tree[2])

    def of_delta(self, tree, _):
        if len(tree[1]) != 2:
            raise Trouble("a delta needs two indices")
        return self.program.number(int(self.integer(tree[1][0]) == self.integer(tree[1][1])))

    def of_sum(self, tree, scalar):
        _, letter, low, high, body = tree
        if high is None:
            ranges = Ranges()
            free_letters(body, self.at({letter: 1}), {k: None for k in self.letters if k != letter}, ranges)
            if ranges.sizes.get(letter) is None:
                raise Trouble(f"nothing tells the range of {letter}")
            last = ranges.sizes[letter]
        else:
            last = self.integer(high)
        total = None
        first = self.integer(low)
        for k in range(first, last + 1):
            term = self.at({letter: k}, {letter: last if first == 1 else None}).value(body, scalar)
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
        elif known is None and name == "reshape":
            arguments = [self.value(tree[2][0])] + list(map(self.integer, tree[2][1:]))
        elif known is None and name in CONSTANTS:
            return self.of_constant(("constant", CONSTANTS[name], tree[2]), False)
        else:
            arguments = [self.value(x) for x in tree[2]]
        if any(isinstance(value, Tensor) for value in arguments):
            raise Trouble(f"{name} of an array with four axes")
        return self.program.call(name, arguments)

    def of_otimes(self, tree, _):
        a, b = self.value(tree[2]), self.value(tree[3])
        if is_column(a) and is_column(b):
            self.program.columns = True
            if not tree[1]:
                return operations.OPERATIONS["outer"](a, b)
        return operations.kronecker(a, b)

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
        if tree[1] == "K":
            if len(tree[2]) != 2:
                raise Trouble("a commutation matrix needs two dimensions")
            return narrow(operations.commutation(r, c).map(self.program.number))
        if tree[1] == "I":
            return narrow(Mat([[self.program.number(int(i == j)) for j in range(r)] for i in range(r)]))
        return narrow(Mat([[self.program.number(int(tree[1]))] * c for _ in range(r)]))

    def partial(self, tree, held=()):
        top, bottom = tree[1], tree[2]
        if not self.values.complete:
            raise Trouble("a derivative in a definition")
        by, cell = self.variable(bottom)
        place = None
        if top[0] in ("entry", "pick"):
            whole = ("name", self.matrix_of(top[1])) if top[0] == "entry" else top[1]
            if not isinstance(self.constant_value(whole), Tensor):  # an entry of the derivative, which is kept
                place, top = self.cell(whole, top[2]), whole
        result = self.program.derivative(self, top, by, cell, held)
        if place is not None:
            slopes = {(0, 0) + down: result.slopes[place + down] for down in indices(result.below)}
            result = Tensor((1, 1), result.below, slopes, None, result.by)
        return result

    def variable(self, tree):
        """A variable or its stacked columns, and the row and column of an entry."""
        place = None
        if tree[0] in ("entry", "pick"):
            place, tree = tree, ("name", self.matrix_of(tree[1])) if tree[0] == "entry" else tree[1]
        name = tree[2][0] if tree[0] == "call" and tree[1] == "vec" and len(tree[2]) == 1 else tree
        if name[0] != "name" or name[1] not in self.values:
            raise Trouble("derivative by something that is no variable")
        return tree, None if place is None else self.cell(tree, place[2])

    def of_product(self, tree, scalar):
        values = [self.raw(f, scalar and f[0] == "sum") for f in tree[1]]
        merged = [values[0]]
        for value in values[1:]:
            last = merged[-1]
            if (isinstance(last, Tensor) and isinstance(value, Tensor)
                    and last.by is not None and value.top == last.by):
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
    return same(wide(a).map(lowest), wide(b).map(lowest)) and all(
        agree(*(wide(m).map(lambda x: x.b if level_of(x) == level else 0) for m in (a, b)))
        for level in {level_of(x) for m in (a, b) for x in wide(m).cells()} - {0})


def lowest(x):
    return lowest(x.a) if isinstance(x, Dual) else x
