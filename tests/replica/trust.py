"""Trust again, by docs/odd.md 7.10: promises are settled, experiences sink in, routines grow."""

from sim.model.columns import Progress, Vow, Word
from sim.model.kernels import TINY
from tests.replica.stage import ACTIVE, clip


def trust(city):
    """One month."""
    for c in range(len(city.initiatives)):
        for slot in range(city.promises.shape[1]):
            _promise(city, c, slot)
    for c in range(len(city.initiatives)):
        for tie in city.ties[c]:
            if tie.official >= 0:
                _tie(city, tie, city.initiatives[c])
    news = [_initiative(city, ini) for ini in city.initiatives]
    _residents(city, news)
    _routines(city)


def learnt(t, trust, good, bad):
    """L of 7.10; `trust` are its parameters."""
    gain, loss = t.gain, t.gain * t.asymmetry
    if t.confirmation:
        gain *= 0.5 + trust
        loss *= 1.5 - trust
    return clip(trust + gain * (1.0 - trust) * good - loss * trust * bad)


def _promise(city, c, slot):
    promise, ini, flows = city.promises[c, slot], city.initiatives[c], city.flows[0]
    if slot == Vow.REPLY and promise.word == Word.OPEN and city.month > promise.due:
        promise.word = Word.BROKEN
    if promise.word not in (Word.KEPT, Word.BROKEN):
        return
    kept = promise.word == Word.KEPT
    ties = [tie for tie in city.ties[c] if tie.official >= 0]
    those = [tie for tie in ties if (tie.official, tie.serial) == (promise.official, promise.serial)]
    if kept:
        flows.kept += 1
        ini.good += 0.5 * promise.stake
    else:
        flows.broken += 1
        ini.bad += 0.5 * promise.stake
    for tie in those:
        if kept:
            tie.kept += 1
            tie.good += promise.stake
        else:
            tie.broken += 1
            tie.bad += promise.stake
    promise.word, promise.official, promise.serial, promise.due, promise.stake = Word.NONE, -1, -1, -1, 0.0


def _tie(city, tie, ini):
    t = city.now.trust
    tie.trust = learnt(t, tie.trust, tie.good, tie.bad)
    tie.trust += t.forgetting * (ini.trust - tie.trust)
    fading = 0.5 ** (1.0 / t.half_life)
    tie.kept *= fading
    tie.broken *= fading
    tie.good = tie.bad = 0.0
    if tie.quiet == 0 and tie.serial >= 0:
        ini.trust = clip(ini.trust + t.seepage * city.state[0].institutionalisation * (tie.trust - ini.trust))


def _initiative(city, ini):
    """Good and bad news of it."""
    t = city.now.trust
    news = (t.word * ini.good, t.word * ini.bad)
    ini.trust = learnt(t, ini.trust, ini.good, ini.bad)
    ini.trust += t.forgetting * (ini.trust0 - ini.trust)
    ini.good = ini.bad = 0.0
    return news


def _residents(city, news):
    r, t = city.residents, city.now.trust
    moved = [float(now - usual) for now, usual in zip(r.trust, r.trust0, strict=True)]
    volunteered = r.volunteers.copy()
    for i in range(len(moved)):
        friends = city.neighbours[city.starts[i] : city.starts[i + 1]]
        r.active[i] = sum(volunteered[j] for j in friends)
        pleased, annoyed = r.good[i], r.bad[i]
        c = r.belongs[i]
        if c >= 0:
            pleased += news[c][0] + city.now.works.goodwill * _served(city, i, c)
            annoyed += news[c][1]
        heard = sum(moved[j] for j in friends) / len(friends) - moved[i] if len(friends) else 0.0
        new = learnt(t, r.trust[i], pleased, annoyed) - t.forgetting * moved[i] + t.talk * heard
        r.trust[i] = clip(new)
        r.efficacy[i] += t.forgetting * (r.efficacy0[i] - r.efficacy[i])
        r.belief[i] += t.forgetting * (r.trust[i] - r.belief[i])
        r.fatigue[i] = _faded(r.fatigue[i], t.fatigue_memory)
        r.took_part[i] = _faded(r.took_part[i], t.presence_memory)
        r.good[i] = r.bad[i] = 0.0


def _served(city, i, c):
    """Benefit of resident i from initiative c; it is booked."""
    benefit, marginalised = min(1.0, city.served[c]), city.residents.marginalised[i]
    if not marginalised:
        city.flows[0].served_others += benefit
        return benefit
    if not city.initiatives[c].justice:
        benefit *= city.now.works.access
    city.flows[0].served_marginalised += benefit
    return benefit


def _faded(memory, kept):
    return 0.0 if memory <= TINY else memory * kept


def _routines(city):
    t, lever, state = city.now.trust, city.now.contact, city.state[0]
    active = [c for c, ini in enumerate(city.initiatives) if ini.stage in ACTIVE]
    agreed = [c for c in active if any(p.official >= 0 and p.progress != Progress.NONE for p in city.projects[c])]
    agreements = len(agreed) / len(active) if active else 0.0
    supports = (lever.contact_person + agreements + lever.meetings + lever.who_does_what) / 4.0
    grown = state.institutionalisation
    state.institutionalisation = clip(grown + t.routine_growth * supports * (1.0 - grown) - t.routine_decay * grown)
