"""Relations that hold between a city and the same city with something changed, whatever the settings.

Each relation is tried on random cities (`sim.study.lawful`), 50 in the quick suite and 200 more with `-m slow`.
Two cities of one seed share every draw, so that what must be equal is equal to the bit, and a higher
chance can only add events in the first month in which it counts. Later feedback may turn an effect
round: such relations are facts to be tried with statistics, not these.

A relation that nothing could break is none. So each says how it would be seen to fail: where what it says
makes no difference is there, the same change does make one, in some of the cities.
"""

import copy
import pickle
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from sim.model import columns
from sim.model.city import City
from sim.model.columns import Case
from sim.model.levers import Push
from sim.model.outcomes import OUTCOMES
from sim.model.settings import PARAMETERS, TIPS, Settings
from sim.study import lawful

SEED, MONTHS, QUICK, SLOW = 31, 14, 50, 200
RELATIONS: dict[str, Callable[[int], Callable[[], bool]]] = {}
"""Each asserts that it holds in the city of a number, and gives how to see whether it could have failed there."""


def relation(check):
    RELATIONS[check.__name__] = check
    return check


def changed(number, *, pushes=None, seed=None, calm=False, **values):
    """The `number`-th random city with `values` by their full names, `group__name`.

    calm: without tips and pushes, which might move what `values` holds still.
    """
    one = lawful.drawn(SEED, number, MONTHS)
    plain = {group: dict(some) for group, some in one.plain.items() if not (calm and group in TIPS)}
    for name, value in values.items():
        group, key = name.split("__")
        plain.setdefault(group, {})[key] = value
    chosen = one.pushes if pushes is None and not calm else pushes or []
    return City(Settings.build(plain), one.seed if seed is None else seed, chosen)


def lived(number, months=MONTHS, **how):
    city = changed(number, **how)
    city.run(months)
    return city


def bits(city, months=MONTHS):
    return city.rows[:months].tobytes()


@cache
def usual(number):
    """The bits of the city as it is drawn."""
    return bits(lived(number))


def differ(number, first, second, months=MONTHS, **both):
    """Whether both settings come to other bits."""
    a, b = (bits(lived(number, months, **{**both, **some}), months) for some in (first, second))
    return a != b


def same(number, first, second, months=MONTHS, *, told, **both):
    """Both settings come to the same bits; with `told` besides, they differ."""
    assert not differ(number, first, second, months, **both)
    return lambda: differ(number, first, {**second, **told}, months, **both)


def after(city, process, read, months=1):
    """What `read` gives after `process` of the last of `months`."""
    seen = []

    def note(city, name):
        if name == process and city.month == months:
            seen.append(read(city))

    city.after = note
    city.run(months)
    return np.asarray(seen[0])


def more(number, process, read, low, high, **both):
    """With `high` for `low`, at least as much of what `read` gives in the first month; somewhere it is more."""
    little, much = (after(changed(number, **both, **some), process, read) for some in (low, high))
    assert np.all(much >= little)
    return lambda: bool(np.any(much > little))


def none_of(number, flow_, off, on, **both):
    """With `off`, a flow stays at nothing; with `on` it does not."""
    assert lived(number, calm=True, **both, **off).totals[0][flow_] == 0
    return lambda: lived(number, calm=True, **{**both, **on}).totals[0][flow_] > 0


def flow(name):
    return lambda city: float(city.flows[0][name])


# --- identity and time ---


def lever(number):
    return sorted(lawful.LEVERS)[number % len(lawful.LEVERS)]


def tip(number):
    return list(TIPS)[number % len(TIPS)]


@relation
def a_push_of_strength_0_is_none(number):
    pushed = Push(lever(number), 1.0)
    return same(number, {"pushes": []}, {"pushes": [Push(lever(number), 0.0)]}, told={"pushes": [pushed]})


@relation
def a_push_leaves_the_months_before_it_alone(number):
    late, early = ([Push(lever(number), 1.0, start=start)] for start in (8, 7))
    return same(number, {"pushes": []}, {"pushes": late}, 7, told={"pushes": early})


@relation
def a_tip_of_strength_0_is_none(number):
    name = tip(number)
    followed = {f"{name}__strength": 0.0, f"{name}__start": 1}
    assert not differ(number, {}, followed, calm=True)
    return lambda: differ(number, {}, followed | {f"{name}__strength": 1.0}, calm=True)


@relation
def a_tip_that_starts_after_the_end_is_none(number):
    name = tip(number)
    assert not differ(number, {}, {f"{name}__strength": 1.0, f"{name}__start": MONTHS + 1}, calm=True)
    return lambda: differ(number, {}, {f"{name}__strength": 1.0, f"{name}__start": MONTHS}, calm=True)


@relation
def a_tip_leaves_the_months_before_it_alone(number):
    name = tip(number)
    assert not differ(number, {}, {f"{name}__strength": 1.0, f"{name}__start": 8}, 7, calm=True)
    return lambda: differ(number, {}, {f"{name}__strength": 1.0, f"{name}__start": 7}, 7, calm=True)


@relation
def a_tip_without_money_is_none(number):
    followed = {f"{tip(number)}__strength": 1.0, f"{tip(number)}__start": 1}
    assert not differ(number, {}, {**followed, "tip__budget": 0.0}, calm=True)
    return lambda: differ(number, {}, {**followed, "tip__budget": 5000.0}, calm=True)


@relation
def a_longer_life_begins_as_a_shorter_one(number):
    short = bits(lived(number, 6), 6)
    assert usual(number).startswith(short)
    return lambda: not usual(number).startswith(bits(lived(number, 6, seed=4), 6))


@relation
def months_in_two_parts_are_the_months_in_one(number):
    city = lived(number, 5)
    city.run(MONTHS - 5)
    assert bits(city) == usual(number)
    return lambda: bits(city) != bits(lived(number, MONTHS - 1))


@relation
def put_away_and_taken_up_again_it_goes_on(number):
    city = pickle.loads(pickle.dumps(lived(number, 5)))
    city.run(MONTHS - 5)
    assert bits(city) == usual(number)
    return lambda: bits(disturbed(number)) != usual(number)


@relation
def a_copy_and_its_original_go_the_same_way(number):
    city = lived(number, 5)
    other = copy.deepcopy(city)
    city.run(MONTHS - 5)
    other.run(MONTHS - 5)
    assert bits(city) == bits(other) == usual(number)
    return lambda: bits(disturbed(number)) != usual(number)


def disturbed(number):
    """As if something had been lost on the way."""
    city = lived(number, 5)
    city.residents.trust[:] = 0.0
    city.run(MONTHS - 5)
    return city


@relation
def settings_that_are_what_they_were_change_nothing(number):
    city = lived(number, 5)
    city.turn(city.settings)
    city.run(MONTHS - 5)
    assert bits(city) == usual(number)
    return lambda: bits(disturbed(number)) != usual(number)


@relation
def another_seed_is_another_life(number):
    assert bits(lived(number, seed=4)) != usual(number)
    return lambda: True


# --- order, company and size ---


@relation
def pushes_may_come_in_any_order(number):
    levers = sorted(lawful.LEVERS)
    some = [Push(levers[(number + k) % len(levers)], 0.3 + 0.1 * k, start=1 + k % 2) for k in range(5)]
    return same(number, {"pushes": some}, {"pushes": some[::-1]}, told={"pushes": some[1:]})


@relation
def pushes_of_one_lever_may_come_in_any_order(number):
    some = [Push(lever(number), strength) for strength in (0.1, 0.37, 0.613)]
    return same(number, {"pushes": some}, {"pushes": some[::-1]}, told={"pushes": some[1:]})


@relation
def tips_with_twice_the_weight_each_share_as_before(number):
    mix = {f"{tip(number + k)}__{key}": value for k in range(2) for key, value in (("strength", 1.0), ("start", 1))}
    weights = [f"{tip(number + k)}__weight" for k in range(2)]
    both = {"calm": True, "tip__budget": 4000.0, **mix}
    assert not differ(number, dict(zip(weights, (1.0, 3.0), strict=True)), dict(zip(weights, (2.0, 6.0), strict=True)),
                      **both)  # fmt: skip
    return lambda: differ(number, dict.fromkeys(weights, 1.0), dict(zip(weights, (1.0, 3.0), strict=True)), **both)


@relation
def two_cities_side_by_side_are_each_as_if_alone(number):
    one, other = changed(number), changed(number + 1)
    for _ in range(MONTHS):
        one.step()
        other.step()
    assert (bits(one), bits(other)) == (usual(number), usual(number + 1))
    return lambda: usual(number) != usual(number + 1)


@relation
def somebody_who_looks_on_changes_nothing(number):
    city = changed(number)
    city.after = lambda city, process: city.residents.trust.sum()
    city.run(MONTHS)
    assert bits(city) == usual(number)
    return lambda: bits(disturbed(number)) != usual(number)


@relation
def money_in_coins_of_half_the_worth_is_the_same_money(number):
    """Every price, pot and wage doubled, and paper stated for half as much money: amounts double, all else is equal.

    To the bit, because a factor of two rounds nothing. A budget without limit stays one.
    """
    now, single, double = changed(number).settings, {}, {}
    for name, p in PARAMETERS.items():
        group, key = name.split(".")
        value = getattr(getattr(now, group), key)
        if p.unit.startswith("EUR") and not (name == "tip.budget" and value == p.high):
            single[f"{group}__{key}"] = min(value, p.high / 4)
            double[f"{group}__{key}"] = 2 * single[f"{group}__{key}"]
    double["funding__burden_hours"] = now.funding.burden_hours / 2
    some, others = lived(number, **single), lived(number, **double)
    for name, outcome in OUTCOMES.items():
        factor = 2.0 if outcome.unit == "EUR" else 1.0
        assert np.array_equal(factor * some.rows[name][:MONTHS], others.rows[name][:MONTHS], equal_nan=True), name
    price = "works__large_cost"
    return lambda: bits(others) != bits(lived(number, **{**double, price: single[price]}))


@relation
def room_for_more_initiatives_changes_none_of_those_that_are_there(number):
    city = changed(number, calm=True, city__spare_niches=0.0)
    roomy = changed(number, calm=True, city__spare_niches=2.0)
    there = len(city.initiatives)
    assert len(roomy.initiatives) == 3 * there
    traits = [n for n in columns.INITIATIVE if n not in ("members", "hours", "hours_left")]  # these come from residents
    assert all((city.initiatives[n] == roomy.initiatives[n][:there]).all() for n in traits)
    other = changed(number, calm=True, seed=4, city__spare_niches=0.0).initiatives
    return lambda: bool((other["trust"] != city.initiatives["trust"]).any())


@relation
def more_posts_leave_everybody_as_they_are(number):
    few, many = (changed(number, calm=True, city__posts=posts).officials for posts in (100.0, 900.0))
    assert all((few[n] == many[n][: len(few)]).all() for n in ("openness", "reject", "champion", "tenure"))
    return lambda: len(many) > len(few)


# --- what is switched off makes its details idle ---


def idle(number, first, second, off, on):
    """Where something is `off`, two settings of its details are one; where it is `on` they are not."""
    assert not differ(number, first, second, calm=True, **off)
    return lambda: differ(number, first, second, calm=True, **{**off, **on})


NO_ELECTION = {"outside__term": 120, "outside__first_election": 120}
ROUNDS = {"forum__every": 2, "forum__staff_hours": 1.0, "outside__staff_hours": 40.0, "forum__rung": "co_create"}


@relation
def without_rounds_their_rules_are_idle(number):
    details = [{"forum__rung": "inform", "forum__seats_residents": 3}, {"forum__rung": "citizen_control"}]
    return idle(number, *details, {"forum__every": 0}, ROUNDS)


@relation
def without_an_election_its_upheaval_is_idle(number):
    change = [{"outside__change_of_government": value} for value in (0.0, 1.0)]
    return idle(number, *change, NO_ELECTION, {"outside__first_election": 3})


@relation
def without_departures_handover_is_idle(number):
    off = {"turnover__annual_rate": 0.0, **NO_ELECTION}
    return idle(number, {"turnover__handover": 0.0}, {"turnover__handover": 0.9}, off, {"turnover__annual_rate": 0.9})


@relation
def with_even_power_a_neutral_place_relieves_nobody(number):
    relief = [{"power__neutral_relief": value, "contact__neutral_place": 0.9} for value in (0.0, 1.0)]
    return idle(number, *relief, {"power__imbalance": 0.0}, {"power__imbalance": 0.9, **ROUNDS})


@relation
def with_even_power_the_veto_is_idle(number):
    veto = [{"power__veto": value} for value in (0.0, 1.0)]
    willing = {"outside__political_will": 0.0, "forum__rung": "consult"}
    return idle(number, *veto, {"power__imbalance": 0.0}, {"power__imbalance": 0.9, **ROUNDS, **willing})


@relation
def with_full_will_the_veto_is_idle(number):
    veto = [{"power__veto": value} for value in (0.0, 1.0)]
    on = {"outside__political_will": 0.0, "power__imbalance": 0.9, **ROUNDS, "forum__rung": "consult"}
    return idle(number, *veto, {"outside__political_will": 1.0, **NO_ELECTION}, on)


@relation
def without_talk_its_length_is_idle(number):
    return idle(number, {"forum__talks": 0}, {"forum__talks": 9}, {"forum__deliberation": False},
                {"forum__deliberation": True, **ROUNDS})  # fmt: skip


@relation
def on_the_highest_rung_nobody_climbs(number):
    climb = [{"forum__climb": value} for value in (0.0, 1.0)]
    return idle(number, *climb, {**ROUNDS, "forum__rung": "citizen_control"}, {"forum__rung": "consult"})


@relation
def without_support_its_hours_are_idle(number):
    hours = [{"funding__support_hours": value} for value in (0.0, 20.0)]
    on = {"funding__support": 0.9, "outside__staff_hours": 40.0, "funding__burden": 0.1, "outside__informal_bar": 0.0}
    return idle(number, *hours, {"funding__support": 0.0}, on)


@relation
def where_residents_vote_what_juries_weigh_is_idle(number):
    juries = [{"funding__quality_weight": value, "funding__connections": value / 2} for value in (0.0, 1.0)]
    on = {"funding__award": "score", "funding__pot": 1.0, "funding__burden": 0.1, "outside__informal_bar": 0.0}
    return idle(number, *juries, {"funding__award": "vote"}, on | {"funding__threshold": 0.5})


@relation
def where_few_work_all_are_familiar(number):
    growth = [{"contact__anonymity": value} for value in (0.0, 1.0)]
    return idle(number, *growth, {"contact__familiar": 10_000.0}, {"contact__familiar": 1.0, "contact__rate": 0.9})


@relation
def who_never_gives_up_stays_away_from_no_call(number):
    stays = [{"funding__give_up_months": value, "funding__every": 2} for value in (0, 120)]
    on = {"funding__give_up": 1.0, "funding__pot": 0.1, "funding__burden": 0.05, "outside__informal_bar": 0.0}
    return idle(number, *stays, {"funding__give_up": 0.0}, on)


@relation
def who_learns_nothing_trusts_as_before(number):
    still = {"trust__gain": 0.0, "trust__forgetting": 0.0, "trust__talk": 0.0}
    city = changed(number, calm=True, **still)
    before = city.residents.trust.copy()
    city.run(MONTHS)
    assert (city.residents.trust == before).all()
    return lambda: bool((lived(number, calm=True, **{**still, "trust__gain": 0.2}).residents.trust != before).any())


# --- saturation ---


@relation
def without_money_nobody_wins(number):
    off = {"funding__pot": 0.0, "funding__top_up": 0.0}
    assert lived(number, calm=True, **off).totals[0]["granted"] == 0
    return none_of(number, "grants", off, {"funding__pot": 2.0, "funding__burden": 0.1})


@relation
def nothing_is_delivered_where_nothing_is_carried_out(number):
    return none_of(number, "round_delivered", {"forum__adoption": 0.0}, {"forum__adoption": 1.0}, **ROUNDS)


@relation
def nobody_leaves_at_a_rate_of_nought(number):
    return none_of(number, "departures", {"turnover__annual_rate": 0.0}, {"turnover__annual_rate": 0.9}, **NO_ELECTION)


@relation
def nobody_is_met_where_nobody_seeks(number):
    off = {"contact__rate": 0.0, "contact__meetings": 0.0}
    return none_of(number, "contacts", off, {"contact__rate": 0.9, "outside__staff_hours": 40.0})


@relation
def at_a_chance_of_one_all_asks_are_prepared_and_at_nought_none(number):
    found = {}
    for chance in (0.0, 1.0):
        city = lived(number, 5, calm=True, contact__preparation=chance, contact__rate=0.9, outside__staff_hours=40.0)
        asks = city.asks[city.asks["case"] != Case.NONE]
        assert (asks["prepared"] == (chance == 1.0)).all()
        found[chance] = len(asks)
    return lambda: min(found.values()) > 0


# --- a higher chance can only add events in the first month ---


@relation
def more_turnover_more_departures(number):
    return more(number, "turnover", flow("departures"), {"turnover__annual_rate": 0.1}, {"turnover__annual_rate": 0.4},
                calm=True)  # fmt: skip


@relation
def more_turnover_fewer_ties_kept(number):
    def ties(city):
        return -int((city.ties["serial"] >= 0).sum())

    return more(number, "turnover", ties, {"turnover__annual_rate": 0.1}, {"turnover__annual_rate": 0.8}, calm=True)


@relation
def more_meetings_more_contacts(number):
    rich = {"contact__rate": 0.0, "outside__staff_hours": 160.0, "city__ties": 1.0}
    return more(number, "contact", flow("contacts"), {"contact__meetings": 0.2}, {"contact__meetings": 0.9}, calm=True,
                **rich)  # fmt: skip


@relation
def clearer_duties_fewer_wrong_doors(number):
    return more(number, "contact", lambda city: -flow("wrong_doors")(city), {"contact__who_does_what": 0.1},
                {"contact__who_does_what": 0.9}, calm=True, contact__rate=0.9)  # fmt: skip


@relation
def readier_desks_refuse_no_more(number):
    """Of asks that are all decided at once, by officials with time."""
    rich = {"contact__rate": 1.0, "contact__ask_rate": 1.0, "outside__staff_hours": 160.0, "power__procedure": 0.0}

    def granted(city):
        return np.isin(city.asks["case"], (Case.GRANTED, Case.LATE_CHECK)).sum()

    return more(number, "power", granted, {"power__accept": -1.0}, {"power__accept": 1.5}, calm=True, **rich,
                power__case_hours=1.0)  # fmt: skip


@relation
def more_appeal_more_come(number):
    return more(number, "forum", flow("attended"), {"forum__appeal": -3.0}, {"forum__appeal": -1.0}, calm=True,
                forum__every=1)  # fmt: skip


@relation
def less_paper_more_apply(number):
    return more(number, "funding", flow("applications"), {"funding__burden": 0.9}, {"funding__burden": 0.2}, calm=True,
                outside__informal_bar=0.0)  # fmt: skip


@relation
def a_stricter_rule_bars_more(number):
    return more(number, "funding", flow("barred"), {"outside__informal_bar": 0.2}, {"outside__informal_bar": 0.9},
                calm=True)  # fmt: skip


@relation
def a_higher_hazard_more_ends(number):
    names = [f"volunteers__hazard_{age}_{form}" for age in ("new", "old") for form in ("formal", "informal")]
    return more(number, "volunteers", flow("ended"), dict.fromkeys(names, 0.1), dict.fromkeys(names, 0.9), calm=True)


@relation
def more_forming_more_founded(number):
    return more(number, "volunteers", flow("founded"), {"volunteers__forming": 0.02}, {"volunteers__forming": 0.15},
                calm=True)  # fmt: skip


@relation
def readier_people_volunteer_more(number):
    return more(number, "volunteers", lambda city: city.residents.volunteers, {"volunteers__base": -7.0},
                {"volunteers__base": -5.0}, calm=True)  # fmt: skip


# --- more of a tip moves its levers no less ---


def felt(city):
    """How far every lever of the initiatives stands from where it stands without tips.

    Where volunteers' time is what limits a tip, more of it moves levers as far, but for the rounding: so to 12 places.
    """
    rest = [getattr(getattr(city.settings, group), key) for group, key in (
        name.split(".") for name, p in lawful.LEVERS.items() if p.lever == "initiative")]  # fmt: skip
    return np.round(np.abs(np.array([city.pushed[n] for n in city.pushed.dtype.names]).T - rest), 12)


def alone(number, **values):
    return {f"{tip(number)}__strength": 1.0, f"{tip(number)}__start": 1, **values}


@relation
def a_stronger_tip_moves_its_levers_no_less(number):
    weak, strong = (alone(number, **{f"{tip(number)}__strength": value}) for value in (0.3, 0.9))
    return more(number, "tip", felt, weak, strong, calm=True)


@relation
def a_wider_reach_leaves_out_nobody_who_was_reached(number):
    narrow, wide = ({f"{tip(number)}__reach": value} for value in (0.2, 0.9))
    return more(number, "tip", lambda city: felt(city) > 0, narrow, wide, calm=True, **alone(number))


@relation
def more_money_buys_no_less_of_a_tip(number):
    return more(number, "tip", flow("tip_share"), {"tip__budget": 500.0}, {"tip__budget": 50_000.0}, calm=True,
                **alone(number))  # fmt: skip


@relation
def dearer_hours_buy_no_more_of_a_tip(number):
    return more(number, "tip", lambda city: round(flow("tip_share")(city), 12), {"tip__hour_rate": 90.0},
                {"tip__hour_rate": 20.0}, calm=True, **alone(number, tip__budget=5000.0))  # fmt: skip


def hold(name, numbers):
    """The relation holds in all the cities, and there is one in which it could have failed."""
    ways = []
    for number in numbers:
        ways.append(RELATIONS[name](number))
    assert any(could() for could in ways), "nothing that would break it is seen to"


@pytest.mark.parametrize("name", RELATIONS)
def test_a_relation_holds_in_random_cities(name):
    hold(name, range(1, QUICK + 1))


@pytest.mark.slow
@pytest.mark.parametrize("name", RELATIONS)
def test_a_relation_holds_in_many_random_cities(name):
    hold(name, range(QUICK + 1, QUICK + SLOW + 1))


def test_the_page_names_every_relation_and_how_many_there_are():
    assert len(RELATIONS) >= 25
    root = Path(__file__).parents[2]
    page, readme = ((root / name).read_text(encoding="utf-8") for name in ("docs/evidence/laws.md", "README.md"))
    assert re.findall(r"\[(\d+) of them\]", page) == re.findall(r"\((\d+) relations\)", readme) == [str(len(RELATIONS))]
    assert f"on {QUICK} random cities" in page
    assert f"on {SLOW} more" in page
    told = [said for row in re.findall(r"^\| .* \| (.*) \|$", page, re.M) for said in row.split("; ")]
    assert {said.replace(" ", "_") for said in told} >= {*RELATIONS}
