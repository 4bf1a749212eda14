"""What an operator reads about machine translation."""

from pathlib import Path

from translations.languages import languages
from translations.machine.packages import Pair, installed, is_available, safe_pairs

HOW_TO_GET_IT = "machine translation: not available. `make translate` installs what it needs (docs/translation.md)."


def pairs_report(folder: Path) -> str:
    """The pairs, one a line: safe or not, and the version that is installed in this folder."""
    lines = ["machine translation: available" if is_available() else HOW_TO_GET_IT]
    versions = {pair: package.version for pair, package in installed(folder).items()}
    lines += [_line(pair, versions.get(pair)) for pair in sorted(safe_pairs() | versions.keys())]
    without = [language.english for language in languages().values() if not language.translate]
    lines.append(f"never translated by machine, no package is safe: {', '.join(without)}")
    return "\n".join(lines)


def _line(pair: Pair, version: str | None) -> str:
    if pair not in safe_pairs():
        return f"{pair}  installed {version}, not used: not marked as safe"
    return f"{pair}  installed {version}" if version is not None else f"{pair}  missing"
