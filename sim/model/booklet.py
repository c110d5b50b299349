"""Where the booklet says it: key -> heading, and at most twelve quoted words.

The booklet is ICLEI Europe's "Partnering up for sustainable and just cities: lessons from and for
local governments and community-led initiatives" (Sophia Silverton, UrbanCommunity project).
Every tip, process and outcome cites one of these keys.
"""

from typing import NamedTuple


class Passage(NamedTuple):
    """A heading of the booklet and at most twelve words under it."""

    heading: str
    words: str


PASSAGES = {
    "initiatives": Passage(
        "Partnering up", "any form of concrete action undertaken by self-organised groups of people"
    ),
    "win_win": Passage("Promoting win-win situations", "Both groups stand to gain"),
    "democracy": Passage(
        "Reinvigorating local democracy", "Trust, the combination of empathy and consistency, is built"
    ),
    "genuine": Passage("Reinvigorating local democracy", "Genuine engagement with CLIs may strengthen public faith"),
    "systems": Passage("Reinvigorating local democracy", "build long-lasting systems and rules of collaboration"),
    "face_to_face": Passage("Reinvigorating local democracy", "Meeting face-to-face helps humanise each other"),
    "reach": Passage("Reaching more people", "underrepresented in decision-making which affects them"),
    "tokenism": Passage("Reaching more people", "Tokenistic participation in the past, a lack of time"),
    "bridging": Passage("Reaching more people", "Justice-oriented CLIs elevate these hidden voices"),
    "continuity": Passage("Encouraging long-term consistency", "evening out bumps and lulls in motivation or capacity"),
    "elections": Passage("Encouraging long-term consistency", "contributing to continuity across election cycles"),
    "outside": Passage("What challenges exist", "act as an oppositional force from 'outside' the system"),
    "authoritarian": Passage("What challenges exist", "under the rule of a watchful authoritarian national government"),
    "city_size": Passage("What challenges exist", "Smaller municipalities, in turn, may have fewer resources"),
    "lack": Passage("What challenges exist", "stem from a lack of something"),
    "visions": Passage("Incompatible visions and motivations", "very different visions for the future of their city"),
    "motives": Passage("Incompatible visions and motivations", "Varying motivations, like re-election"),
    "modes": Passage("Different operating modes", "different scopes, speeds, levels of flexibility, types of language"),
    "bureaucracy": Passage(
        "Different operating modes", "bureaucracy, its accompanying jargon and inflexibility decreases accessibility"
    ),
    "individuals": Passage("Different operating modes", "depend on one-off projects and on certain individuals"),
    "silos": Passage("Different operating modes", "local governments tend to work in departmental silos"),
    "power": Passage("Uneven power dynamic", "the final decision usually rests with the local government"),
    "reject": Passage("Uneven power dynamic", "an immediate 'why can I reject' mindset"),
    "money": Passage("External constraints", "a lack of funding from national governments"),
    "mandates": Passage("External constraints", "many issues pushed down from other levels of government"),
    "competence": Passage("External constraints", "political power depends on where the topic rests"),
    "informal_bar": Passage("External constraints", "blocking informal CLIs from receiving funding"),
    "awareness": Passage("External constraints", "it can lead to lower levels of trust"),
    "inequality": Passage("Other difficulties", "Wealthier people with more time and resources to spare"),
    "overwork": Passage("Other difficulties", "disincentive personal activism and civic engagement through overwork"),
    "sometimes": Passage("Other difficulties", "sometimes it just doesn't work"),
    "come_prepared": Passage(
        "Come prepared", "Arriving well-prepared and aware of how the local government generally works"
    ),
    "contribution": Passage("Come prepared", "show how the initiative can contribute to their goals"),
    "first_contact": Passage("Come prepared", "the first stages of contact are crucial"),
    "show_value": Passage("Know and show your value", "Approaching with a demand is not as effective"),
    "multiplier": Passage("Know and show your value", "act as a communicator and multiplier through your networks"),
    "networks": Passage(
        "Know and show your value", "No agency would have the networks that these civil society groups have"
    ),
    "insiders": Passage(
        "Work with sympathetic insiders", "individuals within local governments who are open to change"
    ),
    "stepwise": Passage("Work with sympathetic insiders", "build rapport and work step-by-step"),
    "resilience": Passage("Work with sympathetic insiders", "build resilience in case of personnel changes"),
    "simple_funding": Passage("Provide simple funding with added support", "A little funding and guidance from you"),
    "diverse": Passage(
        "Provide simple funding with added support", "not just the better-connected and capacitated ones"
    ),
    "framework": Passage(
        "Provide simple funding with added support", "what the collaboration framework and outputs will look like"
    ),
    "informal_skills": Passage(
        "Provide simple funding with added support", "informal CLIs can lack project management skills"
    ),
    "start_small": Passage(
        "Provide simple funding with added support", "Start with small projects and keep doors open"
    ),
    "transparency": Passage(
        "Transparency, consistency and accessibility matter",
        "regular meetings with follow-ups and moments for honest reflection",
    ),
    "who_does_what": Passage(
        "Transparency, consistency and accessibility matter", "Clear presentation of 'who does what'"
    ),
    "languages": Passage(
        "Transparency, consistency and accessibility matter", "replacing jargon with commonly-known terms"
    ),
    "neutral_place": Passage("Try reducing power differences", "meeting in power-neutral spaces"),
    "ladder": Passage(
        "Try reducing power differences", "moving up the participation ladder, from consultation towards co-creation"
    ),
    "consent": Passage("Try reducing power differences", "Sociocracy's consent-based decision making"),
    "personal": Passage("Make it personal", "Connecting as people with a shared passion"),
    "contact_person": Passage("Make it personal", "Appointing an accessible contact person in your local government"),
    "dialogue": Passage("Make it personal", "Investing time and care into dialogue"),
    "celebrate": Passage("Make it personal", "acknowledging each other's efforts and celebrating wins together"),
    "freiburg": Passage(
        "Synergies between Freiburg's food policy council and the city",
        "the Food Policy Council remains an independent citizens' movement",
    ),
}
