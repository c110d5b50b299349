"""The rule in mesa-frames: a set of agents is a polars table."""

from typing import Any

import numpy as np
import polars as pl
from mesa_frames import AgentSetPolars, ModelDF
from polars import col, lit, when

NAMES = ("trust", "efficacy", "belief", "fatigue", "took_part", "volunteers", "leaning", "good", "bad")


class Residents(AgentSetPolars):
    """All residents; `edges` is the table of who knows whom."""

    def __init__(self, model: ModelDF, arrays: dict[str, Any], numbers: dict[str, float]) -> None:
        super().__init__(model)
        n = len(arrays["trust"])
        table = {"unique_id": np.arange(n)} | {k: v for k, v in arrays.items() if len(v) == n}
        self.add(pl.DataFrame(table))
        degree = np.diff(arrays["starts"].astype(np.int64))
        self.p = numbers
        self.edges = pl.DataFrame({"resident": np.repeat(np.arange(n), degree), "friend": arrays["neighbours"]})
        self.degree = pl.Series("degree", np.maximum(degree, 1))
        self.everybody = pl.DataFrame({"resident": np.arange(n)})
        self.good_news = pl.Series(arrays["good_news"].ravel())
        self.bad_news = pl.Series(arrays["bad_news"])

    def around(self, values: pl.Series) -> pl.Series:
        """The sum of `values` over everybody's neighbours."""
        sums = self.edges.select("resident", value=values.gather(self.edges["friend"]))
        sums = sums.group_by("resident", maintain_order=True).agg(col("value").sum())
        if len(sums) < len(self.everybody):
            sums = self.everybody.join(sums, on="resident", how="left").with_columns(col("value").fill_null(0.0))
        return sums["value"]

    def step(self) -> None:
        """One month of the residents."""
        p, a = self.p, self.agents
        moved = a["trust"] - a["trust0"]
        asked = 1.0 - (-p["volunteers_invite"] * self.around(a["volunteers"])).exp()
        gain, loss = lit(p["trust_gain"]), lit(p["trust_gain"] * p["trust_asymmetry"])
        if p["trust_confirmation"]:
            gain, loss = gain * (0.5 + col("trust")), loss * (1.5 - col("trust"))
        a = a.with_columns(
            moved=moved,
            heard=self.around(moved) / self.degree,
            pleased=a["good"] + self.good_news.gather(a["belongs"] * 2 + a["marginalised"].cast(pl.Int32)),
            annoyed=a["bad"] + self.bad_news.gather(a["belongs"]),
        )
        learnt = col("trust") + gain * (1.0 - col("trust")) * col("pleased") - loss * col("trust") * col("annoyed")
        back = p["trust_forgetting"] * col("moved")
        a = a.with_columns(
            trust=(learnt.clip(0.0, 1.0) - back + p["trust_talk"] * (col("heard") - col("moved"))).clip(0.0, 1.0),
            efficacy=col("efficacy") + p["trust_forgetting"] * (col("efficacy0") - col("efficacy")),
            fatigue=when(col("fatigue") > 1e-9).then(col("fatigue") * p["trust_fatigue_memory"]).otherwise(0.0),
            took_part=when(col("took_part") > 1e-9).then(col("took_part") * p["trust_presence_memory"]).otherwise(0.0),
            good=lit(0.0),
            bad=lit(0.0),
        )
        a = a.with_columns(
            belief=col("belief") + p["trust_forgetting"] * (col("trust") - col("belief")),
            leaning=p["volunteers_base"]
            + p["volunteers_resources"] * (col("time") + col("status") + col("skill")) / 3
            + p["volunteers_efficacy"] * col("efficacy")
            + p["volunteers_trust"] * col("trust")
            + col("drive")
            - p["volunteers_fatigue"] * col("fatigue")
            - p["volunteers_overwork"] * (1.5 - col("time")),
        )
        odds = a["leaning"] + p["volunteers_asked"] * asked
        self.agents = a.with_columns(volunteers=1.0 / (1.0 + (-odds).exp())).drop(
            "moved", "heard", "pleased", "annoyed"
        )


class Twin(ModelDF):
    """A mesa-frames model of residents only."""

    def __init__(self, arrays: dict[str, Any], numbers: dict[str, float]) -> None:
        super().__init__()
        self.residents = Residents(self, arrays, numbers)
        self.agents += self.residents

    def step(self) -> None:
        """One month of the residents."""
        self.agents.do("step")

    def states(self) -> dict[str, Any]:
        """Columns of the table."""
        [table] = self.agents._agentsets
        return {name: table.agents[name].to_numpy() for name in NAMES}
