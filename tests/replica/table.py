"""The table of a round again, by docs/odd.md 7.6: who says what, and what comes of it."""

import math
from types import SimpleNamespace

from sim.model.chance import Ask
from sim.model.columns import POINTS, Label
from tests.replica.stage import clip

UNILATERAL, MAJORITY, TWO_THIRDS, THREE_QUARTERS, CONSENSUS, CONSENT = range(6)  # codes of `Rule`
QUOTA = {MAJORITY: 1.0 / 2.0, TWO_THIRDS: 2.0 / 3.0, THREE_QUARTERS: 3.0 / 4.0}
TINY = 1e-9


def settle(city, topic, terms, wishes, delegates, seated):
    """The plan, the influence delivered, and how many proposals were tried."""
    own = wishes.city
    views = _views(city, topic, wishes, delegates, seated)
    n = len(views)
    if terms.ceiling == 0.0 or n == 1:
        return SimpleNamespace(plan=list(own), delivered=0.0, tried=0)
    voiced = [sum(views[s][b] for s in range(1, n)) / (n - 1) >= 0.5 for b in range(POINTS)]
    tabled = [
        b for b in range(POINTS) if voiced[b] == own[b] or not city.chance.happens(terms.phi, Ask.FORUM_AGENDA, b)
    ]
    table = SimpleNamespace(
        views=views,
        weights=_weights(n, terms.phi),
        listening=_listening(city, n, delegates),
        tabled=tabled,
        own=own,
        rule=terms.rule,
        tried=0,
    )
    plan = _talk_and_decide(city, table)
    flows = city.flows[0]
    flows.tables += 1
    if plan is not None:
        flows.settled += 1
        veto = city.now.power.veto * (1.0 - city.state[0].will) * terms.phi
        if city.chance.happens(veto, Ask.FORUM_VETO, 0):
            plan = None
            flows.vetoed += 1
    plan, delivered = _carry_out(city, terms, list(own) if plan is None else plan, own, voiced)
    return SimpleNamespace(plan=plan, delivered=delivered, tried=table.tried)


def _views(city, topic, wishes, delegates, seated):
    """The views of each seat: the city, delegates, residents."""
    head = city.officials[topic.first]
    views = [_view(city, Ask.FORUM_VIEW_CITY, 0, wishes.city, 1.0 - 0.5 * head.openness)]
    for c in delegates:
        ini = city.initiatives[c]
        wish = wishes.marginalised if ini.justice or ini.marginalised_led else wishes.community
        views.append(_view(city, Ask.FORUM_VIEW_DELEGATE, c, wish, 0.5 + 0.5 * ini.radicality))
    for i in seated:
        wish = wishes.marginalised if city.residents.marginalised[i] else wishes.community
        views.append(_view(city, Ask.FORUM_VIEW, i, wish, 1.0))
    return views


def _view(city, question, who, wish, firmness):
    view = []
    for b in range(POINTS):
        wants = wish[b] ^ city.chance.happens(city.now.forum.dissent, question, 2 * POINTS * who + b)
        conviction = firmness * city.chance.uniform(question, 2 * POINTS * who + POINTS + b)
        view.append(float(0.5 + 0.5 * conviction if wants else 0.5 - 0.5 * conviction))
    return view


def _weights(n, phi):
    first = (1.0 + phi * (n - 1)) / n
    return [first] + [(1.0 - first) / (n - 1)] * (n - 1)


def _listening(city, n, delegates):
    """How far each seat listens to each speaker: listening[listener][speaker]."""
    f = city.now.forum
    base = clip(f.confidence + f.ease * (f.facilitation - f.jargon * (1.0 - f.plain_words)))
    listening = [[base] * n for _ in range(n)]
    for seat, c in enumerate(delegates, 1):
        listening[0][seat] = clip(base + f.ease * _mark(city, c))
    return listening


def _mark(city, c):
    labels = [tie.label for tie in city.ties[c] if tie.official >= 0 and tie.label_months > 0]
    return -1.0 if Label.COMPLAINER in labels else 1.0 if Label.GOOD in labels else 0.0


def _speak(city, table, i):
    f, n = city.now.forum, len(table.views)
    for j in range(n):
        if j == i:
            continue
        respect = f.respect if (i == 0) != (j == 0) else 1.0
        pull = min(1.0, f.pull * table.weights[i] * n * respect)
        for b in range(POINTS):
            gap = table.views[i][b] - table.views[j][b]
            if abs(gap) <= table.listening[j][i]:
                table.views[j][b] = clip(table.views[j][b] + pull * gap)


def _talk_and_decide(city, table):
    """The plan that the table settles on, or None."""
    f, n = city.now.forum, len(table.views)
    if f.deliberation:
        for _ in range(f.talks):
            for i in range(n):
                _speak(city, table, i)
    for r in range(f.rounds):
        table.tried += 1
        proposer = _proposer(city, table, r)
        if f.deliberation and r > 0:
            _speak(city, table, proposer)
        draft = list(table.own)
        for b in table.tabled:
            draft[b] = table.views[proposer][b] >= 0.5
        if table.rule == CONSENT:
            _amend(city, table, draft)
        if _passes(city, table, draft):
            return draft
    return None


def _proposer(city, table, r):
    if table.rule == UNILATERAL:
        return 0
    lot, sum_so_far = city.chance.uniform(Ask.FORUM_PROPOSER, r), 0.0
    for seat, weight in enumerate(table.weights):
        sum_so_far += weight
        if sum_so_far > lot:
            return seat
    return len(table.weights) - 1


def _support(view, draft):
    convictions = [abs(2.0 * v - 1.0) for v in view]
    whole = sum(convictions)
    if whole == 0.0:
        return 1.0
    return sum(c for c, v, d in zip(convictions, view, draft, strict=True) if (v >= 0.5) == d) / whole


def _amend(city, table, draft):
    """Turn points round, objection by objection."""
    for _ in range(POINTS):
        support = [_support(view, draft) for view in table.views]
        lowest = min(support)
        if lowest >= city.now.forum.objection:
            return
        view = table.views[support.index(lowest)]
        best, firmest = None, 0.0
        for b in table.tabled:
            if (view[b] >= 0.5) != draft[b] and abs(2.0 * view[b] - 1.0) > firmest:
                best, firmest = b, abs(2.0 * view[b] - 1.0)
        if best is None:
            return
        draft[best] = not draft[best]
        table.tried += 1


def _passes(city, table, draft):
    f = city.now.forum
    if table.rule == UNILATERAL:
        return True
    support = [_support(view, draft) for view in table.views]
    if table.rule == CONSENT:
        return min(support) >= f.objection
    if table.rule == CONSENSUS:
        return min(support) >= f.acceptance
    agreeing = sum(w for w, s in zip(table.weights, support, strict=True) if s >= f.acceptance)
    return agreeing > QUOTA[table.rule] + TINY


def _carry_out(city, terms, plan, own, voiced):
    """The plan as it is carried out, and the influence delivered."""
    differing = [b for b in range(POINTS) if voiced[b] != own[b]]
    moved = sum(plan[b] == voiced[b] for b in differing)
    share = moved / len(differing) if differing else 1.0
    delivered = float(min(terms.ceiling, city.now.forum.adoption * share))
    keep = math.floor(delivered * len(differing) + 0.5)
    for b in range(POINTS):
        if plan[b] != own[b]:
            if plan[b] != voiced[b] or keep == 0:
                plan[b] = own[b]
            else:
                keep -= 1
    return plan, delivered
