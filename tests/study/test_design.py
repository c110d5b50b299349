"""The points of a sweep: grids by hand, samples within their ranges, files, and what is refused."""

import csv
from itertools import pairwise, product
from pathlib import Path

import pytest

from sim.model.params import BadConfig
from sim.model.settings import PARAMETERS, TIPS, Settings
from sim.study import plan as plans
from sim.study.compose import compose
from sim.study.sweep import plan_of

pytestmark = pytest.mark.usefixtures("configs")


def planned(*words):
    return plan_of(words)[1]


def values(plan, *names):
    return [tuple(p.changes[n] for n in names) for p in plan.points]


def faults(*words):
    with pytest.raises(BadConfig) as refused:
        planned(*words)
    assert not Path("results").exists()
    return refused.value.faults


class TestGrid:
    def test_is_the_product_by_hand(self):
        plan = planned("turnover.annual_rate=0.05,0.1,0.2", "scenario=tokenism,co_creation", "seeds=50", "months=9")
        found = [(p.changes["turnover.annual_rate"], plan.bases[p.base].choices["scenario"]) for p in plan.points]
        assert found == [*product((0.05, 0.1, 0.2), ("tokenism", "co_creation"))]
        assert (plan.seeds, plan.months) == (50, 9)

    def test_a_point_has_the_settings_that_one_run_of_it_would_have(self):
        plan = planned("city=ghent,freiburg", "scenario=tokenism", "turnover.vacancy=1,7", "forum.every=6")
        assert len(plan.bases) == 2
        for point in plan.points:
            base = plan.bases[point.base]
            words = [f"{n}={v}" for n, v in {**base.choices, **point.changes}.items()]
            alone = compose(words)
            assert plans.on_top(base.settings, point.changes) == alone.settings

    def test_whole_grammar(self):
        plan = planned("forum.every=range(1,8,3)", "forum.rung=choice(inform,involve)", "city=glob(*,exclude=g*)")
        assert values(plan, "forum.every", "forum.rung") == [*product((1, 4, 7), ("inform", "involve"))]
        assert {b.choices["city"] for b in plan.bases} == {"freiburg"}

    def test_a_list_is_one_value(self, configs):
        configs("tip/one", "forum: {every: 3}")
        configs("tip/two", "turnover: {vacancy: 2}")
        plan = planned("tip=none,[one,two],one")
        assert [b.choices["tip"] for b in plan.bases] == ["none", "[one,two]", "one"]
        assert [(b.settings.forum.every, b.settings.turnover.vacancy) for b in plan.bases][1] == (3, 2)

    def test_without_anything_listed_it_is_one_point(self):
        plan = planned("scenario=tokenism")
        assert len(plan.points) == 1
        assert plan.seeds == 10

    def test_values_that_agree_only_with_the_defaults_of_others_are_no_fault(self):
        plan = planned("outside.term=90,100", "outside.first_election=80")
        assert values(plan, "outside.term") == [(90,), (100,)]


class TestSample:
    @pytest.mark.parametrize("design", ["lhs", "sobol"])
    def test_lies_in_the_plausible_ranges_and_fills_them(self, design):
        plan = planned(f"design={design}", "points=64", "vary=trust,power,funding,turnover")
        wanted = [
            name
            for name, p in PARAMETERS.items()
            if p.kind in ("number", "whole number") and name.split(".")[0] in ("trust", "power", "funding", "turnover")
        ]
        assert sorted(plan.varying) == sorted(wanted)
        for name in wanted:
            low, high = PARAMETERS[name].plausible
            column = [p.changes[name] for p in plan.points]
            assert low <= min(column) <= max(column) <= high
            if PARAMETERS[name].kind == "number":
                assert {int((v - low) / (high - low) * 8) for v in column} >= set(range(8))
            else:
                assert all(isinstance(v, int) for v in column)

    def test_a_latin_hypercube_has_one_point_in_each_slice(self):
        plan = planned("design=lhs", "points=20", "turnover.annual_rate=interval(0.1,0.3)", "vary=power.imbalance")
        for name, (low, high) in {
            "turnover.annual_rate": (0.1, 0.3),
            "power.imbalance": PARAMETERS["power.imbalance"].plausible,
        }.items():
            assert sorted(int((v - low) / (high - low) * 20) for (v,) in values(plan, name)) == [*range(20)]

    def test_every_scenario_meets_the_same_sample(self):
        plan = planned("design=lhs", "points=5", "vary=power", "scenario=tokenism,co_creation")
        first, second = plan.points[:5], plan.points[5:]
        assert [p.changes for p in first] == [p.changes for p in second]
        assert {p.base for p in first} == {0}
        assert {p.base for p in second} == {1}

    def test_a_choice_keeps_what_makes_it_what_it_is(self):
        plan = planned("design=lhs", "points=5", "vary=turnover,forum", "scenario=tokenism,co_creation")
        vacancy, adoption = (values(plan, name) for name in ("turnover.vacancy", "forum.adoption"))
        assert {*vacancy[:5]} == {(4,)}
        assert {*adoption[:5]} == {(0.1,)}
        assert len({*adoption[5:]}) == 5
        assert plan.design["keeps"] == {"tokenism": ["forum.adoption", "turnover.vacancy"]}

    def test_but_not_where_the_setting_itself_is_named(self):
        line = ("design=lhs", "points=5", "scenario=tokenism,co_creation")
        for said in ("vary=forum.adoption", "forum.adoption=interval(0.2,0.9)"):
            plan = planned(*line, said)
            assert len({*values(plan, "forum.adoption")}) == 5
            assert plan.design["keeps"] == {}

    def test_what_the_one_choice_of_the_line_says_does_not_vary(self):
        plan = planned("design=lhs", "points=5", "vary=forum", "scenario=tokenism")
        assert "forum.adoption" not in plan.design["factors"]
        assert plan.bases[0].settings.forum.adoption == 0.1
        assert "forum.adoption" in planned("design=lhs", "points=5", "vary=forum").design["factors"]

    def test_is_drawn_from_its_own_seed(self):
        same, again, other = (planned("design=lhs", "points=5", "vary=power", f"design_seed={s}") for s in (0, 0, 1))
        assert same.digest() == again.digest() != other.digest()

    def test_what_the_line_sets_stays(self):
        plan = planned("design=lhs", "points=3", "vary=turnover", "turnover.vacancy=2", "turnover.handover=0.1,0.9")
        assert "turnover.vacancy" not in plan.varying
        assert values(plan, "turnover.handover") == [(0.1,)] * 3 + [(0.9,)] * 3
        assert all(b.settings.turnover.vacancy == 2 for b in plan.bases)

    def test_sobol_is_two_samples_and_their_crossings(self):
        """Saltelli's scheme for D factors: each of N rows of A, its D crossings with B, the row of B."""
        plan = planned("design=sobol", "points=4", "vary=trust.asymmetry,power.imbalance,turnover.handover")
        found = values(plan, *plan.design["factors"])
        assert len(found) == 4 * (3 + 2)
        for n in range(4):
            a, *crossed, b = found[5 * n : 5 * n + 5]
            assert all(x != y for x, y in zip(a, b, strict=True))
            assert crossed == [(b[0], *a[1:]), (a[0], b[1], a[2]), (*a[:2], b[2])]

    def test_morris_walks_along_each_factor_once(self):
        plan = planned("design=morris", "points=6", "vary=trust.asymmetry,power.imbalance,turnover.handover")
        names = ("trust.asymmetry", "power.imbalance", "turnover.handover")
        found = values(plan, *names)
        assert len(found) == 6 * (3 + 1)
        for n in range(6):
            walk = found[4 * n : 4 * n + 4]
            moved = [[i for i in range(3) if a[i] != b[i]] for a, b in pairwise(walk)]
            assert sorted(moved) == [[0], [1], [2]]
        for i, name in enumerate(names):
            low, high = PARAMETERS[name].plausible
            levels = {round((row[i] - low) / (high - low) * 3, 9) for row in found}
            assert levels <= {0, 1, 2, 3}

    def test_everything_that_is_assumed_can_vary_at_once(self):
        plan = planned("design=lhs", "points=300", "vary=assumed")
        assumed = {n for n, p in PARAMETERS.items() if p.kind in ("number", "whole number")
                   and p.source.sure == "assumed" and p.plausible[0] < p.plausible[1]}  # fmt: skip
        groups = {*TIPS, "tip"}
        assert {*plan.varying} == {n for n in assumed if n.split(".")[0] not in groups}
        tip = planned("design=lhs", "points=300", "vary=assumed", "start_small.strength=1").varying
        groups -= {"tip", "start_small"}
        assert {*tip} == {n for n in assumed if n.split(".")[0] not in groups}
        assert "city.population" not in plan.varying

    def test_everything_can_vary_at_once(self):
        """No two plausible values contradict each other; a degree stays even."""
        plan = planned("design=lhs", "points=300", "vary=all")
        assert all(p.changes["city.degree"] % 2 == 0 for p in plan.points)
        assert {p.changes["city.degree"] for p in plan.points} == {*range(4, 18, 2)}
        assert "city.residents_per_agent" not in plan.varying


class TestOneAtATime:
    def test_by_hand(self):
        words = ["turnover.annual_rate=interval(0.1,0.3)", "turnover.handover=interval(0,0.8)"]
        plan = planned("design=oat", "points=3", *words)
        base = Settings().turnover
        assert values(plan, "turnover.annual_rate", "turnover.handover") == [
            (base.annual_rate, base.handover),
            *[(pytest.approx(rate), base.handover) for rate in (0.1, 0.2, 0.3)],
            *[(base.annual_rate, share) for share in (0, 0.4, 0.8)],
        ]

    def test_the_others_have_the_value_of_their_city(self):
        plan = planned("design=oat", "points=2", "vary=turnover.annual_rate,turnover.handover", "city=freiburg,ghent")
        rates = [p.changes["turnover.handover"] for p in plan.points]
        assert len(rates) == 2 * 5
        assert rates[:3] == [Settings().turnover.handover] * 3
        assert rates[5:8] == [0.2] * 3

    def test_whole_numbers_come_once(self):
        plan = planned("design=oat", "points=9", "outside.term=interval(60,62)")
        assert values(plan, "outside.term") == [(60,), (60,), (61,), (62,)]


class TestRepeated:
    def test_choices_add_up(self, configs):
        configs("tip/one", "forum: {every: 3}")
        configs("tip/two", "turnover: {vacancy: 2}")
        plan = planned("tip=none,one", "tip=[one,two]", "turnover.vacancy=1,2")
        assert [b.choices["tip"] for b in plan.bases] == ["none", "one", "[one,two]"]
        assert len(plan.points) == 6

    def test_settings_do_not(self):
        assert "turnover.vacancy: given 2 times" in faults("turnover.vacancy=1,2", "turnover.vacancy=3,4")[0]


class TestStudy:
    TEXT = (
        "months: 36\n"
        "hydra: {sweeper: {params: {turnover.annual_rate: '0.1,0.3', scenario: 'tokenism,co_creation', seeds: 7}}}"
    )

    def test_its_words_join_the_line(self, configs):
        configs("study/rates", self.TEXT)
        assert planned("+study=rates").digest() == planned(
            "turnover.annual_rate=0.1,0.3", "scenario=tokenism,co_creation", "seeds=7", "months=36", "+study=rates"
        ).digest()  # fmt: skip
        plan = planned("+study=rates")
        assert (plan.seeds, plan.months, len(plan.points)) == (7, 36, 4)
        assert plan.bases[0].choices["study"] == "rates"

    def test_the_line_beats_it_key_by_key(self, configs):
        configs("study/rates", self.TEXT)
        plan = planned("+study=rates", "seeds=2", "scenario=consultation", "months=12")
        assert (plan.seeds, plan.months, len(plan.points)) == (2, 12, 2)
        assert {b.choices["scenario"] for b in plan.bases} == {"consultation"}

    def test_is_refused_where_it_cannot_be(self, configs):
        configs("study/rates", self.TEXT)
        configs("study/broken", "hydra: {sweeper: {params: [a, b]}}")
        assert "there is no 'ratse'; did you mean 'rates'?" in faults("+study=ratse")[0]
        assert faults("+study=rates,broken") == ["study: several, but a sweep is one study"]
        assert "configs/study/broken.yaml: hydra.sweeper.params is no mapping" in faults("+study=broken")[0]
        with pytest.raises(BadConfig, match="use sim sweep"):
            compose(["+study=rates"])


class TestFile:
    def table(self, *rows):
        with Path("points.csv").open("w", newline="") as text:
            csv.writer(text).writerows(rows)
        return ["design=file", "points=points.csv"]

    def test_rows_are_points(self):
        words = self.table(
            ["turnover.annual_rate", "scenario", "forum.rung"],
            [0.1, "tokenism", "inform"],
            ["2e-1", "co_creation", "involve"],
        )
        plan = planned(*words, "forum.every=3,6")
        assert values(plan, "forum.every", "turnover.annual_rate", "forum.rung") == [
            (3, 0.1, "inform"), (3, 0.2, "involve"), (6, 0.1, "inform"), (6, 0.2, "involve"),
        ]  # fmt: skip
        assert [plan.bases[p.base].choices["scenario"] for p in plan.points] == ["tokenism", "co_creation"] * 2

    @pytest.mark.parametrize(
        ("rows", "parts"),
        [
            ([["turnover.anual_rate"], [1]], ["points.csv: turnover.anual_rate: no such setting; did you mean"]),
            ([["power.imbalance"], [0.1, 0.2]], ["points.csv: row 1: 2 values for 1 columns"]),
            ([["power.imbalance"], ["x"], [2]], ["'x' is not a number", "2 is out of range", "point 2"]),
            ([["power.imbalance"]], ["points.csv: holds no rows"]),
            ([["power.imbalance", "power.imbalance"], [1, 1]], ["power.imbalance: given twice"]),
        ],
    )  # fmt: skip
    def test_bad_tables(self, rows, parts):
        told = "\n".join(faults(*self.table(*rows)))
        assert all(part in told for part in parts), told

    def test_no_table(self):
        assert "cannot be read" in faults("design=file", "points=none.csv")[0]


class TestRefusal:
    def test_every_fault_once_with_how_many_points_have_it(self):
        told = faults("turnover.annual_rate=range(0,1,0.1)", "power.imbalance=0.1,2,-1", "scenario=tokenism,tokenims")
        assert len(told) == 3
        assert told[0].startswith("scenario: there is no 'tokenims'; did you mean 'tokenism'?")
        assert told[0].endswith("(30 points, the first is 2)")
        assert told[1] == "power.imbalance: 2 is out of range; allowed: 0 to 1 share (20 points, the first is 3)"
        assert told[2] == "power.imbalance: -1 is out of range; allowed: 0 to 1 share (20 points, the first is 5)"

    def test_one_point_among_thousands(self):
        rates = ",".join(str(i / 5000) for i in range(2000))
        assert faults(f"turnover.annual_rate={rates},7", "power.imbalance=0.1,0.2") == [
            "turnover.annual_rate: 7 is out of range; allowed: 0 to 0.9 per year (2 points, the first is 4001)"
        ]

    def test_what_is_listed_is_checked_beside_other_faults(self):
        told = faults("turnover.anual=1,2", "power.imbalance=0.1,7,8", "scenario=tokenism,tokenims", "seeds=0")
        assert len(told) == 5
        assert any("did you mean 'turnover.annual_rate'" in t for t in told)
        assert any(t.startswith("power.imbalance: 8 is out of range") for t in told)
        assert any("did you mean 'tokenism'" in t for t in told)

    def test_thousands_of_faults_in_few_lines(self):
        rates = ",".join(str(i) for i in range(1, 2001))
        told = faults(f"turnover.annual_rate={rates}")
        assert len(told) == 4
        assert told[-1] == "turnover.annual_rate: the like (1997 points, the first is 4)"

    def test_values_that_contradict_each_other(self):
        [told] = faults("outside.term=12,60,72", "outside.first_election=30")
        assert told.startswith("outside.first_election: 30 months lies after the end")
        assert told.endswith("(point 1)")

    @pytest.mark.parametrize(
        ("words", "parts"),
        [
            (["nonsense=1,2"], ["nonsense: no such setting"]),
            (["trust.asymetry=1,2"], ["did you mean 'trust.asymmetry'?"]),
            (["design=moris"], ["did you mean 'morris'?", "allowed: one of grid, lhs, sobol, morris, oat, file"]),
            (["design=morris"], ["points: how many?"]),
            (["design=oat", "design_seed=3"], ["nothing is drawn in design=oat"]),
            (["design=oat", "points=1"], ["points: 1; allowed: a whole number from 2"]),
            (["engine=dsk"], ["did you mean 'dask'?"]),
            (["engine=dask", "scheduler=tcp://here", "workers=2"], ["a scheduler has its own"]),
            (["scheduler=tcp://here"], ["only engine=dask has one"]),
            (["design=lhs"], ["points: how many?"]),
            (["design=lhs", "points=0"], ["points: 0; allowed"]),
            (["design=lhs", "points=4", "vary=trsut"], ["there is no 'trsut'; did you mean 'trust'?"]),
            (["design=lhs", "points=4", "vary=forum.rung"], ["forum.rung is a choice"]),
            (["design=lhs", "points=4", "power.imbalance=interval(1,1)"], ["interval(1,1) is empty"]),
            (["design=lhs", "points=4", "power.imbalance=interval(0,3)"], ["is out of range; allowed: within 0 to 1"]),
            (["design=lhs", "points=4", "scenario=interval(0,3)"], ["only numbers have an interval"]),
            (["power.imbalance=interval(0,1)"], ["needs design=lhs, sobol, morris or oat"]),
            (["design=lhs", "points=4", "forum.every=interval(2.2,2.8)"], ["holds no value"]),
            (["design=lhs", "points=4", "city.degree=interval(3,3.5)"], ["holds no value"]),
            (["turnover.annual_rate=range(0,0.5,0.00000001)"], ["holds 50,000,000 values; allowed: at most 1,000,000"]),
            (["points=4"], ["a grid has as many points"]),
            (["power.imbalance=range(1,0)"], ["holds no value"]),
            *[([f"power.imbalance=range({r})"], ["is no range; allowed: range(first, end, step)"])
              for r in ("0,1,0", "0,nan", "nan,1", "0,1,inf")],
            (["threads=2"], ["threads: each city has one"]),
            (["threads=1,2"], ["threads: each city has one"]),
            (["name="], ["name: '' cannot name a folder"]),
            (["seeds=1000000000000"], ["seeds: 1000000000000; allowed: at most 1,000,000,000"]),
            (["power.imbalance=shuffle(0,1)"], ["shuffle() would make another plan each time"]),
            (["city=glob(x*)"], ["glob() finds nothing"]),
            (["power.imbalance=glob(*)"], ["glob() chooses among the options of a group"]),
            (["power.imbalance=0.1,0.2", "power.imbalance=0.3"], ["given 2 times"]),
            (["seed=1,2"], ["say how many with seeds=N"]),
            (["months=1,2"], ["months: several values"]),
            (["seeds=0"], ["seeds: 0; allowed: a whole number from 1"]),
            (["seeds=interval(1,2)"], ["seeds: 'seeds=interval(1,2)'; allowed"]),
            (["seeds=1,2"], ["seeds: [1, 2]; allowed"]),
            (["workers=two"], ["workers: 'two'"]),
            (["shard=3/2"], ["shard: '3/2' is no share"]),
            (["name=../x"], ["cannot name a folder"]),
            (["seeds=100001"], ["100,001 runs; allowed: at most 100,000"]),
            (["seeds=5", "power.imbalance=0,1", "limit=9"], ["2 points with 5 seeds are 10 runs"]),
        ],
    )  # fmt: skip
    def test_messages(self, words, parts):
        told = "\n".join(faults(*words))
        assert all(part in told for part in parts), told

    def test_faults_of_the_line_and_of_the_design_at_once(self):
        told = faults("design=lhs", "points=none", "scenario=tokenims", "turnover.vacancy=x")
        assert [t.split(":")[0] for t in told] == ["points", "scenario", "turnover.vacancy"]


def test_a_run_is_named_by_all_that_determines_it():
    plan = planned("turnover.annual_rate=0.1,0.2")
    a, b = (p.digest for p in plan.points)
    names = {
        plans.run_id(*key) for key in ((a, 1, 9, "x"), (b, 1, 9, "x"), (a, 2, 9, "x"), (a, 1, 8, "x"), (a, 1, 9, "y"))
    }
    assert len(names) == 5
    assert plans.run_id(a, 1, 9, "x") == plans.run_id(planned("turnover.annual_rate=0.1").points[0].digest, 1, 9, "x")


def test_the_name_of_settings_does_not_depend_on_how_they_came_about():
    listed = planned("turnover.handover=0.2,0.5", "turnover.vacancy=6,7", "outside.term=72", "city.population=265000")
    chosen = planned("city=ghent", "turnover.handover=0.2")
    assert listed.points[0].digest == chosen.points[0].digest


def test_planning_four_thousand_points(record_property):
    import time

    start = time.perf_counter()
    plan = planned("design=lhs", "points=2000", "vary=trust,power,funding,turnover", "scenario=tokenism,co_creation")
    record_property("seconds", time.perf_counter() - start)
    assert len(plan.points) == 4000
    assert isinstance(plans.on_top(plan.bases[0].settings, plan.points[0].changes), Settings)


@pytest.mark.parametrize(
    "words",
    [
        ("scenario=tokenism,co_creation", "limit=x"),
        ("design=lsh", "points=20", "vary=trust"),
    ],
)
def test_nothing_is_said_of_what_a_fault_left_open(words):
    assert len(faults(*words)) == 1
