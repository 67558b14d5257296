#!/usr/bin/env python3
"""Checks every claim of the catalogue's .ew files numerically.

The text of the claims itself is parsed (a small recursive-descent reader of the input language, its own, sharing
nothing with Entrywise) and evaluated in floating point of 240 bits. A derivative is never computed by a rule: it is the
central difference of the values of its numerator, entry by entry (second derivatives: central differences of central
differences), with the step 1e-15, so its error is about 1e-30; sides must agree to 1e-18 of their size.

usage: check.py [--controls] [--list] [FILE.ew ...]      needs numpy and gmpy2
A file whose name contains `refuted` is expected to have all its claims fail.
--controls   also checks that each claim fails when its last side is changed: multiplied by 1.001; one name transposed,
             one sign or the order of one product changed, where that has the right shape and an effect
"""
import glob, itertools, os, random, re, sys
import gmpy2
import numpy as np
from gmpy2 import mpfr

gmpy2.get_context().precision = 240
H = mpfr("1e-15")
TOL = mpfr("1e-18")

# ------------------------------------------------------------------ tokens
TOK = re.compile(r"""\s*(?:(\#.*)|(\d+(?:\.\d+)?(?:e[+-]?\d+)?)|([^\W\d]\w*)|(==|<=|>=|\.\*|\./|\.\^|[-+*/^'()\[\],:;=<>])|(\S))""", re.X)


class Bad(Exception):
    pass


def tokens(text):
    out, pos = [], 0
    text = text.rstrip()
    while pos < len(text):
        m = TOK.match(text, pos)
        space = pos != 0 and text[pos:m.end()] != text[pos:m.end()].lstrip()
        com, num, name, op, bad = m.groups()
        if bad:
            raise Bad(f"character {bad!r} in {text!r}")
        if num:
            out.append(("num", num, space))
        elif name:
            out.append(("name", name, space))
        elif op:
            out.append((op, op, space))
        pos = m.end()
    out.append(("end", "", True))
    return out


def statements(path):
    """Yields (line number, comment above, text) for each statement."""
    comment, pend, start = "", "", 0
    lines = open(path, encoding="utf-8").read().split("\n")
    for n, line in enumerate(lines, 1):
        body = line.split("#")[0].rstrip()
        if not body:
            if line.startswith("#"):
                comment = line[1:].strip()
            continue
        if pend and (pend.count("(") + pend.count("[") > pend.count(")") + pend.count("]") or body.lstrip().startswith("==")):
            pend += " " + body.strip()
            continue
        if pend:
            yield start, held, pend
        pend, start, held = body.strip(), n, comment
        comment = ""
    if pend:
        yield start, held, pend


# ------------------------------------------------------------------ parser
class Parser:
    def __init__(self, text, declared):
        self.t, self.p, self.decl = tokens(text), 0, declared

    def peek(self, k=0):
        return self.t[min(self.p + k, len(self.t) - 1)]

    def take(self, kind=None):
        tok = self.t[self.p]
        if kind and tok[0] != kind:
            raise Bad(f"expected {kind}, found {tok[1]!r}")
        self.p += 1
        return tok

    def at(self, kind):
        return self.peek()[0] == kind

    def expr(self):
        left = self.product()
        while self.peek()[0] in ("+", "-"):
            op = self.take()[0]
            left = (op, left, self.product())
        return left

    def product(self):
        left = self.factor()
        while True:
            k, _, space = self.peek()
            if k in ("*", "/", ".*", "./"):
                self.take()
                left = (k, left, self.factor())
            elif k in ("num", "name", "(") and space:
                left = ("*", left, self.factor())
            else:
                return left

    def factor(self):
        if self.at("-"):
            self.take()
            return ("neg", self.factor())
        if self.at("name") and self.peek()[1] == "sum" and self.peek(1)[0] == "(":
            save = self.p
            b = self.binder_list()
            if b is not None:
                return ("bigsum", b, self.product())
            self.p = save
        return self.postfix()

    def binder_list(self):
        """`(k)`, `(k: n, l)` followed by a factor, else None."""
        self.take()
        self.take("(")
        out = []
        while True:
            if not self.at("name"):
                return None
            name = self.take()[1]
            rng = None
            if self.at(":"):
                self.take()
                rng = self.expr()
            out.append((name, rng))
            if self.at(","):
                self.take()
                continue
            break
        if not self.at(")"):
            return None
        self.take()
        if self.peek()[0] not in ("num", "name", "("):
            return None
        return out

    def postfix(self):
        e = self.atom()
        while True:
            k, _, space = self.peek()
            if k == "[" and not space:
                self.take()
                idx = [self.expr()]
                while self.at(","):
                    self.take()
                    idx.append(self.expr())
                self.take("]")
                e = ("index", e, idx)
            elif k == "'":
                self.take()
                e = ("t", e)
            elif k in ("^", ".^"):
                self.take()
                e = (k, e, self.exponent())
            else:
                return e

    def exponent(self):
        if self.at("-"):
            self.take()
            return ("neg", self.exponent())
        if self.at("("):
            self.take()
            e = self.expr()
            self.take(")")
            return e
        k, v, _ = self.take()
        return ("num", v) if k == "num" else ("name", v)

    def atom(self):
        k, v, _ = self.peek()
        if k == "num":
            self.take()
            return ("num", v)
        if k == "(":
            self.take()
            e = self.expr()
            self.take(")")
            return e
        if k != "name":
            raise Bad(f"unexpected {v!r}")
        d = self.derivative()
        if d:
            return d
        self.take()
        prime = False
        if self.at("'") and self.peek(1)[0] == "(" and not self.peek(1)[2]:
            self.take()
            prime = True
        if self.at("(") and not self.peek()[2]:
            self.take()
            args = []
            if not self.at(")"):
                args.append(self.expr())
                while self.at(","):
                    self.take()
                    args.append(self.expr())
            self.take(")")
            return ("call", v + ("'" if prime else ""), args)
        return ("name", v)

    def derivative(self):
        v = self.peek()[1]
        m = re.fullmatch(r"d([2-9]?)", v)
        save = self.p
        if m and self.peek(1)[0] == "(" and not self.peek(1)[2] and v not in self.decl:
            self.take()
            self.take("(")
            num = self.expr()
            self.take(")")
            order = int(m.group(1) or 1)
        else:
            m = re.fullmatch(r"d([2-9]?)(\w+)", v)
            if not (m and m.group(2) in self.decl and v not in self.decl and self.peek(1)[0] == "/"):
                return None
            self.take()
            num, order = ("name", m.group(2)), int(m.group(1) or 1)
        if not self.at("/"):
            self.p = save
            return None
        self.take("/")
        by = []
        if self.peek()[1] == "d" and self.peek(1)[0] == "(":
            while self.peek()[1] == "d" and self.peek(1)[0] == "(" and len(by) < order:
                self.take()
                self.take("(")
                e = self.expr()
                self.take(")")
                times = 1
                if self.at("num") and not self.peek()[2]:
                    times = int(self.take()[1])
                by += [e] * times
        else:
            tok = self.take("name")[1]
            if not self.names_below(tok, by):
                raise Bad(f"{tok!r} names no declared variable")
        if len(by) != order:
            raise Bad("orders above and below disagree")
        return ("deriv", num, by)

    def names_below(self, tok, by):
        """Splits dX, dx2, dxdy at declared names, the longest first."""
        if not tok:
            return True
        if tok[0] != "d":
            return False
        for name in sorted(self.decl, key=len, reverse=True):
            if tok[1:].startswith(name):
                rest = tok[1 + len(name):]
                m = re.match(r"[2-9]", rest)
                times = int(m.group()) if m else 1
                rest = rest[1:] if m else rest
                old = len(by)
                by += [("name", name)] * times
                if self.names_below(rest, by):
                    return True
                del by[old:]
        return False


# ------------------------------------------------------------------ numerics
def arr(f, n, m):
    out = np.empty((n, m), dtype=object)
    for i in range(n):
        for j in range(m):
            out[i, j] = f(i, j)
    return out


def scal(v):
    return not isinstance(v, np.ndarray)


def norm(v):
    return v[0, 0] if isinstance(v, np.ndarray) and v.shape == (1, 1) else v


def eye(n):
    return arr(lambda i, j: mpfr(i == j), n, n)


def square(a):
    if scal(a):
        return np.array([[a]], dtype=object)
    if a.shape[0] != a.shape[1]:
        raise Bad(f"not square: {a.shape}")
    return a


def det(a):
    a, n, s = square(a).copy(), square(a).shape[0], mpfr(1)
    for c in range(n):
        p = max(range(c, n), key=lambda r: abs(a[r, c]))
        if a[p, c] == 0:
            return mpfr(0)
        if p != c:
            a[[c, p]] = a[[p, c]]
            s = -s
        s *= a[c, c]
        for r in range(c + 1, n):
            a[r, c:] = a[r, c:] - a[c, c:] * (a[r, c] / a[c, c])
    return s


def solve(a, b):
    a, b, n = square(a).copy(), (b if not scal(b) else np.array([[b]], dtype=object)).copy(), square(a).shape[0]
    for c in range(n):
        p = max(range(c, n), key=lambda r: abs(a[r, c]))
        if a[p, c] == 0:
            raise Bad("singular")
        a[[c, p]] = a[[p, c]]
        b[[c, p]] = b[[p, c]]
        for r in range(n):
            if r != c:
                f = a[r, c] / a[c, c]
                a[r, c:] = a[r, c:] - a[c, c:] * f
                b[r] = b[r] - b[c] * f
    return arr(lambda i, j: b[i, j] / a[i, i], n, b.shape[1])


def inv(a):
    return solve(a, eye(square(a).shape[0]))


def adj(a):
    """By cofactors."""
    n = square(a).shape[0]
    def cof(i, j):
        m = np.delete(np.delete(a, i, 0), j, 1)
        return (det(m) if n > 1 else mpfr(1)) * (-1) ** (i + j)
    return arr(lambda i, j: cof(j, i), n, n)


def pinv(a):
    if scal(a):
        return 1 / a
    t = a.T
    return solve(t @ a, t) if a.shape[0] >= a.shape[1] else t @ inv(a @ t)


def expm(a):
    a, s = square(a), 0
    size = max(abs(v) for v in a.flat)
    while size > 0.05:
        size, s = size / 2, s + 1
    a = a / mpfr(2) ** s
    out, term = eye(a.shape[0]), eye(a.shape[0])
    for k in range(1, 45):
        term = term @ a / k
        out = out + term
    for _ in range(s):
        out = out @ out
    return out


def mpower(a, k):
    k = int(k)
    if k < 0:
        return mpower(inv(a), -k)
    out = eye(square(a).shape[0])
    for _ in range(k):
        out = out @ a
    return out


def total(a):
    return a if scal(a) else sum(a.flat, mpfr(0))


def two(a):
    return a if isinstance(a, np.ndarray) else np.array([[a]], dtype=object)


def column(vals):
    return np.array([[v] for v in vals], dtype=object)


def diagm(v):
    if v.shape[1] != 1:
        raise Bad("diag of no column")
    return arr(lambda i, j: v[i, 0] if i == j else mpfr(0), v.shape[0], v.shape[0])


def same(a, b):
    if two(a).shape != two(b).shape:
        raise Bad(f"shapes {two(a).shape} and {two(b).shape}")


def kron(a, b):
    a, b = two(a), two(b)
    p, q = b.shape
    return arr(lambda i, j: a[i // p, j // q] * b[i % p, j % q], a.shape[0] * p, a.shape[1] * q)


def vec(a):
    a = two(a)
    n = a.shape[0]
    return arr(lambda k, _: a[k % n, k // n], a.size, 1)


def col(x):
    if two(x).shape[1] != 1:
        raise Bad("a column is needed")
    return x


def softmax(x):
    e = [gmpy2.exp(v) for v in col(x)[:, 0]]
    return column([v / sum(e) for v in e])


def lse(x):
    return gmpy2.log(sum(gmpy2.exp(v) for v in col(x)[:, 0]))


def sigmoid(t):
    return 1 / (1 + gmpy2.exp(-t))


def sgn(t):
    return mpfr((t > 0) - (t < 0))


SCALAR = {
    "exp": gmpy2.exp, "log": gmpy2.log, "sqrt": gmpy2.sqrt, "sin": gmpy2.sin, "cos": gmpy2.cos, "tan": gmpy2.tan,
    "tanh": gmpy2.tanh, "erf": gmpy2.erf, "sigmoid": sigmoid, "softplus": lambda t: gmpy2.log(1 + gmpy2.exp(t)),
    "abs": abs, "sign": sgn, "relu": lambda t: max(t, mpfr(0)), "step": lambda t: mpfr(t > 0),
}
FUNC = {
    "tr": lambda a: sum((square(a)[i, i] for i in range(square(a).shape[0])), mpfr(0)),
    "det": det, "inv": inv, "pinv": pinv, "expm": expm, "adj": adj, "kron": kron, "vec": vec,
    "solve": lambda a, b: solve(a, b), "logdet": lambda a: gmpy2.log(det(a)),
    "diag": diagm, "diagvec": lambda a: column([square(a)[i, i] for i in range(a.shape[0])]),
    "sum": total, "mean": lambda a: total(a) / a.size,
    "rowsum": lambda a: column([sum(r) for r in a]), "colsum": lambda a: column([sum(r) for r in a.T]),
    "rowmean": lambda a: column([sum(r) / a.shape[1] for r in a]), "colmean": lambda a: column([sum(r) / a.shape[0] for r in a.T]),
    "dot": lambda a, b: (same(a, b), total(a * b))[1], "outer": lambda a, b: col(a) @ col(b).T,
    "norm1": lambda x: sum(abs(v) for v in col(x)[:, 0]), "norm2": lambda x: gmpy2.sqrt(sum(v * v for v in col(x)[:, 0])),
    "normF": lambda a: gmpy2.sqrt(total(a * a)),
    "softmax": softmax, "logsumexp": lse, "logsoftmax": lambda x: x - lse(x),
    "rowlogsumexp": lambda a: column([lse(r.reshape(-1, 1)) for r in a]),
    "rowsoftmax": lambda a: np.vstack([softmax(r.reshape(-1, 1)).T for r in a]),
    "variance": lambda a: total((a - total(a) / a.size) ** 2) / a.size,
    "mse": lambda a, b: total((a - b) ** 2) / a.size,
}


class File:
    def __init__(self, path):
        self.path = path
        self.vars, self.defs, self.claims, self.assumes, self.unknown = {}, {}, [], [], {}
        raw = list(statements(path))
        for _, _, s in raw:
            m = re.match(r"([\w, ]+?)\s*:\s*(.+)$", s)
            if m and not s.startswith(("verify", "unknown", "assume", "size")):
                for name in m.group(1).split(","):
                    self.vars[name.strip()] = self.shape(m.group(2))
            m = re.match(r"(\w+)\s*=(?!=)(.+)$", s)
            if m:
                self.defs[m.group(1)] = m.group(2)
            if s.startswith("unknown"):
                m = re.match(r"unknown\s+([\w, ]+?)\s*:\s*(\w+)", s)
                for name in m.group(1).split(","):
                    self.unknown[name.strip()] = m.group(2)
        self.unknown.setdefault("loss", "scalar")
        self.dims = {n for sh, _ in self.vars.values() for e in sh for n in re.findall(r"[^\W\d]\w*", e)}
        both = self.dims & (set(self.vars) | set(self.defs))
        if both:
            raise Bad(f"{path}: {both} is a dimension and a variable")
        names = set(self.vars) | set(self.defs)
        read = lambda text: self.parse(text, names)
        self.defs = {k: read(v) for k, v in self.defs.items()}
        for line, comment, s in raw:
            if s.startswith("verify "):
                p = Parser(s[7:], names)
                sides = [p.expr()]
                while p.at("=="):
                    p.take()
                    sides.append(p.expr())
                p.take("end")
                self.claims.append((line, comment, s, sides))
            elif s.startswith("assume "):
                for c in s[7:].split(","):
                    m = re.match(r"(.+?)(<=|>=|==|=|<|>)(.+)$", c.strip())
                    self.assumes.append((m.group(2), read(m.group(1)), read(m.group(3))))

    @staticmethod
    def shape(text):
        m = re.match(r"(scalar|[\w*+\-() ]+?(?:\s+[x×]\s+[\w*+\-()]+|(?=\s|$)))((?:\s+\w+)*)\s*$", text.strip())
        sh, props = m.group(1).strip(), m.group(2).split()
        if sh == "scalar":
            return (), props
        parts = re.split(r"\s+[x×]\s+", sh)
        return tuple(parts), props

    @staticmethod
    def parse(text, names):
        p = Parser(text, names)
        e = p.expr()
        p.take("end")
        return e

    def sizes(self, rng):
        dims = sorted(self.dims)
        while True:
            got = dict(zip(dims, rng.sample(range(2, 3 + max(2, len(dims))), len(dims))))  # all unequal
            ok = True
            for op, l, r in self.assumes:
                if leaves(l) | leaves(r) <= self.dims:
                    ok &= holds(op, Ev(self, got, {}).ev(l), Ev(self, got, {}).ev(r))
            if ok:
                return got

    def point(self, rng):
        for _ in range(20000):
            dims = self.sizes(rng)
            env = {}
            for name, (sh, props) in self.vars.items():
                size = [int(Ev(self, dims, {}).ev(self.parse(s, set()))) for s in sh]
                env[name] = draw(size, props, rng)
            e = Ev(self, dims, env)
            try:
                if all(holds(op, e.ev(l), e.ev(r)) for op, l, r in self.assumes):
                    return dims, env
            except (Bad, ZeroDivisionError):
                pass
        raise Bad(f"{self.path}: no point meets the assumptions")


def leaves(e):
    out = set()
    def go(x):
        if isinstance(x, tuple):
            if x[0] == "name":
                out.add(x[1])
            for y in x[1:]:
                go(y)
        elif isinstance(x, list):
            for y in x:
                go(y)
    go(e)
    return out


def holds(op, l, r):
    f = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, "==": lambda a, b: abs(a - b) < 1e-30,
         "=": lambda a, b: abs(a - b) < 1e-30, ">=": lambda a, b: a >= b, ">": lambda a, b: a > b}[op]
    if scal(l) and scal(r):
        v = f(l, r)
        return bool(v) and (op not in "<>" or abs(l - r) > 1e-3)
    return all(f(x, y) for x, y in zip(np.broadcast_to(two(l), two(l).shape).flat, itertools.cycle(list(two(r).flat))))


def draw(size, props, rng):
    num = lambda: mpfr(rng.randint(-1000, 1000)) / 700
    if not size:
        if "integer" in props:
            return mpfr(rng.randint(2, 5))
        v = num() + mpfr("0.001")
        return abs(v) + mpfr("0.3") if "positive" in props else v
    n, m = (size + [1])[:2]
    a = arr(lambda i, j: num(), n, m)
    if "positive" in props:
        a = arr(lambda i, j: abs(a[i, j]) + mpfr("0.2"), n, m)
    if "posdef" in props:
        a = a @ a.T + eye(n) * mpfr("0.5")
    elif "symmetric" in props:
        a = a + a.T
    elif "antisymmetric" in props:
        a = a - a.T
    elif "diagonal" in props:
        a = arr(lambda i, j: a[i, j] if i == j else mpfr(0), n, m)
    elif "lower" in props:
        a = arr(lambda i, j: a[i, j] if i >= j else mpfr(0), n, m)
    elif "upper" in props:
        a = arr(lambda i, j: a[i, j] if i <= j else mpfr(0), n, m)
    elif "orthogonal" in props:
        s = a - a.T
        a = solve(eye(n) - s, eye(n) + s)
    elif "onehot" in props:
        for i in range(n):
            c = rng.randrange(m)
            a[i] = [mpfr(j == c) for j in range(m)]
    return a


class Ev:
    def __init__(self, file, dims, env, letters=None):
        self.f, self.dims, self.env, self.let = file, dims, env, letters or {}

    def with_(self, env=None, letters=None):
        return Ev(self.f, self.dims, env if env is not None else self.env, letters if letters is not None else self.let)

    def ev(self, e):
        return norm(getattr(self, "do_" + NAMES.get(e[0], e[0]))(*e[1:]))

    def do_num(self, v):
        return mpfr(v)

    def do_name(self, v):
        if v in self.let:
            return mpfr(self.let[v])
        if v in self.env:
            return self.env[v]
        if v in self.f.defs:
            return self.ev(self.f.defs[v])
        if v in self.dims:
            return mpfr(self.dims[v])
        if v == "pi":
            return gmpy2.const_pi()
        raise Bad(f"unknown name {v}")

    def do_neg(self, a):
        return -self.ev(a)

    def pair(self, a, b):
        a, b = self.ev(a), self.ev(b)
        if not scal(a) and not scal(b):
            same(a, b)
        return a, b

    def do_add(self, a, b):
        a, b = self.pair(a, b)
        return a + b

    def do_sub(self, a, b):
        a, b = self.pair(a, b)
        return a - b

    def do_had(self, a, b):
        a, b = self.pair(a, b)
        return a * b

    def do_hdiv(self, a, b):
        a, b = self.pair(a, b)
        return a / b

    def do_mul(self, a, b):
        a, b = self.ev(a), self.ev(b)
        if scal(a) or scal(b):
            return a * b
        if a.shape[1] != b.shape[0]:
            raise Bad(f"product of {a.shape} and {b.shape}")
        return a @ b

    def do_div(self, a, b):
        a, b = self.ev(a), self.ev(b)
        if not scal(b):
            raise Bad("division by no scalar")
        return a / b

    def do_t(self, a):
        a = self.ev(a)
        return a if scal(a) else a.T

    def do_pow(self, a, k):
        a, k = self.ev(a), self.ev(k)
        if scal(a):
            return a ** (int(k) if k == int(k) else k)
        return mpower(a, k)

    def do_hpow(self, a, k):
        a, k = self.ev(a), self.ev(k)
        p = int(k) if k == int(k) else k
        return a ** p if scal(a) else arr(lambda i, j: a[i, j] ** p, *a.shape)

    def do_index(self, a, idx):
        v = self.ev(a)
        at = [int(self.ev(i)) - 1 for i in idx]
        if any(i < 0 for i in at):
            raise Bad("index below 1")
        v = two(v)
        if len(at) == 1:
            return v[at[0], 0] if v.shape[1] == 1 else v[0, at[0]]
        return v[at[0], at[1]]

    def do_bigsum(self, binders, body):
        ranges = []
        for name, rng in binders:
            ranges.append(int(self.ev(rng)) if rng else self.range_of(name, body))
        out = mpfr(0)
        for vals in itertools.product(*(range(1, r + 1) for r in ranges)):
            out = out + self.with_(letters={**self.let, **{b[0]: v for b, v in zip(binders, vals)}}).ev(body)
        return out

    def range_of(self, letter, e):
        """The axis at which the letter stands alone."""
        if isinstance(e, list):
            for x in e:
                r = self.range_of(letter, x)
                if r:
                    return r
        if not isinstance(e, tuple):
            return None
        if e[0] == "bigsum" and any(b[0] == letter for b in e[1]):
            return None
        if e[0] == "index":
            for pos, i in enumerate(e[2]):
                if i == ("name", letter):
                    base = two(self.with_(letters={}).ev(e[1]))
                    return base.shape[pos] if len(e[2]) == 2 else base.size
        for x in e[1:]:
            r = self.range_of(letter, x)
            if r:
                return r
        return None

    def do_call(self, name, args):
        f = self.f
        if name == "delta":
            a, b = (self.ev(x) for x in args)
            return mpfr(a == b)
        if name in f.unknown:
            vals = [self.ev(a) for a in args]
            if f.unknown[name] == "entrywise":
                g = lambda t: t ** 3 / 3 + t ** 2 * mpfr("0.7") - t
                v = vals[0]
                return g(v) if scal(v) else arr(lambda i, j: g(v[i, j]), *v.shape)
            flat = [x for v in vals for x in two(v).flat]
            return sum(((i % 5) - mpfr("1.7")) * x ** 3 + (2 - i % 3) * x * x + x * flat[(i * 2 + 1) % len(flat)] * flat[(i + 2) % len(flat)]
                       for i, x in enumerate(flat))
        if name.endswith("'") and f.unknown.get(name[:-1]) == "entrywise":
            v = self.ev(args[0])
            g = lambda t: t ** 2 + t * mpfr("1.4") - 1
            return g(v) if scal(v) else arr(lambda i, j: g(v[i, j]), *v.shape)
        if name in ("eye", "ones", "zeros"):
            n = [int(self.ev(a)) for a in args]
            if name == "eye":
                return eye(n[0])
            return arr(lambda i, j: mpfr(name == "ones"), *(n + [1])[:2])
        vals = [self.ev(a) for a in args]
        if name.endswith("'") and name[:-1] in SCALAR:
            h, v = SCALAR[name[:-1]], vals[0]
            g = lambda t: (h(t + H) - h(t - H)) / (2 * H)
            return g(v) if scal(v) else arr(lambda i, j: g(v[i, j]), *v.shape)
        if name in SCALAR:
            g, v = SCALAR[name], vals[0]
            return g(v) if scal(v) else arr(lambda i, j: g(v[i, j]), *v.shape)
        if name in FUNC:
            return FUNC[name](*vals)
        raise Bad(f"unknown function {name}")

    # ---- derivatives by central differences
    def slots(self, by):
        """The array of (name, i, j) that `by` differentiates by, as the language lays it out."""
        if by[0] == "name":
            v = two(self.ev(by))
            return arr(lambda i, j: (by[1], i, j), *v.shape)
        if by[0] == "call" and by[1] == "vec":
            return vec(self.slots(by[2][0]))
        if by[0] == "index":
            base, at = self.slots(by[1]), [int(self.ev(i)) - 1 for i in by[2]]
            return arr(lambda i, j: base[at[0], at[1] if len(at) > 1 else 0], 1, 1)
        raise Bad("derivative by an expression")

    def moved(self, slot, step):
        name, i, j = slot
        v = two(self.do_name(name)).copy()
        v[i, j] = v[i, j] + step
        return self.with_(env={**self.env, name: norm(v)})

    def partial(self, num, slots):
        if not slots:
            return self.ev(num)
        up, down = (self.moved(slots[0], s).partial(num, slots[1:]) for s in (H, -H))
        return (up - down) / (2 * H)

    def do_deriv(self, num, by):
        value = self.ev(num)
        grids = [self.slots(b) for b in by]
        big = [g for g in grids if g.size > 1]
        if len(big) > 2 or (len(big) == 2 and any(g.shape[1] != 1 for g in big)):
            raise Bad("more than two axes")
        if not scal(value) and big and not (value.shape[1] == 1 and len(big) == 1 and big[0].shape[1] == 1):
            raise Bad(f"derivative of shape {value.shape} by {[g.shape for g in grids]}")
        pick = lambda *at: [g[0, 0] if g.size == 1 else g[at[big_no(k)]] for k, g in enumerate(grids)]
        order = [k for k, g in enumerate(grids) if g.size > 1]
        big_no = lambda k: order.index(k)
        if not big:
            return self.partial(num, pick())
        if len(big) == 1:
            g = big[0]
            if scal(value):
                return arr(lambda i, j: self.partial(num, pick((i, j))), *g.shape)
            return np.hstack([self.partial(num, pick((j, 0))) for j in range(g.shape[0])])
        return arr(lambda i, j: self.partial(num, pick((i, 0), (j, 0))), big[0].shape[0], big[1].shape[0])


NAMES = {"+": "add", "-": "sub", "*": "mul", "/": "div", ".*": "had", "./": "hdiv", "^": "pow", ".^": "hpow"}


def free_letters(sides, f):
    """Names that index something and are neither bound nor dimensions."""
    out = []
    def go(e, bound):
        if isinstance(e, list):
            for x in e:
                go(x, bound)
            return
        if not isinstance(e, tuple):
            return
        if e[0] == "bigsum":
            for _, rng in e[1]:
                go(rng, bound)
            go(e[2], bound | {b[0] for b in e[1]})
            return
        if e[0] == "index" or (e[0] == "call" and e[1] == "delta"):
            idx = e[2]
            for n in set().union(*(leaves(i) for i in idx)):
                if n not in bound and n not in f.dims and n not in out:
                    out.append(n)
        for x in e[1:]:
            go(x, bound)
    go(sides, frozenset())
    return sorted(out)


def gap(f, sides, dims, env):
    """The greatest difference of neighbouring sides relative to their size, and that size."""
    ev = Ev(f, dims, env)
    letters = free_letters(sides, f)
    ranges = [ev.range_of(l, sides) for l in letters]
    if None in ranges:
        raise Bad("a free letter without a range")
    worst, size = mpfr(0), mpfr(0)
    for vals in itertools.product(*(range(1, r + 1) for r in ranges)):
        e = ev.with_(letters=dict(zip(letters, vals)))
        got = [two(e.ev(s)) for s in sides]
        for a, b in zip(got, got[1:]):
            same(a, b)
            s = max(max(abs(x) for x in a.flat), max(abs(x) for x in b.flat))
            size = max(size, s)
            worst = max(worst, max(abs(x - y) for x, y in zip(a.flat, b.flat)) / max(s, mpfr(1)))
    return worst, size


def mutants(e):
    """Expressions with one subterm changed: a name transposed, a sign or product's order changed."""
    if not isinstance(e, tuple) or e[0] in ("num", "deriv", "index", "bigsum"):
        return
    if e[0] == "name":
        yield ("t", e)
        return
    if e[0] == "t":
        yield e[1]
    if e[0] == "+":
        yield ("-",) + e[1:]
    if e[0] == "-":
        yield ("+",) + e[1:]
    if e[0] == "*":
        yield ("*", e[2], e[1])
    for k, x in enumerate(e[1:], 1):
        if isinstance(x, tuple):
            for y in mutants(x):
                yield e[:k] + (y,) + e[k + 1:]
        elif isinstance(x, list):
            for q, z in enumerate(x):
                for y in mutants(z):
                    yield e[:k] + (x[:q] + [y] + x[q + 1:],) + e[k + 1:]


def tally(count, failed):
    count[0] += 1
    count[1] += failed


def main():
    args = [a for a in sys.argv[1:] if not a.startswith("--")]
    controls = "--controls" in sys.argv
    here = os.path.dirname(os.path.abspath(__file__))
    files = args or sorted(glob.glob(os.path.join(here, "*.ew")))
    total_claims = passed = 0
    scaled, changed = [0, 0], [0, 0]
    for path in files:
        f = File(path)
        refuted = "refuted" in os.path.basename(path)
        rng = random.Random(os.path.basename(path))
        points = [f.point(rng) for _ in range(3)]
        good = 0
        for line, comment, text, sides in f.claims:
            total_claims += 1
            if not comment:
                print(f"{path}:{line}: no source: {text}")
            try:
                res = [gap(f, sides, d, env) for d, env in points]
                bad = max(g for g, _ in res) > TOL
                zero = all(s < TOL for _, s in res)
                if zero:
                    print(f"{path}:{line}: both sides are zero: {text}")
                if sides[0] == sides[-1]:
                    print(f"{path}:{line}: the sides are one text: {text}")
                ok = bad if refuted else not bad
                if not ok:
                    print(f"{path}:{line}: {'HOLDS' if refuted else 'FAILS'} {float(max(g for g, _ in res)):.2e}: {text}")
            except Exception as e:  # a claim that cannot be read is a claim unchecked
                ok = False
                print(f"{path}:{line}: {type(e).__name__}: {e}: {text}")
            good += ok
            if "--list" in sys.argv:
                print("ok  " if ok else "BAD ", comment, "|", text)
            if controls and ok and not refuted and not zero:
                tally(scaled, gap(f, sides[:-1] + [("*", sides[-1], ("num", "1.001"))], *points[0])[0] > TOL)
                for m in itertools.islice(mutants(sides[-1]), 12):
                    try:
                        moved = gap(f, [sides[-1], m], *points[0])[0] > TOL
                    except Exception:
                        continue  # shapes do not fit: no claim at all
                    if moved:  # else the change has no effect, such as transposing a symmetric factor
                        tally(changed, gap(f, sides[:-1] + [m], *points[0])[0] > TOL)
        passed += good
        print(f"{os.path.basename(path):24} {good:4} of {len(f.claims)}", "(refuted as expected)" if refuted else "")
    print(f"{passed} of {total_claims} claims as expected")
    if controls:
        print(f"controls: last side times 1.001: {scaled[1]} of {scaled[0]} fail; one name transposed, sign or order of a "
              f"product changed, with effect on the side: {changed[1]} of {changed[0]} fail")
    caught = scaled[0] == scaled[1] and changed[0] == changed[1]
    sys.exit(passed != total_claims or not caught)


if __name__ == "__main__":
    main()
