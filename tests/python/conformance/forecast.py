from forescale.forecast import AdaptiveInterval, MovingAverage, SeasonalNaive, confidence_interval
from forescale.forecast import normal_quantile as quantile_of
from forescale.load import Series


def normal_quantile(case):
    case.expect("z", quantile_of(case.number("p")))


def confidence(case):
    lower, upper = confidence_interval(case.number("mean"), case.number("sigma"), case.count("n"), case.number("z"))
    case.expect("lower", lower)
    case.expect("upper", upper)


def forecaster(case):
    *fitted, last = case.numbers("values")
    model = {"moving_average": MovingAverage, "seasonal_naive": SeasonalNaive}[case.text("model")](case.count("steps"))
    model.fit(Series(fitted, start=60_000)).update(last)
    model.skip(2)
    forecast = model.forecast(case.count("horizon"))
    case.expect_array("times", forecast.times)
    case.expect_array("mean", forecast.mean)
    case.expect_array("standard_deviation", forecast.standard_deviation)
    case.expect_array("lower", forecast.lower(0.8))
    case.expect_array("upper", forecast.upper(0.8))
    case.expect_array("quantile", forecast.quantile(0.9))


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
    "adaptive_interval": adaptive_interval,
}
