import json

import numpy as np

from forescale.forecast import AdaptiveInterval, Additive, Ets, MovingAverage, SeasonalNaive, confidence_interval
from forescale.forecast import normal_quantile as quantile_of
from forescale.load import Series


def normal_quantile(case):
    case.expect("z", quantile_of(case.number("p")))


def confidence(case):
    lower, upper = confidence_interval(case.number("mean"), case.number("sigma"), case.count("n"), case.number("z"))
    case.expect("lower", lower)
    case.expect("upper", upper)


# The models that are made from settings, by their name in C.
MODELS = {"ets": Ets, "additive": Additive}


def create(case):
    name = case.text("model")
    if name in MODELS:
        return MODELS[name](**(json.loads(case.text("config")) if case.has("config") else {}))
    return {"moving_average": MovingAverage, "seasonal_naive": SeasonalNaive}[name](case.count("steps"))


def forecaster(case):
    """Fitted to all values but the last `updates`, which come one by one; then `skip` steps without a value."""
    values = case.numbers("values")
    fitted = len(values) - (case.count("updates") if case.has("updates") else 0)
    table = np.asarray(case.table("features")) if case.has("features") else None
    rows = lambda start, end: None if table is None else table[start:end]
    start = case.count("start") if case.has("start") else 60_000
    step = case.number("step_seconds") if case.has("step_seconds") else 60.0
    model = create(case).fit(Series(values[:fitted], start, step), features=rows(0, fitted))
    for at in range(fitted, len(values)):
        model.update(values[at], features=None if table is None else table[at])
    if case.has("skip"):
        model.skip(case.count("skip"))
    horizon = case.count("horizon")
    forecast = type(model).restore(model.snapshot()).forecast(horizon, features=rows(len(values), len(values) + horizon))
    answers = {
        "times": forecast.times,
        "mean": forecast.mean,
        "standard_deviation": forecast.standard_deviation,
        "lower": forecast.lower(0.8),
        "upper": forecast.upper(0.8),
        "quantile": forecast.quantile(0.9),
    }
    for name, answer in answers.items():
        if case.has(name):
            case.expect_array(name, answer)


def adaptive_interval(case):
    interval = AdaptiveInterval(case.number("level"), case.number("rate"))
    upper = []
    for value in case.numbers("actual"):
        interval.update(value, 0.0)
        upper.append(interval.interval(0.0)[1])
    case.expect_array("upper", upper)
    case.expect("coverage", interval.coverage)


DISPATCH = {
    "normal_quantile": normal_quantile,
    "confidence": confidence,
    "forecaster": forecaster,
    "additive": forecaster,
    "holt_winters": forecaster,
    "ets": forecaster,
    "adaptive_interval": adaptive_interval,
}
