"""The expressions of an .ew file as trees (see evaluation.py)."""
import re
from fractions import Fraction

from .numbers import Trouble

TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?(?:e[+-]?\d+)?(?!\w)|[^\W\d]\w*|\.\*|\./|\.\^|\S)")
ALIASES = {"ᵀ": "'", "@": "*", "·": "*", "⊙": ".*"}
PRODUCTS = {"*": "product", "/": "over", ".*": "hadamard", "./": "quotient"}


def number(token):
    """An exact decimal."""
    try:
        value = Fraction(token)
    except ValueError as error:
        raise Trouble(f"number {token}") from error
    whole = ("num", value.numerator)
    return whole if value.denominator == 1 else ("over", whole, ("num", value.denominator))


def is_name(token):
    return token is not None and re.fullmatch(r"[^\W\d]\w*", token) is not None


class Source:
    """Recursive descent; `functions` are the names that a prime or a bracket may follow."""

    def __init__(self, text):
        self.tokens, self.spaced, at = [], [], 0
        text = text.rstrip()
        while at < len(text):
            found = TOKEN.match(text, at)
            self.tokens.append(ALIASES.get(found[1], found[1]))
            self.spaced.append(found.start(1) > at)
            at = found.end()
        self.at = 0

    def peek(self, ahead=0):
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else None

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

    def starts_factor(self):
        token = self.peek()
        return token is not None and (token == "(" or token[0].isdigit() or is_name(token))

    def product(self):
        result = self.unary()
        while True:
            if self.peek() in PRODUCTS:
                kind = PRODUCTS[self.take()]
            elif self.starts_factor():
                kind = "product"
            else:
                return result
            other = self.unary()
            result = ("product", [result, other]) if kind == "product" else (kind, result, other)

    def unary(self):
        if self.peek() == "-":
            self.take()
            return ("minus", self.unary())
        return self.postfix()

    def arguments(self, closing):
        found = [self.sum()]
        while self.peek() == ",":
            self.take()
            found.append(self.sum())
        self.take(closing)
        return found

    def touches(self, mark):
        """Whether `mark` follows without a space."""
        return self.peek() == mark and not self.spaced[self.at]

    def binders(self):
        """`(i, j: n)` after `sum`, if a factor follows that the sum can bind."""
        start, found = self.at, []
        self.take("(")
        while is_name(self.peek()) and self.peek(1) in (",", ")", ":"):
            name, high = self.take(), None
            if self.peek() == ":":
                self.take()
                high = self.sum()
            found.append((name, high))
            if self.take() == ")":
                if self.starts_factor():
                    return found
                break
        self.at = start
        return None

    def primary(self):
        token = self.take()
        if token == "(":
            result = self.sum()
            self.take(")")
            return result
        if token[0].isdigit():
            return number(token)
        if not is_name(token):
            raise Trouble(f"definition: {token} not expected")
        primes = 0
        while self.peek(primes) == "'":
            primes += 1
        if primes and self.peek(primes) == "(" and not self.spaced[self.at + primes]:
            self.at += primes + 1
            return ("prime", token, primes, self.arguments(")"))
        if self.touches("("):
            bound = self.binders() if token == "sum" else None
            if bound:
                body = self.product()
                for name, high in reversed(bound):
                    body = ("sum", name, ("num", 1), high, body)
                return body
            self.take("(")
            arguments = self.arguments(")")
            return ("delta", arguments) if token == "delta" else ("call", token, arguments)
        return ("name", token)

    def postfix(self):
        result = self.primary()
        while True:
            if self.peek() == "'":
                self.take()
                result = ("transpose", result)
            elif self.touches("["):
                self.take()
                result = ("pick", result, self.arguments("]"))
            elif self.peek() in ("^", ".^"):
                kind = "power" if self.take() == "^" else "dotpower"
                result = (kind, result, self.exponent())
            else:
                return result

    def exponent(self):
        if self.peek() == "-":
            self.take()
            return ("minus", self.exponent())
        token = self.take()
        if token == "(":
            result = self.sum()
            self.take(")")
            return result
        return number(token) if token[0].isdigit() else ("name", token)
