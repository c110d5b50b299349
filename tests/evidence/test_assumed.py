"""What `sim validate assumed` is asked for."""

import pytest

from sim.model.params import BadConfig
from sim.study.evidence.assumed import ordered


def test_every_fault_is_told_at_once():
    with pytest.raises(BadConfig) as error:
        ordered(["trajectories=1", "seeds=0", "tip=start_small", "drawz=5"])
    faults = {fault.split(":")[0]: fault for fault in error.value.faults}
    assert faults.keys() == {"drawz", "tip", "seeds", "trajectories"}
    assert "did you mean 'draws'" in faults["drawz"]


def test_the_page_is_of_enough_draws():
    with pytest.raises(BadConfig, match="--page: README quotes shares of at least 1,000 draws"):
        ordered(["--page", "draws=20"])


def test_no_screening_or_two_trajectories_are_no_fault():
    assert [ordered([f"trajectories={n}"]).trajectories for n in (0, 2)] == [0, 2]
