"""Every run of the suite asks the same questions: Hypothesis draws the same examples each time.

For fresh examples: `pytest --hypothesis-profile=default`.
"""

from hypothesis import settings

settings.load_profile("ci")
