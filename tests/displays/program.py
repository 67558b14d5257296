"""The program that a derivation is about: declarations, definitions, functions, and random values for what is open."""
import itertools
import re

from . import operations
from .evaluation import CONSTANTS, Evaluation, Values
from .numbers import P, Dual, Mat, Tensor, Trouble, indices, level_of, narrow, reduced, slope, wide
from .ranges import Ranges, children, free_letters, names
from .source import Source

STRIPS = 64  # of the rule that integrates a function known by its derivative


class Function:
    """An operation or scalar function that the file defines."""

    def __init__(self, parameters, letters, body, slope_tree=None, scalar=False):
        self.parameters, self.letters, self.body = parameters, letters, body
        self.slope_tree, self.scalar = slope_tree, scalar

    def dimensions(self):
        """Which parameters are dimensions; nothing if none is."""
        which = [shape is None and not self.scalar for _, shape in self.parameters]
        return which if any(which) else []


class Program:
    """Declared shapes and definitions in order, with random values for what is declared."""

    def __init__(self):
        self.given, self.sizes, self.shapes, self.definitions, self.losses = {}, {}, {}, {}, {}
        self.functions, self.unknown, self.properties, self.conditions = {}, {"loss": "scalar"}, {}, []
        self.values, self.curves, self.real = Values(), {}, False
        self.columns = False  # whether a sign for two products stood between two columns

    # ---- reading ----

    def size(self, text):
        for item in filter(None, text.split(",")):
            name, _, number = item.partition("=")
            self.given[name.strip()] = self.sizes[name.strip()] = int(number)

    def declare(self, name, dims, properties=()):
        self.shapes[name] = dims
        self.properties.setdefault(name, set()).update(properties)

    def define(self, name, source):
        self.definitions[name] = Source(source).whole()

    def read(self, text):
        """The statements of an .ew file."""
        for line in re.split(r"[\n;]", re.sub(r"#.*", "", text)):
            line = line.strip()
            if not line or re.match(r"(derive|verify)\b(?!\s*[=:])", line):
                continue
            if found := re.fullmatch(r"size\s+(.*)", line):
                self.size(found[1])
            elif found := re.fullmatch(r"assume\s+(.*)", line):
                self.assume(found[1])
            elif found := re.fullmatch(r"unknown\s+(\w+)\s*:\s*(entrywise|scalar)", line):
                self.unknown[found[1]] = found[2]
            elif found := re.fullmatch(r"scalar\s+(\w+)\((\w+)\)\s*(?:=\s*(.*?))?\s*(?:\bderivative\b\s*(.*))?", line):
                self.refuse_notation(line)
                formula, derivative = (Source(t).whole() if t else None for t in (found[3], found[4]))
                self.functions[found[1], 1] = Function([(found[2], [])], [], formula, derivative, True)
            elif found := re.fullmatch(r"(\w+)\(([^()]*)\)(?:\[([^\]]*)\])?\s*=\s*(.*)", line):
                self.refuse_notation(line)
                parameters = [self.parameter(item) for item in found[2].split(",")]
                letters = [(name.strip(), Source(high).whole() if high else None) for name, _, high in
                           (item.partition(":") for item in (found[3] or "").split(",") if item.strip())]
                self.functions[found[1], len(parameters)] = Function(parameters, letters, Source(found[4]).whole())
            elif found := re.fullmatch(r"([\w, ]+?)\s*:\s*(.*)", line):
                self.declaration(found[1], found[2])
            elif found := re.fullmatch(r"(\w+)\s*=\s*(.*)", line):
                self.define(found[1], found[2])
            else:
                raise Trouble(f"program: {line}")

    def refuse_notation(self, line):
        if re.search(r"\bas\s+(latex|text)\b", line):
            raise Trouble(f"a notation of the file's own: {line}")

    def dims(self, text):
        """Trees of the dimensions of a shape, and the words behind it."""
        text, *words = re.split(r"\s+(?=(?:symmetric|positive|onehot|posdef|antisymmetric|diagonal|lower|upper|"
                                r"orthogonal|integer)\b)", text.strip())
        if text == "scalar":
            return [], words
        return [Source(part).whole() for part in re.split(r"\s+x\s+|\s*×\s*", text)], words

    def parameter(self, item):
        name, _, shape = item.partition(":")
        return name.strip(), self.dims(shape)[0] if shape.strip() else None

    def declaration(self, names, text):
        dims, words = self.dims(text)
        for word in words:
            if word not in ("symmetric", "positive", "onehot"):
                raise Trouble(f"program: no random values that are {word}")
        for name in names.split(","):
            self.declare(name.strip(), dims, words)

    def assume(self, text):
        for condition in re.split(r",(?![^(]*\))", text):
            condition = condition.strip()
            if found := re.fullmatch(r"onehot\((\w+)\)", condition):
                self.properties.setdefault(found[1], set()).add("onehot")
            elif found := re.fullmatch(r"(.*?)\s*(<=|>=|==|<|>)\s*(.*)", condition):
                self.conditions.append((condition, Source(found[1]).whole(), found[2], Source(found[3]).whole()))
            else:
                raise Trouble(f"program: assume {condition}")

    # ---- values ----

    def number(self, n):
        return float(n) if self.real else n % P

    def dimension(self, dim):
        tree = Source(dim).whole() if isinstance(dim, str) else dim
        return Evaluation(self, {}).integer(tree)

    def shape_of(self, name):
        dims = [self.dimension(dim) for dim in self.shapes[name]]
        return tuple((dims + [1, 1])[:2])

    def is_rational(self, tree):
        """Whether exact numbers can follow it."""
        if tree[0] in ("power", "dotpower") and not (tree[2][0] == "num" or tree[2][0] == "minus" and tree[2][1][0] == "num"):
            return False
        if tree[0] == "name" and tree[1] == "pi" and "pi" not in {**self.shapes, **self.definitions, **self.sizes}:
            return False
        if tree[0] in ("call", "prime"):
            known = self.function(tree[1], len(tree[-1]))
            if known is not None:
                trees = [t for t in (known.body, known.slope_tree) if t is not None]
                if known.body is None or not all(map(self.is_rational, trees)):
                    return False
            elif tree[1] not in self.unknown and tree[1] not in operations.EXACT | set(CONSTANTS):
                return False
        return all(map(self.is_rational, children(tree)))

    def draw(self, rng):
        """New random values for everything, and new random functions for unknown ones."""
        self.losses, self.curves, self.rng = {}, {}, rng
        self.real = bool(self.conditions) or not all(map(self.is_rational, self.definitions.values()))
        for _ in range(1000):
            self.sizes, self.values = {**self.given, **self.drawn_sizes()}, Values()
            for name in self.shapes:
                self.values[name] = self.drawn(name)
            if all(self.holds(*condition) for condition in self.conditions):
                break
        else:
            raise Trouble("no random values meet the assumptions")
        self.values = self.run(self.values, {})

    def drawn_sizes(self):
        """Of the dimensions that nothing gives: different ones."""
        missing = sorted({name for dims in self.shapes.values() for dim in dims
                          for name in names(Source(dim).whole() if isinstance(dim, str) else dim)} - set(self.given))
        return dict(zip(missing, self.rng.sample(range(2, 2 + max(4, len(missing))), len(missing))))

    def drawn(self, name):
        r, c = self.shape_of(name)
        words = self.properties.get(name, ())
        if "onehot" in words:
            places = [self.rng.randrange(c) for _ in range(r)]
            return narrow(Mat([[self.number(int(j == k)) for j in range(c)] for k in places]))
        positive = "positive" in words or any(  # an entry with a lower bound, so that one point in 2^n need not be met by luck
            left == ("name", name) and sign in (">", ">=") for _, left, sign, _ in self.conditions)
        one = lambda: (self.rng.uniform(0.2, 1.3) * (1 if positive else self.rng.choice((-1, 1)))
                       if self.real else self.rng.randrange(P))
        rows = [[one() for _ in range(c)] for _ in range(r)]
        if "symmetric" in words:
            rows = [[rows[min(i, j)][max(i, j)] for j in range(c)] for i in range(r)]
        return narrow(Mat(rows))

    def holds(self, text, left, sign, right):
        values = {name: value for name, value in self.values.items() if name in self.shapes}
        look = Evaluation(self, values)
        try:
            a, b = (wide(look.value(side)).cells() for side in (left, right))
        except Trouble as trouble:
            raise Trouble(f"assume {text}: {trouble}") from trouble
        test = {"<": lambda x, y: x < y, ">": lambda x, y: x > y, "<=": lambda x, y: x <= y,
                ">=": lambda x, y: x >= y, "==": lambda x, y: x == y}[sign]
        return all(test(x, y) for x, y in itertools.product(a, b))

    def run(self, base, fixed, level=0):
        """All values when the names in `fixed` have the given ones, whatever defines them."""
        values = Values({name: value for name, value in base.items() if name in self.shapes}, fixed, level)
        values.update(fixed)
        for name, tree in self.definitions.items():
            if name not in fixed:
                values[name] = Evaluation(self, values).value(tree)
        values.complete = True
        return values

    def depends(self, name, other):
        """Whether the definition of a name leads to the other."""
        used = names(self.definitions[name]) if name in self.definitions else set()
        return other in used or any(self.depends(k, other) for k in used if k != name and k in self.definitions)

    # ---- functions ----

    def function(self, name, count):
        return self.functions.get((name, count))

    def is_function(self, name):
        return (name in self.unknown or any(name == known for known, _ in self.functions)
                or name in operations.SCALAR or name in operations.OPERATIONS)

    def call(self, name, arguments):
        known = self.function(name, len(arguments))
        if known is not None and known.scalar:
            return self.by_entries(lambda t: self.scalar(known, t), arguments)
        if known is not None:
            return self.operation(name, known, arguments)
        if self.unknown.get(name) == "entrywise":
            return self.by_entries(lambda t: self.curve(name, 0, t), arguments)
        if name in self.unknown:
            return self.loss(name, arguments)
        if name in operations.SCALAR and not self.real:
            raise Trouble(f"{name} in a program of rational operations")
        if name in operations.SCALAR:
            return self.by_entries(lambda t: operations.scalar_function(name, t), arguments)
        if name in operations.OPERATIONS:
            if not self.real and name not in operations.EXACT:
                raise Trouble(f"{name} in a program of rational operations")
            try:
                return operations.OPERATIONS[name](*arguments)
            except TypeError as error:
                raise Trouble(f"{name} of {len(arguments)} arguments") from error
        raise Trouble(f"unknown function {name}")

    def by_entries(self, f, arguments):
        if len(arguments) != 1:
            raise Trouble("a scalar function of several arguments")
        return narrow(wide(arguments[0]).map(f))

    def scalar(self, known, t):
        """By its formula; without one, the integral of its derivative from 0 on (any constant serves)."""
        parameter = known.parameters[0][0]
        if known.body is not None:
            return Evaluation(self, {parameter: t}, {}, {}).value(known.body)
        slope_at = lambda x: Evaluation(self, {parameter: x}, {}, {}).value(known.slope_tree)
        if isinstance(t, Dual):
            return Dual(t.level, self.scalar(known, t.a), slope_at(t.a) * t.b)
        width = t / STRIPS
        return sum(slope_at(k * width) * (1 if k in (0, STRIPS) else 4 if k % 2 else 2)
                   for k in range(STRIPS + 1)) * width / 3

    def prime(self, name, primes, t):
        """The derivative of a function of one number."""
        if self.unknown.get(name) == "entrywise":
            return self.curve(name, primes, t)
        known = self.function(name, 1)
        if not (known is not None and known.scalar or known is None and name in operations.SCALAR and self.real):
            raise Trouble(f"a prime on {name}")
        if not primes:
            return narrow(self.call(name, [t]))
        level = level_of(t) + 1
        return slope(self.prime(name, primes - 1, Dual(level, t, self.number(1))), level)

    def curve(self, name, primes, t):
        """An unknown entrywise function is a random polynomial of degree 5."""
        if name not in self.curves:
            self.curves[name] = [self.coefficient() for _ in range(6)]
        coefficients = self.curves[name]
        for _ in range(primes):
            coefficients = [reduced(k * c) for k, c in enumerate(coefficients)][1:] or [self.number(0)]
        total = self.number(0)
        for c in reversed(coefficients):
            total = reduced(total * t + c)
        return total

    def coefficient(self):
        return self.rng.uniform(0.2, 1) * self.rng.choice((-1, 1)) if self.real else self.rng.randrange(1, P)

    def loss(self, name, arguments):
        """A random cubic polynomial in all entries of the arguments."""
        cells = [x for value in arguments for x in wide(value).cells()]
        key = (name, len(cells))
        if key not in self.losses:
            terms = [(self.coefficient(), [k] * power) for k in range(len(cells)) for power in (1, 2, 3)]
            for size in (2, 3):
                terms += [(self.coefficient(), [self.rng.randrange(len(cells)) for _ in range(size)])
                          for _ in range(2 * len(cells))]
            self.losses[key] = terms
        total = self.number(0)
        for factor, places in self.losses[key]:
            term = factor
            for k in places:
                term = reduced(term * cells[k])
            total = reduced(total + term)
        return total

    def operation(self, name, known, arguments):
        """By its formula, which sees its parameters and their dimensions only."""
        values, sizes, later = {}, {}, []
        for (parameter, shape), value in zip(known.parameters, arguments):
            if shape is None:
                sizes[parameter] = value
                continue
            values[parameter] = value
            for dim, size in zip((shape + [("num", 1)] * 2)[:2], wide(value).shape):
                if dim[0] == "name" and dim[1] not in sizes:
                    sizes[dim[1]] = size
                else:
                    later.append((dim, size))
        look = Evaluation(self, values, {}, sizes)
        for dim, size in later:
            if look.integer(dim) != size:
                raise Trouble(f"{name}: an argument of another shape")
        if not known.letters:
            return look.value(known.body)
        ranges = Ranges()
        free_letters(known.body, look, {}, ranges)
        spans = []
        for letter, high in known.letters:
            span = ranges.sizes.get(letter) if high is None else look.integer(high)
            if span is None:
                raise Trouble(f"{name}: nothing tells the range of {letter}")
            spans.append(range(1, span + 1))
        entry = lambda places: look.at({letter: k for (letter, _), k in zip(known.letters, places)}).value(known.body)
        if len(spans) == 1:
            return narrow(Mat([[entry((i,))] for i in spans[0]]))
        return narrow(Mat([[entry((i, j)) for j in spans[1]] for i in spans[0]]))

    # ---- derivatives ----

    def derivative(self, look, tree, by, cell=None, held=()):
        """Of an expression by the entry `cell` of `by`, or by all of it: seeds and dual numbers.  With names held fixed
        an expression depends on the variable only past them."""
        base, name = look.values, by[1] if by[0] == "name" else by[2][0][1]
        known = names(tree)
        letters = tuple((k, n, look.spans.get(k)) for k, n in sorted(look.letters.items()) if k in known)
        key = (repr(tree), by[0], name, held, letters)
        if key not in base.derivatives:
            for other in set(base.fixed) - {name, *held}:
                if self.depends(other, name):
                    raise Trouble(f"a derivative by {name} where {other} has a value of its own")
            fixed = {other: base[other] for other in (*base.fixed, *held)}
            level, matrix = base.level + 1, wide(base[name])
            below = matrix.shape if by[0] == "name" else (matrix.shape[0] * matrix.shape[1], 1)
            slopes, above = {}, None
            for i, j in indices(matrix.shape):
                rows = [list(row) for row in matrix.rows]
                rows[i][j] = Dual(level, rows[i][j], self.number(1))
                values = self.run(base, {**fixed, name: narrow(Mat(rows))}, level)
                result = wide(Evaluation(self, values, look.letters, look.sizes, look.spans).value(tree))
                above = result.shape
                place = (i, j) if by[0] == "name" else (j * matrix.shape[0] + i, 0)
                for up in indices(above):
                    slopes[up + place] = slope(result.rows[up[0]][up[1]], level)
            base.derivatives[key] = Tensor(above, below, slopes, tree, by)
        whole = base.derivatives[key]
        if cell is None:
            return whole
        return Tensor(whole.above, (1, 1), {up + (0, 0): whole.slopes[up + cell] for up in indices(whole.above)}, tree)
