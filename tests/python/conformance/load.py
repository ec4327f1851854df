import json

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


DISPATCH = {"series": series, "calendar": calendar, "history": history}
