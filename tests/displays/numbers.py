"""Numbers, exact or real, dual numbers over both, matrices and derivatives.

An exact number is an int modulo P, a real one a float; a program has one kind (`Program.number` makes them),
and nothing here mixes them but an int 0 or 1 into a real sum or product.
"""
import itertools

P = 2**61 - 1
# Two real numbers are equal within this part of the largest entry, or of FLOOR.
TOLERANCE, FLOOR = 1e-8, 1e-3


class Trouble(Exception):
    """A formula that cannot be read or makes no sense."""


def reduced(x):
    return x % P if isinstance(x, int) else x


class Dual:
    """a + b*e with e*e = 0.  Every derivative inside of another has an e of its own, told apart by its level: a and b
    are made of lower levels."""
    __slots__ = ("level", "a", "b")

    def __init__(self, level, a, b):
        self.level, self.a, self.b = level, reduced(a), reduced(b)

    def __add__(self, other):
        if not isinstance(other, Dual) or other.level < self.level:
            return Dual(self.level, self.a + other, self.b)
        if other.level > self.level:
            return Dual(other.level, self + other.a, other.b)
        return Dual(self.level, self.a + other.a, self.b + other.b)

    def __mul__(self, other):
        if not isinstance(other, Dual) or other.level < self.level:
            return Dual(self.level, self.a * other, self.b * other)
        if other.level > self.level:
            return Dual(other.level, self * other.a, self * other.b)
        return Dual(self.level, self.a * other.a, self.a * other.b + self.b * other.a)

    __radd__, __rmul__ = __add__, __mul__


def level_of(number):
    return number.level if isinstance(number, Dual) else 0


def slope(number, level):
    return number.b if level_of(number) == level else 0


def inverse(x):
    if isinstance(x, Dual):
        a = inverse(x.a)
        return Dual(x.level, a, x.b * -1 * a * a)
    if x == 0:
        raise Trouble("division by zero")
    return pow(x, P - 2, P) if isinstance(x, int) else 1 / x


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
    """A derivative: slopes[(row, column of the numerator, row, column of the denominator)]; `top` and `by` are the
    trees of what is differentiated and of the variable."""

    def __init__(self, above, below, slopes, top=None, by=None):
        self.above, self.below, self.slopes, self.top, self.by = above, below, slopes, top, by

    def contracted(self, other):
        if self.below != other.above:
            raise Trouble(f"derivative by a {self.below} times derivative of a {other.above}")
        middle = list(indices(self.below))
        slopes = {}
        for up in indices(self.above):
            for down in indices(other.below):
                slopes[up + down] = reduced(sum(self.slopes[up + k] * other.slopes[k + down] for k in middle))
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


def axes(shape):
    """Which of its two axes the indices on an array can stand for, most usual first."""
    found = {(False, False): [(0, 1)], (False, True): [(0,), (0, 1)], (True, False): [(0, 1), (1,)]}
    return found.get((shape[0] == 1, shape[1] == 1), [(), (0,), (0, 1)])


def indexed(base, count):
    """For `count` indices: the axes that they stand on, the sizes of these, and the entry at some places."""
    if isinstance(base, Tensor):
        for above in axes(base.above):
            for below in axes(base.below):
                if len(above) + len(below) == count:
                    shape = base.above + base.below
                    which = above + tuple(k + 2 for k in below)
                    return which, [shape[k] for k in which], lambda at: base.slopes[spread(which, at, 4)]
        base = base.plain()
    if isinstance(base, Tensor):
        raise Trouble(f"{count} indices on a derivative of a {base.above} by a {base.below}")
    base = wide(base)
    for which in axes(base.shape):
        if len(which) == count > 0:
            def entry(at):
                i, j = spread(which, at, 2)
                return base.rows[i][j]
            return which, [base.shape[k] for k in which], entry
    raise Trouble(f"{count} indices on a {base.shape[0]} x {base.shape[1]} matrix")


def spread(which, places, count):
    at = [0] * count
    for axis, place in zip(which, places):
        at[axis] = place
    return tuple(at)


def indices(shape):
    return itertools.product(range(shape[0]), range(shape[1]))


def narrow(value):
    """A 1 x 1 matrix is a number."""
    if isinstance(value, Mat) and value.shape == (1, 1):
        return value.rows[0][0]
    return value


def wide(value):
    """A number is a 1 x 1 matrix."""
    if isinstance(value, Tensor):
        raise Trouble("an array with four axes where a matrix is expected")
    return value if isinstance(value, Mat) else Mat([[value]])


def times(a, b):
    a, b = narrow(a), narrow(b)
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        raise Trouble("a derivative of a matrix by a matrix outside of the chain rule")
    if not isinstance(a, Mat):
        a, b = b, a
    if not isinstance(a, Mat):
        return reduced(a * b)
    if not isinstance(b, Mat):
        return a.map(lambda x: reduced(x * b))
    if a.shape[1] != b.shape[0]:
        raise Trouble(f"product of {a.shape[0]} x {a.shape[1]} and {b.shape[0]} x {b.shape[1]}")
    columns = list(zip(*b.rows))
    return narrow(Mat([[reduced(sum(x * y for x, y in zip(row, column))) for column in columns] for row in a.rows]))


def entrywise(f, a, b):
    """Of equal shapes, or a number with every entry."""
    a, b = narrow(a), narrow(b)
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        raise Trouble("entries of an array with four axes")
    if isinstance(a, Mat) and isinstance(b, Mat):
        if a.shape != b.shape:
            raise Trouble(f"entry by entry, {a.shape[0]} x {a.shape[1]} and {b.shape[0]} x {b.shape[1]}")
        return Mat([[f(x, y) for x, y in zip(r, s)] for r, s in zip(a.rows, b.rows)])
    if isinstance(a, Mat):
        return a.map(lambda x: f(x, b))
    return b.map(lambda y: f(a, y)) if isinstance(b, Mat) else f(a, b)


def plus(a, b):
    a, b = narrow(a), narrow(b)
    if isinstance(a, Tensor) and isinstance(b, Tensor) and (a.above, a.below) == (b.above, b.below):
        return Tensor(a.above, a.below, {k: reduced(v + b.slopes[k]) for k, v in a.slopes.items()})
    return entrywise(lambda x, y: reduced(x + y), a, b)


def hadamard(a, b):
    return entrywise(lambda x, y: reduced(x * y), a, b)


def quotient(a, b):
    return entrywise(lambda x, y: reduced(x * inverse(y)), a, b)


def same(a, b):
    a, b = narrow(a), narrow(b)
    if isinstance(a, Mat) and isinstance(b, Mat):
        return a.shape == b.shape and close(a.cells(), b.cells())
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return (a.above, a.below) == (b.above, b.below) and close(a.slopes.values(), b.slopes.values())
    if isinstance(a, (Mat, Tensor)) or isinstance(b, (Mat, Tensor)):
        return False
    return close([a], [b])


def close(a, b):
    pairs = list(zip(a, b))
    if all(isinstance(x, int) and isinstance(y, int) for x, y in pairs):
        return all(x == y for x, y in pairs)
    allowed = TOLERANCE * max([FLOOR] + [abs(x) for pair in pairs for x in pair])
    return all(abs(x - y) <= allowed for x, y in pairs)  # not a number is equal to nothing


def transpose(value):
    if isinstance(value, Tensor):
        raise Trouble("transpose of an array with four axes")
    return value.transposed() if isinstance(value, Mat) else value
