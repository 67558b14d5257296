"""Scalar functions and matrix operations by direct code, on real numbers, exact ones where they are rational, and duals."""
import math

from .numbers import (Dual, Mat, Trouble, hadamard, indices, inverse, narrow, plus, reduced, times, transpose, wide)

# ---- scalar functions: value and slope of those that are no arithmetic of others ---------------------------

# The value at a real number; the slope by functions of this table, so that it can be differentiated again.
ELEMENTARY = {
    "exp": (math.exp, lambda t: elementary("exp", t)),
    "log": (math.log, lambda t: inverse(t)),
    "sqrt": (math.sqrt, lambda t: 0.5 * inverse(elementary("sqrt", t))),
    "sin": (math.sin, lambda t: elementary("cos", t)),
    "cos": (math.cos, lambda t: -1.0 * elementary("sin", t)),
    "tan": (math.tan, lambda t: 1.0 + power(elementary("tan", t), 2)),
    "tanh": (math.tanh, lambda t: 1.0 + -1.0 * power(elementary("tanh", t), 2)),
    "erf": (math.erf, lambda t: 2 / math.sqrt(math.pi) * elementary("exp", -1.0 * t * t)),
    "step": (lambda t: float(t > 0), lambda t: 0.0),
    "sign": (lambda t: float(t > 0) - float(t < 0), lambda t: 0.0),
    "abs": (abs, lambda t: elementary("sign", t)),
    "relu": (lambda t: max(t, 0.0), lambda t: elementary("step", t)),
}


def elementary(name, t):
    f, df = ELEMENTARY[name]
    try:
        if isinstance(t, Dual):
            return Dual(t.level, elementary(name, t.a), df(t.a) * t.b)
        return f(float(t))
    except (ValueError, OverflowError) as error:
        raise Trouble(f"{name} of {t}") from error


def logistic(t):
    return inverse(1 + elementary("exp", t * -1.0))


COMPOSED = {
    "max0": lambda t: elementary("relu", t),
    "sigmoid": logistic,
    "softplus": lambda t: elementary("log", 1 + elementary("exp", t)),
    "gelu": lambda t: t * 0.5 * (1 + elementary("erf", t * (1 / math.sqrt(2)))),
    "silu": lambda t: t * logistic(t),
}
SCALAR = set(ELEMENTARY) | set(COMPOSED)


def scalar_function(name, t):
    return COMPOSED[name](t) if name in COMPOSED else elementary(name, t)


def power(base, exponent):
    """Of numbers; a whole exponent multiplies, any other needs a positive real base."""
    if isinstance(exponent, int) or isinstance(exponent, float) and exponent == int(exponent):
        result = base * 0 + 1
        for _ in range(abs(int(exponent))):
            result = reduced(result * base)
        return inverse(result) if exponent < 0 else result
    return elementary("exp", elementary("log", base) * exponent)


# ---- matrix operations ---------------------------------------------------------------------------------


def total(cells):
    result = 0
    for x in cells:
        result = reduced(result + x)
    return result


def rows_of(x):
    return wide(x).rows


def column(cells):
    return narrow(Mat([[x] for x in cells]))


def each_row(f):
    return lambda x: narrow(Mat([f(row) for row in rows_of(x)]))


def mean(cells):
    cells = list(cells)
    return reduced(total(cells) * inverse(total(x * 0 + 1 for x in cells)))


def exp_all(cells):
    return [elementary("exp", x) for x in cells]


def softmax(cells):
    shifted = exp_all(cells)
    below = inverse(total(shifted))
    return [x * below for x in shifted]


def logsumexp(cells):
    return elementary("log", total(exp_all(cells)))


def minus(x, y):
    return x + y * -1.0


def scaled(cells, eps, centre):
    middle = mean(cells) if centre else 0.0
    moved = [minus(x, middle) for x in cells]
    below = inverse(elementary("sqrt", mean(x * x for x in moved) + eps))
    return [x * below for x in moved]


def normed(centre):
    return lambda x, eps: narrow(Mat([scaled(row, eps, centre) for row in rows_of(x)]))


def trace(x):
    rows = rows_of(x)
    if len(rows) != len(rows[0]):
        raise Trouble("trace of a matrix that is not square")
    return total(row[k] for k, row in enumerate(rows))


def vector(x):
    x = wide(x)
    if x.shape[1] != 1:
        raise Trouble("a column vector expected")
    return x.cells()


def diagonal(x):
    cells = vector(x)
    return narrow(Mat([[a if i == j else a * 0 for j in range(len(cells))] for i, a in enumerate(cells)]))


def squares(x):
    return total(a * a for a in wide(x).cells())


def cross_entropy(p, t):
    logs = wide(p).map(lambda x: elementary("log", x))
    return total(wide(hadamard(t, logs)).cells()) * (-1.0 / len(rows_of(p)))


def attention(q, k, v):
    scores = times(times(q, transpose(k)), 1 / math.sqrt(len(rows_of(q)[0])))
    return times(OPERATIONS["rowsoftmax"](scores), v)


def convolution(x, w):
    x, w = vector(x), vector(w)
    return column(total(x[i + j] * w[j] for j in range(len(w))) for i in range(len(x) - len(w) + 1))


def stacked(x):
    """The columns one below the other."""
    return column(a for row in zip(*rows_of(x)) for a in row)


def unstacked(x, r, c):
    """The matrix of r rows and c columns whose stacked columns are those of x."""
    cells = wide(stacked(x)).cells()
    if len(cells) != r * c:
        raise Trouble(f"{len(cells)} entries as a {r} x {c} matrix")
    return narrow(Mat([[cells[j * r + i] for j in range(c)] for i in range(r)]))


def kronecker(x, y):
    """The block in row i and column j is entry i, j of x times y."""
    return narrow(Mat([[reduced(a * b) for a in row for b in other] for row in rows_of(x) for other in rows_of(y)]))


def commutation(m, n):
    """What takes vec(A) to vec(A') for every A of m rows and n columns."""
    rows = [[0] * (m * n) for _ in range(m * n)]
    for i, j in indices((m, n)):
        rows[i * n + j][j * m + i] = 1
    return Mat(rows)


OPERATIONS = {
    "tr": trace,
    "diag": diagonal,
    "diagvec": lambda x: column(row[k] for k, row in enumerate(rows_of(x))),
    "sum": lambda x: total(wide(x).cells()),
    "mean": lambda x: mean(wide(x).cells()),
    "rowsum": lambda x: column(total(row) for row in rows_of(x)),
    "colsum": lambda x: column(total(row) for row in zip(*rows_of(x))),
    "rowmean": lambda x: column(mean(row) for row in rows_of(x)),
    "colmean": lambda x: column(mean(row) for row in zip(*rows_of(x))),
    "variance": lambda x: minus(mean(a * a for a in wide(x).cells()), power(mean(wide(x).cells()), 2)),
    "dot": lambda x, y: total(wide(hadamard(x, y)).cells()),
    "outer": lambda x, y: times(x, transpose(y)),
    "norm1": lambda x: total(elementary("abs", a) for a in vector(x)),
    "norm2": lambda x: elementary("sqrt", total(a * a for a in vector(x))),
    "normF": lambda x: elementary("sqrt", squares(x)),
    "softmax": lambda x: column(softmax(vector(x))),
    "logsumexp": lambda x: logsumexp(vector(x)),
    "logsoftmax": lambda x: column(minus(a, logsumexp(vector(x))) for a in vector(x)),
    "rowsoftmax": each_row(softmax),
    "rowlogsumexp": lambda x: column(logsumexp(row) for row in rows_of(x)),
    "rowlogsoftmax": each_row(lambda row: [minus(a, logsumexp(row)) for a in row]),
    "mse": lambda y, t: mean(a * a for a in wide(plus(y, times(t, -1.0))).cells()),
    "crossentropy": cross_entropy,
    "layernorm": normed(True),
    "rmsnorm": normed(False),
    "batchnorm": lambda x, eps: transpose(narrow(Mat([scaled(row, eps, True) for row in zip(*rows_of(x))]))),
    "attention": attention,
    "conv": convolution,
    "vec": stacked,
    "reshape": unstacked,
    "kron": kronecker,
}
# Operations that are rational with rational coefficients, on exact numbers too.
EXACT = {"tr", "diag", "diagvec", "sum", "mean", "rowsum", "colsum", "rowmean", "colmean", "dot", "outer", "vec", "reshape",
         "kron"}
