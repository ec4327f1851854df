import itertools
import json

import numpy as np

from forescale import forecast as room
from forescale.forecast import (
    AdaptiveInterval,
    Additive,
    Arima,
    Ensemble,
    Ets,
    Forecaster,
    GradientBoosting,
    Hybrid,
    Lstm,
    MovingAverage,
    SeasonalNaive,
    Spectral,
    Tcn,
    confidence_interval,
)
from forescale.forecast import normal_quantile as quantile_of
from forescale.load import Series
from vectors import FOLDER


def normal_quantile(case):
    case.expect("z", quantile_of(case.number("p")))


def confidence(case):
    lower, upper = confidence_interval(case.number("mean"), case.number("sigma"), case.count("n"), case.number("z"))
    case.expect("lower", lower)
    case.expect("upper", upper)


# The models that are made from settings, by their name in C.
MODELS = {"additive": Additive, "arima": Arima, "ets": Ets, "gradient_boosting": GradientBoosting, "hybrid": Hybrid, "lstm": Lstm, "spectral": Spectral, "tcn": Tcn}


def create(case):
    name = case.text("model")
    if name in MODELS:
        return MODELS[name](**(json.loads(case.text("config")) if case.has("config") else {}))
    return {"moving_average": MovingAverage, "seasonal_naive": SeasonalNaive}[name](case.count("steps"))


def forecaster(case):
    tried(case, create(case), lambda model: None)


def ensemble(case):
    """With a moving average and a seasonal naive model as members where there are `steps`; a shape to begin with, and a refit
    with a clock that counts its calls."""
    members = [MovingAverage(case.count("steps")), SeasonalNaive(case.count("steps"))] if case.has("steps") else []
    model = Ensemble(members, **(json.loads(case.text("config")) if case.has("config") else {}))
    if case.has("shape"):
        model.warm_start(case.numbers("shape"), case.number("period_seconds"))

    def refit(model):
        if case.has("budget"):
            case.expect_array("due", model.refits_due())
            case.expect_array("refitted", model.refit(case.number("budget"), itertools.count(1).__next__))

    tried(case, model, refit)


def tried(case, model, then):
    """Fitted to all values but the last `updates`, which come one by one; then `skip` steps without a value, and `then`."""
    values = case.numbers("values")
    fitted = len(values) - (case.count("updates") if case.has("updates") else 0)
    table = np.asarray(case.table("features")) if case.has("features") else None
    rows = lambda start, end: None if table is None else table[start:end]
    start = case.count("start") if case.has("start") else 60_000
    step = case.number("step_seconds") if case.has("step_seconds") else 60.0
    model.fit(Series(values[:fitted], start, step), features=rows(0, fitted))
    for at in range(fitted, len(values)):
        model.update(values[at], features=None if table is None else table[at])
    if case.has("skip"):
        model.skip(case.count("skip"))
    then(model)
    horizon = case.count("horizon")
    check(case, type(model).restore(model.snapshot()).forecast(horizon, features=rows(len(values), len(values) + horizon)))


def model_snapshot(case):
    """Restored from a file that is kept for ever, then updated."""
    model = Forecaster.restore((FOLDER / "snapshots" / case.text("file")).read_bytes())
    for value in case.numbers("updates"):
        model.update(value)
    check(case, model.forecast(case.count("horizon")))


def check(case, forecast):
    """Compares what the case expects of a forecast."""
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


def accuracy(case):
    """Every measure that the case expects."""
    numbers = lambda *names: [case.numbers(name) for name in names]
    both = numbers("actual", "predicted")
    points = room.accuracy(*both)
    if case.has("accuracy"):
        case.expect_array("accuracy", points)
    measures = {
        "undefined": lambda: room.undefined(*both),
        "mae": lambda: room.mae(*both),
        "mape": lambda: room.mape(*both),
        "smape": lambda: room.smape(*both),
        "mase": lambda: room.mase(*both, case.numbers("history"), case.count("period")),
        "wape": lambda: room.wape(*both),
        "within": lambda: room.within(*both),
        "pinball": lambda: room.pinball(*both, case.number("q")),
        "crps": lambda: room.crps(*numbers("actual", "quantiles", "probabilities")),
        "crps_normal": lambda: room.crps_normal(*both, case.numbers("standard_deviation")),
        "coverage": lambda: room.coverage(*numbers("actual", "lower", "upper")),
    }
    for name, measure in measures.items():
        if case.has(name):
            case.expect(name, measure())


def evaluation(case):
    config = {"horizon": 1, "origins": 100} | json.loads(case.text("config"))
    features = case.table("features") if case.has("features") else None
    series = Series(case.numbers("values"), start=60_000)
    result = room.evaluate(SeasonalNaive(case.count("steps")), series, features=features, **config)
    for name in ["points", "undefined", "mae", "mape", "smape", "mase", "wape", "within", "crps", "coverage_0.8"]:
        case.expect_array(name, result.scores[name])
    for name in ["time", "mean", "lower_0.95"]:
        case.expect_array(name, result.forecasts[name])


def panel(case):
    """A panel over the columns of a table, fitted and updated; its forecasts, and these reconciled."""
    table = np.asarray(case.table("values"))
    fitted = len(table) - case.count("updates")
    names = [f"s{column}" for column in range(table.shape[1])]
    panel = room.Panel(SeasonalNaive(case.count("steps")), names, case.count("threads"))
    panel.fit({name: Series(table[:fitted, column]) for column, name in enumerate(names)})
    for row in table[fitted:]:
        panel.update(row)
    hierarchy = room.Hierarchy(json.loads(case.text("leaves")), json.loads(case.text("groups")))
    forecasts = list(room.Panel.restore(panel.snapshot()).forecast(case.count("horizon")).values())
    reconciled = hierarchy.reconcile(forecasts, case.text("method"), case.flag("non_negative"))
    for mean, upper, all in (("mean", "upper", forecasts), ("reconciled", "reconciled_upper", reconciled)):
        case.expect_array(mean, np.concatenate([one.mean for one in all]))
        case.expect_array(upper, np.concatenate([one.upper(0.8) for one in all]))


DISPATCH = {
    "normal_quantile": normal_quantile,
    "confidence": confidence,
    "forecaster": forecaster,
    "additive": forecaster,
    "holt_winters": forecaster,
    "ets": forecaster,
    "arima": forecaster,
    "spectral": forecaster,
    "learned": forecaster,
    "ensemble": ensemble,
    "model_snapshot": model_snapshot,
    "adaptive_interval": adaptive_interval,
    "accuracy": accuracy,
    "evaluation": evaluation,
    "panel": panel,
}
