"""`sim validate patterns`: a new fact from end to end in a tiny city, going on, and measuring from outside."""

import json

import numpy as np
import pytest

from sim.app import main
from sim.model.city import City
from sim.model.columns import Case, Label, Progress, Stage
from sim.model.month.funding import Award
from sim.model.outcomes import OUTCOMES
from sim.model.settings import Settings
from sim.study.patterns import command, experiment, running
from sim.study.patterns.measures import MEASURES, Watch, gini
from sim.study.patterns.near import NearMiss
from sim.study.run import run_city

TINY = {"city": {"population": 20_000, "residents_per_agent": 100.0, "residents_per_initiative": 2000.0}}
FACT = """
id: mine
title: Rounds cost
claim: Rounds take residents' time, and money.
source: made up
certainty: memory
unchecked: nobody was asked
kind: verification
common: [city.population=20000, city.residents_per_agent=100, city.residents_per_initiative=2000]
months: 14
seeds: 12
cases:
  none: [scenario=no_engagement]
  rounds: {1: [scenario=no_engagement], 7: [forum.every=2]}
expect:
  - says: rounds cost money
    quantity: rounds - none
    outcome: euros
    window: [7, 14]
    want: more
    smallest: 1000
    why: less would be no round
  - says: the marginalised are not all at them
    quantity: rounds
    outcome: attendance
    group: marginalised
    window: [7, 14]
    want: {between: {low: 0, high: 1}}
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch, request):
    """A folder with a fact; runs are done in this process, but where a test asks for workers."""
    monkeypatch.chdir(tmp_path)
    if "workers" not in request.fixturenames:
        monkeypatch.setattr(running, "each", lambda work, jobs, engine: ((job, running.run(job)) for job in jobs))
    (tmp_path / "mine.yaml").write_text(FACT, encoding="utf-8")
    return tmp_path


@pytest.fixture
def workers():
    """Runs are done by processes of their own, as they are for people."""


def said(capsys, *words):
    code = main(["validate", "patterns", *words, "workers=1", "--json"])
    out = capsys.readouterr().out
    return code, json.loads(out)


def test_error_rates_of_two_seeds_are_refused(here, capsys):
    code, found = said(capsys, "--file", "mine.yaml", "seeds=2", "--error-rates")
    assert code == 2
    assert "2 seeds; allowed: 3 or more" in found["faults"][0]


@pytest.mark.usefixtures("workers")
def test_a_new_fact_from_end_to_end(here, capsys):
    code, found = said(capsys, "--file", "mine.yaml", "--error-rates")
    assert code == 0
    (fact,) = found["facts"]
    assert fact["verdict"] == "pass"
    assert fact["by_construction"]
    assert fact["unchecked"] == "nobody was asked"
    assert [s["verdict"] for s in fact["statements"]] == ["pass", "pass"]
    assert found["error_rates"]["facts"] == 1
    folder = here / "results" / "patterns"
    page = (folder / "patterns.md").read_text(encoding="utf-8")
    assert "From memory, not checked: do not quote" in page
    assert "held by construction" in page
    assert (folder / "mine.png").stat().st_size > 5000
    assert main(["validate", "patterns", "--file", "mine.yaml"]) == 0
    out = capsys.readouterr().out
    assert "[M]" in out
    assert "1 of 1 facts pass" in out


def test_what_was_run_is_not_run_again_and_a_changed_model_finds_nothing(here, capsys, monkeypatch):
    ran = []
    real = running.Runs._carry_out
    monkeypatch.setattr(running.Runs, "_carry_out", lambda self, e, what: (ran.append(len(e)), real(self, e, what)))
    first = said(capsys, "--file", "mine.yaml", "seeds=4")[1]
    assert ran == [8]
    assert said(capsys, "--file", "mine.yaml", "seeds=4")[1]["facts"] == first["facts"]
    assert ran == [8]
    said(capsys, "--file", "mine.yaml", "seeds=6")
    assert ran == [8, 4]
    (here / "mine.yaml").write_text(FACT.replace("outcome: euros", "outcome: flow.rounds"), encoding="utf-8")
    said(capsys, "--file", "mine.yaml", "seeds=6")
    assert ran == [8, 4, 12], "another measure is another question"
    monkeypatch.setattr(running, "version", lambda: "measured in another way")
    said(capsys, "--file", "mine.yaml", "seeds=4")
    assert ran == [8, 4, 12, 8]


def test_an_interruption_keeps_what_was_done(here, capsys, monkeypatch):
    (one,) = experiment.read([here / "mine.yaml"])
    real = running.run

    def stopping(errand):
        if errand.seed == 3:
            raise KeyboardInterrupt
        return real(errand)

    monkeypatch.setattr(running, "run", stopping)
    with running.Runs(here / "kept", 1) as runs, pytest.raises(KeyboardInterrupt):
        runs.do(running.wanted(one, range(1, 5)))
    monkeypatch.setattr(running, "run", real)
    with running.Runs(here / "kept", 1) as runs:
        assert runs.do(running.wanted(one, range(1, 5))) == 6, "two of the eight were done"


def test_a_run_that_fails_is_told_and_left_out(here, monkeypatch, capsys):
    real = running.follow

    def failing(phases, seed, months, measures):
        if seed == 2:
            raise RuntimeError("no such luck")
        return real(phases, seed, months, measures)

    monkeypatch.setattr(running, "follow", failing)
    code, found = said(capsys, "--file", "mine.yaml", "seeds=12")
    assert code == 1
    assert {s["pairs"] for s in found["facts"][0]["statements"]} == {11}
    assert len(found["provenance"]["failed"]) == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["patterns", "SF002"], "SF002: no such fact; did you mean 'SF02'?"),
        (["patterns", "--file"], "--file: names no file"),
        (["patterns", "seeds=1"], "seeds: '1'; allowed: a whole number from 2"),
        (["patterns", "seed=9"], "seed: no such word; did you mean 'seeds'?"),
        (["patterns", "--file", "none.yaml"], "none.yaml: cannot be read"),
        (["patterns", "SF02", "--page"], "--page: the page holds all facts"),
        (["pattern"], "sim validate: pattern; did you mean 'patterns'?"),
        ([], "sim validate: what?"),
        (["patterns", "--fil"], "--fil: no such option; did you mean '--file'?"),
    ],
)
def test_bad_words_are_refused_before_any_run(here, capsys, words, told):
    assert main(["validate", *words]) == 2
    assert told in capsys.readouterr().err
    assert not (here / "results").exists()


def test_a_bad_file_is_refused_with_every_fault(here, capsys):
    (here / "mine.yaml").write_text(FACT.replace("want: more", "want: mor").replace("kind: veri", "kind: vari"))
    code, found = said(capsys, "--file", "mine.yaml")
    assert code == 2
    assert len(found["faults"]) == 2
    assert all(fault.startswith("mine.yaml: ") for fault in found["faults"])


def test_seeds_are_added_by_spread_alone():
    """One more look with the same spread and another mean asks for the same seeds."""
    (one,) = experiment.read([experiment.FOLDER / "SF24.yaml"])
    chance = np.random.default_rng(0)
    values = 0.03 * chance.normal(size=50)
    asked = {command._more(one, [values + shift], 50, 10) for shift in (0.0, 0.5, -3.0)}
    assert len(asked) == 1
    assert 50 < asked.pop() <= one.most


# --- measuring a city from outside ---


def test_watching_changes_nothing_and_agrees_with_the_outcomes():
    settings = Settings.build(TINY)
    names = [n for n in MEASURES if not n.startswith("near")]
    found = running.follow([(1, settings)], 3, 30, names)
    plain = run_city(settings, 3, 30)
    for name in OUTCOMES:
        assert found[name].tobytes() == plain[name].tobytes(), name
    for outcome in ("trust", "participation"):
        for group in ("marginalised", "others"):
            np.testing.assert_allclose(found[f"{outcome}[{group}]"], plain[f"{outcome}_{group}"])
    np.testing.assert_allclose(found["initiative_trust[formal]"], plain["initiative_trust_formal"])
    np.testing.assert_allclose(found["active_initiatives[informal]"], plain["active_informal"])
    gap = found["accepting[marginalised]"] - found["accepting[others]"]
    np.testing.assert_allclose(gap, plain["acceptance_gap"], equal_nan=True)
    rounds = ~np.isnan(plain["attendance"])
    assert rounds.any()
    assert (np.isnan(found["attendance[others]"]) == ~rounds).all()
    ratio = found["attendance[marginalised]"] / found["attendance[others]"]
    np.testing.assert_allclose(ratio[rounds], plain["attendance_ratio"][rounds])
    assert all(len(found[n]) == 30 for n in names)


def test_a_city_goes_on_under_other_settings():
    """Under the same settings as if nothing had been said; under others from that month on."""
    settings = Settings.build(TINY)
    other = Settings.build({**TINY, "forum": {"every": 2}})
    plain = running.follow([(1, settings)], 3, 24, ["trust", "flow.rounds"])
    same = running.follow([(1, settings), (9, settings)], 3, 24, ["trust", "flow.rounds"])
    turned = running.follow([(1, settings), (13, other)], 3, 24, ["trust", "flow.rounds"])
    assert same["trust"].tobytes() == plain["trust"].tobytes()
    assert turned["trust"][:12].tobytes() == plain["trust"][:12].tobytes()
    assert (turned["flow.rounds"][12:] > 0).sum() > (plain["flow.rounds"][12:] > 0).sum()
    city = City(settings, 3)
    with pytest.raises(ValueError, match="cannot change on the way"):
        city.turn(Settings.build({"city": {**TINY["city"], "degree": 4}}))


def test_gini_by_hand():
    """One of four has all: 3/4. All the same: 0. (1, 3): 1/4."""
    assert gini(np.array([0, 0, 0, 5.0])) == pytest.approx(0.75)
    assert gini(np.array([2.0, 2.0])) == pytest.approx(0.0)
    assert gini(np.array([1.0, 3.0])) == pytest.approx(0.25)


def test_the_scores_that_are_computed_anew_are_those_that_decided():
    """Where the pot is larger than what is asked for, exactly those below the threshold lose."""
    settings = Settings.build(
        {
            "city": {"population": 60_000, "residents_per_agent": 300.0},
            "funding": {"pot": 20.0, "every": 6, "support": 0.5},
        }
    )
    city = City(settings, 4)
    near = NearMiss(city)
    losers = winners = 0

    def after(city, process):
        nonlocal losers, winners
        near.after(process)
        if process == "funding" and (city.month - 1) % 6 == 0:
            call = near._calls[-1]
            won = call.paid > 0
            scores = near.scores(won)
            assert (scores[won] >= settings.funding.threshold).all()
            assert (scores[call.applied & ~won] < settings.funding.threshold).all()
            losers += int((call.applied & ~won).sum())
            winners += int(won.sum())

    city.after = after
    city.run(37)
    assert losers > 0
    assert winners > 0
    assert settings.funding.award == Award.SCORE


def test_what_becomes_of_those_near_the_line_is_found_once_it_is_known():
    settings = Settings.build({"city": {"population": 100_000, "residents_per_agent": 500.0}})
    found = running.follow([(1, settings)], 2, 110, ["near_winners_later", "near_losers_later", "near_losers_again"])
    known = np.flatnonzero(~np.isnan(found["near_losers_later"])) + 1
    assert set(known) <= {1, 13}
    assert len(known)
    assert np.nanmin(found["near_losers_later"]) >= 0
    again = found["near_losers_again"]
    assert ((again >= 0) & (again <= 1) | np.isnan(again)).all()


def test_watch_reads_only_what_is_wanted():
    city = City(Settings.build(TINY), 1)
    watch = Watch(city, ["trust", "ties"])
    for _ in range(3):
        city.step()
        watch.month()
    assert sorted(watch.series()) == ["ties", "trust"]


def test_initiatives_by_whom_they_know_by_hand():
    """Three active ones: two ties in office, one to files only; one tie whose label holds; none."""
    city = City(Settings.build(TINY), 1)
    ini, ties = city.initiatives, city.ties
    ini["stage"] = Stage.ENDED
    ini["stage"][:3] = Stage.INFORMAL
    ties["official"], ties["serial"] = -1, -1
    ties["official"][0, :3], ties["serial"][0, :3], ties["trust"][0, :3] = (4, 5, 6), (0, 2, -1), (0.2, 0.4, 0.9)
    ties["official"][1, 0], ties["serial"][1, 0], ties["trust"][1, 0] = 4, 0, 0.6
    ties["label"][:2], ties["label_months"][0], ties["label_months"][1] = Label.COMPLAINER, 0, 3
    ini["wins"][:3], ini["losses"][:3] = (3, 0, 1), (1, 2, 0)
    ini["months_since_grant"][:3], ini["age"][:3] = (24, 25, 0), (59, 60, 120)
    city.asks["case"] = Case.NONE
    city.asks["case"][0] = Case.WAITING
    city.projects["progress"] = Progress.NONE
    city.projects["progress"][1, :2], city.projects["official"][1, :2] = Progress.RUNNING, (3, -1)
    expected = {
        "initiative_ties": 1.0,
        "initiative_ties[known]": 1.5,
        "initiative_ties[unknown]": 0.0,
        "active_initiatives[one_tie]": 1.0,
        "initiative_ties[several_ties]": 2.0,
        "active_initiatives[labelled]": 1.0,
        "initiative_tie_trust": 0.4,
        "initiative_tie_trust[labelled]": 0.6,
        "applications_made": 7 / 3,
        "grants_won[known]": 1.5,
        "grants_won[unknown]": 1.0,
        "applications_made[funded]": 2.5,
        "applications_made[unfunded]": 2.0,
        "initiative_age[young]": 59 / 12,
        "initiative_age[old]": 7.5,
        "asking": 1 / 3,
        "initiative_joint[known]": 0.5,
    }
    watch = Watch(city, [*expected])
    watch.month()
    found = {name: values[0] for name, values in watch.series().items()}
    assert found == pytest.approx(expected)


def test_endings_by_hand():
    """Of four one ends, one ends and another is founded in its place, one goes on, and a dormant one ends."""
    city = City(Settings.build(TINY), 1)
    ini = city.initiatives
    ini["stage"], ini["age"], ini["members"] = Stage.ENDED, 70.0, 0.0
    ini["stage"][:4] = (Stage.INFORMAL, Stage.MATURE, Stage.FORMAL, Stage.DORMANT)
    ini["age"][:4], ini["members"][:4] = (12, 80, 90, 20), (5, 9, 9, 0)
    names = ["initiative_endings", *(f"initiative_endings[{group}]" for group in ("young", "old", "small", "large"))]
    watch = Watch(city, names)
    ini["stage"][0], ini["stage"][3], ini["age"] = Stage.ENDED, Stage.ENDED, ini["age"] + 1
    ini["stage"][1], ini["age"][1] = Stage.INFORMAL, 0
    watch.month()
    watch.month()
    found = watch.series()
    assert [found[name][0] for name in names] == pytest.approx([3 / 4, 1.0, 0.5, 1.0, 0.5])
    assert [found[name][1] for name in names[:3]] == pytest.approx([0.0, 0.0, 0.0])
