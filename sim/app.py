"""The command line: `sim`."""

import os
import sys
from collections.abc import Sequence

DONE, SOME_FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
FLAGS = ("--json", "--help", "-h")
FLAGS_OF = {
    "": ("--overwrite", "--version"),
    "run": ("--overwrite", "--profile", "--multirun", "-m"),
    "sweep": ("--dry-run",),
    "export": ("--xlsx",),
    "validate": ("--file", "--page", "--error-rates", "--fast"),
}
STUDY_COMMANDS = ("status", "export", "retry", "rerun", "merge")
COMMANDS = ("run", "compare", "advise", "list", "help", "sweep", *STUDY_COMMANDS, "analyse", "budget", "validate")

VALIDATIONS: dict[str, tuple[str, ...]] = {  # and the flags of each
    "patterns": ("--file", "--page", "--error-rates"),
    "docking": (),
    "laws": (),
    "assumed": ("--page",),
    "all": ("--fast", "--page"),
}

USAGE = """\
sim: a laboratory for collaboration between cities and community-led initiatives

  sim                       compare four ways of engaging, and rank the tips at equal budget
  sim run KEY=VALUE ...     run one city; see `sim run --help`
  sim compare CASE ...      scenarios, tips, mixes of them, cities; see `sim compare --help`
  sim advise                which tips first, at a yearly budget; see `sim advise --help`
  sim sweep KEY=A,B,C ...   run many; see `sim sweep --help`
  sim analyse STUDY         what a sweep shows; see `sim analyse --help`
  sim budget FILE ...       real participatory budgets under other rules; see `sim budget --help`
  sim validate patterns     facts that the model is tried on; see `sim validate --help`
  sim validate docking      the city's modules against published models and real data; see its --help
  sim validate assumed      in how many draws of everything assumed what we say holds
  sim validate all          every part of the evidence, and all verdicts on one page
  sim list KIND             what there is: cities, scenarios, studies, parameters, ...
  sim help NAME             meaning, unit, default, range and source of a setting, outcome or choice

  --json                    with any command: one JSON document on stdout, all else on stderr
  --overwrite               with `sim` and `sim run`: replace another command's results of that name
  --version                 of the program, its model and what it stands on

Examples
  sim run city=ghent scenario=tokenism
  sim run turnover.annual_rate=0.2 seed=3 months=60 name=restless
  sim compare no_engagement co_creation seeds=10
  sim list parameters
  sim help turnover.annual_rate
  sim help scenario

Exit codes: 0 done, 1 some runs failed, 2 bad input."""

RUN_USAGE = """\
sim run [KEY=VALUE ...] [--json] [--overwrite] [--profile]

Runs one city once, prints its outcomes, and saves results/NAME/ with months.parquet (a row per
month), settings.yaml (every setting as composed) and provenance.json.

  city=, scenario=, tip=    a choice: see `sim list cities`, `sim list scenarios`
  trust=, power=, funding=, turnover=, outside=
                            a choice that sets a group of settings: see `sim help trust`
  GROUP.SETTING=VALUE       any setting: see `sim list parameters`; beats every choice
  seed=1                    which chances befall the city
  months=120                for how long it is followed
  threads=1                 how many work on its residents: for large cities, with the same results
  name=NAME                 the folder's name; without it one is made from what was typed
  --profile                 also print how long each process took, and the memory of a resident

The same command replaces its own earlier results. Where another command's results have that name,
the command is refused, unless --overwrite is given.

--json prints
  {"settings": {GROUP: {SETTING: VALUE}},
   "outcomes": {OUTCOME: {"unit", "benefit", "months": [a value for each month],
                          "mean" or, for a monthly flow, "total": over all months}},
   "provenance": {"name", "folder", "choices", "seeds", "months", "source", ...}}
and with --profile
   "profile": {"seconds": {PROCESS: seconds}, "bytes_per_resident": {"columns", "network"},
               "months", "threads", "residents", "niches", "posts"}
What is undefined is null, and left out of means and totals. Bad input gives {"faults": [...]}.

Examples
  sim run
  sim run city=ghent scenario=co_creation seed=3
  sim run forum.rung=involve funding.award=lottery
  sim run scenario=tokenism months=240 name=long --json > long.json"""

ADVISE_USAGE = """\
sim advise [city=CITY] [budget=EUR] [goal=GOAL] [KEY=VALUE ...] [--json]

Says which of the tips, or which mix of them, does best for a goal at a yearly budget, and how sure
that is. Splits of the budget are searched for first; the best of them, every single tip, an even
mix and no tip are then tried in futures that draw everything assumed at once, prices and effects of
tips too. Saves results/NAME/ with summary.md, tables (CSV), pictures (PNG, SVG) and provenance.json.
Every run is kept: after an interruption the same command goes on. See docs/advice.md.

  city=, scenario=, GROUP.SETTING=VALUE
                            the city as it is; what is said does not vary between futures
  budget=50000              EUR a year, staff hours counted at tip.hour_rate
  goal=GOAL                 win-win, democracy, reach, continuity, an outcome, or a weighting, as in
                            goal=win-win:2,reach:1; without it, the four benefits count alike
  futures=100               in how many futures what was found is tried
  seeds=2                   runs of each in each future
  trials=60                 splits of the budget that are searched through; 0: none
  months=120                for how long each city is followed
  name=NAME                 the folder; without it one is made from what was typed
  workers=N                 processes; as many as there are processors

--json prints {"heading", "goal", "budget", "best": {TIP: parts}, "futures", "seeds", "sentences",
"warnings", "agreement", and lists of rows "ranking", "against", "ranks", "search", "turns", and
"provenance"}; undefined is null.
Exit codes: 0 done, 1 some runs failed, 2 bad input, 130 and 143 interrupted.

Examples
  sim advise
  sim advise city=ghent budget=50000 goal=reach
  sim advise city=grosseto budget=20000 goal=win-win:2,democracy:1 turnover=high name=grosseto
  sim advise futures=20 trials=20 seeds=1 months=60 name=rough --json"""

COMPARE_USAGE = """\
sim compare CASE CASE ... [KEY=VALUE ...] [--json]

Compares cases run by run: with the same seed all of them meet the same chances. Says by how much
each differs from the first, how often it does better than any other, what a gain costs, who gains
and who loses, and which cases nothing else beats. Saves results/NAME/ with summary.md, tables
(CSV), pictures (PNG, SVG), every run (runs.csv, runs.parquet) and provenance.json. Runs are kept:
after an interruption, or with more seeds, the same command goes on. See docs/compare.md.

  CASE                      a scenario, a tip or a city, or several with +, as in ghent+co_creation or
                            simple_funding+make_it_personal; scenario:NAME where a name is not unique
  KEY=VALUE                 what holds for every case: city=ghent, months=60, any setting;
                            tip.budget=50000 gives the tips of each case EUR 50,000 a year in all,
                            without it every tip is followed in full, whatever that costs
  outcome=trust             the outcome that counts; see `sim list outcomes`
  baseline=CASE             what the others are compared with, instead of the first case
  seeds=30                  the seeds 1 to N; seeds=auto: as many as intervals of the outcome need to
                            become narrower than precision=WIDTH (0.01 is a percentage point of a
                            share), but no more than cap=400
  name=NAME                 the folder; without it one is made of the cases and settings
  workers=N                 processes; as many as there are processors

--json prints {"baseline", "cases": [{"name", "title", "settings"}], "outcome", "seeds",
"precision": {"asked", "widest", "reached", "looks"}, "warnings", and lists of rows "differences",
"beats", "cost_per_gain", "groups", "ranking", "pareto", "tips", and "provenance"}; undefined is
null.
Exit codes: 0 done, 1 some runs failed, 2 bad input, 130 and 143 interrupted.

Examples
  sim compare no_engagement tokenism consultation co_creation
  sim compare none simple_funding make_it_personal simple_funding+make_it_personal tip.budget=50000
  sim compare business_as_usual co_creation city=ghent outcome=participation seeds=auto precision=0.005
  sim compare tokenism ghent+tokenism brussels+tokenism seeds=20 --json"""

LIST_USAGE = """\
sim list cities|scenarios|tips|studies|parameters|outcomes|levers [--json]

--json prints a list of objects, each with a "name"."""

SWEEP_USAGE = """\
sim sweep KEY=A,B,C ... [KEY=VALUE ...] [--dry-run] [--json]     (or: sim run -m ...)

Runs every combination of what is listed, each with the same seeds. Nothing that was done is lost:
after any interruption, the same command goes on. Saves results/NAME/ with runs.parquet (a row per
run; also as runs.csv and runs.xlsx), months.parquet (a row per month), timings.csv,
provenance.json and the ledger.

  KEY=A,B,C                 values of a setting or choice; also range(0,1,0.1), glob(*) for choices;
                            'tip=[a,b]' is one value, two tips together
  +study=NAME               the words of a study, to which the line adds and which it beats:
                            see `sim list studies`
  seeds=10                  each point is run with the seeds 1 to N
  months=120                for how long each city is followed
  name=NAME                 the study; without it one is made from what was typed
  design=grid|lhs|sobol|morris|oat|file
                            what each combination listed is crossed with. grid: nothing more;
                            lhs: a Latin hypercube; sobol, morris: for indices of sensitivity;
                            oat: one setting at a time; file: the rows of a table
  points=N                  lhs: points; sobol: N x (settings + 2) points; morris: trajectories
                            of settings + 1 points; oat: steps of each; file: points=FILE.csv
  vary=trust,power          what varies in its plausible range: groups, settings, assumed, or all;
                            KEY=interval(A,B) varies a setting in another range
  design_seed=0             which sample
  workers=N                 processes; as many as there are processors
  engine=local|dask         on this computer, or on the workers of scheduler=tcp://HOST:PORT
  shard=I/N                 only the I-th of N shares, into results/NAME.shard-I-of-N
  limit=100000              more runs than this are refused
  --dry-run                 say how many runs it would be, with their time and space

  sim status NAME           how far it is, and what failed
  sim export NAME [--xlsx]  write the tables of what there is so far; --xlsx: a spreadsheet of any
                            number of runs
  sim retry NAME            run what failed once more
  sim rerun NAME RUN        repeat one run and compare every bit
  sim merge NAME            join results/NAME.shard-* into results/NAME

--json prints {"study", "folder", "points", "seeds", "months", "runs": {STATUS: N}, "files"}.
Exit codes: 0 done, 1 some runs failed, 2 bad input, 130 and 143 interrupted.

Examples
  sim sweep turnover.annual_rate=0.05,0.1,0.2 scenario=tokenism,co_creation seeds=30 name=churn
  sim sweep scenario=tokenism,co_creation design=lhs points=200 vary=trust,power seeds=5 name=unsure
  sim sweep +study=turnover_and_handover seeds=10"""

ANALYSE_USAGE = """\
sim analyse STUDY [outcome=A,B] [baseline=LEVEL] [fail=CRITERION] [--json]

Says what a sweep shows, from its exported tables alone: no city is run. Prints a summary, and saves
results/STUDY/analysis/ with summary.md, tables (CSV) and pictures (PNG, SVG). Which parts there are
depends on the design: differences between policies, responses to settings, Morris' and Sobol'
indices, when policies fail, robustness, convergence.

  outcome=trust,staff_hours outcomes, the headline first; outcome=all for every one
  baseline=no_engagement    a level that was listed, with which the others are compared, all else being
                            equal; scenario:none where several choices have a level of that name
  fail='trust<0.4'          when a policy fails in a future: an outcome, < <= > >=, and a number or
                            the word baseline; without it, where it does worse than the baseline

--json prints {"study", "design", "policies", "futures", "seeds", "runs", "missing", "warnings",
"parts": [{"title", "sentences", "refused", "tables": {NAME: [ROW]}}]}.
Exit codes: 0 done, 1 a part was refused because runs are missing, 2 bad input.

Examples
  sim analyse churn
  sim analyse unsure outcome=trust_marginalised baseline=tokenism fail='trust_marginalised<0.35'"""

BUDGET_USAGE = """\
sim budget FILE... [--json]

Reads participatory budgets in Pabulib's .pb format (pabulib.org/format) and says, for each, what the
city funded, what the file's own rule funds by our calculation, and what greedy, the method of equal
shares and sequential Phragmen would have funded; how far each agrees with the city; and what groups
of voters get of it, where the file says who they are. See docs/budgets.md.

One file is shown project by project, several with a row each. A file that cannot be read is named
with line and reason, and the others go on.

--json prints a list with, for each file,
  {"file", "rule", "funded_by_city": [ids] or null where the file does not say, "funded_later",
   "funded_by_rule": [ids], "funded_by": {RULE: [ids]}, "spent": {RULE: money},
   "agreement": {RULE: {"share", "exact"}},
   "groups": {COLUMN: [{"group", "voters", "heard": {RULE: share}, "money": {RULE: share}}]},
   "description", "budget", "currency", "votes", "projects": [{"id", "name", "cost", "score"}],
   "notes": [what was odd]}
or {"file", "error"}. Exit codes: 0 done, 1 some files could not be read, 2 none could."""

VALIDATE_USAGE = """\
sim validate patterns [FACT ...] [--file FILE.yaml ...] [seeds=N] [workers=N] [--page] [--error-rates] [--json]

Tries the model on facts from the literature: each is an experiment over paired seeds, written down in
configs/pattern/FACT.yaml, and passes, fails or is undecided. All facts of a run are corrected together.
Saves results/patterns/ with patterns.md, a figure per fact, patterns.json and provenance.json; runs are
kept there, so that a command goes on where it was interrupted, and never serve another version of the model.

  FACT                      facts by name, as SF02; without one, all of them
  --file FILE.yaml          a fact of one's own: docs/evidence/README.md says how to write it down
  seeds=N                   so many; without it, as many as each says, and more where its power takes them
  workers=N                 processes; as many as there are processors
  --page                    also write docs/evidence/patterns.md
  --error-rates             measure how often verdicts are false, and how often effects are seen

--json prints {"summary", "counts", "facts": [{"id", "verdict", "statements": [...]}], "error_rates",
"provenance"}. Exit codes: 0 done, whatever the verdicts, 1 some runs failed, 2 bad input.

Examples
  sim validate patterns
  sim validate patterns SF02 SF24 --json
  sim validate patterns --file my_fact.yaml seeds=50

sim validate laws [cities=10000] [months=26] [seed=1] [city=N] [workers=N] [--json]

Follows random cities, their settings drawn from all that is allowed, with random tips and pushes, and
checks every law after every process of every month. Keeps which cities were followed in results/laws/,
so that a command goes on where it was stopped; never serves another version of the model.

  cities=N                  so many, the first N of the seed
  city=N                    one of them alone: its settings, and what a law complains of

--json prints {"cities", "months", "laws", "processes", "broken": {CITY: complaint}, "at_most": share of
settings that break a law, at 95% confidence, "seed", "model"}. Exit codes: 0 no law is broken, 1 one is,
2 bad input.

sim validate docking [ID ...] [KEY=VALUE ...] [--json]

Puts modules of the city into the set-up of published models, and on real budgets: see
`sim validate docking --help`.

sim validate assumed [draws=N] [seeds=N] [trajectories=N] [KEY=VALUE ...] [workers=N] [--page] [--json]

Draws everything assumed at once, from plausible ranges, and says in how many draws each sentence of our
pages holds, how surely a draw is decided, and what tells the draws apart in which it does not; and which
assumed numbers matter to what token rounds do (Morris). Saves results/assumed/ with assumed.md, a figure,
assumed.json, draws.csv and provenance.json; runs are kept there, and more draws are added to them.

  draws=1000, seeds=2       how many draws, and paired seeds in each
  trajectories=160          of each of the two samples of the screening; 0: none
  city=, months=, GROUP.SETTING=VALUE
                            the city; what is said does not vary. About 1,200 of its residents are simulated
  --page                    also write docs/evidence/assumed.md, and renew the shares that README.md quotes

--json prints {"city", "draws", "seeds", "numbers", "sentences": [{"id", "says", "holds", "draws", "low",
"high", "surely", "surely_not", "halves_agree", "verdict", "where", "box"}], "tips", "screening", "provenance"}.

sim validate all [PART ...] [files=FOLDER] [trajectories=N] [hours=3] [workers=N] [--fast] [--page] [--json]

Runs all of this and the tests that give evidence, one part after the other, and puts every verdict on one
page, fails first: results/evidence/verdicts.md and .json. What is done is kept until the program, its
configs, the tests or the files change, so that the same command goes on after an interruption.

  PART                      parts by name, as patterns, docking, laws, tests-laws, assumed; without one, all
  files=FOLDER              real budgets for the dockings
  trajectories=160          of the screening of what is assumed, which takes half of the time
  hours=3                   then it stops, keeps what there is and says what was not run
  --fast                    a taste of the parts that have one, in results/evidence-fast/
  --page                    also write docs/evidence/verdicts.md

--json prints {"date", "counts", "not run", "parts", "verdicts": [{"part", "id", "claim", "found", "verdict"}],
"provenance"}. Exit codes: 0 done, whatever the verdicts, 1 something was not run, 2 bad input."""

MAIN_USAGE = {
    "": USAGE,
    "run": RUN_USAGE,
    "advise": ADVISE_USAGE,
    "compare": COMPARE_USAGE,
    "list": LIST_USAGE,
    "help": USAGE,
    "analyse": ANALYSE_USAGE,
    "budget": BUDGET_USAGE,
    "validate": VALIDATE_USAGE,
    **dict.fromkeys(("sweep", *STUDY_COMMANDS), SWEEP_USAGE),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, `argv` or the program's own arguments; returns the exit code."""
    # Nothing here gains from threads in linear algebra, and starting them takes a tenth of a second.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from sim.model.params import BadConfig

    words = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in words
    try:
        return _dispatch(words, as_json)
    except BadConfig as error:
        return _refuse(error.faults, as_json)
    except KeyboardInterrupt:
        # A sweep may have kept its plan; runs that were done it keeps, and says so, itself.
        _refuse(["stopped" if "sweep" in words else "stopped; nothing was saved"], as_json)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output had enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        _refuse([str(error)], as_json)
        return SOME_FAILED


def _dispatch(words: list[str], as_json: bool) -> int:
    from sim.model.params import BadConfig, nearest

    flags = [w for w in words if w.startswith("-")]
    command, *rest = [w for w in words if not w.startswith("-")] or [""]
    if command == "run" and {"-m", "--multirun"} & {*flags}:  # as Hydra has it
        command, flags = "sweep", [f for f in flags if f not in ("-m", "--multirun")]
    _check_flags(flags, command, FLAGS_OF.get(command, ()))
    if command == "help" or "--help" in flags or "-h" in flags:
        return _help([command, *rest] if command != "help" else rest, as_json)
    argv = ["sim", *words]
    if command == "run":
        from sim.study.one_run import one_run

        return one_run(rest, argv, as_json, "--overwrite" in flags, "--profile" in flags)
    if command == "advise":
        from sim.study.advise import advise

        return advise(rest, argv, as_json)
    if command == "compare":
        from sim.study.compare_cases import compare

        return compare(rest, argv, as_json)
    if command == "list":
        return _list(rest, as_json)
    if command == "budget":
        from sim.study.budget_tables import budget

        return budget(rest, as_json)
    if command == "validate":
        return _validate(words, argv, as_json)
    if command == "sweep" or command in STUDY_COMMANDS:
        return _sweep(command, rest, argv, as_json, flags)
    if command == "analyse":
        from sim.study.analyse import analyse

        return analyse(rest, as_json)
    if "--version" in flags:
        return _version(as_json)
    if command:
        hint = f"; did you mean 'sim run {command}'?" if "=" in command else nearest(command, COMMANDS)
        raise BadConfig([f"{command}: no such command{hint}"])
    from sim.study.pool import warm_up

    warm_up()  # before the next line's imports, which take as long
    from sim.study.main_job import main_job

    return main_job(argv, as_json, "--overwrite" in flags)


def _check_flags(flags: Sequence[str], command: str, own: Sequence[str]) -> None:
    """Raise BadConfig with every flag that neither `command` nor all commands have."""
    from sim.model.params import BadConfig, nearest

    allowed = [*FLAGS, *own]
    here = f"{', '.join(allowed)} with `{f'sim {command}'.strip()}`"
    faults = [f"{f}: no such option{nearest(f, allowed)}; allowed: {here}" for f in flags if f not in allowed]
    if faults:
        raise BadConfig(faults)


def _sweep(command: str, words: list[str], argv: list[str], as_json: bool, flags: list[str]) -> int:
    from sim.study import studies, sweep

    if command == "sweep":
        return sweep.sweep(words, argv, as_json, "--dry-run" in flags)
    if command in ("retry", "merge"):
        return {"retry": studies.retry, "merge": studies.merge}[command](words, argv, as_json)
    if command == "export":
        return studies.export_study(words, as_json, "--xlsx" in flags)
    commands = {
        "status": studies.status,
        "rerun": studies.rerun,
    }
    return commands[command](words, as_json)


def _validate(words: list[str], argv: list[str], as_json: bool) -> int:
    from sim.model.params import BadConfig, nearest

    what = next((w for w in words if not w.startswith("-") and w != "validate"), "")
    rest = [w for w in words if w not in ("validate", what)]
    if what in VALIDATIONS:
        _check_flags([w for w in rest if w.startswith("-")], f"validate {what}", VALIDATIONS[what])
    if what == "patterns":
        from sim.study.patterns.command import validate

        return validate(rest, argv, as_json)
    if what == "laws":
        from sim.study import lawful

        return lawful.validate([w for w in rest if not w.startswith("-")], argv, as_json)
    if what == "docking":
        from sim.study.docking.command import docking

        return docking([w for w in rest if not w.startswith("-")], argv, as_json)
    if what == "assumed":
        from sim.study.evidence.assumed import assumed

        return assumed(rest, argv, as_json)
    if what == "all":
        from sim.study.evidence.everything import validate_all

        return validate_all(rest, argv, as_json)
    raise BadConfig([f"sim validate: {what or 'what?'}{nearest(what, VALIDATIONS) if what else ''}; allowed: one of"
                     f" {', '.join(VALIDATIONS)}"])  # fmt: skip


def _help(names: list[str], as_json: bool) -> int:
    if names[:2] == ["validate", "docking"]:
        from sim.study.docking.command import help_text

        text = help_text()
        _say({"help": text} if as_json else text)
        return DONE
    if names[:1] == ["validate"] and names[1:2] and names[1] in VALIDATIONS:
        names = names[:1]  # one text for all but dockings
    if len(names) < 2 and "".join(names) in MAIN_USAGE:
        text = MAIN_USAGE["".join(names)]
        _say({"help": text} if as_json else text)
        return DONE
    from sim.study.catalogue import described, look_up

    found = [row for name in names if name not in COMMANDS for row in look_up(name)]
    _say(found if as_json else "\n\n".join(map(described, found)))
    return DONE


def _version(as_json: bool) -> int:
    from sim.study.program import program

    found = program()
    stands = ", ".join(f"{name} {version}" for name, version in found["packages"].items())
    _say(found if as_json else f"{found['program']}\nmodel {found['model'][:12]}\nPython {found['python']}, {stands}")
    return DONE


def _list(kinds: list[str], as_json: bool) -> int:
    from sim.model.params import BadConfig, nearest
    from sim.study.catalogue import KINDS, listing, rows

    wanted = " ".join(kinds)
    if wanted not in KINDS:
        hint = nearest(wanted, KINDS) if wanted else ""
        raise BadConfig([f"sim list: {wanted or 'of what?'}{hint}; allowed: one of {', '.join(KINDS)}"])
    _say(rows(wanted) if as_json else listing(wanted))
    return DONE


def _say(answer: object) -> None:
    if not isinstance(answer, str):
        from sim.study.document import to_json

        answer = to_json(answer)
    print(answer, flush=True)


def _refuse(faults: Sequence[str], as_json: bool) -> int:
    """Report what is wrong, every fault on a line of its own."""
    if as_json:
        _say({"faults": list(faults)})
    for fault in faults:
        print(f"sim: {fault}", file=sys.stderr)
    return BAD_INPUT
