"""The command line: `sim`."""

import os
import sys
from collections.abc import Sequence

DONE, SOME_FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
FLAGS = ("--json", "--overwrite", "--help", "-h")
COMMANDS = ("run", "list", "help")

USAGE = """\
sim: a laboratory for collaboration between cities and community-led initiatives

  sim                       compare four ways of engaging, over ten years and 30 seeds
  sim run KEY=VALUE ...     run one city; see `sim run --help`
  sim list KIND             what there is: cities, scenarios, parameters, outcomes, levers
  sim help NAME             meaning, unit, default, range and source of a setting, outcome or choice

  --json                    with any command: one JSON document on stdout, all else on stderr
  --overwrite               with `sim` and `sim run`: replace another command's results of that name

Examples
  sim run city=ghent scenario=tokenism
  sim run turnover.annual_rate=0.2 seed=3 months=60 name=restless
  sim list parameters
  sim help turnover.annual_rate
  sim help scenario

Exit codes: 0 done, 1 some runs failed, 2 bad input."""

RUN_USAGE = """\
sim run [KEY=VALUE ...] [--json] [--overwrite]

Runs one city once, prints its outcomes, and saves results/NAME/ with months.parquet (a row per
month), settings.yaml (every setting as composed) and provenance.json.

  city=, scenario=, tip=    a choice: see `sim list cities`, `sim list scenarios`
  trust=, power=, funding=, turnover=, outside=
                            a choice that sets a group of settings: see `sim help trust`
  GROUP.SETTING=VALUE       any setting: see `sim list parameters`; beats every choice
  seed=1                    which chances befall the city
  months=120                for how long it is followed
  name=NAME                 the folder's name; without it one is made from what was typed

The same command replaces its own earlier results. Where another command's results have that name,
the command is refused, unless --overwrite is given.

--json prints
  {"settings": {GROUP: {SETTING: VALUE}},
   "outcomes": {OUTCOME: {"unit", "benefit", "months": [a value for each month],
                          "mean" or, for a monthly flow, "total": over all months}},
   "provenance": {"name", "folder", "choices", "seeds", "months", "source", ...}}
What is undefined is null, and left out of means and totals. Bad input gives {"faults": [...]}.

Examples
  sim run
  sim run city=ghent scenario=co_creation seed=3
  sim run forum.rung=involve funding.award=lottery
  sim run scenario=tokenism months=240 name=long --json > long.json"""

LIST_USAGE = """\
sim list cities|scenarios|parameters|outcomes|levers [--json]

--json prints a list of objects, each with a "name"."""

MAIN_USAGE = {"": USAGE, "run": RUN_USAGE, "list": LIST_USAGE, "help": USAGE}


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
        print("sim: stopped; nothing was saved", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output had enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        print(f"sim: {error}", file=sys.stderr)
        return SOME_FAILED


def _dispatch(words: list[str], as_json: bool) -> int:
    from sim.model.params import BadConfig, nearest

    flags = [w for w in words if w.startswith("-")]
    command, *rest = [w for w in words if not w.startswith("-")] or [""]
    faults = [f"{f}: no such option{nearest(f, FLAGS)}" for f in flags if f not in FLAGS]
    if faults:
        raise BadConfig(faults)
    if command == "help" or "--help" in flags or "-h" in flags:
        return _help([command, *rest] if command != "help" else rest, as_json)
    argv = ["sim", *words]
    if command == "run":
        from sim.study.one_run import one_run

        return one_run(rest, argv, as_json, "--overwrite" in flags)
    if command == "list":
        return _list(rest, as_json)
    if command:
        hint = f"; did you mean 'sim run {command}'?" if "=" in command else nearest(command, COMMANDS)
        raise BadConfig([f"{command}: no such command{hint}"])
    from sim.study.pool import warm_up

    warm_up()  # before the next line's imports, which take as long
    from sim.study.main_job import main_job

    return main_job(argv, as_json, "--overwrite" in flags)


def _help(names: list[str], as_json: bool) -> int:
    if len(names) < 2 and "".join(names) in MAIN_USAGE:
        text = MAIN_USAGE["".join(names)]
        _say({"help": text} if as_json else text)
        return DONE
    from sim.study.catalogue import described, look_up

    found = [row for name in names if name not in COMMANDS for row in look_up(name)]
    _say(found if as_json else "\n\n".join(map(described, found)))
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
    """Report bad input, every fault on a line of its own."""
    if as_json:
        _say({"faults": list(faults)})
    for fault in faults:
        print(f"sim: {fault}", file=sys.stderr)
    return BAD_INPUT
