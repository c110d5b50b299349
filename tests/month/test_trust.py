"""How trust is learnt, carried on and forgotten, by hand (M1 to M3, M6, M16)."""

import pytest

from sim.model.columns import Progress, Vow, Word
from sim.model.month import trust

STILL = {"gain": 0.1, "asymmetry": 2.0, "confirmation": False, "forgetting": 0.0, "talk": 0.0, "seepage": 0.0}
STILL |= {"routine_growth": 0.0, "routine_decay": 0.0, "word": 0.0}


def learn(plain, level, good, bad, **values):
    city = plain({"trust": {**STILL, **values}})
    return trust.learn(city.now.trust[0], level, good, bad)


# --- M2 ---


def test_a_good_event_adds_a_share_of_what_is_missing(plain):
    """0.6 + 0.1 x 0.4 x 0.5 = 0.62."""
    assert learn(plain, 0.6, 0.5, 0.0) == pytest.approx(0.62)


def test_a_bad_event_takes_a_share_of_what_is_there_times_the_asymmetry(plain):
    """0.6 - 0.1 x 2 x 0.6 x 0.5 = 0.54."""
    assert learn(plain, 0.6, 0.0, 0.5) == pytest.approx(0.54)


@pytest.mark.parametrize("ratio", [0.5, 1.0, 2.5, 5.0])
def test_at_a_half_bad_weighs_asymmetry_times_as_much_as_good(plain, ratio):
    """Half is missing and half is there: 0.05 x 0.4 up, `ratio` times that down; even for a ratio of 1."""
    up = learn(plain, 0.5, 0.4, 0.0, asymmetry=ratio) - 0.5
    down = 0.5 - learn(plain, 0.5, 0.0, 0.4, asymmetry=ratio)
    assert up == pytest.approx(0.02)
    assert down == pytest.approx(0.02 * ratio)


def test_confirmation_who_trusts_learns_from_good_who_distrusts_from_bad(plain):
    """At 0.8: gain 0.1 x 1.3 x 0.2 = 0.026, loss 0.2 x 0.7 x 0.8 = 0.112.
    At 0.2: gain 0.1 x 0.7 x 0.8 = 0.056, loss 0.2 x 1.3 x 0.2 = 0.052.
    """
    for level, gain, loss in ((0.8, 0.026, 0.112), (0.2, 0.056, 0.052)):
        assert learn(plain, level, 1.0, 0.0, confirmation=True) == pytest.approx(level + gain)
        assert learn(plain, level, 0.0, 1.0, confirmation=True) == pytest.approx(level - loss)


def test_confirmation_changes_nothing_in_the_middle(plain):
    """The factors 0.5 + 0.5 and 1.5 - 0.5 are 1."""
    assert learn(plain, 0.5, 0.3, 0.2, confirmation=True) == pytest.approx(learn(plain, 0.5, 0.3, 0.2))


def test_trust_stays_a_share_however_much_happens(plain):
    assert learn(plain, 0.9, 50.0, 0.0) == 1.0
    assert learn(plain, 0.9, 0.0, 50.0) == 0.0


def test_a_token_round_at_the_break_even_of_m6_leaves_trust_where_it_was(plain):
    """tau = 0.4, lambda = 2, kappa = 0.8, m = 0.5, v = 0.1, g = 0.5, y = 0.1:
    threshold (0.6 / 0.4) x (0.1 + 0.05) / (0.8 x 2 x 1.5) = 0.225 / 2.4 = 0.09375.

    Good 0.15, bad 0.8 x gap x 1.5: at the threshold nothing moves, a hair more hurts, a hair less helps.
    """
    for gap, direction in ((0.09375, 0), (0.1, -1), (0.09, 1)):
        moved = learn(plain, 0.4, 0.15, 0.8 * gap * 1.5) - 0.4
        assert (moved > 1e-12) - (moved < -1e-12) == direction


def test_months_to_repair_a_broken_promise(plain):
    """One bad event at 0.5 with ratio 2: 0.5 - 0.1 = 0.4. Good ones bring it to 0.46, 0.514:
    two for one. At ratio 1: 0.45, and one brings it to 0.505.
    """
    for ratio, needed in ((2.0, 2), (1.0, 1)):
        level, months = learn(plain, 0.5, 0.0, 1.0, asymmetry=ratio), 0
        while level < 0.5:
            level, months = learn(plain, level, 1.0, 0.0, asymmetry=ratio), months + 1
        assert months == needed


# --- M3 ---


@pytest.mark.parametrize(("institutions", "after"), [(0.0, 0.4), (0.5, 0.44), (1.0, 0.48)])
def test_personal_trust_seeps_into_the_institution_as_far_as_it_is_institutionalised(plain, meet, institutions, after):
    """T + 0.2 x I x (tau - T) = 0.4 + 0.2 x I x 0.4 for a pair that met this month."""
    city = plain({"trust": {**STILL, "seepage": 0.2}})
    city.state[0]["institutionalisation"] = institutions
    city.initiatives["trust"] = 0.4
    meet(city, 0, 1, trust=0.8, quiet=0)
    meet(city, 1, 1, trust=0.8, quiet=1)
    trust.run(city)
    assert city.initiatives["trust"][0] == pytest.approx(after)
    assert city.initiatives["trust"][1] == pytest.approx(0.4)  # they did not meet


def test_bad_personal_trust_seeps_in_too(plain, meet):
    """0.6 + 0.2 x 1 x (0.1 - 0.6) = 0.5."""
    city = plain({"trust": {**STILL, "seepage": 0.2}})
    city.state[0]["institutionalisation"] = 1.0
    city.initiatives["trust"][0] = 0.6
    meet(city, 0, 1, trust=0.1, quiet=0)
    trust.run(city)
    assert city.initiatives["trust"][0] == pytest.approx(0.5)


def test_pairs_learn_and_then_drift_to_the_institution(plain, meet):
    """0.5 + 0.1 x 0.5 x 0.4 = 0.52; a tenth of the way to 0.3: 0.498."""
    city = plain({"trust": {**STILL, "forgetting": 0.1}})
    city.initiatives["trust"] = city.initiatives["trust0"] = 0.3
    tie = meet(city, 0, 1, trust=0.5, good=0.4, quiet=5)
    trust.run(city)
    assert tie["trust"] == pytest.approx(0.498)
    assert (tie["good"], tie["bad"]) == (0, 0)


# --- promises ---


@pytest.mark.parametrize(("word", "after", "tie_after"), [(Word.KEPT, 0.52, 0.54), (Word.BROKEN, 0.46, 0.42)])
def test_a_promise_is_felt_in_full_by_the_pair_and_by_half_towards_the_institution(plain, meet, word, after, tie_after):
    """Stake 0.8. Kept: pair 0.5 + 0.1 x 0.5 x 0.8 = 0.54, institution 0.5 + 0.1 x 0.5 x 0.4 = 0.52.
    Broken: 0.5 - 0.2 x 0.5 x 0.8 = 0.42 and 0.5 - 0.2 x 0.5 x 0.4 = 0.46.
    """
    city = plain({"trust": {**STILL, "half_life": 12.0}})
    tie = meet(city, 0, 1, trust=0.5, kept=1.0, quiet=5)
    stranger = meet(city, 0, 2, slot=1, trust=0.5, quiet=5)
    promise = city.promises[0, Vow.FOLLOW_UP]
    promise["word"], promise["official"], promise["serial"], promise["stake"] = word, 1, 0, 0.8
    trust.run(city)
    assert tie["trust"] == pytest.approx(tie_after)
    assert city.initiatives["trust"][0] == pytest.approx(after)
    assert stranger["trust"] == 0.5
    # Counted, then faded by half in twelve months: 2 x 0.5^(1/12) = 2 x 0.943874.
    counted = (1.887749, 0.0) if word == Word.KEPT else (0.943874, 0.943874)
    assert (tie["kept"], tie["broken"]) == (pytest.approx(counted[0], abs=1e-6), pytest.approx(counted[1], abs=1e-6))
    assert promise["word"] == Word.NONE
    assert (city.flows[0]["kept"], city.flows[0]["broken"]) == ((1, 0) if word == Word.KEPT else (0, 1))


@pytest.mark.parametrize(("month", "word"), [(5, Word.OPEN), (6, Word.NONE)])
def test_a_reply_that_has_not_come_is_broken_after_its_date(plain, month, word):
    city = plain({"trust": STILL}, month=month)
    promise = city.promises[0, Vow.REPLY]
    promise["word"], promise["due"], promise["stake"] = Word.OPEN, 5, 1.0
    trust.run(city)
    assert promise["word"] == word
    assert city.flows[0]["broken"] == (1 if word == Word.NONE else 0)


# --- residents ---


def test_word_of_an_initiative_reaches_its_people(plain):
    """It lived through 0.5 good and 0.2 bad; a fifth of that is 0.1 and 0.04 for those around:
    0.5 + 0.1 x 0.5 x 0.1 - 0.2 x 0.5 x 0.04 = 0.501; nobody else hears of it.
    """
    city = plain({"trust": {**STILL, "word": 0.2}})
    city.initiatives["good"][0], city.initiatives["bad"][0] = 0.5, 0.2
    city.residents.belongs[7] = 0
    trust.run(city)
    assert city.residents.trust[7] == pytest.approx(0.501)
    assert city.residents.trust[8] == 0.5
    assert (city.initiatives["good"][0], city.initiatives["bad"][0]) == (0, 0)


def test_a_delivered_project_serves_the_people_around(plain):
    """0.5 + 0.1 x 0.5 x (0.4 x 0.5) = 0.51; more than full service counts as full: 0.52."""
    city = plain({"trust": STILL, "works": {"goodwill": 0.4}})
    city.served[:] = [0.5, 3.0, 0.0, 0.0]
    city.residents.belongs[:3] = [0, 1, 2]
    trust.run(city)
    assert list(city.residents.trust[:4]) == pytest.approx([0.51, 0.52, 0.5, 0.5])


def test_neighbours_talk_and_everybody_returns_to_the_usual(plain, talk):
    """Trust 0.4 between neighbours at 0.8 and 0.6, usual 0.5:
    0.4 + 0.1 x (0.7 - 0.4) + 0.2 x (0.5 - 0.4) = 0.45; the neighbours hear 0.4 at the same time.
    """
    city = plain({"trust": {**STILL, "talk": 0.1, "forgetting": 0.2}})
    talk(city, [[1, 2], [0], [0]])
    city.residents.trust[:3] = [0.4, 0.8, 0.6]
    trust.run(city)
    assert list(city.residents.trust[:3]) == pytest.approx([0.45, 0.8 - 0.04 - 0.06, 0.6 - 0.02 - 0.02])


def test_disappointments_and_presence_fade(plain):
    """2 x 0.9 = 1.8; 0.5 x 0.8 = 0.4; efficacy 0.9 and belief 0.1 go a tenth of the way to 0.5."""
    city = plain({"trust": {**STILL, "fatigue_memory": 0.9, "presence_memory": 0.8, "forgetting": 0.1}})
    r = city.residents
    r.fatigue[0], r.took_part[0], r.efficacy[0], r.belief[0] = 2.0, 0.5, 0.9, 0.1
    trust.run(city)
    assert (r.fatigue[0], r.took_part[0]) == (pytest.approx(1.8), pytest.approx(0.4))
    assert (r.efficacy[0], r.belief[0]) == (pytest.approx(0.86), pytest.approx(0.14))


# --- M16 ---


@pytest.mark.parametrize(
    ("supports", "after"),
    [
        ({"contact_person": 1.0, "meetings": 1.0, "who_does_what": 1.0}, 0.44475),
        ({"contact_person": 1.0, "meetings": 0.0, "who_does_what": 0.0}, 0.41475),
        ({"contact_person": 0.0, "meetings": 0.0, "who_does_what": 0.0}, 0.39975),
    ],
)
def test_routines_grow_with_their_four_supports(plain, supports, after):
    """I = 0.4; one of four initiatives has an agreement: it counts for 0.25.

    0.4 + 0.1 x (n + 0.25) / 4 x 0.6 - 0.01 x 0.4 with n = 3, 1, 0:
    0.4 + 0.04875 - 0.004 = 0.44475; 0.4 + 0.01875 - 0.004 = 0.41475; 0.4 + 0.00375 - 0.004 = 0.39975.
    """
    city = plain({"contact": supports, "trust": {**STILL, "routine_growth": 0.1, "routine_decay": 0.01}})
    city.state[0]["institutionalisation"] = 0.4
    city.projects[0, 0]["progress"], city.projects[0, 0]["official"] = Progress.RUNNING, 1
    city.projects[1, 0]["progress"], city.projects[1, 0]["official"] = Progress.RUNNING, -1  # alone: no agreement
    trust.run(city)
    assert city.state[0]["institutionalisation"] == pytest.approx(after)


@pytest.mark.parametrize(("justice", "marginalised", "reached"), [(False, 0.5045, 25.0), (True, 0.509, 50.0)])
def test_who_benefits_from_a_joint_project(plain, justice, marginalised, reached):
    """Goodwill 0.3 of 0.06 of the missing half: 0.5 + 0.009. Half of it reaches the marginalised, unless
    the initiative is justice-oriented. Fifty of each are served, the former by half.
    """
    city = plain({"works": {"goodwill": 0.3, "access": 0.5}, "trust": {"gain": 0.06, "forgetting": 0.0, "talk": 0.0}})
    city.initiatives["justice"] = justice
    city.served[:] = 1.0
    r = city.residents
    r.belongs[:], r.trust[:], r.trust0[:], r.marginalised[:] = 0, 0.5, 0.5, False
    r.marginalised[:50] = True
    trust.run(city)
    assert (r.trust[0], r.trust[99]) == (pytest.approx(marginalised), pytest.approx(0.509))
    assert city.flows[0]["served_marginalised"] == pytest.approx(reached)
    assert city.flows[0]["served_others"] == pytest.approx(50.0)
