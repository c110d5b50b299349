"""The reader of .pb files: corners of the format, and one clear message for what cannot be used."""

import contextlib
import string

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.study.pabulib import BadFile, read

GOOD = """\
META
key;value
description;Our village
budget;100
vote_type;approval
rule;greedy
num_projects;3
num_votes;3
PROJECTS
project_id;cost;votes;name;selected
a;60;2;Well;1
b;50;2;"Bench; with ""shade\""";0
c;30;1;Tree;1
VOTES
voter_id;vote;age;sex
1;a,b;34;F
2;a,c;15;M
3;b;70;F
"""


@pytest.fixture
def election(tmp_path):
    def make(text=GOOD, *changes, encoding="utf-8"):
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        file = tmp_path / "votes.pb"
        file.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return read(file)

    return make


def supports(e):
    return sorted(zip(e.ballots.voter.tolist(), e.ballots.project.tolist(), e.ballots.weight.tolist(), strict=True))


def same(one, other):
    return (one.meta, one.ids, one.names, list(one.costs), one.budget, list(one.scores), supports(one), one.notes) == (
        other.meta, other.ids, other.names, list(other.costs), other.budget, list(other.scores), supports(other),
        other.notes)  # fmt: skip


class TestFormat:
    def test_an_election(self, election):
        e = election()
        assert e.ids == ["a", "b", "c"]
        assert e.names == ["Well", 'Bench; with "shade"', "Tree"]
        assert (list(e.costs), e.budget, e.units) == ([60, 50, 30], 100, 1)
        assert list(e.scores) == [2, 2, 1]
        assert list(e.selected) == [1, 0, 1]
        assert supports(e) == [(0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 2, 1), (2, 1, 1)]
        assert e.notes == []

    @pytest.mark.parametrize("end", ["\r\n", "\r", "\n\n", " \n"])
    def test_ends_of_lines(self, election, end):
        assert same(election(GOOD.replace("\n", end)), election())

    def test_a_byte_order_mark(self, election):
        assert same(election(encoding="utf-8-sig"), election())

    def test_blanks_capitals_and_no_last_line_end(self, election):
        spaced = GOOD.replace(";", "; ").replace(",", " , ").replace("META", "Meta").replace("cost", "Cost").rstrip()
        assert same(election(spaced.replace(";  with", "; with")), election())

    def test_columns_in_any_order_and_more_of_them(self, election):
        e = election(
            GOOD,
            ("project_id;cost;votes;name;selected", "latitude;selected;cost;name;project_id;votes"),
            ("a;60;2;Well;1", "52.1;1;60;Well;a;2"),
            ('b;50;2;"Bench; with ""shade""";0', ';0;50;"Bench; with ""shade""";b;2'),
            ("c;30;1;Tree;1", ";1;30;Tree;c;1"),
        )
        assert same(e, election())

    def test_a_text_over_two_lines(self, election):
        assert election(GOOD, ("Our village", '"Our\nvillage"')).meta["description"] == "Our\nvillage"

    def test_comments_add_up_and_what_is_said_twice_is_said_once(self, election):
        e = election(GOOD, ("rule;greedy", "rule;greedy\nrule;greedy\ncomment;#1: one;\ncomment;#2: two; three"))
        assert e.meta["comment"] == "#1: one #2: two; three"

    def test_cents_are_whole(self, election):
        """0.1 + 0.2 is 0.3: the budget pays both, which floats of the currency would deny."""
        e = election(GOOD, ("budget;100", "budget;0.30"), ("a;60", "a;0.1"), ("c;30", "c;0.2"), ("b;50", "b;1e3"))
        assert (list(e.costs), e.budget, e.units) == ([1, 10_000, 2], 3, 10)

    def test_withdrawn_projects_cost_more_than_there_is(self, election):
        e = election(GOOD, ("a;60", "a;999999999"))
        assert e.costs[0] == np.inf
        assert "withdrawn after the vote (cost 999999999): a" in e.notes

    def test_ages_are_grouped_and_who_says_nothing_is_a_group(self, election):
        names, place = election(GOOD, ("3;b;70;F", "3;b;;F")).groups["age"]
        assert [names[g] for g in place] == ["30-44", "under 18", ""]
        assert {*election().groups} == {"age", "sex"}


class TestVoteTypes:
    def test_points(self, election):
        """a: 3 + 2 = 5, b: 1, c: 1; by points, as there is no column `score`."""
        e = election(
            GOOD, ("approval", "cumulative"), ("vote;age", "vote;points;age"), ("a,b;34", "a,b;3,1;34"),
            ("a,c;15", "a,c;2,1;15"), ("3;b;70", "3;b;0;70"),
        )  # fmt: skip
        assert list(e.scores) == [5, 1, 1]
        assert e.notes == ["ranked by points counted from VOTES"]

    def test_scores_may_be_negative(self, election):
        e = election(
            GOOD, ("approval", "scoring"), ("vote;age", "vote;points;age"), ("a,b;34", "a,b;3,-1.5;34"),
            ("a,c;15", "a,c;2,1;15"), ("3;b;70", "3;b;-2;70"),
        )  # fmt: skip
        assert list(e.scores) == [5, -3.5, 1]
        assert e.ballots.approving.voters == 3
        assert list(e.ballots.approving.project) == [0, 0, 2]

    def test_ranks_weigh_as_borda_has_it(self, election):
        """Three projects: 3 for the first, 2 for the second. The column `votes` counts for the order."""
        e = election(GOOD, ("approval", "ordinal"))
        assert supports(e) == [(0, 0, 3), (0, 1, 2), (1, 0, 3), (1, 2, 2), (2, 1, 3)]
        assert list(e.scores) == [2, 2, 1]

    def test_the_column_score_beats_votes(self, election):
        e = election(GOOD, ("cost;votes", "cost;score"))
        assert list(e.scores) == [2, 2, 1]
        assert list(election(GOOD, ("cost;votes", "cost;else")).scores) == [2, 2, 1]


class TestNotes:
    """What is odd and can be lived with."""

    @pytest.mark.parametrize(
        ("change", "note"),
        [
            (("3;b;", "3;zz;"), "votes for a project that PROJECTS does not have, left out: 1, first in line 18: 'zz'"),
            (("3;b;", "3;b,b;"), "votes that name a project twice, counted once: 1, first in line 18: 'b,b'"),
            (("num_votes;3", "num_votes;4"), "num_votes: META says 4, the file has 3"),
            (("num_projects;3", "num_projects;x"), "num_projects: META says x, the file has 3"),
            (("a;60;2", "a;60;7"), "votes: 1 of 3 projects have another number than VOTES adds up to"),
            (("rule;greedy", "max_length;1"), "votes of a length that META does not allow, counted as they stand: 2"),
        ],
    )
    def test_notes(self, election, change, note):
        assert any(said.startswith(note) for said in election(GOOD, change).notes)


class TestBadFiles:
    @pytest.mark.parametrize(
        ("changes", "parts"),
        [
            ([("a;60", "a;60,5")], ["line 11", "cost of project a", "'60,5'", "decimals with a point"]),
            ([("a;60", "a;-60")], ["line 11", "cost of project a", "-60", "allowed: 0 or more"]),
            ([("a;60", 'a;"6\n0"')], ["line 12", "'6?0' is not a number"]),
            ([("a;60", "a;nan")], ["line 11", "'nan' is not a number"]),
            ([("a;60", "a;")], ["line 11", "'' is not a number"]),
            ([("a;60", "a;6_0")], ["line 11", "'6_0' is not a number"]),
            ([("budget;100", "budget;1 000")], ["line 4", "budget", "'1 000' is not a number"]),
            ([("budget;100\n", "")], ["META has no budget"]),
            ([("approval", "aproval")], ["line 5", "'aproval'", "allowed: approval, choose-1"]),
            ([("rule;greedy", "budget;7")], ["line 6", "'budget' twice", "line 4"]),
            ([("\nb;50", "\na;50")], ["line 12", "'a' is there already, in line 11"]),
            ([("\nb;50", "\n;50")], ["line 12", "without project_id"]),
            ([("Well;1", "Well;yes")], ["line 11", "selected of project a: 'yes'", "allowed: 0, 1, 2 or 3"]),
            ([("project_id;cost", "project_id;price")], ["line 10", "no column cost", "price"]),
            ([("votes;name", "name;name")], ["line 10", "the column name twice"]),
            ([("voter_id;vote", "voter_id;ballot")], ["line 15", "no column vote", "ballot"]),
            ([("approval", "cumulative")], ["line 15", "no column points"]),
            ([('"Bench; with ""shade"""', "Bench; shade")], ["line 12", "6 values for 5 columns", "quotes"]),
            ([('"Bench; with ""shade"""', '"Bench')], ["the file ends where VOTES should begin", "quote"]),
            ([("META\n", "")], ["line 1", "'key' where META should be"]),
            ([("VOTES\n", "META\n")], ["line 14: META where VOTES should begin"]),
            ([("3;b;70;F\n", "3;b;70;F\nMETA\n")], ["line 19", "META again"]),
            ([("1;a,b", "1;x"), ("2;a,c", "2;y"), ("3;b", "3;z")], ["no vote is for a project", "line 16: 'x'"]),
            ([("Well", "We\0ll")], ["line 11", "NUL"]),
        ],
    )
    def test_messages(self, election, changes, parts):
        with pytest.raises(BadFile) as error:
            election(GOOD, *changes)
        assert [part for part in parts if part not in str(error.value)] == []
        assert "\n" not in str(error.value)

    def test_other_encodings(self, election):
        with pytest.raises(BadFile, match="line 11: byte 0xfc is not UTF-8"):
            election(GOOD.replace("Well", "Grün"), encoding="latin-1")
        with pytest.raises(BadFile, match="line 1: byte 0xff is not UTF-8"):
            election(encoding="utf-16")

    @pytest.mark.parametrize("text", ["", "\n\n", "\ufeff"])
    def test_empty(self, election, text):
        with pytest.raises(BadFile, match="the file is empty"):
            election(text)

    def test_a_folder_and_a_missing_file(self, tmp_path):
        with pytest.raises(BadFile, match="cannot be read"):
            read(tmp_path)
        with pytest.raises(BadFile, match="cannot be read: No such file"):
            read(tmp_path / "none.pb")

    def test_no_projects(self, election):
        with pytest.raises(BadFile, match="PROJECTS has no projects"):
            election(GOOD[: GOOD.index("a;60")] + GOOD[GOOD.index("VOTES") :])

    def test_points_that_are_not_one_for_each(self, election):
        text = GOOD.replace("approval", "scoring").replace("vote;age", "vote;points;age").replace("a,b;34", "a,b;3;34")
        with pytest.raises(BadFile, match="line 16: 1 points for 2 projects"):
            election(text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(st.data())
def test_whatever_is_in_a_file_it_is_read_or_refused(tmp_path, data):
    """Pieces cut out, doubled, or replaced by anything: an election or a BadFile, nothing else."""
    text = GOOD.encode()
    for _ in range(data.draw(st.integers(1, 4))):
        a, b = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
        new = data.draw(st.one_of(
            st.binary(max_size=6),
            st.text(string.digits + ';,."\n\r-e', max_size=6).map(str.encode),
            st.sampled_from([b"", text[a:b] * 2, b"META\n", b"PROJECTS\n", b"VOTES\n", b"1e9", b"9" * 20]),
        ))  # fmt: skip
        text = text[:a] + new + text[min(b, a + 20) :]
    file = tmp_path / "any.pb"
    file.write_bytes(text)
    with contextlib.suppress(BadFile):
        e = read(file)
        assert len(e.ids) == len(e.costs) == len(e.scores)
        assert np.isfinite(e.scores).all()
        assert not np.isnan(e.costs).any()
