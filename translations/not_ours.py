"""Sample lines in languages that Wegwijs does not have, so that they are recognised as such and answered honestly."""

from pathlib import Path

from translations.tables import read_yaml

TABLE = Path(__file__).with_name("not_ours.yaml")


def not_ours_samples() -> list[str]:
    """The lines of all those languages."""
    rows: dict[str, list[str]] = read_yaml(TABLE.read_text(encoding="utf-8"))
    return [line for lines in rows.values() for line in lines]
