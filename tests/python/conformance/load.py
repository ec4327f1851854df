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


DISPATCH = {"series": series}
