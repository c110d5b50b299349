"""Seed every fault, see which checks turn red, and write docs/evidence/faults.md: `python -m tests.faults`.

Takes some minutes; asked again, it goes on where it was, as long as neither sources nor checks have changed.
"""

import sys

from tests.faults.run import FEWEST, PAGE, faults, page, try_all


def main() -> int:
    """0 if all checks are green without a fault, and each fault turns enough of them red."""
    rows = faults()
    before, after = try_all(rows, workers=2)
    PAGE.write_text(page(rows, before, after), encoding="utf-8")
    missed = [fault.name for fault, found in zip(rows, after, strict=True) if len(found) < FEWEST]
    for check in before:
        print(f"red without any fault: {check}")
    for name in missed:
        print(f"not caught: {name}")
    print(f"{len(rows) - len(missed)} of {len(rows)} faults caught; {PAGE}")
    return 1 if before or missed else 0


if __name__ == "__main__":
    sys.exit(main())
