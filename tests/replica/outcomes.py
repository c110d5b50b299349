"""Outcomes again, by docs/odd.md 7.12: what is measured at the end of a month, and a run's one value of it."""

import math
from statistics import fmean, pstdev

import numpy as np

from sim.model.columns import Case, Stage, Stance
from tests.replica.stage import ACTIVE

WINDOW = WARM_UP = 24
LEAST = 12  # months of which there is a volatility
NAN = math.nan


def outcomes(city, values):
    """The row of a month; `values` are all_value of the months so far, this one included."""
    f = city.flows[0]
    return _work(f, values) | _politics(city, f) | _groups(city, f) | _initiatives(city) | _costs(f, city.officials)


def of_run(months, total):
    """The one value of a run of an outcome: its sum or its mean over the months that count."""
    counted = months[WARM_UP:] if len(months) > WARM_UP else months
    defined = [value for value in counted if not math.isnan(value)]
    if not defined:
        return NAN
    return math.fsum(defined) if total else fmean(defined)


def ratio(a, b):
    """a of b, undefined unless there is some of b."""
    return float(a / b) if b > 0.0 else NAN


def _work(f, values):
    answered = f.agreed + f.refused_early + f.refused_late + f.refused_outside
    latest = values[-WINDOW:]
    return {
        "joint_projects": f.joint,
        "joint_value": f.joint_value,
        "gain_over_alone": f.gain,
        "win_win_share": ratio(f.win_win, f.joint),
        "all_value": f.value,
        "late_projects": ratio(f.late, f.delivered),
        "asks_granted": ratio(f.agreed, answered),
        "late_vetoes": f.refused_late,
        "hours_lost": f.hours_lost,
        "response_rate": ratio(f.replied_in_time, f.decided),
        "response_delay": ratio(f.delay, f.decided),
        "promises_kept": ratio(f.kept, f.kept + f.broken),
        "diverse_money": ratio(f.granted_reserved, f.granted),
        "tip_reached": ratio(f.reached, f.reachable),
        "tip_reached_diverse": ratio(f.reached_diverse, f.reachable_diverse),
        "output_volatility": ratio(pstdev(latest), fmean(latest)) if len(latest) >= LEAST else NAN,
        "election_survival": ratio(f.survived_election, f.faced_election),
        "handover_kept": ratio(f.trust_after, f.trust_before),
        "follow_on_projects": f.lineage,
    }


def _politics(city, f):
    r, n = city.residents, len(city.residents.trust)
    promised, delivered = ratio(f.round_promised, f.rounds), ratio(f.round_delivered, f.rounds)
    row = {
        "trust": fmean(r.trust),
        "have_a_say": fmean(r.efficacy),
        "participation": fmean(r.volunteers),
        "disappointment": fmean(r.fatigue),
        "promised_influence": promised,
        "delivered_influence": delivered,
        "tokenism_gap": promised - delivered,
        "institutions": city.state[0].institutionalisation,
    }
    if f.rounds > 0.0:
        row["attendance"] = f.attended / n
    if city.state[0].rounds > 0:
        row |= {"accepting": fmean(r.accepts), "acceptance_inequity": pstdev(r.accepts.tolist())}
    return row


def _groups(city, f):
    others, marginalised = (_group(city, f, who) for who in (False, True))
    row = {
        "trust_others": others["trust"],
        "trust_marginalised": marginalised["trust"],
        "participation_others": others["volunteers"],
        "participation_marginalised": marginalised["volunteers"],
        "representation_ratio": ratio(marginalised["volunteers"], others["volunteers"]),
        "benefit_ratio": ratio(marginalised["served"], others["served"]),
    }
    if f.rounds > 0.0:
        row["attendance_ratio"] = ratio(marginalised["came"], others["came"])
    if city.state[0].rounds > 0:
        row["acceptance_gap"] = marginalised["accepts"] - others["accepts"]
    return row


def _group(city, f, marginalised):
    """Of the marginalised or of the others: means, and shares of those who came and who were served."""
    r = city.residents
    of = r.marginalised == marginalised
    came = f.attended_marginalised if marginalised else f.attended - f.attended_marginalised
    served = f.served_marginalised if marginalised else f.served_others
    means = {name: _mean(getattr(r, name)[of]) for name in ("trust", "volunteers", "accepts")}
    return means | {"came": ratio(came, of.sum()), "served": ratio(served, of.sum())}


def _initiatives(city):
    ini, ties = city.initiatives, city.ties
    active = ini[np.isin(ini.stage, ACTIVE)]
    formal, informal = active[active.formal], active[~active.formal]
    living = np.count_nonzero(ini.founded_with & (ini.stage != Stage.ENDED))
    return {
        "initiative_trust": _mean(active.trust),
        "initiative_trust_formal": _mean(formal.trust),
        "initiative_trust_informal": _mean(informal.trust),
        "opposing": _mean(active.stance == Stance.OPPOSE),
        "mature": _mean(active.stage == Stage.MATURE),
        "volunteer_strain": _mean(active.strain),
        "tie_trust": _mean(ties[ties.serial >= 0].trust),
        "active_initiatives": len(active),
        "active_formal": len(formal),
        "active_informal": len(informal),
        "survival": ratio(living, np.count_nonzero(city.born["founded_with"])),
        "waiting": np.count_nonzero(city.asks.case == Case.WAITING),
    }


def _mean(numbers):
    return fmean(numbers) if len(numbers) else NAN


def _idle(officials):
    """Share of the month's staff hours that are left."""
    left, hours = math.fsum(officials.hours_left), math.fsum(officials.hours)
    return left / hours if hours > 0.0 else 0.0


def _costs(f, officials):
    tips = f.staff_tips + f.hired
    spent = f.staff_contact + f.staff_cases + f.staff_forum + f.staff_paper + f.staff_help
    return {
        "staff_hours": spent + tips + f.hired_within * _idle(officials),
        "staff_strain": _mean(officials.strain[officials.vacant == 0]),
        "volunteer_hours": f.volunteer_contact + f.volunteer_paper + f.volunteer_delivery + f.volunteer_forum
        + f.volunteer_tips,
        "resident_hours": f.resident_hours,
        "euros": f.granted + f.euros_forum + f.tip_euros,
        "tip_euros": f.tip_euros + f.tip_grants,
        "tip_staff_hours": tips,
        "tip_within": f.tip_within,
        "tip_strength": ratio(f.tip_share, f.tips_followed),
        "tip_volunteer_hours": f.volunteer_tips,
        "tip_unspent": f.tip_unspent,
    }  # fmt: skip
