#!/usr/bin/env python3
"""Evaluates every equation that a derivation prints, with numbers and from scratch.

usage: evaluate_displays.py DERIVATION.(md|tex) [--program FILE.ew] [--size N=7,D=4,M=9]
           [--shape X=N,D ...] [--define 'Y=X*W' ...] [--loss L=Y] [--trials 2] [--seed 1]

Reads the displays of DERIVATION (or - for standard input), parses their LaTeX, gives every declared
matrix random entries, and compares the two sides of every `=`.  The program is told by options, in
the order of its definitions, or read from an .ew file of declarations, definitions and sizes.  Dimensions without a
size get different ones by lot.

It shares nothing with the engine: numbers are integers modulo 2^61 - 1 where the program is rational, and
floats (equal within 1e-8 of the largest entry) where it is not; derivatives come from dual numbers (a + b*e with
e*e = 0, one e inside of another for higher orders) through direct code of every operation, an unknown loss is a
random cubic polynomial of its argument's entries, an unknown entrywise function a random polynomial.  What a program
defines is read from its text.

What a formula means:
  - juxtaposition is the matrix product, or a scalar times anything;
  - a derivative by V followed by a derivative of V is the sum of products over all entries of V;
  - in a chain that begins with a scalar, two matrices of one shape side by side are the sum of
    products of all their entries;
  - entrywise marks beside juxtaposition, without brackets, mean something only where every order agrees;
  - an index letter that no sum binds stands for every value of its range;
  - in a derivative of higher order the variable that stands first is the first to differentiate by, so that with two
    vectors the rows follow the first;
  - vec stacks columns, reshape undoes it, K_{m,n} takes vec(A) to vec(A^T) for A of m rows and n columns;
  - of several indices in brackets on one axis the first is the slowest;
  - `\\otimes` is the Kronecker product; of two columns it may be their outer product instead, in a whole chain the same;
  - a matrix with one entry is a number, so that a vector of length one has a derivative of a scalar's shape;
  - `\\implies` and a wide space end a chain and state nothing across it;
  - after "what recurs" a new name on the left is defined by the right side.

Prints each link that differs and each display that could not be read, then `K of N links equal`;
exits 0 only when all are equal, all was read and there was something to compare.
"""
import argparse
import itertools
import pathlib
import random
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from displays.evaluation import Evaluation  # noqa: E402
from displays.latex import Latex, chains_of  # noqa: E402
from displays.numbers import Mat, Tensor, Trouble, same  # noqa: E402
from displays.program import Program  # noqa: E402
from displays.ranges import Ranges, free_letters  # noqa: E402

DISPLAY = re.compile(
    r"\$\$(.*?)\$\$|\\\[(.*?)\\\]|\\begin\{(equation|align|gather|multline)(\*?)\}(.*?)\\end\{\3\4\}", re.S)


def verdicts_on(links, program, naming):
    """For each `=` of a chain None, or for which indices it is false.  A sign between two columns means one of two
    products, in the whole chain the same: the chain may be right with either."""
    program.columns = False
    try:
        stacked = verdicts_of([Latex(link, program) for link in links], program, naming)
    except Trouble:
        if not program.columns:
            raise
        stacked = None
    if not program.columns or stacked is not None and all(at is None for at in stacked):
        return stacked
    try:
        return verdicts_of([Latex(link, program, stacks=False) for link in links], program, naming)
    except Trouble:
        if stacked is None:
            raise
        return stacked


def verdicts_of(links, program, naming):
    trees = [link.whole() for link in links]
    look = Evaluation(program, program.values)
    if naming and len(trees) == 2 and trees[0][0] == "name" and trees[0][1] not in program.values:
        program.values[trees[0][1]] = look.value(trees[1])
        return []
    ranges = Ranges()
    for tree in trees:
        free_letters(tree, look, {}, ranges)
    verdicts = [None] * (len(trees) - 1)
    for spans in ranges.every():
        for numbers in itertools.product(*(range(1, size + 1) for size in spans.values())):
            look = Evaluation(program, program.values, dict(zip(spans, numbers)), None, spans)
            first = look.value(trees[0])
            scalar = not isinstance(first, (Mat, Tensor))
            values = [first] + [look.value(tree, scalar) for tree in trees[1:]]
            for k in range(len(verdicts)):
                a, b = values[k], values[k + 1]
                if trees[k + 1] == ("num", 0) and isinstance(a, Mat):
                    b = a.map(lambda _: program.number(0))
                if trees[k] == ("num", 0) and isinstance(b, Mat):
                    a = b.map(lambda _: program.number(0))
                if verdicts[k] is None and not same(a, b):
                    verdicts[k] = ", ".join(f"{i} = {n}" for i, n in zip(spans, numbers))
    return verdicts


def judge(text, program, say=print):
    """(links equal, links in all, displays that could not be read)"""
    equal = total = unread = 0
    end, naming = 0, False
    for found in DISPLAY.finditer(text):
        # A sentence that announces names makes the displays up to the next sentence their definitions.
        prose = text[end:found.start()]
        naming = "what recurs" in prose or naming and not re.search(r"[a-z]{2}", prose)
        end = found.end()
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
                verdicts = verdicts_on(links, program, naming)
            except Trouble as trouble:
                say(f"line {where}: cannot evaluate: {trouble}: {'  =  '.join(shown)[:400]}")
                unread += 1
                continue
            for k, at in enumerate(verdicts):
                if at is not None:
                    say(f"line {where}: not equal{' at ' + at if at else ''}: {shown[k][:300]}  =  {shown[k + 1][:300]}")
            total += len(verdicts)
            equal += verdicts.count(None)
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
                lot = ", ".join(f"{name} = {n}" for name, n in program.sizes.items() if name not in program.given)
                if lot:
                    print(f"with sizes by lot: {lot}")
                break
    except Trouble as trouble:
        print(f"the program: {trouble}")
        return 1
    print(f"{equal} of {total} links equal" + (f", {unread} could not be read" if unread else ""))
    return int(equal < total or unread > 0 or total == 0)


if __name__ == "__main__":
    sys.exit(main())
