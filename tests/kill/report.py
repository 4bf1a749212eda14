"""The table of the kill test, for people."""

import re
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.kill.run import Result

COLUMNS = (
    ("channel", "channel"),
    ("persons", "persons"),
    ("messages in", "messages"),
    ("turns", "turns"),
    ("replies", "replies"),
    ("arrived", "arrived"),
    ("lost", "lost"),
    ("doubled in", "doubled_in"),
    ("doubled out", "doubled_out"),
    ("unknown", "unknown"),
    ("unknown, but arrived", "arrived_unknown"),
    ("failed", "failed"),
    ("parked", "parked"),
)
KINDS = {
    "gateway": "gateway killed (kill -9)",
    "worker": "worker killed (kill -9)",
    "rasa": "Rasa killed (kill -9)",
    "database stopped": "PostgreSQL stopped",
    "disk full": "disk full",
    "drop_before": "connection dropped before a message was taken",
    "drop_after": "connection dropped after a message was taken",
    "too_many": "refused with 429",
    "broken": "refused with 500",
    "slow": "slow answers",
    "webhook_twice": "webhooks brought twice",
    "webhook_late": "webhooks overtaken by later ones",
}
OUTAGES = ("database stopped", "disk full")
"""Each is for one of the two databases; a small disk also needs the right to mount one."""
INTRODUCTION = """# Kill test

Real service, real Rasa, persons on four channels, while processes are killed and everything else goes wrong.

* **lost**: accepted, but its reply never arrived and no sending of unknown outcome can have been it.
* **doubled in**: a message worked off twice. **doubled out**: a reply that arrived more often than it was sent.
* **unknown**: the connection broke, or the sender was killed, between sending and hearing that it was taken. The desk
  sees these; they are never sent again.
* **parked**: its worker was killed four times while it was worked on, as if it were the message's doing. The person is
  told so at once, and the desk has the message: a poisonous message must not stop the others.

"""


def table(result: Result) -> str:
    """The counts of one run, as Markdown."""
    lines = [
        "| " + " | ".join(title for title, _ in COLUMNS) + " |",
        "|---" + "|--:" * (len(COLUMNS) - 1) + "|",
    ]
    lines += ["| " + " | ".join(f"{getattr(each, name)}" for _, name in COLUMNS) + " |" for each in result.counts]
    return "\n".join(lines)


def section(result: Result) -> str:
    """One run: when, how, what was done to it, what came of it."""
    options = result.options
    done = {
        what: str(result.disturbances[kind] or ("not run" if kind in OUTAGES else 0)) for kind, what in KINDS.items()
    }
    kills = ", ".join(f"{what}: {times}" for what, times in done.items())
    command = shlex.join(["python", "-m", "tests.kill", *sys.argv[1:]])
    where = "one gateway" if options.database == "sqlite" else "two gateways"
    broken = "; ".join(result.broken_promises) or "all promises kept"
    return f"""## {options.database}, {where}

{datetime.now(UTC):%Y-%m-%d}, `{command}`, seed {options.seed}, {result.seconds / 60:.0f} minutes.

{kills}.

{table(result)}

Result: {broken}.
"""


def write(path: Path, result: Result) -> None:
    """Put the section of this database in the place of the one before, or at the end."""
    text = path.read_text(encoding="utf-8") if path.exists() else INTRODUCTION
    others = re.sub(rf"## {result.options.database}, .*?(?=^## |\Z)", "", text, flags=re.DOTALL | re.MULTILINE)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{others.rstrip()}\n\n{section(result)}", encoding="utf-8")
