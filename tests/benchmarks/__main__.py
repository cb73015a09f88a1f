"""All benchmarks, one after the other: ``make bench``; one of them: ``python -m tests.benchmarks NAME …``."""

import subprocess
import sys

BENCHMARKS = (
    ["scale", "10000"],
    ["schemes", "100000"],
    ["alarms"],
    ["rivals"],
    ["cluster_identity"],
    ["cluster_events"],
    ["identity"],
    ["ids"],
    ["identity", "--scale", "100000"],
    ["drafts"],
    ["demo", "--customers", "2000", "--periods", "6"],
    ["big_csv", "1"],
    ["engines", "--customers", "150", "--periods", "2"],
    ["growing"],
    ["lifetime"],
    ["traits"],
    ["changes"],
    ["weeks"],
    ["tone"],
    ["themes"],
    ["forecasts"],
    ["categories"],
    ["discounts"],
    ["companies", "--small"],
    ["telco"],
    ["taught"],
    ["planted_traits"],
    ["explanations"],
    ["scoring"],
    ["confidence"],
    ["confidence_counted"],
    ["calm"],
    ["leaving"],
    ["faults"],
    ["fault_limits", "demo_company", "online_retail"],
    ["plan", "--companies", "50"],
    ["fault_moves"],
    ["backfill"],
)

failed = []
for name, *arguments in [sys.argv[1:]] if sys.argv[1:] else BENCHMARKS:
    print(f"\n== {name} {' '.join(arguments)}", flush=True)
    module = f"tests.benchmarks.{name.removeprefix('tests.benchmarks.')}"
    if subprocess.run([sys.executable, "-m", module, *arguments], check=False).returncode:
        failed.append(name)
if failed:
    sys.exit(f"\nnot as asked for: {', '.join(failed)}")
