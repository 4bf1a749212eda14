"""Run the kill test: `python -m tests.kill --database sqlite --kills 200 --persons 40`."""

import argparse
import sys
import time
from pathlib import Path

from knowledge.pages import load_package
from knowledge.training import load_understander
from tests.kill import report
from tests.kill.run import Options, run
from tests.kill.scripts import Material
from wegwijs.settings import Settings


def main() -> None:
    """Run it, print the table; exits with 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--persons", type=int, default=40, help="at once, on all channels together")
    parser.add_argument("--seconds", type=float, default=600, help="over which the kills are spread, about")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--telegram",
        choices=["standin", "telegram-test-api"],
        default="standin",
        help="the Bot API server: our stand-in, or the npm package behind it (needs npm and the network)",
    )
    parser.add_argument("--write", type=Path, help="the page on which to write the table")
    given = parser.parse_args()
    options = Options(**{name: value for name, value in vars(given).items() if name != "write"})
    package = load_package()
    material = Material.of(package, load_understander(package, Settings()))
    result = run(options, material, progress=_progress)
    print(report.section(result))
    for counted in result.counts:
        for remark in counted.remarks[:20]:
            print(f"{counted.channel}: {remark}")
    if given.write is not None:
        report.write(given.write, result)
    sys.exit(1 if result.broken_promises else 0)


def _progress(said: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {said}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
