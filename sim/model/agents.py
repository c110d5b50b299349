"""Residents, officials and initiatives as Mesa agents: views of the city's columns.

A process of the month works on columns and needs no agent. Whoever looks at the city through Mesa
(`city.agents`, AgentSet, DataCollector, visualisation) gets agents that are made when first asked
for and then kept. All that relies on how Mesa 3.3 to 4.0 work inside is in this file.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, ClassVar, TypeVar

import mesa
import numpy as np
from mesa.agent import AgentSet

from sim.model.columns import INITIATIVE, OFFICIAL, RESIDENT, Array, Residents, Stage, State

A = TypeVar("A", bound="ColumnAgent")


def _column(model: "ColumnModel", table: str, name: str) -> Array:
    rows = getattr(model, table)
    column: Array = getattr(rows, name) if isinstance(rows, Residents) else rows[name]
    return column


def _view_of(table: str, name: str, state: State) -> property:
    allowed = f"{state.low:g} to {state.high:g} {state.unit}"

    def read(agent: "ColumnAgent") -> Any:
        return _column(agent.model, table, name)[agent.row].item()

    def write(agent: "ColumnAgent", value: Any) -> None:
        if not state.low <= value <= state.high:
            raise ValueError(f"{table}.{name}: {value!r} is out of range; allowed: {allowed}")
        _column(agent.model, table, name)[agent.row] = value

    return property(read, write, doc=f"{state.doc} ({allowed})")


class ColumnAgent(mesa.Agent):
    """One row of a table. Every column is an attribute: reads give Python scalars, and writes
    (ValueError if out of range) go to the column.

    `unique_id` is `first_id + row`: it never changes, and no two kinds share one.
    """

    table: ClassVar[str]
    first_id: ClassVar[int]
    pos = None  # Mesa expects it; a city is not a grid
    current_action = None  # Mesa 4 expects it; what an agent does is the month's affair

    def __init_subclass__(cls, *, table: str, states: Mapping[str, State], first_id: int) -> None:
        super().__init_subclass__()
        cls.table, cls.first_id = table, first_id
        for name, state in states.items():
            setattr(cls, name, _view_of(table, name, state))

    def __init__(self, model: "ColumnModel", row: int) -> None:
        # Not Mesa's: it would register the agent, and in Mesa 3.3 keep the model alive for ever.
        self.model = model
        self.row = row
        self.unique_id = self.first_id + row

    @staticmethod
    def rows(model: "ColumnModel") -> Array:
        """The rows that stand for someone now, ascending."""
        raise NotImplementedError


class Resident(ColumnAgent, table="residents", states=RESIDENT, first_id=0):
    """A resident, or as many as one simulated resident stands for."""

    @staticmethod
    def rows(model: "ColumnModel") -> Array:
        """All rows."""
        return np.arange(len(model.residents))


class Official(ColumnAgent, table="officials", states=OFFICIAL, first_id=2_000_000_000):
    """The holder of a post in the administration or the council; `serial` tells one from the next.

    A vacant post is nobody.
    """

    @staticmethod
    def rows(model: "ColumnModel") -> Array:
        """The posts that are filled."""
        return np.flatnonzero(model.officials["vacant"] == 0)


class Initiative(ColumnAgent, table="initiatives", states=INITIATIVE, first_id=1_000_000_000):
    """A community-led initiative.

    A row is a niche: when one initiative ends, another may be founded there later, with the
    same `unique_id`. An empty niche is nobody.
    """

    @staticmethod
    def rows(model: "ColumnModel") -> Array:
        """The niches in which an initiative lives."""
        return np.flatnonzero(model.initiatives["stage"] != Stage.ENDED)


KINDS: tuple[type[ColumnAgent], ...] = (Resident, Official, Initiative)


class _AgentsByType(Mapping[type[ColumnAgent], AgentSet]):
    """Kind -> those who exist at the moment of asking."""

    def __init__(self, model: "ColumnModel") -> None:
        self._model = model

    def __getitem__(self, kind: type[ColumnAgent]) -> AgentSet:
        if kind not in KINDS:
            raise KeyError(kind)
        return AgentSet(self._model.existing(kind), random=self._model.random)

    def __iter__(self) -> Iterator[type[ColumnAgent]]:
        return iter(KINDS)

    def __len__(self) -> int:
        return len(KINDS)


class ColumnModel(mesa.Model):
    """A Mesa model whose agents are the rows of its tables.

    The tables belong to the subclass and are changed in place, never replaced. `agents` and
    `agents_by_type[kind]` are made anew at each access, because initiatives end and officials
    leave; the agents in them are the same objects every time.
    """

    residents: Residents
    officials: Array
    initiatives: Array

    def __init__(self, seed: int) -> None:
        super().__init__(rng=seed)
        self._views: dict[type[ColumnAgent], dict[int, Any]] = {kind: {} for kind in KINDS}

    def agent(self, kind: type[A], row: int) -> A:
        """The agent of that kind at a row of its table, whether or not it exists at present."""
        views = self._views[kind]
        if row not in views:
            views[row] = kind(self, row)
        agent: A = views[row]
        return agent

    def existing(self, kind: type[A]) -> list[A]:
        """Those of that kind who exist now, in order of row."""
        return [self.agent(kind, row) for row in kind.rows(self).tolist()]

    @property
    def agent_types(self) -> list[type[ColumnAgent]]:
        """Resident, Official and Initiative."""
        return list(KINDS)

    @property
    def agents_by_type(self) -> Mapping[type[ColumnAgent], AgentSet]:
        """Kind -> AgentSet of those who exist now; only the kind that is asked for is made."""
        return _AgentsByType(self)

    @property
    def agents(self) -> AgentSet:
        """Everyone who exists now: residents, officials, initiatives, each in order of row."""
        everyone = chain.from_iterable(self.existing(kind) for kind in KINDS)
        return AgentSet(everyone, random=self.random)

    def register_agent(self, agent: mesa.Agent) -> None:
        """Refuse: raises TypeError, so that no agent is lost silently."""
        raise TypeError("a city's agents are the rows of its tables; none is added or removed")

    deregister_agent = register_agent
