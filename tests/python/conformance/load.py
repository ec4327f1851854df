import json

from forescale import load
from forescale.load import Calendar, Event, History, Series


def series(case):
    how = case.text("how")
    series = Series.from_samples([int(time) for time in case.numbers("times")], case.numbers("values"), case.number("step_seconds"), how)
    other = series.resample(case.number("other_step_seconds"), how)
    filled = series.fill(case.text("fill"), case.count("period") if case.has("period") else None)
    case.expect("start", series.start)
    case.expect_array("grid", series.values)
    case.expect_array("resampled", other.values)
    case.expect_array("filled", filled.values)


def calendar(case):
    config = json.loads(case.text("config"))
    config["events"] = [Event(**event) for event in config.get("events", [])]
    case.expect_array("features", Calendar(**config).features([int(time) for time in case.numbers("times")]))


def history(case):
    """Samples by tenant, then a query of what a snapshot brings back."""
    history = History(**json.loads(case.text("config")))
    for time, load, tenant in zip(case.numbers("times"), case.numbers("loads"), case.numbers("tenants")):
        history.record(int(time), {"load": load}, {"tenant": f"t{tenant}"})
    tags = json.loads(case.text("tags")) if case.has("tags") else {}
    across = case.text("across") if case.has("across") else None
    start, end = case.count("start"), case.count("end")
    answer = History.restore(history.snapshot()).query("load", start, end, case.number("step_seconds"), case.text("how"), tags, across)
    case.expect("first", answer.start)
    case.expect_array("answer", answer.values)


def dft(case):
    answer = load.dft(case.numbers("values"))
    case.expect_array("real", answer.real)
    case.expect_array("imaginary", answer.imag)


def periodogram(case):
    """All densities, or those of the bins with most power."""
    frequencies, density = load.periodogram(case.numbers("values"), case.number("step_seconds"))
    if case.has("bins"):
        case.expect_array("top", [density[int(bin)] for bin in case.numbers("bins")])
    else:
        case.expect_array("frequencies", frequencies)
        case.expect_array("density", density)


def periods(case):
    found = load.periods(case.numbers("values"), case.number("step_seconds"), case.count("max_periods"))
    case.expect_array("seconds", [period.seconds for period in found])


def correlate(case):
    found = load.correlate(case.numbers("load"), case.numbers("factor"), case.count("max_lag"))
    case.expect("lag", found.lag)
    case.expect("r", found.r)
    case.expect("p_value", found.p_value)


def principal_components(case):
    scores, directions, explained = load.principal_components(case.table("table"), case.count("count"))
    case.expect_array("scores", scores.ravel())
    case.expect_array("directions", directions.ravel())
    case.expect_array("explained", explained)


def decompose(case):
    periods = [int(period) for period in case.numbers("periods")]
    parts = load.decompose(case.numbers("values"), periods, case.number("robust") != 0)
    case.expect_array("trend", parts.trend)
    case.expect_array("seasonal", parts.seasonal.ravel())
    case.expect_array("remainder", parts.remainder)


DISPATCH = {
    "series": series,
    "calendar": calendar,
    "history": history,
    "dft": dft,
    "periodogram": periodogram,
    "periods": periods,
    "correlate": correlate,
    "principal_components": principal_components,
    "decompose": decompose,
}
