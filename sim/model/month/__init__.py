"""One month of a city: its processes, in the words and the order of the booklet."""

from sim.model.month import contact, forum, funding, outside, power, tip, trust, turnover, volunteers, works

MONTH = (outside, tip, turnover, contact, forum, power, funding, works, trust, volunteers)
