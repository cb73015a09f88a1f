"""All benchmarks, one after the other: ``make bench``. Each also runs alone, see its module."""

import subprocess
import sys

BENCHMARKS = (
    ["tests.benchmarks.scale", "10000"],
    ["tests.benchmarks.drift_calibration"],
    ["tests.benchmarks.cluster_identity"],
)

for module, *arguments in BENCHMARKS:
    print(f"\n== {module} {' '.join(arguments)}", flush=True)
    subprocess.run([sys.executable, "-m", module, *arguments], check=True)
