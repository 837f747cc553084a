"""`make mutants`: insert faults into a copy of the product, one at a time, and count those that a test detects."""

from __future__ import annotations

import argparse
import sys

from muster.home import ROOT
from tests.mutants.catalogue import MUTANTS
from tests.mutants.runner import Runner


def main() -> int:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("words", nargs="*", help="try only mutants whose names contain one of these")
    parser.add_argument("--at-once", type=int, default=2, help="processes at a time (2)")
    arguments = parser.parse_args()
    chosen = [mutant for mutant in MUTANTS if not arguments.words or any(word in mutant.name for word in arguments.words)]
    if not chosen:
        print("no mutant has such a name; these are there: " + ", ".join(mutant.name for mutant in MUTANTS))
        return 1
    return Runner(ROOT, arguments.at_once).run(chosen, lambda line: print(line, flush=True))


if __name__ == "__main__":
    sys.exit(main())
