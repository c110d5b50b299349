"""What of the booklet is modelled, by what, where, and checked by which test; what is not, and why.

One row for each claim: B01 to B71 its text, T1a to T7f its tips, Q1 to Q6 its quotations, F1 to F10 its story of
Freiburg. What tips push for a claim is not repeated here but read from their own files.
"""

from collections.abc import Iterator
from dataclasses import fields
from typing import NamedTuple

from sim.model import columns, laws
from sim.model.levers import LEVERS
from sim.model.outcomes import OUTCOMES
from sim.model.settings import PARAMETERS, TIPS
from sim.study import presets

TABLES = {"residents": columns.RESIDENT, **laws.TABLES}


class Row(NamedTuple):
    """A claim in our own words; names of what stands for it; tests; what is missing, or why it is left out."""

    claim: str
    by: str = ""
    tests: str = ""
    missing: str = ""


MONTH, WORKS, FORUM = "tests/month/", "tests/month/test_works.py::", "tests/month/test_forum.py::"
POWER, CONTACT, TRUST = "tests/month/test_power.py::", "tests/month/test_contact.py::", "tests/month/test_trust.py::"
ABLATIONS = "tests/test_ablations.py::test_a_mechanism_does_what_its_source_says"

CLAIMS: dict[str, Row] = {
    # frame
    "B01": Row(
        "initiatives are groups that organise themselves for the environment and for society, not just any residents",
        "initiatives.issue initiatives.vision initiatives.members residents.belongs",
        "tests/test_agents.py::test_they_are_mesa_agents_in_a_mesa_model",
    ),
    "B02": Row(
        "initiatives know local problems and strengths",
        "city.knowledge initiatives.knowledge joint_value",
        WORKS + "test_what_a_joint_project_is_worth",
    ),
    "B03": Row(
        "cities can support and scale up what initiatives do",
        "works.synergy works.help_hours works.room_saves funding.pot",
        WORKS + "test_what_a_joint_project_is_worth",
        "a proven project is not copied to other quarters; larger only means that a large one was asked for",
    ),
    "B04": Row(
        "those closest to a problem drive its solution",
        "joint_projects delivered_influence",
        FORUM + "test_what_is_delivered_is_what_was_voiced",
        "projects of the city's own do not exist, so that no share of solutions by origin can be measured",
    ),
    "B05": Row(
        "little time is left",
        "joint_value all_value",
        WORKS + "test_delivered_after_the_planned_date_is_late",
        "no deadline and no discounting: the horizon is the length of a run, and a late project is worth the same",
    ),
    "B06": Row(
        "to collaborate is to share power for a common goal, and gives what neither side gets alone",
        "works.synergy works.city_alone power.imbalance gain_over_alone win_win_share",
        WORKS + "test_what_a_joint_project_is_worth",
    ),
    "B07": Row(
        "drawn from some forty people in workshops, 2022 to 2024, mostly in Western Europe",
        "README.md docs/limits.md",
    ),
    # benefits
    "B08": Row(
        "initiatives need the city where they use its ground",
        "contact.land power.permit_openness asks_granted",
        POWER + "test_the_department_that_gives_permits_has_its_own_openness",
    ),
    "B09": Row(
        "staff with too many tasks rely on the community",
        "outside.staff_hours outside.mandates forum.networks waiting staff_strain",
        "tests/tips/test_show_your_value.py::test_networks_save_staff_and_bring_people",
        "the only work that initiatives take off the staff is finding people for rounds",
    ),
    "B10": Row(
        "both gain where they see their parts as complementary",
        "works.synergy win_win_share",
        WORKS + "test_what_a_joint_project_is_worth",
        "parts complement each other by what they bring; how either side sees them is no state",
    ),
    "B11": Row(
        "initiatives bring knowledge from the ground",
        "city.knowledge works.synergy",
        WORKS + "test_what_a_joint_project_is_worth",
    ),
    "B12": Row(
        "initiatives bring new ideas",
        "city.radicality works.novelty power.risk works.compromise",
        WORKS + "test_what_a_joint_project_is_worth " + POWER + "test_what_makes_a_desk_say_yes",
    ),
    "B13": Row(
        "networks of initiatives make it likelier that people go along",
        "city.reach works.goodwill forum.networks contact.multiplier",
        TRUST + "test_a_delivered_project_serves_the_people_around",
        "people's support for a single project is no state",
    ),
    "B14": Row(
        "outside the offices, initiatives can be radical and push the city to think anew",
        "city.radicality contact.push works.push power.pressure officials.openness",
        WORKS + "test_what_a_delivered_project_leaves " + POWER + "test_opposition_lifts_its_issue_on_the_agenda",
    ),
    "B15": Row(
        "the city brings partners together",
        missing="a project has two partners, an initiative and an official; third ones are not agents",
    ),
    "B16": Row(
        "the city offers rooms",
        "contact.rooms works.room_saves",
        WORKS + "test_a_room_saves_a_fifth_and_work_waits_for_all_of_the_money",
    ),
    "B17": Row(
        "the city often has money to offer",
        "funding.pot funding.grant scenario=no_grants",
        "tests/month/test_funding.py::test_the_best_win_until_the_money_is_gone",
    ),
    "B18": Row(
        "the city helps to run projects, and initiatives mature",
        "works.help_hours funding.support funding.coaching works.learning mature",
        "tests/month/test_funding.py::test_what_guidance_teaches tests/month/test_volunteers.py::test_stages_of_a_life",
    ),
    "B19": Row(
        "who was engaged openly engages again",
        "volunteers.efficacy forum.efficacy_learning volunteers.invite participation",
        FORUM + "test_a_success_brings_people_back_as_in_its_source",
    ),
    "B20": Row(
        "more engagement, accountability and transparency",
        "participation attendance response_rate promises_kept forum.feedback",
        ABLATIONS,
        "what the city publishes, and who holds it to account, is not modelled beyond answers and promises",
    ),
    "B21": Row(
        "collaboration spreads collective values",
        missing="values of residents do not change; how much individualism holds people back is a fixed number (B69)",
    ),
    "B22": Row(
        "genuine engagement can strengthen faith in what local government can do",
        "forum.adopt_value forum.voice_value trust scenario=co_creation",
        FORUM + "test_a_round_that_delivers_what_was_believed " + ABLATIONS,
    ),
    "B23": Row(
        "face to face people see each other's constraints",
        "contact.personal contact.learning initiatives.awareness",
        CONTACT + "test_what_a_meeting_costs_and_teaches",
        "initiatives learn what binds the city; officials learn nothing of what binds initiatives",
    ),
    "B24": Row(
        "trust is empathy together with consistency, and grows in relations",
        "trust.empathy_weight ties.empathy ties.kept ties.broken tie_trust",
        CONTACT
        + "test_trust_goes_towards_empathy_combined_with_consistency "
        + TRUST
        + "test_a_promise_is_felt_in_full_by_the_pair_and_by_half_towards_the_institution",
    ),
    "B25": Row(
        "a common story of change grows from working together",
        "works.narrative forum.deliberation",
        FORUM + "test_listeners_move_towards_a_speaker_within_their_reach",
        "a joint project draws the initiative's vision to the city's and never the city's to the initiative's;"
        " views at a table are forgotten after the round",
    ),
    "B26": Row(
        "relations should become rules and routines that outlive people",
        "trust.institutions trust.routine_growth trust.seepage institutions handover_kept",
        TRUST
        + "test_routines_grow_with_their_four_supports "
        + TRUST
        + "test_personal_trust_seeps_into_the_institution_as_far_as_it_is_institutionalised",
    ),
    "B27": Row(
        "vulnerable groups are seldom there when it is about them",
        "city.marginalised residents.marginalised representation_ratio attendance_ratio",
        FORUM + "test_who_comes " + ABLATIONS,
    ),
    "B28": Row(
        "token rounds of the past, lack of time and distrust keep them away",
        "trust.gap forum.marginalised_hurt residents.fatigue forum.time_poverty trust_marginalised scenario=tokenism",
        FORUM + "test_a_token_round_is_two_events " + ABLATIONS,
        "nobody begins with disappointments from before the first month; and with the present numbers a token round"
        " costs the marginalised fewer points of participation than others (an expected failure in the ablations)",
    ),
    "B29": Row(
        "a city of the privileged alone does not become fair",
        "benefit_ratio trust_marginalised participation_marginalised acceptance_gap",
        TRUST + "test_who_benefits_from_a_joint_project",
        "benefits are counted by group, but no value of a project is weighted by whom it serves",
    ),
    "B30": Row(
        "justice-oriented initiatives make those seldom heard heard",
        "city.justice forum.bridge attendance_ratio",
        FORUM + "test_bridges_reach_the_marginalised_only",
        "they bring people to rounds and serve them, not into volunteering, and with usual reach the effect is small",
    ),
    "B31": Row(
        "open and well-connected initiatives reach a wider circle",
        "city.reach works.access benefit_ratio attendance_ratio",
        TRUST + "test_who_benefits_from_a_joint_project",
    ),
    "B32": Row(
        "progress is steadier, ups and downs even out",
        "output_volatility initiatives.success",
        "tests/month/test_volunteers.py::test_success_and_frustration_fade",
        "measured, but no rule evens anything out, and no test of the whole city has it as its pattern",
    ),
    "B33": Row(
        "what people need makes them plan for the long run",
        missing="nobody chooses how far ahead to plan: lengths of projects are fixed numbers",
    ),
    "B34": Row(
        "what grows from the community outlives elections",
        "outside.programme_loss outside.routine_loss outside.change_of_government election_survival",
        "tests/month/test_outside.py::test_institutions_protect_programmes",
    ),
    "B35": Row(
        "acting together strengthens ties",
        "works.joy works.bonding tie_trust",
        WORKS + "test_what_a_delivered_project_leaves",
    ),
    "B36": Row(
        "a good example spreads to other places",
        missing="one city at a time; cities that learn from each other are left out",
    ),
    # no collaboration; context
    "B37": Row(
        "an initiative may prefer to oppose the city from outside",
        "volunteers.cooperative volunteers.stance_trust power.pressure opposing scenario=opposition",
        "tests/month/test_volunteers.py::test_who_turns_against_the_city " + CONTACT + "test_who_opposes_keeps_away",
    ),
    "B38": Row(
        "one side may not care for sustainability, justice or the common good",
        "city.vision power.vision volunteers.stance_power",
        "tests/month/test_volunteers.py::test_who_turns_against_the_city",
        "distant visions make a yes and cooperation rarer; there is no floor below which nothing is done together",
    ),
    "B39": Row(
        "a watchful authoritarian national government makes it less likely",
        "outside.hostility power.hostility_weight volunteers.stance_hostility outside=authoritarian"
        " scenario=watched_by_the_state",
        "tests/month/test_volunteers.py::test_who_turns_against_the_city " + ABLATIONS,
    ),
    "B40": Row("the lessons are mostly from democracies", "README.md docs/limits.md outside=europe"),
    "B41": Row(
        "in a big city ties are harder to make, and resources better",
        "contact.anonymity trust.personalisation_slope city.posts_elasticity funding.size_elasticity city=big_city",
        CONTACT + "test_in_a_large_city_hall_the_same_person_is_hard_to_find_again " + ABLATIONS,
    ),
    "B42": Row(
        "in a small town resources are fewer, and ties closer",
        "trust.personalisation_slope trust.size_slope contact.familiar city.posts_elasticity city=small_town",
        ABLATIONS,
        "ties are closer, but fewer: the same few officials are met again, and nobody knows them from elsewhere",
    ),
    "Q1": Row(
        "a Belgian street can be closed for months, a few parking places in Budapest could not",
        "power.permit_openness city=ghent city=erzsebetvaros",
        "tests/test_configs.py::test_street_permits_in_ghent_and_budapest_lie_on_either_side_of_the_default",
    ),
    # challenges
    "B43": Row(
        "nine things can be lacking: interests, trust, time, representation, money, skills, imagination, transparency,"
        " political will",
        "scenario=lack_of_shared_interests scenario=lack_of_trust scenario=lack_of_time"
        " scenario=lack_of_representation scenario=lack_of_money scenario=lack_of_skills"
        " scenario=lack_of_imagination scenario=lack_of_transparency scenario=lack_of_political_will",
        "tests/test_configs.py::test_every_scenario_that_is_spoken_of_is_there",
    ),
    "B44": Row(
        "distant visions bring conflict, which belongs to politics",
        "city.vision power.vision volunteers.stance_power forum.contested opposing",
        "tests/month/test_volunteers.py::test_who_turns_against_the_city",
        "a conflict is no event of its own; the one good that comes of it is that its issue rises on the agenda",
    ),
    "B45": Row(
        "understanding each other is hard across a distance",
        "forum.confidence forum.pull forum.ease forum.respect",
        FORUM + "test_listeners_move_towards_a_speaker_within_their_reach",
        "at the table only; elsewhere a distance of visions counts, not of understanding",
    ),
    "B46": Row(
        "priorities differ",
        "city.priority departments.priority power.fit_weight initiatives.issue residents.concern",
        POWER + "test_what_makes_a_desk_say_yes",
    ),
    "B47": Row(
        "motives such as being elected again shape collaboration",
        "power.quick_win",
        POWER + "test_a_quick_win_before_an_election",
        "the only motive of officials that is modelled",
    ),
    "B48": Row(
        "scope, speed, flexibility, language and connectedness differ",
        "power.procedure forum.jargon contact.wrong_door response_delay",
        POWER + "test_a_new_ask_is_registered_with_a_reply_date_and_a_procedure",
        "speed and language are there; scope, flexibility and connectedness are no separate things",
    ),
    "B49": Row(
        "cities are slower, because of rules and procedures",
        "power.procedure power.large_procedure response_delay",
        POWER + "test_a_new_ask_is_registered_with_a_reply_date_and_a_procedure",
    ),
    "B50": Row(
        "bureaucracy and jargon shut people out and frustrate",
        "forum.jargon forum.bureaucracy funding.burden power.delay_penalty",
        FORUM + "test_who_comes "
        "tests/month/test_funding.py::test_paper_takes_longer_without_skill_and_less_time_with_guidance",
    ),
    "B51": Row(
        "the more so where little is digital",
        "power.digital power.digital_saves",
        POWER + "test_a_new_ask_is_registered_with_a_reply_date_and_a_procedure " + FORUM + "test_who_comes",
    ),
    "B52": Row(
        "deadlines of projects leave no time for slow relations",
        missing="hours for contacts are taken before hours for cases and projects, so that no deadline squeezes them",
    ),
    "B53": Row(
        "relations hang on one-off projects",
        "works.spawn contact.meetings trust.forgetting trust.half_life follow_on_projects",
        WORKS + "test_projects_spawn_projects " + TRUST + "test_pairs_learn_and_then_drift_to_the_institution",
        "relations fade between projects, but a city cannot choose between one-off and lasting work as such",
    ),
    "B54": Row(
        "relations hang on certain people",
        "trust.personalisation turnover.annual_rate turnover.handover handover_kept scenario=staff_churn",
        "tests/month/test_turnover.py::test_a_successor_starts_from_the_institution_plus_what_was_handed_over",
    ),
    "B55": Row(
        "departments are silos, initiatives see the whole",
        "power.departments power.silo power.consent late_vetoes",
        POWER + "test_all_departments_must_consent",
        "silos are there; an initiative has a single issue, not a view of the whole",
    ),
    "Q2": Row(
        "one department backed a workshop, others stopped it just before it began",
        "power.silo power.late_months power.late_veto late_vetoes hours_lost scenario=late_veto city=erzsebetvaros",
        POWER
        + "test_in_silos_the_others_look_only_after_the_work_has_begun "
        + POWER
        + "test_a_late_veto_is_a_broken_promise",
    ),
    "B56": Row(
        "the city mostly holds more power",
        "power.imbalance power=high",
        FORUM
        + "test_the_first_seat_weighs_more_with_imbalance "
        + FORUM
        + "test_the_city_decides_alone_where_it_has_most_of_the_weight",
    ),
    "B57": Row(
        "some officials first look for a reason to refuse",
        "turnover.reject officials.reject asks_granted",
        POWER + "test_what_makes_a_desk_say_yes",
    ),
    "B58": Row(
        "the last word is the city's, even after working it out together",
        "power.veto forum.adoption tokenism_gap",
        FORUM + "test_vetoes " + FORUM + "test_adoption_is_the_share_that_is_carried_out",
    ),
    "B59": Row(
        "rules and money from above fall short, for both sides",
        "outside.national_money outside.informal_bar scenario=austerity outside=hard_times",
        "tests/month/test_outside.py::test_hours_of_the_month_are_what_money_and_mandates_leave "
        "tests/month/test_funding.py::test_money_from_above_fills_the_pot_and_what_was_left_lapses",
        "money from above reaches initiatives through the city only; of rules there is one, on legal form",
    ),
    "B60": Row(
        "with little national money only business as usual is possible",
        "outside.national_money outside.staff_hours",
        "tests/month/test_outside.py::test_hours_of_the_month_are_what_money_and_mandates_leave",
    ),
    "B61": Row(
        "issues are pushed down from other levels",
        "outside.mandates",
        "tests/month/test_outside.py::test_hours_of_the_month_are_what_money_and_mandates_leave",
    ),
    "B62": Row(
        "the power may lie with a province or state that wants something else",
        "outside.competence flows.refused_outside",
        POWER + "test_outside_its_competence_the_city_can_only_refuse",
        "another level always refuses; it is no agent and has no priorities",
    ),
    "B63": Row(
        "national rules can bar informal initiatives from money",
        "outside.informal_bar flows.barred initiative_trust_informal",
        "tests/month/test_funding.py::test_rules_bar_who_has_no_legal_form",
    ),
    "B64": Row(
        "who does not know these barriers trusts less",
        "city.awareness initiatives.awareness flows.blamed",
        POWER + "test_who_does_not_know_that_blames_the_city",
    ),
    "B65": Row(
        "routines and places for collaboration are too few",
        "trust.institutions institutions",
        TRUST + "test_routines_grow_with_their_four_supports",
    ),
    "Q3": Row(
        "people were invited, and sometimes it just fails",
        "forum.appeal attendance flows.settled flows.cancelled",
        FORUM + "test_no_agreement_leaves_the_plan_alone_and_says_so " + FORUM + "test_without_staff_there_is_no_round",
    ),
    "B66": Row(
        "many communities stay away, for many reasons",
        "residents.time residents.skill residents.trust residents.efficacy residents.fatigue residents.drive",
        "tests/month/test_volunteers.py::test_readiness_to_take_part " + FORUM + "test_who_comes",
    ),
    "B67": Row(
        "those with means and time are likelier in initiatives",
        "volunteers.resources residents.status representation_ratio",
        "tests/month/test_volunteers.py::test_readiness_to_take_part",
    ),
    "B68": Row(
        "vulnerable people and minorities lack these, trust less and do not see themselves in the offices",
        "trust.gap city.representation forum.strangeness officials.represents attendance_ratio",
        FORUM + "test_who_comes",
        "to see oneself in the offices makes it easier to come; residents' trust does not hang on it",
    ),
    "B69": Row(
        "individualism, market thinking and overwork, and that engagement counts for nothing, hold people back",
        "volunteers.overwork forum.time_poverty scenario=lack_of_time",
        "tests/month/test_volunteers.py::test_overwork_keeps_most_those_without_time",
        "one brake stands for all of them; that engagement is not paid or valued is no separate thing",
    ),
    "B70": Row(
        "so collaboration needs other engagement and support beside it",
        "forum.every forum.notice attendance_ratio",
        FORUM + "test_who_comes",
        "rounds reach people outside initiatives; support in daily life, such as time, income or care, is not modelled",
    ),
    "B71": Row(
        "both sides need to know more of these hurdles, and of tools",
        "contact.perspective city.awareness turnover.openness scenario=valsamoggia_training",
        "tests/tips/test_come_prepared.py::test_who_takes_the_citys_view_does_not_blame_it_for_what_others_decide",
        "initiatives can learn by tips; officials are trained in a scenario from the start, and no training takes time",
    ),
    # tips for initiatives
    "T1a": Row(
        "how one presents oneself often sets how good a relation gets",
        "contact.first_mark ties.label",
        CONTACT + "test_first_impressions",
    ),
    "T1b": Row("come prepared, know who does what and what matters there", "power.prepared_saves"),
    "T1c": Row("take the other side's view: its power, tasks and priorities"),
    "T1d": Row("be organised, and show what one adds to the city's goals", "power.contribution_weight"),
    "Q4": Row(
        "the first contact is crucial; who is taken for a complainer gets nowhere",
        "contact.complainer contact.label_months ties.label",
        CONTACT + "test_a_complainer_is_met_half_as_well_and_moves_nobody",
    ),
    "T2a": Row(
        "initiatives have the expertise, capacity and drive that cities look for",
        "city.capacity city.knowledge initiatives.members",
        WORKS + "test_what_a_joint_project_is_worth",
        "they make projects better, but a desk says yes to what is shown, not to what is there; no advice raises them",
    ),
    "T2b": Row("a demand works less well than showing value", "power.value_weight contact.impression_value"),
    "T2c": Row("point out local knowledge and the networks that multiply", "power.reach_weight"),
    "Q5": Row("no agency has such networks; people need not be looked for", "forum.search forum.word"),
    "T3a": Row(
        "some inside are open and need backing against resistance",
        "turnover.champions officials.champion power.champion_weight",
    ),
    "T3b": Row("find them and work with them", "contact.seen officials.openness"),
    "T3c": Row("do not ask for too much at once"),
    "T3d": Row("then get known in other departments"),
    "T3e": Row(
        "that makes up for staff who leave",
        "ties.official turnover.annual_rate",
        "tests/month/test_turnover.py::test_a_successor_starts_from_the_institution_plus_what_was_handed_over",
    ),
    # tips for local governments
    "T4a": Row("a little money and guidance make an initiative a capable partner", "funding.winner_learning mature"),
    "T4b": Row(
        "example: Brussels' service for sustainable neighbourhoods",
        "scenario=brussels_facilitator city=brussels",
        "tests/test_programmes.py::test_every_setting_of_a_programme_has_one_fact_that_holds",
        "its budget was not found, and quarters are no applicants of their own",
    ),
    "T4c": Row(
        "example: the AdaptCascais fund",
        "scenario=adaptcascais city=cascais",
        "tests/test_programmes.py::test_the_city_budgets_what_the_programme_has",
        "open to any aim, not to climate alone; more than twice as many apply; the judges do not use its criteria",
    ),
    "T4d": Row(
        "example: Amsterdam's votes on residents' projects",
        "scenario=amsterdam_vote city=amsterdam",
        "tests/study/test_budgets.py::test_the_rules_fund_what_cities_funded",
        "votes in the city of the model are made of members and reach; real ballots are read by `sim budget` only",
    ),
    "T4e": Row("be open to all kinds of initiatives, not the best connected only", "diverse_money"),
    "T4f": Row("informal and marginalised-led ones too: equal chances", "diverse_money active_informal"),
    "T4g": Row("informal ones may lack skill in running projects, and need guidance", "funding.coaching"),
    "T4h": Row(
        "further reading on money, for funders",
        missing="a pointer to another report and no claim about what works",
    ),
    "Q6": Row("listen, know what you want, settle the framework, start small, keep doors open"),
    "T5a": Row("transparency, consistency and accessibility are valued", "response_rate promises_kept"),
    "T5b": Row(
        "meet regularly, follow up, reflect honestly",
        "",
        CONTACT + "test_a_regular_meeting_promises_a_follow_up_for_the_next_month",
        "who is told what became of a round trusts the city more, but hardly comes again for it",
    ),
    "T5c": Row(
        "say on a website who does what",
        "contact.wrong_door",
        CONTACT + "test_a_wrong_door_costs_hours_and_ends_the_search",
    ),
    "T5d": Row("use several languages", "city.other_language residents.other_language"),
    "T5e": Row("use common words instead of jargon", "forum.jargon"),
    "T6a": Row("power is rarely even; it stays uneven, but less so if one tries", "power.imbalance"),
    "T6b": Row("meet where nobody is host", "power.neutral_relief contact.host_distance"),
    "T6c": Row("climb the ladder from consulting to co-creation", "forum.rung scenario=co_creation"),
    "T6d": Row("put majority votes aside", "forum.rule"),
    "T6e": Row("decide by consent", "forum.rule forum.objection", FORUM + "test_consent_by_amendments"),
    "T7a": Row("meet as people who care for the same"),
    "T7b": Row(
        "name a contact person, as Oberhausen's Agenda 21 office",
        "outside.liaison_hours city=oberhausen scenario=oberhausen_agenda21 scenario=oldenburg_fragile",
    ),
    "T7c": Row(
        "time for dialogue brings what nobody expected",
        "contact.joint_idea initiatives.idea",
        CONTACT + "test_a_joint_idea_becomes_an_ask_at_the_next_contact",
    ),
    "T7d": Row("it is always about the people", "trust.personalisation tie_trust"),
    "T7e": Row(
        "acknowledge each other's efforts",
        "works.joy",
        "",
        "what is acknowledged makes contacts warmer; tiredness is eased by celebrations only",
    ),
    "T7f": Row(
        "celebrate wins together",
        "works.celebration works.relief",
        WORKS + "test_a_celebration_adds_joy_and_takes_strain_away",
    ),
    # Freiburg
    "F1": Row(
        "a food initiative grew from the grassroots to a key partner",
        "initiatives.stage mature scenario=freiburg_canteen_talks",
        "tests/month/test_volunteers.py::test_stages_of_a_life",
    ),
    "F2": Row(
        "money and support came later, so that it could become professional",
        "funding.winner_learning volunteers.formalise simple_funding.start",
        "tests/month/test_funding.py::test_the_work_of_a_grant_teaches_and_a_refusal_frustrates",
        "only tips can begin later in a run; nobody is paid to work for an initiative",
    ),
    "F3": Row(
        "its council brings together civil society, farmers, firms, government and politics",
        missing="members are numbers of people, without professions; firms are not agents",
    ),
    "F4": Row(
        "the goal was shared before they worked together",
        "power.vision city.vision scenario=freiburg_canteen_talks",
        POWER + "test_what_makes_a_desk_say_yes",
    ),
    "F5": Row(
        "it began with drive, expertise, networks, some money, and goals set together with one official",
        "power.framework contact.joint_idea city.knowledge scenario=freiburg_canteen_talks",
        "tests/tips/test_start_small.py::test_a_framework_bridges_half_of_the_gap_in_goals",
    ),
    "F6": Row(
        "in its third year it is well attended, feeds the city's work, and has led to new projects",
        "works.spawn follow_on_projects",
        WORKS + "test_projects_spawn_projects",
        "a series that goes on, its visitors, and what a city learns from it are not modelled",
    ),
    "F7": Row(
        "it was not bought: it makes demands and has projects of its own",
        "city.autonomy works.alone",
        "tests/test_programmes.py::test_money_moves_no_ones_autonomy "
        "tests/test_programmes.py::test_no_grant_decides_how_an_initiative_stands_to_the_city",
    ),
    "F8": Row(
        "the city welcomes criticism: together on some projects, in dialogue on the rest",
        "initiatives.stance city.autonomy",
        "tests/test_programmes.py::test_the_funded_are_critical_friends_as_often_as_their_autonomy_says",
    ),
    "F9": Row(
        "active residents make it easy; elsewhere cities must win them first",
        "volunteers.base forum.notice city=freiburg",
        "tests/month/test_volunteers.py::test_readiness_to_take_part",
    ),
    "F10": Row(
        "capable partners help the city to reach its goals sooner",
        "gain_over_alone joint_value works.city_alone",
        WORKS + "test_what_a_joint_project_is_worth",
        "the city has no goals with a date, so that months to a goal are not measured",
    ),
}


def advice_for(row: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The pieces of advice, as `tip.advice`, that a claim is in, and the levers that each pushes."""
    for tip, declared in TIPS.items():
        for f in fields(declared):
            said = f.metadata.get("advised")
            if said is not None and row in said.rows:
                yield f"{tip}.{f.name}", said.levers


def advice_pushing(lever: str) -> list[str]:
    """The pieces of advice, as `tip.advice`, that push a lever."""
    return [
        f"{tip}.{f.name}"
        for tip, declared in TIPS.items()
        for f in fields(declared)
        if "advised" in f.metadata and lever in f.metadata["advised"].levers
    ]


def advised() -> set[str]:
    """Every claim that some advice names."""
    return {row for tip in TIPS.values() for f in fields(tip) if "advised" in f.metadata
            for row in f.metadata["advised"].rows}  # fmt: skip


def kind_of(name: str) -> str:
    """What a name in the table is. Raises KeyError if nothing has that name."""
    first, _, rest = name.partition(".")
    if name in PARAMETERS:
        return "lever" if name in LEVERS else "tip" if first in TIPS else "parameter"
    if name in OUTCOMES:
        return "outcome"
    if first in TABLES and rest in TABLES[first]:
        return "state"
    group, _, option = name.partition("=")
    if option in presets.groups().get(group, []):
        return group if group in ("scenario", "city") else "choice"
    if name.endswith(".md"):
        return "page"
    raise KeyError(f"{name} is no parameter, lever, outcome, state variable, choice or page")


def names(row: str) -> list[str]:
    """What stands for a claim: what the table says, and what tips push for it."""
    pushed = [lever for _, levers in advice_for(row) for lever in levers]
    return [*dict.fromkeys([*CLAIMS[row].by.split(), *pushed])]


def tests(row: str) -> list[str]:
    """Tests of what stands for a claim; for advice, those of its tip."""
    of_tips = [f"tests/tips/test_{advice.split('.')[0]}.py" for advice, _ in advice_for(row)]
    return [*dict.fromkeys([*CLAIMS[row].tests.split(), *of_tips])]


def files(row: str) -> list[str]:
    """Where what stands for a claim is: the homes of its settings, states, outcomes, choices and pages."""
    found = [f"sim/model/tips/{advice.split('.')[0]}.py" for advice, _ in advice_for(row)]
    return [*dict.fromkeys([*found, *(_home(name) for name in names(row))])]


def _home(name: str) -> str:
    kind, group = kind_of(name), name.split(".")[0]
    if kind == "page":
        return name
    if kind in ("scenario", "city", "choice"):
        return f"configs/{name.replace('=', '/')}.yaml"
    homes = {"outcome": "outcomes", "state": "columns", "tip": f"tips/{group}"}
    home = "begin" if group == "city" else homes.get(kind, f"month/{group}")
    return f"sim/model/{home}.py"


def how_far(row: str) -> str:
    """'modelled', 'partly', 'said' in a page and no more, or 'left out'."""
    by = names(row)
    if not by:
        return "left out"
    if CLAIMS[row].missing:
        return "partly"
    return "said" if all(kind_of(name) in ("page", "choice") for name in by) else "modelled"


def ids() -> list[str]:
    """Every claim of the booklet that has to be here."""
    tips = {1: "abcd", 2: "abc", 3: "abcde", 4: "abcdefgh", 5: "abcde", 6: "abcde", 7: "abcdef"}
    return [
        *(f"B{n:02}" for n in range(1, 72)),
        *(f"T{tip}{letter}" for tip, letters in tips.items() for letter in letters),
        *(f"Q{n}" for n in range(1, 7)),
        *(f"F{n}" for n in range(1, 11)),
    ]
