"""Displays as chains of tokens, and one link of a chain as a tree (see evaluation.py)."""
import re

from . import operations
from .numbers import Trouble
from .source import number

TOKEN = re.compile(r"\\begin\{[a-z]+\*?\}|\\end\{[a-z]+\*?\}|\\[a-zA-Z]+\*?|\\.|\d+(?:\.\d+)?|\s+|%[^\n]*|.", re.S)
IGNORED = {r"\,", r"\!", r"\:", r"\ ", "~", r"\displaystyle", r"\textstyle", r"\nonumber", r"\notag",
           r"\allowbreak", r"\bigl", r"\bigr", r"\Bigl", r"\Bigr", r"\biggl", r"\biggr"}
# Bars and angles as pairs of brackets: the opening token and the closing one.
PAIRS = {r"\|": ("NORM(", "NORM)"), r"\Vert": ("NORM(", "NORM)"), "|": ("ABS(", "ABS)"), r"\vert": ("ABS(", "ABS)"),
         r"\lVert": ("NORM(", "NORM)"), r"\rVert": ("NORM(", "NORM)"), r"\lvert": ("ABS(", "ABS)"),
         r"\rvert": ("ABS(", "ABS)"), r"\langle": ("DOT(", "DOT)"), r"\rangle": ("DOT(", "DOT)")}
OPENING = {"{", "(", "[", "NORM(", "ABS(", "DOT("}
CLOSING = {"}", ")", "]", "NORM)", "ABS)", "DOT)"}
# Commands that are functions, and words that are printed for another name.
FUNCTIONS = {r"\exp", r"\log", r"\ln", r"\sin", r"\cos", r"\tan", r"\tanh", r"\max", r"\sigma"}
CALLED = {"ln": "log", "sigma": "sigmoid", "CE": "crossentropy", "var": "variance"}
INFIX = {r"\otimes", r"\star"}
ARROWS = {r"\implies", r"\Rightarrow", r"\Longrightarrow"}
GREEK = set(r"\alpha \beta \gamma \epsilon \zeta \eta \theta \iota \kappa \lambda \mu \nu \xi \pi \rho \sigma \tau"
            r" \upsilon \phi \chi \psi \omega \Gamma \Delta \Theta \Lambda \Xi \Pi \Sigma \Upsilon \Phi \Psi"
            r" \Omega".split())
TRANSPOSES = ("T", r"\top", r"\intercal")


def tokens_of(text):
    """Tokens with layout gone; "WIDE" and "ROW" are wide spaces and line breaks outside matrices."""
    out, depth, left = [], 0, []
    raw = [t for t in TOKEN.findall(text) if not t.isspace() and not t.startswith("%")]
    k = 0
    while k < len(raw):
        token = raw[k]
        k += 1
        if token in IGNORED:
            continue
        if token in (r"\left", r"\right"):
            if k == len(raw):
                raise Trouble(f"{token} of nothing")
            mark = raw[k]
            k += 1
            if token == r"\left":
                left.append(mark)
                out += [] if mark == "." else [PAIRS[mark][0] if mark in PAIRS else mark]
            else:
                if not left:
                    raise Trouble(r"\right without \left")
                begun = left.pop()
                if begun == "." and mark in ("|", r"\vert"):
                    out.append("HELD")
                else:
                    out += [] if mark == "." else [PAIRS[mark][1] if mark in PAIRS else mark]
            continue
        if token in (r"\lVert", r"\lvert", r"\langle"):
            token = PAIRS[token][0]
        elif token in (r"\rVert", r"\rvert", r"\rangle"):
            token = PAIRS[token][1]
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
    if left:
        raise Trouble(r"\left without \right")
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
            if k < len(tokens) and not aligned and tokens[k] not in ("=", "+", "-", r"\cdot", r"\times", r"\odot", r"\oslash"):
                cleaned.append("BREAK")
        elif token == "WIDE":
            cleaned.append("BREAK")
        elif token != "ALIGN":
            cleaned.append(token)
    chains, links, link, depth = [], [], [], 0
    for token in cleaned + ["BREAK"]:
        depth += (token in OPENING or token.startswith(r"\begin"))
        depth -= (token in CLOSING or token.startswith(r"\end{"))
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


def enclosed(tokens, opening="(", closing=")"):
    """What stands between the first bracket and its partner, if that is the last token; nothing otherwise."""
    depth = 0
    for k, token in enumerate(tokens):
        depth += (token == opening) - (token == closing)
        if not depth:
            return tokens[1:k] if k and k == len(tokens) - 1 else []
    return []


def has_comma(tokens):
    depth = 0
    for token in tokens:
        depth += (token in OPENING) - (token in CLOSING)
        if token == "," and not depth:
            return True
    return False


class Latex:
    """Recursive descent over one link; `stacks` tells what a sign between two columns means (see judge)."""

    def __init__(self, tokens, program, stacks=True):
        self.tokens, self.program, self.stacks, self.at = tokens, program, stacks, 0

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
        factors, marks = [self.factor()], [""]
        while True:
            mark = ""
            if self.peek() in (r"\cdot", r"\times"):
                self.take()
            elif self.peek() in (r"\odot", r"\oslash"):
                mark = self.take()
            elif self.peek() in INFIX:
                if len(factors) > 1:
                    raise Trouble(f"{self.peek()} without brackets")
                sign, tree = self.peek(), factors[0]
                while self.peek() == sign:
                    self.take()
                    other = self.factor()
                    tree = ("call", "conv", [tree, other]) if sign == r"\star" else ("otimes", self.stacks, tree, other)
                    if sign == r"\star":
                        break
                if not self.ends():
                    raise Trouble(f"{sign} without brackets")
                return tree
            elif self.ends():
                break
            factors.append(self.factor())
            marks.append(mark)
        if any(marks):
            return ("mixed", list(zip(marks, factors)))
        return factors[0] if len(factors) == 1 else ("product", factors)

    def ends(self):
        """Whether a product ends here."""
        token = self.peek()
        return (token in (None, "+", "-", "&", r"\\", ",", "HELD") or token in CLOSING
                or token.startswith(r"\end{"))

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
        return Latex(tokens, self.program, self.stacks).whole()

    def places(self, tokens):
        """What commas separate; in brackets of its own, several indices on one axis."""
        parts, part, depth = [], [], 0
        for token in tokens + [","]:
            if token == "," and not depth:
                inside = enclosed(part)
                parts.append(("tuple", self.places(inside)) if inside and has_comma(inside) else self.inner(part))
                part = []
            else:
                depth += (token in OPENING) - (token in CLOSING)
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
        if token == "ABS(":
            return ("call", "abs", self.arguments("ABS)", 1))
        if token == "DOT(":
            return ("call", "dot", self.arguments("DOT)", 2))
        if token == "NORM(":
            argument = self.arguments("NORM)", 1)
            if self.peek() != "_":
                raise Trouble("a norm of no kind")
            self.take()
            kind = "".join(self.group())
            if kind not in ("1", "2", "F"):
                raise Trouble(f"a norm of kind {kind}")
            return ("call", "norm" + kind, argument)
        if token == r"\sqrt":
            return ("call", "sqrt", [self.inner(self.group())])
        if token == r"\frac" or token in (r"\dfrac", r"\tfrac"):
            return self.fraction()
        if token == r"\delta" and self.peek() == "_":
            self.take()
            return ("delta", self.places(self.group()))
        if token.startswith(r"\begin"):
            return self.matrix(token)
        if token == r"\operatorname":
            return self.applied(self.word())
        if token in (r"\mathrm", r"\mathit", r"\mathbf", r"\mathsf", r"\boldsymbol"):
            name = self.word()
            if token == r"\mathbf" and name in ("0", "1", "I") and self.peek() == "_":
                return self.constant(name)
            if token == r"\mathbf" and name == "0":
                return ("num", 0)
            return self.applied(name)
        if token in FUNCTIONS and token[1:] not in self.program.values:
            return self.applied(token[1:])
        if token == r"\ell":
            return self.call("loss") if self.peek() == "(" else ("name", "ell")
        if token in GREEK:
            return self.applied(token[1:])
        if token == "I" and "I" not in self.program.values and self.peek() == "_":
            return self.constant(token)
        if token == "K" and "K" not in self.program.values and self.peek() == "_":
            return self.constant(token)
        if len(token) == 1 and token.isalpha():
            return self.applied(token)
        raise Trouble(f"cannot read {token}")

    def constant(self, name):
        """Ones, zeros, the identity or a commutation matrix with dimensions below."""
        self.take("_")
        return ("constant", name, self.places(["," if t == r"\times" else t for t in self.group()]))

    def word(self):
        return "".join(t[1:] if t == r"\_" else t for t in self.group())

    def arguments(self, closing, count=None):
        found = [self.sum()]
        while self.peek() == ",":
            self.take()
            found.append(self.sum())
        self.take(closing)
        if count is not None and len(found) != count:
            raise Trouble(f"{len(found)} arguments before {closing}")
        return found

    def applied(self, name):
        """A name, or a function of that name with its arguments."""
        if name in self.program.values or name in self.program.sizes:
            return ("name", name)
        meant = name if self.program.is_function(name) else CALLED.get(name, name)
        if meant == "max" or not self.program.is_function(meant) and self.peek() != "(":
            return self.maximum() if meant == "max" else ("name", name)
        lower, primes = [], 0
        if self.peek() == "_" and not self.program.functions.get((meant, 2)):  # layernorm_{eps}(X)
            self.take()
            lower = self.places(["," if t == r"\times" else t for t in self.group()])
        while self.peek() == "'" or self.peek() == "^" and self.marks_prime():
            primes += 1
            self.take()
            if self.tokens[self.at - 1] == "^":
                self.group()
        if self.peek() not in ("(", "["):
            if primes or lower or self.program.is_function(meant):
                raise Trouble(f"{name} without arguments")
            return ("name", name)
        arguments = self.arguments({"(": ")", "[": "]"}[self.take()]) + lower
        return ("prime", meant, primes, arguments) if primes else ("call", meant, arguments)

    def marks_prime(self):
        return self.tokens[self.at + 1:self.at + 2] == [r"\prime"] or self.tokens[self.at + 1:self.at + 4] == ["{", r"\prime", "}"]

    def maximum(self):
        self.take("(")
        arguments = self.arguments(")", 2)
        if arguments[0] != ("num", 0):
            raise Trouble("a maximum of other than 0 and something")
        return ("call", "max0", arguments[1:])

    def call(self, name):
        self.take("(")
        return ("call", name, self.arguments(")"))

    def fraction(self):
        above, below = self.group(), self.group()
        if r"\partial" in (above[:1] + below[:1]):
            return self.derivative(above, below)
        return ("over", self.inner(above), self.inner(below))

    def derivative(self, above, below):
        """Of first or higher order; the variable that stands first is the first to differentiate by."""
        if above[:1] != [r"\partial"] or below[:1] != [r"\partial"]:
            raise Trouble("a derivative of another form")
        order, top = 1, above[1:]
        if top[:1] == ["^"]:
            order, top = self.order(top, 0)
        variables = []
        starts = [k for k, token in enumerate(below) if token == r"\partial"]
        for k, end in zip(starts, starts[1:] + [len(below)]):
            variable, times = below[k + 1:end], 1
            if "^" in variable:
                times, rest = self.order(variable, variable.index("^"))
                if rest:
                    raise Trouble("a derivative of another form")
                variable = variable[:variable.index("^")]
            variables += [self.inner(variable)] * times
        if len(variables) != order:
            raise Trouble(f"a derivative of order {order} by {len(variables)}")
        tree = self.inner(top) if top else self.postfix(self.primary(), bars=False)
        for variable in variables:
            tree = ("partial", tree, variable)
        return tree

    def order(self, tokens, at):
        """The number in the exponent at this place, and what follows it."""
        inside = enclosed(tokens[at + 1:at + 4], "{", "}")
        number = inside if inside else tokens[at + 1:at + 2]
        if len(number) != 1 or not number[0].isdigit():
            raise Trouble("a derivative of an order that is no number")
        return int(number[0]), tokens[at + (4 if inside else 2):]

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

    def postfix(self, tree, bars=True):
        while self.peek() in ("^", "_") or bars and self.peek() == "HELD":
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
            elif inside[:1] == [r"\odot"]:
                tree = ("dotpower", tree, self.inner(inside[1:]))
            elif inside:
                tree = ("power", tree, self.inner(inside))
            else:
                raise Trouble("an empty exponent")
        return tree
