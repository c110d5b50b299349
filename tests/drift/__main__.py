"""Freeze the six cities anew: `python -m tests.drift "why results changed"`; the reason goes into the changelog."""

import sys
import textwrap
from pathlib import Path

from tests.drift.baseline import CITIES, drift, file_of, freeze, lived, read

CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"


def line(reason: str, drifted: dict[str, str]) -> str:
    """What the changelog is told."""
    told = f"- {reason.rstrip('. ')}. Results change: yes, frozen months of {', '.join(drifted)} (`tests/drift`)."
    return textwrap.fill(told, 120, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False) + "\n"


def main(words: list[str]) -> int:
    """Renew what drifted; refuses without a reason."""
    reason = " ".join(words).strip()
    if len(reason.split()) < 3:
        print('say why results had to change, in a few words: python -m tests.drift "reason"', file=sys.stderr)
        return 2
    found = {name: lived(name) for name in CITIES}
    new = [name for name in CITIES if not file_of(name).exists()]
    drifted = {name: said for name in CITIES if name not in new and (said := drift(read(name), found[name]))}
    for name in [*new, *drifted]:
        freeze(name, found[name])
        print(f"{name}: {drifted.get(name, 'new')}")
    if drifted:
        with CHANGELOG.open("a", encoding="utf-8") as file:
            file.write(line(reason, drifted))
    elif not new:
        print("nothing has drifted; nothing was written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
