#!/usr/bin/env python3
"""Fails when a crate of the lock file has a licence that nobody has agreed to.

usage: cargo metadata --locked --format-version 1 | licences.py

An expression passes when it can be met with licences of ALLOWED alone.  The crates of EXCEPTIONS
are named in NOTICE; each must carry exactly the licence written here, and one that is no longer
used must be taken off both lists.
"""
import json
import re
import sys

ALLOWED = {"MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0",
           "ISC", "Zlib", "Unicode-3.0", "Unlicense", "CC0-1.0", "0BSD"}
EXCEPTIONS = {
    "symbolica": "file License.md",
    "malachite-base": "LGPL-3.0-only",
    "malachite-nz": "LGPL-3.0-only",
    "malachite-q": "LGPL-3.0-only",
    "colored": "MPL-2.0",
    "smartstring": "MPL-2.0+",
}


def allowed(expression):
    """SPDX with AND, OR, brackets, and the old slash for OR."""
    tokens = re.findall(r"\(|\)|\bAND\b|\bOR\b|/|[\w.+-]+(?: WITH [\w.+-]+)?", expression)

    def either():
        result = both()
        while tokens and tokens[0] in ("OR", "/"):
            tokens.pop(0)
            result = both() or result
        return result

    def both():
        result = one()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            result = one() and result
        return result

    def one():
        token = tokens.pop(0)
        if token == "(":
            result = either()
            tokens.pop(0)
            return result
        return token in ALLOWED

    try:
        return either() and not tokens
    except IndexError:
        return False


def problems_in(packages):
    seen = set()
    for package in packages:
        name = package["name"]
        licence = package["license"] or f"file {package['license_file']}"
        if name in EXCEPTIONS:
            seen.add(name)
            if licence != EXCEPTIONS[name]:
                yield f"{name} {package['version']}: {licence}, agreed was {EXCEPTIONS[name]}"
        elif not package["license"] or not allowed(licence):
            yield f"{name} {package['version']}: {licence} is not on the list"
    for name in sorted(set(EXCEPTIONS) - seen):
        yield f"{name} is an exception that nothing uses any more; take it out of NOTICE too"


def main():
    assert allowed("(MIT OR Apache-2.0) AND Unicode-3.0") and allowed("Apache-2.0 OR GPL-2.0-only")
    assert not allowed("MIT AND GPL-3.0-only") and not allowed("LGPL-3.0-only") and not allowed("")
    packages = json.load(sys.stdin)["packages"]
    problems = list(problems_in(packages))
    for problem in problems:
        print(problem)
    print(f"{len(packages)} crates, {len(EXCEPTIONS)} named exceptions, {len(problems)} problems")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
