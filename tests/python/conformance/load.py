from forescale import load
from forescale.load import Series


def series(case):
    how = case.text("how")
    series = Series.from_samples([int(time) for time in case.numbers("times")], case.numbers("values"), case.number("step_seconds"), how)
    other = series.resample(case.number("other_step_seconds"), how)
    filled = series.fill(case.text("fill"), case.count("period") if case.has("period") else None)
    case.expect("start", series.start)
    case.expect_array("grid", series.values)
    case.expect_array("resampled", other.values)
    case.expect_array("filled", filled.values)


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
    "dft": dft,
    "periodogram": periodogram,
    "periods": periods,
    "correlate": correlate,
    "principal_components": principal_components,
    "decompose": decompose,
}
