"""What is timed against each other computes the same; nothing is timed here."""

import importlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from benchmarks import town
from benchmarks.peers import PEERS

HERE = [peer for peer in PEERS if not peer.needs and peer.tolerance is not None]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    file = tmp_path_factory.mktemp("town") / "town.npz"
    town.make(600, file)
    return file


def after_three_months(peer, file):
    twin = importlib.import_module(f"twins.{peer.module}").Twin(*town.read(file), *peer.argument.split())
    for _ in range(3):
        twin.step()
    return {name: np.asarray(twin.states()[name], float) for name in town.STATES}


@pytest.mark.parametrize("peer", HERE, ids=lambda peer: peer.name)
def test_twins_agree(peer, small, monkeypatch):
    if peer.module == "cpp" and not shutil.which("g++"):
        pytest.skip("no g++")
    monkeypatch.syspath_prepend(Path(town.__file__).parent)
    ours = after_three_months(PEERS[0], small)
    theirs = after_three_months(peer, small)
    for name in town.STATES:
        assert np.abs(ours[name] - theirs[name]).max() <= peer.tolerance, name
    before = town.read(small)[0]
    assert np.abs(before["trust"] - theirs["trust"]).max() > 0.01
