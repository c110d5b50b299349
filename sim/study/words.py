"""Numbers for people: shares as per cent, '-' where undefined."""

import math


def level(value: float, unit: str) -> str:
    """How much of something, to three figures: 41.2%, 1,230, 0.0312."""
    return number(value, unit, places(value, unit, 3)) + ("%" if unit == "share" and math.isfinite(value) else "")


def change(value: float, unit: str) -> str:
    """A difference to three figures, with its sign: +13, -0.312; of shares in percentage points."""
    return ("+" if value > 0 else "") + number(value, unit, places(value, unit, 3))


def with_margin(value: float, margin: float, unit: str) -> str:
    """A difference and its margin, no finer than the margin: -0.57 ± 0.03, +9,667 ± 2,122."""
    digits = places_of_margin(value, margin, unit)
    return f"{'+' if value > 0 else ''}{number(value, unit, digits)} ± {number(margin, unit, digits)}"


def between(low: float, high: float, unit: str) -> str:
    """An interval of a difference, no finer than half of it: 0.5 to 0.7."""
    if math.isnan(low):
        return "-"
    digits = places_of_margin((low + high) / 2, (high - low) / 2, unit)
    return f"{number(low, unit, digits)} to {number(high, unit, digits)}"


def percent(value: float) -> str:
    """A share in whole per cent."""
    return "-" if math.isnan(value) else f"{value:.0%}"


def p_value(p: float) -> str:
    """A p-value."""
    return "-" if math.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"


def signed(value: float) -> str:
    """A per cent with its sign and one decimal; nothing has no minus."""
    return f"{round(value, 1) + 0.0:+.1f}" if math.isfinite(value) else "-"


def number(value: float, unit: str, digits: int) -> str:
    """`value`, of a share per hundred, with `digits` decimals."""
    if not math.isfinite(value):
        return "-"
    return f"{round(_scaled(value, unit), digits) + 0.0:,.{digits}f}"  # + 0.0: no minus before a zero


def places(value: float, unit: str, figures: int) -> int:
    """The decimals that show `value` to `figures` figures; none for a whole number."""
    scaled = abs(_scaled(value, unit))
    if not math.isfinite(scaled) or math.isclose(scaled, round(scaled), rel_tol=1e-12):
        return 0
    return min(max(figures - 1 - math.floor(math.log10(scaled)), 0), 6)


def places_of_margin(value: float, margin: float, unit: str) -> int:
    """The decimals that show one figure of a margin; without a margin, three of the value."""
    certain = abs(margin) <= 1e-9 * abs(value)
    return places(value, unit, 3) if certain else places(margin, unit, 1)


def _scaled(value: float, unit: str) -> float:
    return 100 * value if unit == "share" else value
