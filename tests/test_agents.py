"""Agents are Mesa's in every way that users rely on, and yet only views of columns."""

import copy
import gc
import pickle
import sys
import weakref
from itertools import pairwise

import mesa
import numpy as np
import pytest
from mesa.datacollection import DataCollector

from sim.model.agents import KINDS, ColumnModel, Initiative, Official, Resident
from sim.model.city import City
from sim.model.columns import INITIATIVE, OFFICIAL, RESIDENT, Residents, Stage, table
from sim.model.settings import Settings

TABLES = {Resident: RESIDENT, Official: OFFICIAL, Initiative: INITIATIVE}


class Town(ColumnModel):
    """Four residents, three posts of which one is vacant, three niches of which one is empty."""

    def __init__(self, seed=1):
        super().__init__(seed)
        self.residents = Residents(4)
        self.residents.trust[:] = [0.1, 0.2, 0.3, 0.4]
        self.residents.district[:] = [0, 0, 1, 1]
        self.officials = table(OFFICIAL, 3)
        self.officials["vacant"] = [0, 2, 0]
        self.initiatives = table(INITIATIVE, 3)
        self.initiatives["stage"] = [Stage.INFORMAL, Stage.ENDED, Stage.MATURE]
        self.months = 0

    def step(self):
        self.months += 1
        self.residents.trust += 0.1


@pytest.fixture
def town():
    return Town()


def rows(agents):
    return [agent.row for agent in agents]


def test_they_are_mesa_agents_in_a_mesa_model(town):
    assert isinstance(town, mesa.Model)
    kinds = [type(agent) for agent in town.agents]
    assert kinds == [Resident] * 4 + [Official] * 2 + [Initiative] * 2
    assert all(isinstance(agent, mesa.Agent) and agent.model is town for agent in town.agents)
    assert town.agent_types == list(town.agents_by_type) == [Resident, Official, Initiative]
    assert all(agent.random is town.random and agent.rng is town.rng for agent in town.agents)


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_is_a_documented_attribute_and_hides_nothing_of_mesa(kind):
    for name, state in TABLES[kind].items():
        assert state.doc in getattr(kind, name).__doc__
        assert not hasattr(mesa.Agent, name)
        assert name not in ("model", "row", "unique_id", "pos", "table", "first_id")


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_reads_as_a_python_scalar_and_writes_to_its_own_cell(town, kind):
    for name, state in TABLES[kind].items():
        agent, value = town.agent(kind, 1), 0 if name == "vacant" else 1
        setattr(agent, name, value)
        rows = getattr(town, kind.table)
        column = getattr(rows, name) if kind is Resident else rows[name]
        assert column[1] == value
        expected = {"f": float, "b": bool}.get(np.dtype(state.dtype).kind, int)
        assert type(getattr(agent, name)) is expected
        assert getattr(agent, name) == value


@pytest.mark.parametrize("value", [-0.1, 1.5, float("nan"), float("inf")])
def test_a_write_out_of_range_is_refused_and_changes_nothing(town, value):
    resident = town.agent(Resident, 2)
    with pytest.raises(ValueError, match=r"residents\.trust: .* out of range; allowed: 0 to 1"):
        resident.trust = value
    assert resident.trust == 0.3


def test_views_follow_columns_that_change_in_place(town):
    resident = town.agent(Resident, 0)
    town.residents.trust *= 2
    assert resident.trust == 0.2
    resident.trust = 0.9
    assert town.residents.trust.tolist() == [0.9, 0.4, 0.6, 0.8]


def test_an_agent_is_the_same_object_every_time(town):
    first = {agent.unique_id: agent for agent in town.agents}
    assert all(first[agent.unique_id] is agent for agent in town.agents)
    assert town.agent(Resident, 3) in town.agents


def test_nobody_is_made_before_someone_asks_and_only_the_kind_asked_for(town, monkeypatch):
    made = []
    make = Resident.__init__
    monkeypatch.setattr(Resident, "__init__", lambda *args: made.append(args[2]) or make(*args))
    for _ in range(3):
        town.step()
    assert len(town.agents_by_type[Official]) == 2
    assert made == []
    assert len(town.agents_by_type[Resident]) == len(town.agents_by_type[Resident]) == 4
    assert made == [0, 1, 2, 3]


def test_only_those_who_exist_count(town):
    assert rows(town.agents_by_type[Initiative]) == [0, 2]
    assert rows(town.agents_by_type[Official]) == [0, 2]
    niche = town.agent(Initiative, 1)
    assert niche not in town.agents
    town.initiatives["stage"] = [Stage.ENDED, Stage.IDEA, Stage.DORMANT]
    town.officials["vacant"] = [1, 0, 0]
    assert rows(town.agents_by_type[Initiative]) == [1, 2]
    assert rows(town.agents_by_type[Official]) == [1, 2]
    assert niche in town.agents


def test_a_set_taken_earlier_does_not_change(town):
    before = town.agents_by_type[Initiative]
    town.initiatives["stage"] = Stage.ENDED
    assert rows(before) == [0, 2]
    assert len(town.agents_by_type[Initiative]) == 0


def test_ids_are_stable_and_never_shared_between_kinds(town):
    ids = [agent.unique_id for agent in town.agents]
    assert len(set(ids)) == len(ids)
    assert ids == [agent.unique_id for agent in Town(seed=2).agents]
    first = sorted(kind.first_id for kind in KINDS)
    assert all(b - a >= 1_000_000_000 for a, b in pairwise(first))


def test_mesa_agent_sets_work(town):
    residents = town.agents_by_type[Resident]
    assert residents.get("trust") == [0.1, 0.2, 0.3, 0.4]
    assert residents.agg("trust", max) == 0.4
    assert rows(residents.select(lambda a: a.trust > 0.25)) == [2, 3]
    assert rows(town.agents.select(agent_type=Official)) == [0, 2]
    assert rows(residents.sort("trust", ascending=False)) == [3, 2, 1, 0]
    assert residents.groupby("district").count() == {0: 2, 1: 2}
    assert residents.groupby("district").agg("trust", min) == {0: 0.1, 1: 0.3}
    assert residents.map(lambda a: a.row) == [0, 1, 2, 3]
    residents.set("efficacy", 0.5).do(lambda a: setattr(a, "skill", a.trust))
    assert town.residents.efficacy.tolist() == [0.5] * 4
    assert town.residents.skill.tolist() == [0.1, 0.2, 0.3, 0.4]
    residents.select(lambda a: a.district == 1).set("fatigue", 2.0)
    assert town.residents.fatigue.tolist() == [0, 0, 2, 2]
    assert sorted(rows(residents.shuffle())) == [0, 1, 2, 3]
    with pytest.raises(KeyError):
        town.agents_by_type[mesa.Agent]


def test_mesa_data_collector_works(town):
    collector = DataCollector(
        model_reporters={
            "trust": lambda m: float(m.residents.trust.mean()),
            "initiatives": lambda m: len(m.agents_by_type[Initiative]),
        },
        agent_reporters={"row": "row", "kind": lambda a: type(a).__name__},
        agenttype_reporters={Resident: {"trust": "trust"}, Official: {"strain": "strain"}},
    )
    collector.collect(town)
    town.step()
    town.initiatives["stage"] = Stage.ENDED
    collector.collect(town)
    model = collector.get_model_vars_dataframe()
    assert model["trust"].tolist() == pytest.approx([0.25, 0.35])
    assert model["initiatives"].tolist() == [2, 0]
    assert collector.get_agent_vars_dataframe()["row"].tolist() == [
        *(0, 1, 2, 3, 0, 2, 0, 2),
        *(0, 1, 2, 3, 0, 2),
    ]
    trust = collector.get_agenttype_vars_dataframe(Resident)["trust"]
    assert trust.tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.2, 0.3, 0.4, 0.5])


def test_step_counts_once_per_month(town):
    for _ in range(3):
        town.step()
    assert town.months == 3


def copies_of(thing):
    return [copy.deepcopy(thing), pickle.loads(pickle.dumps(thing))]


@pytest.mark.parametrize("looked_at", [False, True])
def test_copies_of_a_city_live_their_own_lives(town, looked_at):
    town.step()
    if looked_at:
        list(town.agents)
    for other in copies_of(town):
        other.step()
        other.agent(Resident, 0).trust = 0.0
        assert (town.months, other.months) == (1, 2)
        assert town.agent(Resident, 0).trust == pytest.approx(0.2)
        assert all(agent.model is other for agent in other.agents)
        assert all(other.agent(type(a), a.row) is a for a in other.agents)


def test_a_copied_view_belongs_to_a_copied_city(town):
    official = town.agent(Official, 2)
    for other in copies_of(official):
        assert other.model is not town
        assert (type(other), other.row, other.unique_id) == (Official, 2, official.unique_id)
        other.strain = 0.7
        assert other.model.officials["strain"].tolist() == [0, 0, 0.7]
        assert official.strain == 0
        assert other.model.agent(Official, 2) is other
        other.model.step()
        assert (town.months, other.model.months) == (0, 1)


def test_two_cities_share_nothing():
    one, two = Town(), Town()
    one.agent(Resident, 0).trust = 0.9
    assert two.agent(Resident, 0).trust == 0.1
    assert not set(one.agents) & set(two.agents)


def test_a_city_that_nobody_holds_is_freed():
    town = Town()
    list(town.agents)
    town.step()
    gone = weakref.ref(town)
    del town
    gc.collect()
    assert gone() is None


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="Mesa 3.3 numbers agents in a class")
def test_mesa_keeps_no_list_of_cities():
    before = len(mesa.Agent._ids)
    list(Town().agents)
    assert len(mesa.Agent._ids) == before


@pytest.mark.parametrize("attempt", ["add", "remove"])
def test_agents_cannot_be_lost_silently(town, attempt):
    with pytest.raises(TypeError, match="rows of its tables"):
        mesa.Agent(town) if attempt == "add" else town.agent(Resident, 0).remove()


def test_a_large_city_makes_no_objects():
    town = Town()
    town.residents = Residents(1_000_000)
    gc.collect()
    before = len(gc.get_objects())
    town.step()
    assert len(town.agents_by_type[Official]) == 2
    assert len(gc.get_objects()) - before < 100


def test_the_city_itself_can_be_looked_at_and_copied_in_the_middle_of_a_run():
    city = City(Settings.build({"city": {"residents_per_agent": 1000}}), seed=3)
    city.run(6)
    seen = city.agents_by_type
    assert rows(seen[Resident]) == list(range(len(city.residents)))
    assert seen[Initiative].get("trust") == [
        float(row["trust"]) for row in city.initiatives if row["stage"] != Stage.ENDED
    ]
    others = [*copies_of(city), *(view.model for view in copies_of(city.agent(Official, 0)))]
    for one in (city, *others):
        one.run(6)
    for other in others:
        for name, months in city.outcomes().items():
            assert np.array_equal(other.outcomes()[name], months, equal_nan=True)


@pytest.mark.filterwarnings("ignore")  # of Solara's dependencies
def test_solara_shows_a_city():
    solara = pytest.importorskip("solara")
    from mesa.visualization import SolaraViz, make_plot_component

    town = Town()
    town.datacollector = DataCollector({"trust": lambda m: float(m.residents.trust.mean())})
    town.datacollector.collect(town)
    page = SolaraViz(town, components=[make_plot_component("trust")], name="A town")
    _, shown = solara.render(page, handle_error=False)
    town.step()
    assert town.months == 1
    shown.close()
