"""The laws hold after every process of every month, whatever the settings."""

import json
from contextlib import closing
from math import comb

import pytest

from sim.app import main
from sim.model import laws
from sim.model.city import City
from sim.model.settings import PARAMETERS, TIPS, Settings
from sim.study import lawful
from sim.study.pool import Lost
from sim.study.task import OtherModel

PARTS, EXAMPLES, SEED = 5, 110, 7  # 550 cities, other than those of the command's usual seed


def test_laws_hold_where_nobody_volunteers_any_more():
    """Of 78 residents, those who would give time grow tired and never recover."""
    plain = {
        "city": {"population": 3900, "residents_per_agent": 50, "residents_per_initiative": 200.0, "posts": 2.0,
                 "district_size": 838},
        "forum": {"rounds": 12, "talks": 4},
        "volunteers": {"recovery": 0.0},
    }  # fmt: skip
    city = City(Settings.build(plain), 590)
    city.after = laws.check
    city.run(26)
    assert not city.initiatives["hours"].any()


@pytest.mark.parametrize("part", range(PARTS))
def test_laws_hold_for_any_city(part):
    numbers = range(part * EXAMPLES + 1, (part + 1) * EXAMPLES + 1)
    complaints = {n: lawful.live(lawful.Errand(SEED, n, lawful.MONTHS)) for n in numbers}
    assert {f"city={n} seed={SEED}": said for n, said in complaints.items() if said} == {}
    assert len(complaints) == EXAMPLES


def test_random_cities_are_of_all_kinds():
    """Every parameter is drawn, at its ends and between; tips are followed, and their start may come late."""
    some = [lawful.drawn(SEED, n) for n in range(1, 551)]
    seen: dict[str, set[object]] = {}
    for one in some:
        for group, values in one.plain.items():
            for key, value in values.items():
                seen.setdefault(f"{group}.{key}", set()).add(value)
    assert set(seen) == set(PARAMETERS)
    for name in ("trust.gain", "forum.adoption", "power.consent"):
        assert {PARAMETERS[name].low, PARAMETERS[name].high} < seen[name]
    assert all(any(value > 0 for value in seen[f"{tip}.strength"]) for tip in TIPS)
    assert sum(len(one.pushes) > 0 for one in some) > 400
    assert len({one.seed for one in some}) == len(some)


def test_a_city_is_the_same_whoever_draws_it():
    assert lawful.drawn(3, 12) == lawful.drawn(3, 12)
    assert lawful.drawn(3, 12) != lawful.drawn(4, 12)
    assert lawful.drawn(3, 12) != lawful.drawn(3, 13)


def sums_above(n, broken, share):
    """Chance of at most `broken` of n where a share breaks a law."""
    return sum(comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(broken + 1))


@pytest.mark.parametrize("broken", [0, 1, 7])
def test_the_bound_is_exact(broken):
    """At the bound, so few would be seen in one of twenty cases; without any in 10,000 it is 3 in 10,000."""
    report = lawful.Report(1, 200, 26, dict.fromkeys(range(broken), "x"))
    assert sums_above(200, broken, report.bound) == pytest.approx(0.05)
    assert lawful.Report(1, 10_000, 26, {}).bound == pytest.approx(3.0e-4, rel=0.01)


# --- the command ---


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_broken_law_is_told_and_can_be_had_again(here, monkeypatch, capsys):
    """A law that no city keeps in its third month: the command ends with 1 and says how to see it again."""

    def no_third_month(city):
        return "it is the third month" if city.month == 3 else None

    monkeypatch.setattr(laws, "LAWS", (*laws.LAWS, no_third_month))
    monkeypatch.setattr(lawful, "Ready", Here)
    assert main(["validate", "laws", "cities=3", "months=4", "workers=1"]) == 1
    said = capsys.readouterr().out
    assert "3 cities break one" in said
    assert "city 2: BrokenLaw: month 3, after outside: no_third_month: it is the third month" in said
    assert "sim validate laws city=2 seed=1 months=4" in said
    assert main(["validate", "laws", "city=2", "months=4"]) == 1
    assert main(["validate", "laws", "city=2", "months=2"]) == 0


def test_it_goes_on_where_it_was_stopped(here, monkeypatch, capsys):
    """Stopped at the tenth of twelve cities; the second time only those are lived that were not kept."""
    monkeypatch.setattr(lawful, "Ready", Here)
    monkeypatch.setattr(lawful, "SAVE", 0.0)
    lived = []

    def some(errand):
        if len(lived) == 9:
            raise KeyboardInterrupt
        lived.append(errand.number)
        return ""

    monkeypatch.setattr(lawful, "live", some)
    assert main(["validate", "laws", "cities=12", "workers=1", "--json"]) == 130
    assert json.loads(capsys.readouterr().out) == {"faults": ["stopped; what was done is kept"]}
    with closing(lawful._Cities(here / "results" / "laws")) as cities:
        kept = sorted(cities.found(1, lawful.MONTHS))
    assert 1 <= len(kept) < 12
    lived = list(range(100, 110))
    assert main(["validate", "laws", "cities=12", "workers=1", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["cities"], said["broken"], said["laws"]) == (12, {}, len(laws.LAWS))
    assert said["processes"] == 12 * lawful.MONTHS * 10
    assert sorted(lived[10:]) == [n for n in range(1, 13) if n not in kept]


def test_a_city_whose_process_was_killed_is_told_and_tried_again(here, monkeypatch, capsys):
    """Killed by whatever kills: that says nothing of a law, and is not kept."""
    monkeypatch.setattr(lawful, "Ready", Here)
    monkeypatch.setattr(lawful, "live", lambda errand: Lost() if errand.number == 2 else "")
    assert main(["validate", "laws", "cities=3", "months=2", "workers=1"]) == 1
    assert "city 2: its process was killed" in capsys.readouterr().out
    monkeypatch.setattr(lawful, "live", lambda errand: "")
    assert main(["validate", "laws", "cities=3", "months=2", "workers=1"]) == 0


def test_cities_drawn_in_another_way_are_lived_anew(here, monkeypatch):
    """Or by another model: what was kept is of other cities."""
    lived = []
    monkeypatch.setattr(lawful, "Ready", Here)
    monkeypatch.setattr(lawful, "live", lambda errand: lived.append(errand.number) or "")
    lawful.checked(2, 3, 1, 1, here)
    lawful.checked(3, 3, 1, 1, here)
    assert lived == [1, 2, 3]
    monkeypatch.setattr(lawful, "version", lambda: "another")
    lawful.checked(2, 3, 1, 1, here)
    assert lived == [1, 2, 3, 1, 2]


def test_a_worker_with_another_model_lives_nothing():
    with pytest.raises(OtherModel):
        lawful.live(lawful.Errand(1, 1, 3, "another"))


def test_every_fault_of_the_words_is_told(here, capsys):
    assert main(["validate", "laws", "cites=3", "months=0", "seed=x"]) == 2
    said = capsys.readouterr().err
    assert "cites: no such word; did you mean 'cities'" in said
    assert "months: '0'; allowed: a whole number from 1" in said
    assert "seed: 'x'; allowed: a whole number from 0" in said
    assert list(here.iterdir()) == []


class Here:
    """An engine that does everything in this process, one after the other."""

    lost = ()
    processes = 1

    def __init__(self, workers):
        pass

    def start(self):
        return self

    def submit(self, work, *args):
        from concurrent.futures import Future

        done = Future()
        done.set_running_or_notify_cancel()
        try:
            done.set_result(work(*args))
        except Exception as error:
            done.set_exception(error)
        return done

    def shutdown(self, **_):
        pass

    def check(self):
        pass

    def stop(self, at_once):
        pass

    def close(self):
        pass
