"""The city as a whole: the same bits, whoever runs it and however; sizes that do not matter."""

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import stats

from sim.model import columns
from sim.model.city import City
from sim.model.levers import Push
from sim.model.month import MONTH
from sim.model.outcomes import OUTCOMES
from sim.model.settings import Settings

SMALL = {"city": {"population": 30_000, "residents_per_agent": 150}, "forum": {"every": 4}}


def bits(seed=5, months=40, values=SMALL):
    city = City(Settings.build(values), seed)
    city.run(months)
    return city.rows[:months].tobytes()


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_a_seed_out_of_range_is_refused(seed):
    with pytest.raises(ValueError, match=f"seed: {seed}; allowed: a whole number from 0 to 9223372036854775807"):
        City(Settings(), seed)


def test_the_same_seed_gives_the_same_bits_and_another_does_not():
    assert bits() == bits()
    assert bits() != bits(seed=6)


def test_a_fresh_process_gives_the_same_bits():
    code = (
        f"from tests.test_city import bits; import hashlib; print(hashlib.sha256(bits(values={SMALL!r})).hexdigest())"
    )
    out = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "77", "PATH": ""},
    )
    import hashlib

    assert out.stdout.strip() == hashlib.sha256(bits()).hexdigest()


def test_the_same_bits_however_many_threads_work_on_the_residents():
    many = {"city": {"population": 30_000, "residents_per_agent": 1}}  # enough to be shared out
    cities = [City(Settings.build(many), 5, threads=threads) for threads in (1, 2, 3)]
    for city in cities:
        city.run(14)
    assert len({city.rows[:14].tobytes() for city in cities}) == 1
    for name in columns.RESIDENT:
        assert len({getattr(city.residents, name).tobytes() for city in cities}) == 1, name


def test_cities_on_two_threads_have_the_same_bits():
    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(bits, [5, 5, 5, 5]))) == 1


def test_two_cities_share_no_state():
    settings = Settings.build(SMALL)
    a, b = City(settings, 5), City(settings, 6)
    for _ in range(40):
        a.step()
        b.step()
    assert a.rows[:40].tobytes() == bits(5)
    assert b.rows[:40].tobytes() == bits(6)


@pytest.mark.parametrize("month", [0, 1, 17, 39])
def test_a_city_put_away_and_taken_up_again_goes_on_the_same(month):
    city = City(Settings.build(SMALL), 5)
    city.run(month)
    again = pickle.loads(pickle.dumps(city))
    again.run(40 - month)
    assert again.rows[:40].tobytes() == bits()


def test_recording_does_not_disturb():
    city = City(Settings.build(SMALL), 5)
    city.after = lambda c, process: c.outcomes()
    city.run(40)
    assert city.rows[:40].tobytes() == bits()


def test_one_more_resident_changes_no_trait_of_anybody_else():
    """30,000 people by 150 are 200 residents, by 149.25 they are 201; the city stays as large as it is."""
    place = SMALL["city"] | {"residents_per_initiative": 1000, "spare_niches": 0.5}
    fewer = City(Settings.build({"city": place}), 5)
    more = City(Settings.build({"city": place | {"residents_per_agent": 149.25}}), 5)
    assert (len(fewer.residents), len(more.residents)) == (200, 201)
    for name in columns.RESIDENT:
        if name not in ("leaning", "volunteers", "active"):  # these hear from neighbours, the new one among them
            assert (getattr(more.residents, name)[:200] == getattr(fewer.residents, name)).all(), name
    for table in ("officials", "departments"):
        assert getattr(more, table).tobytes() == getattr(fewer, table).tobytes()
    # The new resident's friends are theirs too; all other friendships are as they were.
    for i in range(200):
        old = set(fewer.neighbours[fewer.starts[i] : fewer.starts[i + 1]].tolist())
        new = set(more.neighbours[more.starts[i] : more.starts[i + 1]].tolist())
        assert new - {200} == old


def means(values, seeds, months=60):
    rows = []
    for seed in seeds:
        city = City(Settings.build(values), seed)
        city.run(months)
        rows.append([np.nanmean(city.rows[name][12:months]) for name in OUTCOMES])
    return np.array(rows)


# How many people one simulated resident stands for is a matter of precision, not of results.
ERROR = 1e-4 / len(OUTCOMES)


@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:Precision loss")
def test_outcomes_do_not_depend_on_how_many_people_a_resident_stands_for():
    place = {"population": 30_000}
    coarse = means({"city": place | {"residents_per_agent": 30}}, range(20))
    fine = means({"city": place | {"residents_per_agent": 1}}, range(20, 40))
    for j, name in enumerate(OUTCOMES):
        a, b = coarse[:, j], fine[:, j]
        if np.isnan(a).all() or np.ptp(np.append(a, b)) == 0:
            continue
        p = stats.ttest_ind(a, b, equal_var=False, nan_policy="omit").pvalue
        assert p > ERROR, f"{name}: {np.nanmean(a):.4g} with 30 people each, {np.nanmean(b):.4g} with one"


def written(before, after):
    return {
        f"{table}.{name}"
        for table, rows in before.items()
        for name in rows
        if rows[name].tobytes() != after[table][name].tobytes()
    }


def snapshot(city):
    tables = ("initiatives", "officials", "departments", "ties", "asks", "projects", "promises", "state", "flows")
    shot = {t: {n: getattr(city, t)[n].copy() for n in getattr(city, t).dtype.names} for t in tables}
    shot["residents"] = {n: getattr(city.residents, n).copy() for n in columns.RESIDENT}
    return shot


def test_processes_write_only_what_they_declare():
    declared = {p.__name__.rsplit(".", 1)[-1]: p.WRITES for p in MONTH}
    shots = []

    def watch(city, process):
        shots.append(snapshot(city))
        for name in written(shots[-2], shots[-1]):
            assert any(name == w or name.split(".")[0] == w for w in declared[process]), f"{process} writes {name}"

    for values in (
        {},
        {"turnover": {"annual_rate": 0.5}},
        {"outside": {"change_of_government": 1.0, "first_election": 3}},
        {"start_small": {"strength": 1.0}, "simple_funding": {"strength": 1.0}, "tip": {"budget": 50_000.0}},
    ):
        city = City(Settings.build(SMALL | values), 5)
        city.after = watch
        for _ in range(40):
            shots[:] = [snapshot(city)]
            # A month begins by emptying its flows.
            for flow in shots[0]["flows"].values():
                flow[:] = 0
            city.step()


def python_calls(people_each):
    """Calls that Python sees in a month with a round, once all loops are compiled."""
    city = City(Settings.build({"city": {"population": 30_000, "residents_per_agent": people_each}}), 5)
    city.run(11)
    calls = 0

    def count(frame, event, arg):
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    city.step()
    sys.setprofile(None)
    return calls


def test_no_python_loop_over_residents():
    """Ten times as many residents, and not one call more."""
    python_calls(150)  # compiles what is not compiled yet
    assert python_calls(150) == python_calls(15)


def test_going_on_under_the_same_settings_is_going_on():
    """Also where the month opens as pushes have left it, with contact persons who take their hours from desks."""
    pushes = [Push("contact.contact_person", 0.7)]
    straight, turned, unpushed = (City(Settings.build(SMALL), 5, some) for some in (pushes, pushes, ()))
    for city in (straight, turned, unpushed):
        city.run(6)
    turned.turn(turned.settings)
    for city in (straight, turned, unpushed):
        city.run(6)
    assert turned.rows[:12].tobytes() == straight.rows[:12].tobytes() != unpushed.rows[:12].tobytes()
