"""What must hold after every process of every month, whatever the settings.

Each law takes the city and returns a complaint, or None. `check` is made for `City.after`.
"""

import math
from typing import Any

import numpy as np

from sim.model import columns
from sim.model.begin import counts
from sim.model.columns import Case, Progress, Stage, State, Word
from sim.model.month.forum import ladder

STAFF = ("staff_contact", "staff_cases", "staff_forum", "staff_paper", "staff_help", "staff_tips")
VOLUNTEERS = ("volunteer_contact", "volunteer_paper", "volunteer_delivery", "volunteer_forum", "volunteer_tips")

CENT = 0.005  # EUR
TABLES: dict[str, dict[str, State]] = {
    "initiatives": columns.INITIATIVE,
    "officials": columns.OFFICIAL,
    "departments": columns.DEPARTMENT,
    "ties": columns.TIE,
    "asks": columns.ASK,
    "projects": columns.PROJECT,
    "promises": columns.PROMISE,
    "state": columns.CITY,
    "flows": columns.FLOW,
}


class BrokenLaw(AssertionError):
    """A law of the city does not hold; the message says which, where and after which process."""


def check(city: Any, process: str) -> None:
    """Raise BrokenLaw with every complaint, if there is one."""
    complaints = [f"{law.__name__}: {said}" for law in LAWS if (said := law(city))]
    if complaints:
        raise BrokenLaw(f"month {city.month}, after {process}: " + "; ".join(complaints))


def everything_in_range(city: Any) -> str | None:
    """Every state variable is a number within its declared range: no NaN, no share beyond [0, 1]."""
    for name, state in columns.RESIDENT.items():
        if _outside(getattr(city.residents, name), state.low, state.high).any():
            return _leaves("residents", name, state)
    for table, states in TABLES.items():
        rows = getattr(city, table)
        for kind, (names, at, low, high) in _BOUNDS[table].items():
            numbers = rows.view(kind).reshape(rows.size, -1)
            out = _outside(numbers if at is None else numbers[:, at], low, high)
            if out.any():
                name = names[int(np.flatnonzero(out.any(axis=0))[0])]
                return _leaves(table, name, states[name])
    return None


def _outside(values: Any, low: Any, high: Any) -> Any:
    return ~((values >= low) & (values <= high))  # written so that NaN is outside, too


def _leaves(table: str, name: str, state: State) -> str:
    return f"{table}.{name} leaves {state.low:g}..{state.high:g} {state.unit}"


def _bounds(states: dict[str, State]) -> dict[str, tuple[list[str], Any, Any, Any]]:
    """Type of number -> the names, places in a row of numbers of that type, and ends of all columns of that type.

    So a whole table is looked at in three steps instead of one for each of its columns, which takes a third of the
    time. Places are None where a row holds nothing else, in this order. What is yes or no can be nothing else.
    """
    kind_of = columns.table(states, 1).dtype
    fields: Any = kind_of.fields
    found: dict[str, tuple[list[str], Any, Any, Any]] = {}
    for kind in sorted({state.dtype for state in states.values()} - {"b1"}):
        names = [name for name, state in states.items() if state.dtype == kind]
        size = np.dtype(kind).itemsize
        at = [fields[name][1] // size for name in names]
        alone = at == list(range(kind_of.itemsize // size))
        low, high = (np.array([getattr(states[name], end) for name in names]) for end in ("low", "high"))
        found[kind] = (names, None if alone else np.array(at), low, high)
    return found


def hours_are_spent_once(city: Any) -> str | None:
    """Nobody has more hours left than given; staff and volunteer time used is time that was there."""
    staff, own, f = city.officials, city.initiatives, city.flows[0]
    for rows, who in ((staff, "official"), (own, "initiative")):
        if (rows["hours_left"] > rows["hours"] + 1e-9).any():
            return f"an {who} has more hours left than the month gave"
    used = math.fsum(staff["hours"] - staff["hours_left"]) + f["staff_left"]
    booked = math.fsum(f[n] for n in STAFF)
    if abs(used - booked) > 1e-6:
        return f"{used:g} staff hours are gone, {booked:g} booked"
    # Once volunteers gave, or nobody did, these are already the hours of next month.
    if f["volunteer_given"] == 0 and own["hours"].any():
        used = math.fsum(own["hours"] - own["hours_left"])
        booked = math.fsum(f[n] for n in VOLUNTEERS)
        if abs(used - booked) > 1e-6:
            return f"{used:g} volunteer hours are gone, {booked:g} booked"
    return None


def money_is_conserved(city: Any) -> str | None:
    """Set aside = given + lapsed + in the pot; given + raised = in purses + spent."""
    s, purses = city.state[0], math.fsum(city.initiatives["purse"])
    scale = 1e-9 * (1.0 + s["budgeted"] + s["raised"])
    if abs(s["budgeted"] - s["granted"] - s["lapsed"] - s["pot"]) > scale:
        return "grant money set aside is not what was given, lapsed or is left"
    if abs(s["granted"] + s["raised"] - s["spent"] - purses) > scale:
        return "money that initiatives had is not what they hold or spent"
    return None


def asks_are_conserved(city: Any) -> str | None:
    """Made = granted + refused + withdrawn + waiting."""
    made = _total(city, "asks")
    ended = _total(city, "agreed", "refused_early", "refused_late", "refused_outside", "withdrawn")
    case = city.asks["case"]
    open_ = int(((case == Case.WAITING) | (case == Case.LATE_CHECK)).sum())
    return None if made == ended + open_ else f"{made:g} made, {ended:g} ended, {open_} open"


def promises_are_conserved(city: Any) -> str | None:
    """Made = kept + broken + released + open or about to be settled."""
    made, ended = _total(city, "promised"), _total(city, "kept", "broken", "released")
    held = int((city.promises["word"] != Word.NONE).sum())
    return None if made == ended + held else f"{made:g} made, {ended:g} ended, {held} open"


def people_are_conserved(city: Any) -> str | None:
    """Joined = left + members."""
    joined, left = _total(city, "joined"), _total(city, "left")
    members = math.fsum(city.initiatives["members"])
    if abs(joined - left - members) > 1e-9 * (1.0 + joined):
        return f"{joined:g} joined, {left:g} left, {members:g} are members"
    return None


def projects_are_conserved(city: Any) -> str | None:
    """Begun = delivered + failed + given up + stopped + orphaned + running."""
    begun = _total(city, "started_joint", "started_alone")
    ended = _total(city, "delivered", "failed", "starved", "stopped", "orphaned")
    running = int((city.projects["progress"] != Progress.NONE).sum())
    return None if begun == ended + running else f"{begun:g} begun, {ended:g} ended, {running} running"


def ties_join_the_living(city: Any) -> str | None:
    """No tie to someone who left, none of an initiative that ended, none twice."""
    ties, officials = city.ties, city.officials
    held = ties["official"] >= 0
    if held[city.initiatives["stage"] == Stage.ENDED].any():
        return "an initiative that ended still has ties"
    person = held & (ties["serial"] >= 0)
    posts = ties["official"][person]
    if (ties["serial"][person] != officials["serial"][posts]).any() or (officials["vacant"][posts] > 0).any():
        return "a tie leads to someone who left"
    known = np.sort(ties["official"], axis=1)
    if ((known[:, 1:] == known[:, :-1]) & (known[:, 1:] >= 0)).any():
        return "an initiative has two ties to one post"
    return None


def ended_is_empty(city: Any) -> str | None:
    """What ended holds no money, members, hours, ask, project or promise."""
    gone = city.initiatives["stage"] == Stage.ENDED
    ini = city.initiatives[gone]
    if any(ini[n].any() for n in ("purse", "members", "hours", "hours_left")):
        return "an initiative that ended still holds something"
    if (
        (city.asks["case"][gone] != Case.NONE).any()
        or city.projects["progress"][gone].any()
        or city.promises["word"][gone].any()
    ):
        return "an initiative that ended still has business with the city"
    return None


def influence_has_a_ceiling(city: Any) -> str | None:
    """What a round delivers is never more than its rung allows."""
    s, f = city.state[0], city.now.forum
    ceilings = ladder(f)[1]
    highest = (
        max(ceilings[: min(len(ceilings), int(f[0]["rung"]) + 2)]) if f[0]["climb"] > 0 else ceilings[int(f[0]["rung"])]
    )
    if s["round_delivered"] > highest + 1e-12:
        return f"{s['round_delivered']:g} delivered, at most {highest:g} allowed"
    return None


def waiting_is_never_negative(city: Any) -> str | None:
    """No ask was made in the future; delays are at least 0; queues count the asks that wait."""
    asks = city.asks[city.asks["case"] != Case.NONE]
    if (asks["asked"] > city.month).any() or city.flows[0]["delay"] < 0:
        return "an ask lies in the future"
    if city.officials["queue"].sum() > len(city.asks):
        return "more asks queue than there are"
    return None


def ids_are_stable(city: Any) -> str | None:
    """Nobody is added or lost: the tables have the length with which the city began."""
    residents, _, niches, posts, _ = counts(city.settings.city)
    sizes = (len(city.residents), len(city.initiatives), len(city.officials), len(city.ties))
    return None if sizes == (residents, niches, posts, niches) else f"tables of {sizes} rows"


def _total(city: Any, *flows: str) -> float:
    """These flows since the beginning, this month so far included, added up."""
    return math.fsum(float(city.totals[name][0] + city.flows[name][0]) for name in flows)


def tips_cost_what_was_set_aside(city: Any) -> str | None:
    """Money, grants and staff hours of tips, and what they leave, are their part of the budget, month by month."""
    f, means = city.flows[0], city.settings.tip
    followed = [offer.weight for offer in city.offers if city.month >= offer.start]
    if not city.offers or means.budget >= type(means).budget or city.month == 0:
        return None
    whole = math.fsum(offer.weight for offer in city.offers)
    aside = means.budget / 12.0 * math.fsum(followed) / whole if whole > 0.0 else 0.0
    hours = f["staff_tips"] + f["hired"] + f["tip_within"]
    booked = f["tip_euros"] + f["tip_grants"] + means.hour_rate * hours + f["tip_unspent"]
    if f["tip_unspent"] < -CENT or (abs(booked - aside) > CENT and booked != 0.0):
        return f"{aside:.2f} set aside for tips, {booked:.2f} booked"
    return None


_BOUNDS = {table: _bounds(states) for table, states in TABLES.items()}
LAWS = (
    tips_cost_what_was_set_aside,
    everything_in_range,
    hours_are_spent_once,
    money_is_conserved,
    asks_are_conserved,
    promises_are_conserved,
    people_are_conserved,
    projects_are_conserved,
    ties_join_the_living,
    ended_is_empty,
    influence_has_a_ceiling,
    waiting_is_never_negative,
    ids_are_stable,
)
