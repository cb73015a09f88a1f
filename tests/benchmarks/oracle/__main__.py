"""Run as ``python -m tests.benchmarks oracle FOLDER [PERIOD]``."""

import sys

from tests.benchmarks.oracle import main

main(sys.argv[1:])
