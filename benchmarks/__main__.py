"""Run the benchmarks by name, or all of them: python -m benchmarks [NAME ...]."""

import argparse
import os
import platform
import sys
from collections.abc import Callable
from functools import partial

from benchmarks import (
    calls,
    change,
    components,
    critical_path,
    fleet,
    idle,
    many,
    policies,
    state,
    transfer,
)
from benchmarks.errors import BenchmarkError
from benchmarks.scene import Scene, scene
from tools.stopping import end_by_sigterm

_BENCHMARKS: dict[str, Callable[[Scene], None]] = {
    "components": components.measure,
    "critical_path": critical_path.measure,
    "calls": calls.measure,
    "state": state.measure,
    "transfer": transfer.measure,
    "idle": idle.measure,
    "many": many.measure,
    "change": change.measure,
    "policies": policies.measure,
}


def main() -> int:
    """Run what is asked for, each on a stage of its own; 0 done, 1 failed, 2 wrong use."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join([*_BENCHMARKS, "fleet"]))
    parser.add_argument("--tenants", type=int, default=4, help="of the benchmark fleet")
    parser.add_argument("--rounds", type=int, default=3, help="of its previews")
    asked = parser.parse_args()
    names: list[str] = asked.names
    of_fleet = partial(fleet.measure, tenants=asked.tenants, rounds=asked.rounds)
    benchmarks = _BENCHMARKS | {"fleet": of_fleet}
    unknown = [name for name in names if name not in benchmarks]
    if unknown:
        parser.error(f"there is no {unknown[0]!r}; there are {', '.join(benchmarks)}")
    # The usual end of a process must not leave an emulator behind either.
    end_by_sigterm()
    cores = os.cpu_count()
    print(f"{cores} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}")
    try:
        for name in names or benchmarks:
            with scene() as ready:
                benchmarks[name](ready)
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; nothing runs and nothing is left.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
