"""`python -m forescale backtest`, run as a user runs it."""

import subprocess
import sys

import pytest

from forescale.simulate import World, backtest
from forescale.load import Series


@pytest.fixture
def trace(tmp_path):
    path = tmp_path / "trace.csv"
    path.write_text("time,load\n" + "".join(f"{60 * i},{50 + 40 * (i % 60) / 60}\n" for i in range(300)))
    return path


def command(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "forescale", *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False
    )
    return done.returncode, done.stdout, done.stderr


def test_the_table_is_printed_and_the_page_written(trace, tmp_path):
    code, table, _ = command("backtest", trace, "--html", tmp_path / "report.html", "--service-rate", 5, "--seed", 3)
    assert code == 0
    for policy in ("static", "hpa", "seasonal_max", "predictive", "oracle"):
        assert f"\n{policy} " in table
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>") and "5 per second" in page and "seed 3" in page


def test_policies_and_column_are_chosen(trace):
    code, table, _ = command("backtest", trace, "--policies", "hpa", "oracle", "--column", "load", "--start-up-seconds", 0)
    assert code == 0 and "predictive" not in table


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no_such.csv"], "no_such.csv"),
        (["TRACE", "--column", "cpu"], "column"),
        (["TRACE", "--service-rate", "-1"], "service_rate"),
        (["TRACE", "--service-rate", "nan"], "service_rate"),
        (["TRACE", "--start-up-seconds", "-1"], "start_up_seconds"),
        (["TRACE", "--html", "/no/such/folder/report.html"], "report.html"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(trace, arguments, said):
    code, _, errors = command("backtest", *[trace if word == "TRACE" else word for word in arguments])
    last = errors.strip().splitlines()[-1]
    assert code == 2 and last.startswith("forescale: ") and said in last and "Traceback" not in errors


def test_a_report_gives_pages_and_figures(tmp_path):
    load = Series([50.0 + 40.0 * (i % 60) / 60 for i in range(300)])
    report = backtest(load, ["hpa", "oracle"], World(10.0))
    assert report.to_html(tmp_path / "page.html") == (tmp_path / "page.html").read_text(encoding="utf-8")
    assert report.frontier_svg().startswith("<svg ") and report.timeline_svg().endswith("</svg>\n")
    with pytest.raises(OSError):
        report.to_html(tmp_path / "none" / "page.html")
    pytest.importorskip("matplotlib")
    report.plot().savefig(tmp_path / "plot.png")


@pytest.mark.parametrize("seed", ["-1", str(2**64), "x"])
def test_a_seed_out_of_range_is_one_line(trace, seed):
    code, _, complaint = command("backtest", trace, f"--seed={seed}")
    assert code == 2 and "is not a whole number from 0" in complaint and "Traceback" not in complaint


def test_a_page_that_cannot_be_written_costs_no_result(trace, tmp_path, capsys):
    from forescale._command import main

    assert main(["backtest", str(trace), "--policies", "hpa", "--html", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert out.startswith("policy ") and err.strip().splitlines()[-1].startswith("forescale: ")
