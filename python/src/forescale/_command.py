"""The command line: a backtest of the policies on a load of one's own."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from . import __version__
from .capacity import ResponseQuantile, servers_for
from .errors import Error
from .load import Series, read_csv
from .policy import Static
from .simulate import Report, World, backtest

POLICIES = ["static", "hpa", "seasonal_max", "predictive", "oracle"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; gives its exit code: 0, or 2 after one line that says what is wrong."""
    options = _parser().parse_args(arguments)
    try:
        report = _backtest(options)
        print(report.table(), end="")
        if options.html:
            report.to_html(options.html)
    except (Error, OSError, EOFError, UnicodeDecodeError) as error:
        print(f"forescale: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("forescale: stopped", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m forescale", description="Decides how much capacity to run.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("backtest", help="what each policy would have cost on a recorded load")
    command.add_argument("trace", help="CSV file with a header line: times, then load per second; may be gzipped")
    command.add_argument("--html", metavar="FILE", help="write a page with the finding and the charts")
    command.add_argument("--service-rate", type=float, metavar="R", help="load per second that one replica serves (default: a 20th of the load's 95%% quantile)")
    command.add_argument("--start-up-seconds", type=float, default=120.0, metavar="S", help="until a new replica is ready (default: 120)")
    command.add_argument("--policies", nargs="+", choices=POLICIES, default=POLICIES, metavar="NAME", help=f"any of {', '.join(POLICIES)} (default: all)")
    command.add_argument("--seed", type=_seed, default=0, metavar="N", help="of the sampling noise, 0 to 2^64 - 1 (default: 0)")
    command.add_argument("--column", metavar="C", help="name of the load's column (default: the second)")
    return parser


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) < 2**64):
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 0 to 2^64 - 1")
    return int(text)


def _backtest(options: argparse.Namespace) -> Report:
    load = read_csv(options.trace, options.column)
    rate = options.service_rate if options.service_rate is not None else _quantile(load, 0.95) / 20
    world = World(service_rate=rate, start_up_seconds=options.start_up_seconds)
    print(f"{options.trace}: {len(load)} steps of {load.step_seconds:g} s; one replica serves {rate:.4g} per second", file=sys.stderr)
    peak = _quantile(load, 1.0)
    policies = [_at_peak(peak, rate) if name == "static" else name for name in options.policies]
    with _progress() as progress:
        report = backtest(load, policies, world, options.seed, progress)
    return report


def _at_peak(load: float, rate: float) -> Static:
    """What somebody runs who does not scale: enough for the largest load."""
    return Static(min(servers_for(load, rate, ResponseQuantile(0.95, 4 / rate)), 1000))


def _quantile(load: Series, share: float) -> float:
    known = np.sort(load.values[~np.isnan(load.values)])
    return float(known[int(share * (len(known) - 1))]) if len(known) else float("nan")


@contextmanager
def _progress() -> Iterator[Callable[[float], None]]:
    """A bar where `rich` is installed, else a dot for every 5 %."""
    try:
        from rich.console import Console
        from rich.progress import Progress
    except ImportError:
        with _dots() as tell:
            yield tell
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("backtest", total=1.0)
        yield lambda share: bar.update(task, completed=share)


@contextmanager
def _dots() -> Iterator[Callable[[float], None]]:
    drawn = 0

    def tell(share: float) -> None:
        nonlocal drawn
        while drawn < int(20 * share):
            drawn += 1
            print(".", end="", file=sys.stderr, flush=True)

    try:
        yield tell
    finally:
        print(file=sys.stderr)
