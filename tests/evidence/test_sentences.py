"""What pages say, as data: every sentence speaks of cases and outcomes that there are."""

import re
from pathlib import Path

import pytest

from sim.model.outcomes import OUTCOMES
from sim.study.evidence.sentences import BENEFITS, CASES, MIX, SENTENCES, Term, loses_less, more
from sim.study.evidence.telling import QUOTED

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "evidence" / "assumed.md"
ROW = re.compile(r"^\| (\w+) \| (.+?) \| ([\d,]+ of [\d,]+ draws) \(", re.M)


def found():
    section = re.search(r"^## What it found\n(.*?)^## ", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)
    return section[1]


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda s: s.id)
def test_a_sentence_speaks_of_what_there_is(sentence):
    for terms in sentence.differences:
        assert sum(term.times for term in terms) == 0
        for _, case, outcome in terms:
            assert case in CASES
            assert outcome in (*OUTCOMES, BENEFITS)
    assert sentence.says.endswith(".")


def test_ids_are_unique():
    assert len({s.id for s in SENTENCES}) == len(SENTENCES)


def test_what_a_difference_is():
    assert more("a", "b", "x") == (Term(1, "a", "x"), Term(-1, "b", "x"))
    value = {("on", "poor"): 3, ("off", "poor"): 5, ("on", "rich"): 4, ("off", "rich"): 9}  # 2 lost, and 5
    terms = loses_less("poor", "rich", "on", "off")
    assert sum(t.times * value[t.case, t.outcome] for t in terms) == 5 - 2


def test_the_mix_is_the_one_of_the_readme():
    said = "three eighths of the money for coming prepared, a quarter each for showing value and making it personal"
    assert said in " ".join(found().split())
    eighths = {"come_prepared": 3, "show_your_value": 2, "make_it_personal": 2}
    assert {**MIX.parts} == {**eighths, "transparency_consistency_accessibility": 1}


def test_the_page_has_every_sentence():
    assert [(row[0], row[1]) for row in ROW.findall(PAGE.read_text(encoding="utf-8"))] == [
        (s.id, s.says) for s in SENTENCES
    ]


def test_what_the_readme_quotes_is_what_the_page_has():
    shares = {row[0]: row[2] for row in ROW.findall(PAGE.read_text(encoding="utf-8"))}
    quoted = [(m[2], m[0].split("holds in ")[1]) for m in QUOTED.finditer(found())]
    assert len(quoted) > 5
    assert [(id_, share) for id_, share in quoted if shares.get(id_) != share] == []


def test_every_headline_of_the_readme_has_its_share_or_says_that_it_has_none():
    headlines = [" ".join(one.split()) for one in re.split(r"^- ", found(), flags=re.M)[1:] if one.startswith("**")]
    assert len(headlines) >= 5
    assert [h for h in headlines if not QUOTED.search(h) and "no share" not in h] == []
