"""
What the package's modules import from; users import from those.
"""

from _typeshed import SupportsGetItem, SupportsLenAndGetItem
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from numpy import bool_, complex128, datetime64, float64, int64
from numpy.typing import ArrayLike, NDArray
from os import PathLike
from typing import Any, Final, Self, SupportsFloat, SupportsIndex, final
from typing_extensions import disjoint_base

__all__ = ["VERSION", "AdaptiveInterval", "AdaptiveQuantile", "Additive", "AibrixApa", "Allocation", "Anomaly", "Arima", "AuditReplay", "AwsPredictive", "Bins", "BoundedQueue", "Calendar", "Calibration", "CheapestScaling", "CircuitBreaker", "CloneManager", "Comparison", "Correlation", "Crane", "Custom", "CustomPolicy", "DailyMean", "DailyMeans", "DayResult", "Decision", "Decomposition", "Detector", "Difference", "Dual", "Dynamo", "EnergyTensor", "Engine", "Ensemble", "Ets", "Evaluation", "Event", "Fleet", "Forecast", "ForecastValue", "Forecaster", "FrontierPoint", "GradientBoosting", "HardwareProfile", "Hierarchy", "History", "Hpa", "Hybrid", "Hysteresis", "IsolationForest", "JointBudget", "Kpa", "LeadTime", "LoadBalancer", "LogDifference", "Lstm", "MovingAverage", "Oracle", "Packing", "Panel", "Peak", "Performance", "Period", "Placement", "Plan", "Policy", "PolicyResult", "PowerCurve", "Predictive", "QLearning", "Queue", "RayServe", "Regions", "Report", "ResourceManager", "Reward", "Rollout", "ScalingLaw", "Schedule", "SeasonalMax", "SeasonalNaive", "Series", "ShadowManager", "Situation", "Spectral", "Spillover", "Static", "TargetTracking", "Task", "Tcn", "TierResult", "Timeline", "Transition", "TransitionPlan", "Unplaced", "WarmUp", "World", "accuracy", "achievement", "anneal", "assess_transition", "average_path_length", "backtest", "backtest_many", "calibrate", "calibrate_load", "chaos_run", "chaos_scenario", "chaos_survey", "choose", "compare", "confidence_interval", "correlate", "coverage", "crowding_distance", "crps", "crps_normal", "dbscan", "decompose", "derivatives", "dft", "dual", "erlang_b", "erlang_c", "evaluate", "generate", "hypervolume", "knee", "latency", "log_sigmoid", "log_utility", "mae", "mape", "mase", "multiscale_scaling", "non_dominated_sort", "normal_quantile", "pack", "pareto_front", "periodogram", "periods", "pinball", "plan_transition", "pooled_shape", "principal_components", "q_table_to_svg", "ramp", "replay", "response", "rollout", "scaling_identity", "scenarios", "schedule", "schemes_picture", "schemes_run", "servers_for", "servers_for_bounded", "severity", "share", "sigmoid", "sigmoid_slope", "slope_noise", "smape", "spillover", "stability_margins", "stretch_gains", "target_is_met", "train", "transition_energy", "tune", "undefined", "utility", "wape", "weighted_sum", "within"]

VERSION: Final[str]

@final
class AdaptiveInterval:
    """
    An interval around any forecast that covers the truth with long-run frequency `level`, adjusting at `rate`.
    """
    def __new__(cls, /, level: SupportsFloat | SupportsIndex, rate: SupportsFloat | SupportsIndex) -> AdaptiveInterval: ...
    def __reduce__(self, /) -> "tuple[object, tuple[bytes]]": ...
    def __repr__(self, /) -> str: ...
    @property
    def coverage(self, /) -> float:
        """
        Share of the updates so far whose actual value lay in the interval; NaN before the first.
        """
    def interval(self, /, predicted: SupportsFloat | SupportsIndex) -> tuple[float, float]:
        """
        The interval around `predicted`; infinitely wide before the first update.
        """
    @staticmethod
    def restore(bytes: bytes) -> AdaptiveInterval:
        """
        The interval that a snapshot holds.
        """
    def snapshot(self, /) -> bytes:
        """
        The interval as bytes that `restore` reads.
        """
    def update(self, /, actual: SupportsFloat | SupportsIndex, predicted: SupportsFloat | SupportsIndex) -> None:
        """
        Learns from what really came; a missing (NaN) `actual` is left out.
        """

@final
class AdaptiveQuantile:
    """
    The running upper quantile of a stream of scores: a share `level` of them shall not exceed it.

    `rate` is how fast the asked level moves after a miss: larger follows shifts faster and fluctuates more; 0.005 to 0.05 is usual.
    """
    def __len__(self, /) -> int: ...
    def __new__(cls, /, level: SupportsFloat | SupportsIndex, rate: SupportsFloat | SupportsIndex) -> AdaptiveQuantile: ...
    def __reduce__(self, /) -> "tuple[object, tuple[bytes]]": ...
    def __repr__(self, /) -> str: ...
    def of_memory(self, /, p: SupportsFloat | SupportsIndex) -> float:
        """
        The plain `p`-quantile of the scores in memory; NaN before the first score.
        """
    @staticmethod
    def restore(bytes: bytes) -> AdaptiveQuantile:
        """
        The quantile that a snapshot holds.
        """
    def snapshot(self, /) -> bytes:
        """
        The quantile as bytes that `restore` reads.
        """
    def update(self, /, score: SupportsFloat | SupportsIndex) -> None:
        """
        Takes in the next score; NaN is left out.
        """
    @property
    def value(self, /) -> float:
        """
        The current quantile; infinite when misses ask for more than was ever seen, NaN before the first score.
        """

@final
class Additive(Forecaster):
    """
    Prophet's model: a trend that bends at few points, seasons, holidays, events and features, added up or multiplied.

    `growth` is "linear", "logistic" (towards `cap`) or "flat", `mode` "additive" or "multiplicative". `seasonalities` is a list of
    dicts with `period_seconds` and `pairs`; by default a day, a week and a year, each once two of them have passed. `calendar`,
    a `Calendar` or a dict of its settings, gives holidays, events and the time zone. With `autoregressive` the latest error is
    carried on, fading, which Prophet does not do.
    """
    def __new__(cls, /, *, growth: str = "linear", cap: SupportsFloat | SupportsIndex | None = None, changepoints: "SupportsIndex" = 25, changepoint_range: SupportsFloat | SupportsIndex = 0.8, changepoint_prior: SupportsFloat | SupportsIndex = 0.05, seasonalities: "list[dict[str, float]] | None" = None, mode: str = "additive", seasonality_prior: SupportsFloat | SupportsIndex = 10.0, calendar: "Calendar | dict[str, object] | None" = None, holidays_prior: SupportsFloat | SupportsIndex = 10.0, features_prior: SupportsFloat | SupportsIndex = 10.0, autoregressive: bool = True) -> Additive: ...

@final
class AibrixApa(Policy):
    """
    AIBrix' adaptive pod autoscaler: proportional to the load of each replica over `window_seconds`, outside of a band around the target.

    On the way down the largest count of the last `scale_down_cooldown_seconds` holds, as its documents mean it; without `hpa_stabilization`
    it is the lowest, as its code has it.
    """
    def __new__(cls, /, target_utilization: SupportsFloat | SupportsIndex = 0.7, tolerance_up: SupportsFloat | SupportsIndex = 0.1, tolerance_down: SupportsFloat | SupportsIndex = 0.1, window_seconds: "float | timedelta | str" = 180.0, max_scale_up_rate: SupportsFloat | SupportsIndex = 2.0, max_scale_down_rate: SupportsFloat | SupportsIndex = 2.0, scale_up_cooldown_seconds: "float | timedelta | str" = 0.0, scale_down_cooldown_seconds: "float | timedelta | str" = 300.0, hpa_stabilization: bool = True) -> AibrixApa: ...

@final
class Allocation:
    """
    An allocation problem: how many units go to each place, at what cost and within what limits.

    `costs` has a row a place: the cost of 0, 1, 2, … units there, infinite where not allowed. `pairs` has rows of two places
    and a weight, which adds weight times both counts. `usage` has a row a resource: what a unit at each place takes, negative
    where it supplies; `limits` has the most of each resource.
    """
    def __new__(cls, /, costs: ArrayLike, pairs: ArrayLike | None = None, usage: ArrayLike | None = None, limits: ArrayLike | None = None) -> Allocation: ...
    def __repr__(self, /) -> str: ...
    def cost(self, /, units: "ArrayLike") -> float:
        """
        The cost of a plan: a count for each place; infinite when one is not allowed.
        """
    def is_feasible(self, /, units: "ArrayLike") -> bool:
        """
        Whether a plan is allowed and within all limits.
        """
    @property
    def levels(self, /) -> int:
        """
        Count of the values that a place may have: 0 to one less.
        """
    @property
    def places(self, /) -> int:
        """
        Count of places.
        """

@final
class Anomaly:
    """
    What a detector makes of one sample.
    """
    def __repr__(self, /) -> str: ...
    @property
    def kind(self, /) -> str:
        """
        What it looks like: ordinary, spike, drop, level_shift, flat_line, drift, missing or slow_change.
        """
    @property
    def score(self, /) -> float:
        """
        Between 0 and 1: 0.5 and more where an alarm begins.
        """
    @property
    def severity(self, /) -> float:
        """
        How far beyond the threshold: 0 for what is ordinary, 1 for twice as surprising. Above 0 while an anomaly lasts.
        """

@final
class Arima(Forecaster):
    """
    An autoregressive integrated moving average with the exact Gaussian likelihood, missing values included: `order` is (p, d, q) or
    "auto", `seasonal_order` (P, D, Q, period), ("auto", period) or None.

    `parameters` is a dict of `ar`, `ma`, `seasonal_ar`, `seasonal_ma`, `mean` (of the differenced series) and `sigma2` (the
    innovations' variance; estimated unless given) that are used instead of estimates.
    """
    def __new__(cls, /, order: "str | tuple[int, int, int] | None" = None, seasonal_order: "tuple[str, int] | tuple[int, int, int, int] | None" = None, parameters: "dict[str, object] | None" = None) -> Arima: ...

@final
class AuditReplay:
    """
    Runs an audit log again, line by line, in the memory of one engine.
    """
    def __new__(cls, /) -> AuditReplay: ...
    def __repr__(self, /) -> str: ...
    @property
    def decisions(self, /) -> int:
        """
        Decisions that were derived again.
        """
    @property
    def difference(self, /) -> LogDifference | None:
        """
        The first difference, None while all decisions are as logged.
        """
    def line(self, /, text: str) -> None:
        """
        Reads the next line: a header first, then decisions. After a difference nothing more is derived.

        A line that was cut or edited, or before which others are missing, is an error that names it.
        """

@final
class AwsPredictive(Policy):
    """
    Predictive scaling as in AWS Auto Scaling, over target tracking: a surrogate, since the forecast itself is unpublished.

    The mean load of the same hour of the week, or the day, in the last two weeks sets a minimum, `scheduling_buffer_seconds` before the hour
    begins; with `forecast_only` it does not.
    """
    def __new__(cls, /, target_tracking: TargetTracking | None = None, scheduling_buffer_seconds: "float | timedelta | str" = 300.0, forecast_only: bool = False) -> AwsPredictive: ...

@final
class Bins:
    """
    Where items may go, see `pack`: the room of a new bin, a number a dimension; the free room of the bins that run already, a row each;
    and how many new ones may be opened, without end where it is left out. Bins are numbered from 0, the running ones first.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, new_bin: ArrayLike, running: ArrayLike | None = None, most_new: "SupportsIndex | None" = None) -> Bins: ...
    def __reduce__(self, /) -> tuple[Any, tuple[NDArray[float64], NDArray[float64] | None, int | None]]: ...
    def __repr__(self, /) -> str: ...
    @property
    def most_new(self, /) -> int | None:
        """
        At most so many new bins.
        """
    @property
    def new_bin(self, /) -> NDArray[float64]:
        """
        Room of a new bin.
        """
    @property
    def running(self, /) -> NDArray[float64] | None:
        """
        Free room of the bins that run already.
        """

@final
class BoundedQueue:
    """
    A queue with a limited line (M/M/c/K), impatient customers (Erlang A), or both, in its steady state.

    At most `places` wait, the others are turned away; those who wait give up after an exponential time of mean `patience_seconds`. One of the two must
    be given. Rates are per second, times in seconds. Tails and quantiles are those of customers who
    are served, the mean wait is that of all who enter.
    """
    def __new__(cls, /, arrival_rate: SupportsFloat | SupportsIndex, service_rate: SupportsFloat | SupportsIndex, servers: "SupportsIndex", places: "SupportsIndex | None" = None, patience_seconds: SupportsFloat | SupportsIndex | None = None) -> BoundedQueue: ...
    def __reduce__(self, /) -> "tuple[type[BoundedQueue], tuple[float, float, int, int | None, float | None]]": ...
    def __repr__(self, /) -> str: ...
    @property
    def abandonment_probability(self, /) -> float:
        """
        The share of arrivals that enters and gives up before it is served.
        """
    @property
    def blocking_probability(self, /) -> float:
        """
        The share of arrivals that is turned away since all places are taken.
        """
    @property
    def mean_wait(self, /) -> float:
        """
        The mean time in line of those who enter, whether they are served in the end or give up; 0 without arrivals.
        """
    def response_quantile(self, /, p: SupportsFloat | SupportsIndex) -> float:
        """
        The response time that a share `p` of those who are served stays within, 0 < p < 1. Refused with both bounds.
        """
    def response_tail(self, /, seconds: SupportsFloat | SupportsIndex) -> float:
        """
        Of those who are served, the share whose wait and service together take longer than `seconds`. Refused with both bounds.
        """
    @property
    def utilization(self, /) -> float:
        """
        The share of the servers' time that is spent serving.
        """
    @property
    def wait_probability(self, /) -> float:
        """
        Of those who enter, the share that must wait.
        """
    def wait_quantile(self, /, p: SupportsFloat | SupportsIndex) -> float:
        """
        The wait that a share `p` of those who are served stays within, 0 < p < 1. Refused with both bounds.
        """
    def wait_tail(self, /, seconds: SupportsFloat | SupportsIndex) -> float:
        """
        Of those who are served, the share that waits longer than `seconds`. Refused with both bounds.
        """

@final
class Calendar:
    """
    What the clock on the wall and the calendar beside it say about a moment, as features: Fourier pairs of the local time of day
    and of the week, weekdays, holidays, events.

    `time_zone` is an IANA name. Holidays are dates or texts: "2026-12-25", "12-25" (every year), "07-04 observed",
    "4th thursday of november", "last monday of may", "easter-2", or the nationwide days of "DE", "FR" or "US".
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, time_zone: str = "UTC", holidays: SupportsGetItem[int, str | date] = ..., events: SupportsGetItem[int, Event] = ..., day_pairs: "SupportsIndex" = 4, week_pairs: "SupportsIndex" = 3) -> Calendar: ...
    def __reduce__(self, /) -> "tuple[object, tuple[bytes]]": ...
    def __repr__(self, /) -> str: ...
    def features(self, /, times: ArrayLike) -> NDArray[float64]:
        """
        The features of moments: a row for each, a column for each name.
        """
    @property
    def names(self, /) -> list[str]:
        """
        The names of the features, in the order of their columns.
        """
    @staticmethod
    def restore(bytes: bytes) -> Calendar:
        """
        The calendar that a snapshot holds.
        """
    def snapshot(self, /) -> bytes:
        """
        The calendar as bytes that `restore` reads.
        """

@final
class Calibration:
    """
    What `calibrate` and `calibrate_load` learn, with standard errors.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    @property
    def base(self, /) -> float:
        """
        Latency without load, in the unit of the latencies.
        """
    @property
    def base_error(self, /) -> float:
        """
        Standard error of the base.
        """
    def latency(self, /, load: SupportsFloat | SupportsIndex) -> float:
        """
        The latency expected under a load; infinite from the service rate on.
        """
    @property
    def outliers(self, /) -> int:
        """
        Pairs that lie so far off that they were weighted down to less than a half.
        """
    @property
    def service_rate(self, /) -> float:
        """
        What one replica serves: in the unit of the load, or 1/base per second when utilizations were given.
        """
    @property
    def service_rate_error(self, /) -> float:
        """
        Standard error of the service rate.
        """
    @property
    def spread(self, /) -> float:
        """
        Robust standard deviation of the latencies around the curve, as a share of it.
        """

@final
class CheapestScaling:
    """
    The cheapest scaling vector that covers a demand, with the certificate that it is, and how the total follows demand and bounds.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, scaling: ArrayLike, energy: ArrayLike, total: SupportsFloat | SupportsIndex, price: ArrayLike, low_price: ArrayLike, high_price: ArrayLike, lower_bound: SupportsFloat | SupportsIndex, residual: SupportsFloat | SupportsIndex) -> CheapestScaling: ...
    def __reduce__(self, /) -> "tuple[type[CheapestScaling], tuple[object, ...]]": ...
    def __repr__(self, /) -> str: ...
    @property
    def energy(self, /) -> NDArray[float64]:
        """
        The energy of each kind that it takes.
        """
    @property
    def gap(self, /) -> float:
        """
        The most by which the total can be above the least, but for rounding: total less lower bound.
        """
    @property
    def high_price(self, /) -> NDArray[float64]:
        """
        For each dimension what a unit more of its upper bound adds to the total: at most 0.
        """
    @property
    def low_price(self, /) -> NDArray[float64]:
        """
        For each dimension what a unit more of its lower bound adds to the total.
        """
    @property
    def lower_bound(self, /) -> float:
        """
        The value of these prices in the dual program: no scaling that covers the demand takes less.
        """
    @property
    def price(self, /) -> NDArray[float64]:
        """
        For each demand the energy that its last unit takes: the dual price, 0 where the demand does not bind.
        """
    @property
    def residual(self, /) -> float:
        """
        The largest violation of the Karush-Kuhn-Tucker conditions, as a share of its own terms.
        """
    @property
    def scaling(self, /) -> NDArray[float64]:
        """
        How much of each scaling dimension.
        """
    @property
    def total(self, /) -> float:
        """
        The sum of the energy.
        """

@final
class CircuitBreaker:
    """
    When to stop asking what keeps failing, and when to try again.

    Closed, calls pass; after `failures` failures in a row it opens and none passes; after `cooldown_seconds` it is
    half-open and lets `probes` calls through: one failure opens it again, `probes` successes close it.
    """
    def __new__(cls, /, failures: "SupportsIndex", cooldown_seconds: float | timedelta | str, probes: "SupportsIndex") -> CircuitBreaker: ...
    def __reduce__(self, /) -> "tuple[object, tuple[bytes]]": ...
    def __repr__(self, /) -> str: ...
    def allow(self, /, now: int | datetime | datetime64) -> bool:
        """
        Whether a call may be made now; one that may is expected to be recorded.
        """
    @property
    def failed(self, /) -> int:
        """
        Failures in a row, while it is closed.
        """
    @property
    def openings(self, /) -> int:
        """
        How often it opened.
        """
    def record(self, /, now: int | datetime | datetime64, success: bool) -> None:
        """
        Learns how a call ended.
        """
    @property
    def rejected(self, /) -> int:
        """
        Calls that it did not let pass.
        """
    @staticmethod
    def restore(bytes: bytes) -> CircuitBreaker:
        """
        The breaker that a snapshot was taken of: it goes on as if it had never stopped.
        """
    @property
    def retry_at(self, /) -> int | None:
        """
        Unix milliseconds before which no call may be made; None while calls pass.
        """
    def snapshot(self, /) -> bytes:
        """
        The whole state as bytes that `restore` reads.
        """
    def state(self, /, now: int | datetime | datetime64) -> str:
        """
        The state at a moment: "closed", "open" or "half_open".
        """
    @property
    def succeeded(self, /) -> int:
        """
        Probes that succeeded since it is half-open.
        """

@final
class CloneManager:
    """
    Keeps as many clones of each program as its requests will need: says what to create, where, and what to remove, and is told what became
    of it.

    `rule` is "quantile" (enough for the quantile of the forecast that `cost_ratio` implies) or "fixed_margin" (the mean, and 1.2 times as
    many where the confidence is below 0.8). `retry` is a dict of `timeout_seconds`, `attempts` and `backoff`.

    A step has 1 to 86,400 seconds, a season 2 to 2,016 steps, the horizon 1 to 288. `cost_ratio` is what a clone too little costs when one
    too much costs 1. A volume beyond `under_prediction_ratio` times its forecast has up to `burst_clones` more created at once; a forecast
    beyond `over_prediction_ratio` times the volume is no longer followed after `over_prediction_steps`. `retry` by default asks 3 times,
    after 300 s and each time 2 times as long. Times are Unix milliseconds, or a datetime with its time zone; they never go back.

    What cannot be used raises `ConfigError` or `DataError`, which name the field and its value and are a `ValueError`; the manager is then as
    it was.
    """
    def __new__(cls, /, step_seconds: "float | timedelta | str" = 300.0, horizon_steps: "SupportsIndex" = 12, season_seconds: "float | timedelta | str" = 86400.0, start_up_seconds: "float | timedelta | str" = 30.0, rule: str = "quantile", cost_ratio: SupportsFloat | SupportsIndex = 19.0, under_prediction_ratio: SupportsFloat | SupportsIndex = 1.1, burst_clones: "SupportsIndex" = 50, over_prediction_ratio: SupportsFloat | SupportsIndex = 1.5, over_prediction_steps: "SupportsIndex" = 3, health_failures: "SupportsIndex" = 3, most_clones: "SupportsIndex" = 1000000, retry: "dict[str, object] | None" = None) -> CloneManager: ...
    def __reduce__(self, /) -> "tuple[object, tuple[bytes]]": ...
    def __repr__(self, /) -> str: ...
    def announce(self, /, event: "dict[str, object]") -> None:
        """
        Announces that more, or less, will be asked for than usual: a dict of `start` and `end` in Unix milliseconds, the `factor` (how many
        times as much as usual, 0 to 1,000), and the program's `code`, or every program.
        """
    def clear_journal(self, /) -> None:
        """
        Forgets the records of the journal.
        """
    @property
    def config(self, /) -> Any:
        """
        The settings.
        """
    def explain(self, /, code: str) -> str:
        """
        In words: the clones that a program has, what the last round wanted and why, and since when it has been so.
        """
    def forecast(self, /, code: str) -> "list[dict[str, object]]":
        """
        What is expected of a program in the coming steps: dicts of `time` (Unix milliseconds at which the step begins), `mean`, `lower`
        and `upper` (requests in it), the `clones` for it and the `resources` that they take.
        """
    def instructions(self, /) -> "list[dict[str, object]]":
        """
        What the last round handed out.
        """
    def journal(self, /) -> "dict[str, object]":
        """
        Why programs got their clones: the `records` since the journal was last cleared, and how many were `lost` before them.
        """
    def machine_lost(self, /, name: str) -> None:
        """
        A machine is gone, and with it its clones, which are created anew elsewhere.
        """
    def observe(self, /, now: int | datetime | datetime64, code: str, requests: SupportsFloat | SupportsIndex) -> None:
        """
        Counts requests for a program, as they come in: how many since the last call, 0 to 1e12.
        """
    def observe_health(self, /, clone: "SupportsIndex", is_healthy: bool) -> None:
        """
        What a health check said of a clone; one that fails as often in a row as the settings say is replaced.
        """
    def observe_use(self, /, clone: "SupportsIndex", requests: SupportsFloat | SupportsIndex) -> None:
        """
        What a clone has served since this was last said of it: of clones that are too much, those go first that have been idle longest.
        """
    def plan(self, /, now: int | datetime | datetime64) -> "list[dict[str, object]]":
        """
        One round: what the actuator is to do, new or again, as dicts of `id`, `attempt`, `issued`, `due` and `action`, which is
        `{"create": {"clone": number, "code": name, "machine": name, "source": a clone to copy or None}}` or `{"remove": {"clone": number}}`.
        """
    def reconcile(self, /, now: int | datetime | datetime64, running: "ArrayLike") -> None:
        """
        The numbers of the clones that really run, as the actuator's own list has them.
        """
    def report(self, /, id: "SupportsIndex", outcome: str) -> None:
        """
        What became of instruction `id`: "confirmed" or "failed". The same report twice changes nothing.
        """
    @staticmethod
    def restore(bytes: bytes) -> CloneManager:
        """
        The manager that a snapshot was taken of: it goes on as if it had never stopped.
        """
    def running(self, /, code: str) -> int:
        """
        Clones of a program that run, as far as was reported.
        """
    def set_code(self, /, code: "dict[str, object]") -> None:
        """
        Adds a program, or changes what one needs: a dict of `name`, `service_rate` (requests per second that one clone serves) and
        `resources` (what one takes of a machine in each dimension, in any units, as many for all), and where they matter `zone` (where most
        of its requests come from), `priority` (0; the higher ones first where room is short), `min_clones` (0), `max_clones` (no limit).
        """
    def set_distances(self, /, distances: "list[dict[str, object]]") -> None:
        """
        Says how far zones are apart: a list of dicts of `from`, `to` and `distance` (in any unit, the same both ways).
        """
    def set_forecast(self, /, code: str, forecast: "list[dict[str, object]]") -> None:
        """
        Takes in a forecast of one's own for a program, as of a model that is fitted to it alone: a list of dicts of `time` (Unix
        milliseconds), `mean`, and `upper`, the quantile `cost_ratio / (1 + cost_ratio)`. It counts in place of the manager's in the steps
        that it tells.
        """
    def set_machine(self, /, machine: "dict[str, object]") -> None:
        """
        Adds a machine, or changes its room: a dict of `name`, `room` in each dimension, and `zone`. It is up. Where clones have no
        room any more, the newest are made elsewhere, and go when those run.
        """
    def snapshot(self, /) -> bytes:
        """
        Settings and state as bytes that `restore` reads.
        """

@final
class Comparison:
    """
    Two policies of a report side by side. A difference below 0 says that the first needed less of it.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> "tuple[object, tuple[dict[str, object]]]": ...
    def __repr__(self, /) -> str: ...
    @staticmethod
    def _from_dict(value: "dict[str, object]") -> Comparison: ...
    @property
    def cost(self, /) -> Difference:
        """
        In the user's currency.
        """
    @property
    def energy_kwh(self, /) -> Difference:
        """
        In kWh.
        """
    @property
    def first(self, /) -> str:
        """
        The first policy's name.
        """
    @property
    def late_requests(self, /) -> Difference:
        """
        Requests that were late.
        """
    @property
    def level(self, /) -> float:
        """
        Level of the intervals.
        """
    @property
    def second(self, /) -> str:
        """
        The second policy's name.
        """
    def to_json(self, /) -> str:
        """
        The comparison as JSON text.
        """
    @property
    def violation_seconds(self, /) -> Difference:
        """
        Time over the promise in seconds.
        """

@final
class Correlation:
    """
    How a factor goes with a load.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    @property
    def lag(self, /) -> int:
        """
        Steps by which the factor is ahead of the load.
        """
    @property
    def p_value(self, /) -> float:
        """
        Probability that two series as autocorrelated as these, but unrelated, show so strong a correlation at any lag tried.
        """
    @property
    def r(self, /) -> float:
        """
        Pearson's correlation at that lag.
        """

@final
class Crane(Policy):
    """
    Crane's effective horizontal pod autoscaler: `hpa` with the peak of a periodic forecast over the coming
    `prediction_window_seconds` as a second metric; `truncate_to_integer` cuts that peak to a whole number, as Crane's code does.
    """
    def __new__(cls, /, hpa: Hpa | None = None, prediction_window_seconds: "float | timedelta | str" = 3600.0, truncate_to_integer: bool = False) -> Crane: ...

@final
class Custom(Forecaster):
    """
    A forecaster that an object of your own stands behind, which takes part wherever a model of the library does.

    The object has `fit(values, start, step_seconds, features)`, `update(value, features)` and `forecast(horizon, features)`, which
    answers `(mean, standard_deviation)` or `(mean, {probability: quantiles, ...})`, a number for each step ahead. Missing values
    are NaN, `features` is an array or None, `start` is in Unix milliseconds. What it raises comes out of the call.

    `snapshot()`, which answers bytes, and `restore(bytes)` let it be saved; without them `snapshot` and pickling are refused. The
    object itself is not saved: `Custom.restore(bytes, object)` needs one to hand the bytes to. An ensemble works on copies made by
    `copy.deepcopy`. The object must not call anything on the forecaster that it belongs to: such
    calls are refused.
    """
    def __new__(cls, /, object: Any) -> Custom: ...
    def __reduce__(self, /) -> "tuple[object, tuple[bytes, object]]": ...
    @property
    def object(self, /) -> Any:
        """
        The object that was given.
        """
    @classmethod
    def restore(cls, /, bytes: bytes, object: Any | None = None) -> "Custom":
        """
        The model that a snapshot holds, with `object` in the state that it had: its `restore` is called.
        """

@final
class CustomPolicy(Policy):
    """
    A policy of your own: `object(situation)`, or `object.propose(situation)`, answers how many replicas to run.

    The engine's rails apply to the answer; with `own_rails` it is only kept within the smallest and the largest count. If there are
    methods `observe(now, load)` and `applied(now, before, after)`, they are told the load of each interval and each change. Each engine and
    each run of a backtest works on a copy made by `copy.deepcopy`. `snapshot()`, which answers bytes, and `restore(bytes)` let an engine be saved:
    `Engine.restore(bytes, policy)`. What the object raises comes out of the call. It must not call anything on the engine that asks it.
    """
    def __new__(cls, /, object: Any, own_rails: bool = False) -> CustomPolicy: ...
    def __reduce__(self, /) -> "tuple[type[CustomPolicy], tuple[object, bool]]": ...
    def __repr__(self, /) -> str: ...
    @property
    def object(self, /) -> Any:
        """
        The object that was given.
        """

@final
class DailyMean:
    """
    The mean of one quantity over days, and its interval.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    @property
    def lower(self, /) -> float:
        """
        The interval's lower end.
        """
    @property
    def mean(self, /) -> float:
        """
        The mean.
        """
    @property
    def upper(self, /) -> float:
        """
        The interval's upper end.
        """

@final
class DailyMeans:
    """
    The mean day of one policy.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    @property
    def cost(self, /) -> DailyMean:
        """
        Cost in the user's currency.
        """
    @property
    def days(self, /) -> int:
        """
        Whole days that the means are over.
        """
    @property
    def energy_kwh(self, /) -> DailyMean:
        """
        Energy in kWh.
        """
    @property
    def late_requests(self, /) -> DailyMean:
        """
        Requests answered later than promised.
        """
    @property
    def over_provisioned_hours(self, /) -> DailyMean:
        """
        Ready replica-hours beyond what the promise needed.
        """
    @property
    def policy(self, /) -> str:
        """
        The policy's name in the report.
        """
    @property
    def violation_seconds(self, /) -> DailyMean:
        """
        Seconds in which the promise was broken.
        """

@final
class DayResult:
    """
    What one policy came to on one day (UTC).
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    @property
    def cost(self, /) -> float:
        """
        Cost in the user's currency.
        """
    @property
    def energy_kwh(self, /) -> float:
        """
        Energy in kWh, that of starting and draining included.
        """
    @property
    def late_requests(self, /) -> float:
        """
        Requests answered later than promised.
        """
    @property
    def over_provisioned_hours(self, /) -> float:
        """
        Ready replica-hours beyond what the promise needed.
        """
    @property
    def policy(self, /) -> str:
        """
        The policy's name in the report.
        """
    @property
    def seconds(self, /) -> float:
        """
        Seconds of the run that fall on the day: fewer than 86,400 on the first and last.
        """
    @property
    def start(self, /) -> int:
        """
        Unix milliseconds at which the day's first decision was made.
        """
    @property
    def violation_seconds(self, /) -> float:
        """
        Seconds in which the promise was broken.
        """

@final
class Decision:
    """
    What an engine answers: a count, and everything that led to it.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> "tuple[object, tuple[dict[str, object]]]": ...
    def __repr__(self, /) -> str: ...
    @staticmethod
    def _from_dict(value: "dict[str, object]") -> Decision: ...
    @property
    def active(self, /) -> bool:
        """
        Whether any replica is wanted at all.
        """
    @property
    def advised(self, /) -> int:
        """
        What would be asked for, were the engine not advisory; else the same as `replicas`.
        """
    def desired_for_hpa(self, /, current: "SupportsIndex", tolerance: SupportsFloat | SupportsIndex = 0.1) -> int:
        """
        The count to feed to a horizontal pod autoscaler that passes over changes within its `tolerance`, when `current` replicas are there.

        Growth is rounded up to the smallest count that it acts on; a shrink that it would pass over is told as `current`.
        """
    def explain(self, /) -> str:
        """
        The decision in words, one line for the count and one for each reason.
        """
    @property
    def forecast(self, /) -> Peak | None:
        """
        Forecast of the largest load over the lead time, while there is one.
        """
    @property
    def limited_by(self, /) -> str | None:
        """
        The last rail that changed the count, if any: Tolerance, Reactive, MissingData, Stabilization, Rate, Pending, Min, Max,
        Breaker, Anomaly, ForecastExpiry, ForecastQuality, ForecastValue, Blind, Consolidation, FlipBudget, CostBudget, PowerBudget, Pause,
        Activation, SharedBudget.
        """
    @property
    def mode(self, /) -> str:
        """
        How it was made: Normal, ColdStart (too little was observed for a forecast), Hold (nothing was measured lately),
        Anomalous (the load is not as usual), Fallback (the forecasts failed lately), ReactiveOnly (the forecasts are not followed),
        Advisory (nothing is to be changed) or Paused.
        """
    @property
    def now(self, /) -> int:
        """
        Unix milliseconds at which it was made.
        """
    @property
    def predicted(self, /) -> int:
        """
        What the policy proposed, before any rail.
        """
    @property
    def reactive(self, /) -> int:
        """
        What the same target asks for the load observed now, without any forecast.
        """
    @property
    def reasons(self, /) -> list[tuple[str, dict[str, int | float | str]]]:
        """
        Why: the policy's reason first, then every rail that bound; each a code and its numbers, as in `to_json`.
        """
    @property
    def replicas(self, /) -> int:
        """
        Replicas to ask for.
        """
    @property
    def tiers(self, /) -> list[int]:
        """
        How the count advised is spread over the tiers of the settings, in their order; empty where there are none.
        """
    def to_json(self, /) -> str:
        """
        The decision as one line of JSON, the same bytes in every language.
        """
    @property
    def valid_until(self, /) -> int:
        """
        Unix milliseconds until which it may be used when no newer one can be had.
        """
    @property
    def without_forecast(self, /) -> int:
        """
        What would have been advised, given the same fleet, had there been no forecast. Known for `predictive`; of another policy its own.
        """
    @property
    def without_rail(self, /) -> list[tuple[str, int]]:
        """
        What would have been advised, given the same fleet, without each rail that bound.
        """

@final
class Decomposition:
    """
    A load taken apart; the parts sum to it wherever it was known.
    """
    def __repr__(self, /) -> str: ...
    @property
    def remainder(self, /) -> NDArray[float64]:
        """
        What remains; NaN where the load was missing.
        """
    @property
    def seasonal(self, /) -> NDArray[float64]:
        """
        A row for each period: its season, known everywhere.
        """
    @property
    def trend(self, /) -> NDArray[float64]:
        """
        The slow part, known everywhere.
        """

@final
class Detector:
    """
    Learns what is usual of a load stream, and tells what is not.

    `alarm_rate` is the wanted share of the samples at which an alarm begins on ordinary data. `step_seconds` is the time between
    samples, by default the median of the first intervals. `season_seconds` is the length of the season; seven are the long season.
    """
    def __new__(cls, /, alarm_rate: SupportsFloat | SupportsIndex = 0.002, step_seconds: float | timedelta | str | None = None, season_seconds: "float | timedelta | str" = 86400.0) -> Detector: ...
    def __reduce__(self, /) -> "tuple[object, tuple[bytes]]": ...
    def __repr__(self, /) -> str: ...
    def observe(self, /, time: int | datetime | datetime64, value: SupportsFloat | SupportsIndex) -> Anomaly:
        """
        Judges the sample `value` at `time` by what came before, then learns from it; NaN is a missing sample.
        """
    @staticmethod
    def restore(bytes: bytes) -> Detector:
        """
        The detector that a snapshot was taken of: it goes on as that one would, bit for bit.
        """
    def snapshot(self, /) -> bytes:
        """
        The whole state as bytes that `restore` reads.
        """

@final
class Difference:
    """
    One quantity of two policies over the whole run: first less second, with its interval.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    @property
    def block_seconds(self, /) -> float:
        """
        Mean length of the blocks in seconds.
        """
    @property
    def difference(self, /) -> float:
        """
        First less second.
        """
    @property
    def first(self, /) -> float:
        """
        What the first policy came to.
        """
    @property
    def lower(self, /) -> float:
        """
        The interval's lower end.
        """
    @property
    def p_value(self, /) -> float:
        """
        Probability of a difference as large as this when there is none, both directions counted.
        """
    @property
    def second(self, /) -> float:
        """
        What the second policy came to.
        """
    @property
    def upper(self, /) -> float:
        """
        The interval's upper end.
        """

@final
class Dual:
    """
    Two worlds under the same load: one of the peak's size, and an elastic one.
    """
    def __repr__(self, /) -> str: ...
    @property
    def comparison(self, /) -> Comparison:
        """
        Elastic less static, with intervals.
        """
    @property
    def cost_saving(self, /) -> float:
        """
        Share of the fixed world's cost that the elastic one saves; below 0 it costs more.
        """
    @property
    def energy_saving(self, /) -> float:
        """
        Share of the fixed world's energy that the elastic one saves.
        """
    @property
    def report(self, /) -> Report:
        """
        Both worlds: the policy `static` first.
        """
    @property
    def static_replicas(self, /) -> int:
        """
        Replicas of the fixed world.
        """
    def to_json(self, /) -> str:
        """
        The two worlds as JSON text, without the timelines.
        """

@final
class Dynamo(Policy):
    """
    NVIDIA Dynamo's planner for one pool of engines; latency is that of a queue here: a surrogate.

    `generation` is `first` (throughput alone) or `second` (a floor by throughput every `adjustment_seconds`, and steps by latency), `predictor`
    `constant`, `kalman`, `arima` or `prophet`. The first divides `tokens_per_request` by `tokens_per_second` of an engine, times `correction` where below 1;
    the second adds at most `max_step` engines at once, and takes one away when the latency would stay within `consolidation` of the target.
    """
    def __new__(cls, /, generation: str = "second", predictor: str = "kalman", adjustment_seconds: "float | timedelta | str" = 180.0, tokens_per_request: SupportsFloat | SupportsIndex = 1.0, tokens_per_second: SupportsFloat | SupportsIndex | None = None, correction: SupportsFloat | SupportsIndex = 1.0, min_endpoint: "SupportsIndex" = 1, max_step: "SupportsIndex" = 8, consolidation: SupportsFloat | SupportsIndex = 0.8) -> Dynamo: ...

@final
class EnergyTensor:
    """
    A linear map T from scaling dimensions (a column each) to kinds of energy (a row each).
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, matrix: ArrayLike) -> EnergyTensor: ...
    def __reduce__(self, /) -> "tuple[object, tuple[bytes]]": ...
    def __repr__(self, /) -> str: ...
    def apply(self, /, s: ArrayLike) -> NDArray[float64]:
        """
        The energy of each kind at the scaling vector `s`: T·s.
        """
    @property
    def condition(self, /) -> float | None:
        """
        Of a fitted tensor the condition number of S: how many times a relative error of the record may grow.
        """
    @staticmethod
    def fit(S: ArrayLike, E: ArrayLike) -> EnergyTensor:
        """
        The tensor without negative entries that explains a record best, by non-negative least squares.

        `S` and `E` have a row an observation; `S` has a column a scaling dimension, `E` one a kind of energy.
        """
    @property
    def matrix(self, /) -> NDArray[float64]:
        """
        The matrix: a row a kind of energy, a column a scaling dimension.
        """
    def minimize(self, /, demand: ArrayLike, low: ArrayLike, high: ArrayLike) -> CheapestScaling:
        """
        The scaling vector of least total energy (the sum of all entries of T·S) that covers a demand.

        `demand` is one number, which the sum of S has to reach, or one a dimension, each of which its entry of S
        has to reach. `low` and `high` bound S, with one number for all dimensions or one each.
        """
    @property
    def residual(self, /) -> float | None:
        """
        Of a fitted tensor the Euclidean norm of all that stayed unexplained, in units of energy.
        """
    @staticmethod
    def restore(bytes: bytes) -> EnergyTensor:
        """
        The tensor that a snapshot holds.
        """
    def snapshot(self, /) -> bytes:
        """
        The tensor as bytes that `restore` reads.
        """

@final
class Engine:
    """
    Decides how many replicas to run, from a stream of load samples. One engine serves one service.

    `service_rate` is the load per second that one replica serves; `target` what the service promises (by default 95 % of the
    responses within 4 mean service times); `start_up_seconds` (120) the lead time until it is learned; `interval_seconds` (15) the time from sample
    to sample; `metric_window_seconds` (60) what the observed load is averaged over; `season_seconds` (86400) the load's season;
    `cost_ratio` what it costs to break the promise for a while when the mean fleet costs 1 for as long; `late_seconds` (60) how late a sample may come.
    `rails` is a dict with any of `tolerance` {up, down}, `stabilization` {up_seconds, down_seconds}, `rate` {up, down}, each
    {replicas, percent, period_seconds}, `blind` {hold_seconds, last_known_seconds, replicas}, `forecast` {expiry_seconds, most_error},
    `flips` {flips, period_seconds}, `budget` {cost_per_hour, cost_per_replica_hour, watts, watts_per_replica}, `consolidation` and
    `activation` {idle_seconds, threshold}. `mode` is "active", "advisory" (keeps what is requested and tells what it would be) or "shadow" (as if
    it were in charge). `resources` are {name, capacity, target_utilization, excludes_start_up}, `tiers` {name, most, cost, start_up_seconds}. `breaker` is a dict with any of `failures` (5), `cooldown_seconds` (ten lead times) and `probes` (3):
    when forecasts that failed are no longer followed. `anomaly` is one with any of `alarm_rate` (0.0005), `cost_ratio` (99), `most_severity` (1)
    and `rate`: what is different while the load is not as usual. `lead_time` is one with `learn` (True) and `quantile` (0.9): whether the lead time
    is learned from the starts that fleets show, and the share of them that decisions allow for. `reward` is one with any of `accuracy_weight` (1),
    `energy_weight` (1), `idle_watts` (100) and `busy_watts` (200). `audit` keeps what was told between two decisions for `audit_line`.
    """
    def __new__(cls, /, service_rate: SupportsFloat | SupportsIndex, target: "dict[str, float | list[float]] | None" = None, min_replicas: "SupportsIndex" = 1, max_replicas: "SupportsIndex" = 1000, start_up_seconds: "float | timedelta | str" = 120.0, interval_seconds: "float | timedelta | str" = 15.0, policy: str | Policy | dict[str, object] = ..., metric_window_seconds: "float | timedelta | str" = 60.0, season_seconds: "float | timedelta | str" = 86400.0, cost_ratio: SupportsFloat | SupportsIndex = 19.0, late_seconds: "float | timedelta | str" = 60.0, rails: "dict[str, object] | None" = None, breaker: "dict[str, float | None] | None" = None, anomaly: "dict[str, object] | None" = None, lead_time: "dict[str, float | bool] | None" = None, reward: "dict[str, float] | None" = None, audit: bool = False, mode: str = "active", resources: "list[dict[str, object]] | None" = None, tiers: "list[dict[str, object]] | None" = None) -> Engine: ...
    def __reduce__(self, /) -> "tuple[object, tuple[bytes]]": ...
    def __repr__(self, /) -> str: ...
    def applied(self, /, now: int | datetime | datetime64, replicas: "SupportsIndex") -> None:
        """
        Learns that the request was changed at `now` to `replicas`.
        """
    def audit_header(self, /) -> str:
        """
        The first line of an audit log that goes on from here: the settings, and the state unless the engine is new.
        """
    def audit_line(self, /) -> str:
        """
        The last decision with all that was told before it as one line of JSON, from which `replay` derives it again.
        """
    @property
    def config(self, /) -> Any:
        """
        The settings, as C takes them, the defaults filled in.
        """
    def decide(self, /, now: int | datetime | datetime64, fleet: Fleet) -> Decision:
        """
        Decides how many replicas to ask for at `now`, given the fleet as it is.

        Asked again with the same moment and fleet, it gives the same decision and learns nothing new.
        """
    def explain(self, /) -> str:
        """
        The last decision in words; says so when there is none.
        """
    @property
    def forecast_value(self, /) -> ForecastValue:
        """
        What the forecast bought lately against the reactive law and the load of one season ago.
        """
    @property
    def last_decision(self, /) -> Decision | None:
        """
        The last decision, None before the first.
        """
    @property
    def lead_time(self, /) -> LeadTime:
        """
        How long replicas take to start, as far as it was learned, and how far ahead decisions look.
        """
    def limit_to_share(self, /, share: "SupportsIndex") -> Decision:
        """
        Lowers the last decision to its share of a budget that several engines have in common (see `JointBudget`).

        A share that is no smaller changes nothing; in advisory and shadow mode it lowers what is advised.
        """
    def observe(self, /, now: int | datetime | datetime64, load: SupportsFloat | SupportsIndex) -> None:
        """
        Takes in the mean load per second over the interval that ends at `now`; NaN = missing.

        Of two samples with the same time the later call counts; samples may come late within the configured bound.
        """
    def observe_batch(self, /, times: ArrayLike, loads: ArrayLike) -> None:
        """
        Takes in many samples: all of them, or none when one is refused.
        """
    def observe_in_flight(self, /, now: int | datetime | datetime64, in_flight: SupportsFloat | SupportsIndex) -> None:
        """
        Takes in the requests in the service at `now`, being served and waiting, as a mean over the interval that ends then; NaN = missing.

        Only policies that scale by concurrency look at it; without, they estimate it from the load.
        """
    def observe_performance(self, /, now: int | datetime | datetime64, response_seconds: SupportsFloat | SupportsIndex | None = None, utilization: SupportsFloat | SupportsIndex | None = None) -> None:
        """
        Takes in how long responses took over the interval that ends at `now`, in seconds at the share that is promised, and the share of the time
        that the ready replicas were busy; None or NaN = missing.
        """
    def observe_resource(self, /, now: int | datetime | datetime64, name: str, value: SupportsFloat | SupportsIndex) -> None:
        """
        Takes in how much of a resource of the settings all replicas together use at `now`; NaN = missing.
        """
    def observe_start_up(self, /, now: int | datetime | datetime64, seconds: SupportsFloat | SupportsIndex) -> None:
        """
        Takes in that a replica that became ready at `now` took so many seconds from being asked for; from then on nothing is inferred
        from the fleets.
        """
    def pause(self, /, direction: str) -> None:
        """
        Pauses scaling "in", "out", or "both", until `resume`; saved with the state. The smallest and the largest count still hold.
        """
    @property
    def paused(self, /) -> str | None:
        """
        The direction in which scaling is paused, if it is.
        """
    @property
    def performance(self, /) -> Performance:
        """
        How the service really did, as far as it was told.
        """
    @property
    def q_table(self, /) -> NDArray[float64] | None:
        """
        What the policy `q_learning` has learned so far, in the shape (utilization, capacity, trend, forecast, action) with the last running
        fastest; None with another policy.
        """
    def reconfigure(self, /, changes: "dict[str, object]") -> None:
        """
        Changes settings of the running engine, which keeps what it learned: a dict of those that change, as `config` has them.
        """
    @staticmethod
    def restore(bytes: bytes, policy: CustomPolicy | None = None) -> Engine:
        """
        An engine that goes on exactly as the one that was saved; `policy` is needed when that is one of your own.
        """
    def resume(self, /) -> None:
        """
        Ends a pause.
        """
    @property
    def reward(self, /) -> Reward:
        """
        The reward of the last steps.
        """
    def snapshot(self, /) -> bytes:
        """
        Settings and state as bytes that `restore` reads.
        """

@final
class Ensemble(Forecaster):
    """
    The default forecaster: small built-in experts and, beside them, `members`, copies of models of any kind, weighed online by
    their own recent errors; intervals adapt until they cover as often as they promise.

    `seasons_seconds` are the lengths of the seasons by the clock (none given: the day, the week, and short ones that `fit` finds), `history_steps` how many steps are kept for refits of members.
    """
    def __new__(cls, /, members: "list[Forecaster] | None" = None, seasons_seconds: "list[float] | tuple[float, ...] | None" = None, history_steps: "SupportsIndex" = 20160) -> Ensemble: ...
    def refit(self, /, budget: SupportsFloat | SupportsIndex, clock: "object | None" = None) -> list[int]:
        """
        Refits members on the recent past while `budget` lasts, measured by `clock` (by default seconds): first those that are
        due, among them those whose refits helped most. A copy that was refitted takes a member's place if it is no worse on the
        last part of the past. Gives the indices of the members that were tried. Other threads may use the model meanwhile.
        """
    def refits_due(self, /) -> list[int]:
        """
        The members whose refit is due: their losses have risen beside those of the built-in experts (a false alarm has
        probability 1 % between two refits), or the time between refits has passed, which is longer after each that does not pay.
        """
    def warm_start(self, /, shape: ArrayLike, period_seconds: SupportsFloat | SupportsIndex) -> None:
        """
        Begins with a seasonal shape learned elsewhere, as `pooled_shape` gives it.
        """

@final
class Ets(Forecaster):
    """
    Exponential smoothing in state space form: each of `error`, `trend` and `seasonal` is "N" (also None), "A" or "M", or "auto"
    for the choice with the least AICc; `damped` is True, False or "auto".

    `parameters` is a dict of those of `alpha`, `beta` (the share of a change of the level that goes into the trend), `gamma` and
    `phi` that are given instead of estimated, and `initial` one of `level`, `trend` and `seasonal` before the first value.
    """
    def __new__(cls, /, error: str = "auto", trend: str | None = "auto", seasonal: str | None = "auto", period: "SupportsIndex" = 1, damped: "bool | str | None" = None, parameters: "dict[str, float | None] | None" = None, initial: "dict[str, object] | None" = None) -> Ets: ...

@final
class Evaluation:
    """
    How good a model would have been; `evaluate` makes it.
    """
    def __repr__(self, /) -> str: ...
    @property
    def forecasts(self, /) -> dict[str, NDArray[float64]]:
        """
        Arrays by name, for each origin and step ahead: origin and time (Unix milliseconds), step, actual, mean, and lower_0.8,
        upper_0.8, ... for each level.
        """
    @property
    def scores(self, /) -> dict[str, NDArray[float64]]:
        """
        Arrays by name: step (0 is over all steps ahead), points, undefined, mae, mape, smape, mase, wape, within, crps, and
        coverage_0.8, ... for each level.
        """
    def to_pandas(self, /) -> Any:
        """
        The scores as a pandas DataFrame, a row for each step ahead (0 is over all).
        """

@final
class Event:
    """
    Something that happens from `start` up to `end` and may change the load. Events of one name share a feature; `weight` is how
    strong this one is among them.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __getnewargs__(self, /) -> tuple[str, int, int, float]: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, name: str, start: int | datetime | datetime64, end: int | datetime | datetime64, weight: SupportsFloat | SupportsIndex = 1.0) -> Event: ...
    def __repr__(self, /) -> str: ...
    @property
    def end(self, /) -> int:
        """
        Unix milliseconds at which it is over.
        """
    @property
    def name(self, /) -> str:
        """
        The name of its feature.
        """
    @property
    def start(self, /) -> int:
        """
        Unix milliseconds at which it begins.
        """
    @property
    def weight(self, /) -> float:
        """
        How strong it is.
        """

@final
class Fleet:
    """
    The replicas of a service at one moment: last asked for, serving, created but not ready yet, on their way out.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, requested: "SupportsIndex", ready: "SupportsIndex", pending: "SupportsIndex" = 0, terminating: "SupportsIndex" = 0) -> Fleet: ...
    def __reduce__(self, /) -> "tuple[type[Fleet], tuple[int, int, int, int]]": ...
    def __repr__(self, /) -> str: ...
    @property
    def pending(self, /) -> int:
        """
        Replicas created, not yet ready.
        """
    @property
    def ready(self, /) -> int:
        """
        Replicas that serve.
        """
    @property
    def requested(self, /) -> int:
        """
        Replicas last asked for.
        """
    @property
    def terminating(self, /) -> int:
        """
        Replicas that finish their work and will be gone.
        """

@final
class Forecast:
    """
    A forecast: for each step ahead a mean, and the law of what may come.
    """
    def __len__(self, /) -> int: ...
    def __repr__(self, /) -> str: ...
    @property
    def levels(self, /) -> NDArray[float64]:
        """
        The interval levels that were asked for.
        """
    def lower(self, /, level: SupportsFloat | SupportsIndex) -> NDArray[float64]:
        """
        Lower end of the central interval of each step with probability `level`, between 0 and 1.
        """
    @property
    def mean(self, /) -> NDArray[float64]:
        """
        Expected load of each step.
        """
    def quantile(self, /, q: SupportsFloat | SupportsIndex) -> NDArray[float64]:
        """
        The `q`-quantile of each step, `q` between 0 and 1.
        """
    @property
    def standard_deviation(self, /) -> NDArray[float64]:
        """
        Standard deviation of each step's error; NaN where the model has not seen an error yet.
        """
    @property
    def times(self, /) -> NDArray[int64]:
        """
        Unix milliseconds at which each forecast step begins.
        """
    def upper(self, /, level: SupportsFloat | SupportsIndex) -> NDArray[float64]:
        """
        Upper end of the central interval of each step with probability `level`, between 0 and 1.
        """

@final
class ForecastValue:
    """
    What three ways to size would have cost lately, in mean fleets: 1 is the mean need alone, without a broken promise.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    @property
    def gain(self, /) -> float:
        """
        What the forecast saves against the reactive law.
        """
    @property
    def gain_error(self, /) -> float:
        """
        Standard error of `gain`; NaN before there are two batches.
        """
    @property
    def intervals(self, /) -> int:
        """
        Intervals that were scored.
        """
    @property
    def is_followed(self, /) -> bool:
        """
        Whether the forecast is worth following.
        """
    @property
    def ours(self, /) -> float:
        """
        Sized for the forecast.
        """
    @property
    def reactive(self, /) -> float:
        """
        Sized for the load observed now.
        """
    @property
    def seasonal_naive(self, /) -> float:
        """
        Sized for the load of one season ago.
        """

@disjoint_base
class Forecaster:
    """
    A model of a load, of whatever kind: learns from a series or value by value, and forecasts the steps that follow.

    Missing values are NaN. Features are numbers known beforehand for each step; a model that learned with some must be given
    as many at every later call.
    """
    def __reduce__(self, /) -> "tuple[object, tuple[object, ...]]": ...
    def __repr__(self, /) -> str: ...
    def fit(self, /, series: Series | Any, features: ArrayLike | None = None) -> Self:
        """
        Forgets everything and learns from `series`; `features` has one row for each value. Gives the model itself.
        """
    def forecast(self, /, horizon: "SupportsIndex", levels: ArrayLike = ..., features: ArrayLike | None = None) -> Forecast:
        """
        Forecasts the next `horizon` steps; `levels` are the interval levels to show, each between 0 and 1; `features` has one
        row for each step ahead.
        """
    @property
    def name(self, /) -> str:
        """
        The name of the model's kind.
        """
    @property
    def parameters(self, /) -> Any:
        """
        The settings, and what was learned.
        """
    @classmethod
    def restore(cls, /, bytes: bytes) -> Self:
        """
        The model that a snapshot holds; called on a model's own class, one of that class.
        """
    def skip(self, /, steps: "SupportsIndex") -> None:
        """
        Passes over `steps` steps in which nothing was measured.
        """
    def snapshot(self, /) -> bytes:
        """
        The model as bytes that `restore` reads.
        """
    def update(self, /, value: SupportsFloat | SupportsIndex, features: ArrayLike | None = None) -> None:
        """
        Takes in the value of the next step, NaN = missing, and the step's features.
        """

@final
class FrontierPoint:
    """
    One setting of a policy: what it costs and how often it breaks the promise.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    @property
    def cost(self, /) -> float:
        """
        Cost in the user's currency.
        """
    @property
    def energy_kwh(self, /) -> float:
        """
        Energy in kWh, that of starting and draining included.
        """
    @property
    def late_share(self, /) -> float:
        """
        Share of the requests that were late, 0 to 1.
        """
    @property
    def over_provisioned_hours(self, /) -> float:
        """
        Ready replica-hours beyond what the promise needed.
        """
    @property
    def policy(self, /) -> str:
        """
        The policy's name.
        """
    @property
    def setting(self, /) -> str:
        """
        The setting, such as `target_utilization=0.7`.
        """
    @property
    def transition_energy_kwh(self, /) -> float:
        """
        Energy of starting and draining in kWh.
        """
    @property
    def violation_request_share(self, /) -> float:
        """
        Share of the requests that arrived while the promise was broken, 0 to 1.
        """
    @property
    def violation_share(self, /) -> float:
        """
        Share of the time in which the promise was broken, 0 to 1.
        """

@final
class GradientBoosting(Forecaster):
    """
    Boosted trees on lags, seasons, calendar and features: at most `trees` trees with at most `leaves` leaves of at least
    `rows_in_leaf` examples; held-out values say when fewer trees are better.

    `horizon` is how many steps ahead are learned, `periods` the steps of each season (by default the day and the week), `calendar`
    a `Calendar` or a dict of its settings.
    """
    def __new__(cls, /, horizon: "SupportsIndex" = 64, periods: "ArrayLike | None" = None, calendar: "Calendar | dict[str, object] | None" = None, trees: "SupportsIndex" = 200, leaves: "SupportsIndex" = 16, rows_in_leaf: "SupportsIndex" = 30, learning_rate: SupportsFloat | SupportsIndex = 0.1, seed: "SupportsIndex" = 0) -> GradientBoosting: ...

@final
class HardwareProfile:
    """
    A kind of machine: what it draws in service, while it starts, and while it drains.

    What it draws while it starts and drains is its idle power where it is not given.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, name: str, power: PowerCurve, starting_watts: SupportsFloat | SupportsIndex | None = None, draining_watts: SupportsFloat | SupportsIndex | None = None, source: str | None = None) -> HardwareProfile: ...
    def __reduce__(self, /) -> "tuple[type[HardwareProfile], tuple[object, ...]]": ...
    def __repr__(self, /) -> str: ...
    @property
    def draining_watts(self, /) -> float:
        """
        Power from the end of service until it is gone, in watts.
        """
    @property
    def name(self, /) -> str:
        """
        What users call it.
        """
    @staticmethod
    def named(name: str) -> HardwareProfile:
        """
        A kind that ships with the library: a hardware thread of a CPU generation, a GPU, or a whole cloud instance type.
        """
    @staticmethod
    def names() -> list[str]:
        """
        The names that `named` knows.
        """
    @property
    def power(self, /) -> PowerCurve:
        """
        Power in service against utilization.
        """
    @property
    def source(self, /) -> str:
        """
        Where the numbers come from.
        """
    @property
    def starting_watts(self, /) -> float:
        """
        Power from creation until it is ready, in watts.
        """

@final
class Hierarchy:
    """
    Loads by tag, of which the parts sum to the whole: the whole, a sum for each value of each key of `groups`, then the `leaves`.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, leaves: SupportsGetItem[int, dict[str, str]], groups: SupportsGetItem[int, str] = ...) -> Hierarchy: ...
    def __repr__(self, /) -> str: ...
    @property
    def nodes(self, /) -> list[dict[str, str]]:
        """
        The tags of each load: those of the whole (none), of the sums, of the leaves. A load is the sum of the leaves that have
        all of its tags.
        """
    def reconcile(self, /, forecasts: SupportsGetItem[int, Forecast], method: str = "variance", non_negative: bool = True) -> list[Forecast]:
        """
        Forecasts that add up, from one for each of `nodes`. `method`: "variance" (each gives way in proportion to its variance)
        or "bottom_up". With `non_negative` no leaf's mean and no quantile goes below 0.
        """

@final
class History:
    """
    The load of the past by name and tags, in bounded memory: fine steps for a short time, coarse steps for a long one.

    `retention` has pairs (step, how long to keep it) from fine to coarse; the default keeps minutes for 2 days, 5 minutes for
    14 days, hours for 400 days. Beyond `max_series` combinations of a name and tags, samples go to one with the value
    "other" for every tag. A sample further than `max_jump_seconds` ahead of all others waits until others agree.
    """
    def __new__(cls, /, retention: SupportsGetItem[int, SupportsLenAndGetItem[float | timedelta | str]] | None = None, max_series: "SupportsIndex" = 256, max_jump_seconds: "float | timedelta | str" = 3600.0) -> History: ...
    def __reduce__(self, /) -> "tuple[object, tuple[bytes]]": ...
    def __repr__(self, /) -> str: ...
    @property
    def counts(self, /) -> dict[str, int]:
        """
        What became of the values so far: kept, folded, no_room, too_late, too_early.
        """
    def query(self, /, name: str, start: int | datetime | datetime64, end: int | datetime | datetime64, step_seconds: float | timedelta | str, how: str = "mean", tags: dict[str, str] = ..., across: str | None = None) -> Series:
        """
        The load under `name` from `start` up to `end`, of all series with `tags`, whatever their other tags.

        `how` is one of mean, sum, max, min, last, count. With `across`, one of the same, each series is first aggregated by `how`,
        then the series of a step by `across`: mean and sum give the total of rates. The step is a multiple of the finest.
        """
    def record(self, /, time: int | datetime | datetime64, values: dict[str, SupportsFloat | SupportsIndex], tags: dict[str, str] = ...) -> None:
        """
        Takes in values of one moment, each under its name, NaN = missing; `tags` say whose they are. Times may come in any order.
        """
    @staticmethod
    def restore(bytes: bytes) -> History:
        """
        The history that a snapshot holds.
        """
    @property
    def series(self, /) -> list[tuple[str, dict[str, str]]]:
        """
        The names and tags of all series.
        """
    def snapshot(self, /) -> bytes:
        """
        The history as bytes that `restore` reads.
        """

@final
class Hpa(Policy):
    """
    The Kubernetes horizontal pod autoscaler, version 2; the defaults are its own, but for the target.

    `target_utilization` is of each replica's service rate; the tolerances are relative deviations of the metric that are let
    pass. Without `behavior` the largest recommendation of `downscale_stabilization_seconds` (300) holds; `behavior` is a dict
    with `scale_up` and `scale_down`, as `{"stabilization_window_seconds": 0, "policies": [{"kind": "pods", "value": 4,
    "period_seconds": 15}]}`.
    """
    def __new__(cls, /, target_utilization: SupportsFloat | SupportsIndex = 0.7, tolerance_up: SupportsFloat | SupportsIndex = 0.1, tolerance_down: SupportsFloat | SupportsIndex = 0.1, downscale_stabilization_seconds: "float | timedelta | str" = 300.0, behavior: "dict[str, object] | None" = None) -> Hpa: ...

@final
class Hybrid(Forecaster):
    """
    Long short-term memory (`hidden`, `steps`) for the sequence, gradient boosting (`trees`, `leaves`) for calendar, events and
    features.

    `horizon` is how many steps ahead are learned, `periods` the steps of each season (by default the day and the week), `calendar`
    a `Calendar` or a dict of its settings.
    """
    def __new__(cls, /, horizon: "SupportsIndex" = 64, periods: "ArrayLike | None" = None, calendar: "Calendar | dict[str, object] | None" = None, hidden: "SupportsIndex" = 24, steps: "SupportsIndex" = 1000, trees: "SupportsIndex" = 200, leaves: "SupportsIndex" = 16, seed: "SupportsIndex" = 0) -> Hybrid: ...

@final
class Hysteresis:
    """
    The scale with memory: the curve `up` while the load rises, `down` while it falls, held while it stands still.

    A curve is a table of points (load, scale) with increasing loads, straight between them and level at its
    ends, or a function from load to scale. The scale is held until the load is further than `deadband` from where it was set.
    """
    def __new__(cls, /, up: ArrayLike | Callable[[float], float], down: ArrayLike | Callable[[float], float], deadband: SupportsFloat | SupportsIndex = 0.0) -> Hysteresis: ...
    def __reduce__(self, /) -> "tuple[object, tuple[object, object, bytes]]": ...
    def __repr__(self, /) -> str: ...
    @property
    def deadband(self, /) -> float:
        """
        The deadband, in units of load.
        """
    @staticmethod
    def design(noise: SupportsFloat | SupportsIndex, step_cost: SupportsFloat | SupportsIndex, idle_cost: SupportsFloat | SupportsIndex, most_false_steps: SupportsFloat | SupportsIndex = 1.0) -> tuple[float, float, float]:
        """
        (deadband, false_steps, cost): the deadband of least cost that keeps the steps noise causes in a sample to `most_false_steps`.

        `noise` is the deviation of independent noise in the load, `step_cost` the cost of a change of the scale, `idle_cost` that of
        idle capacity for one unit of load, for one sample. `cost` is that of a sample.
        """
    @staticmethod
    def restore(up: ArrayLike | Callable[[float], float], down: ArrayLike | Callable[[float], float], bytes: bytes) -> Hysteresis:
        """
        The hysteresis that a snapshot holds, given the same curves; it goes on exactly as the one that was saved.
        """
    def snapshot(self, /) -> bytes:
        """
        The memory and the deadband as bytes that `restore` reads, without the curves.
        """
    def update(self, /, load: SupportsFloat | SupportsIndex) -> float:
        """
        Takes the next load and gives the scale.
        """

@final
class IsolationForest:
    """
    Scores how easily a point is set apart from those that the forest was fitted on.

    The score is 2^(-E[h]/c(n)): h is the length of a point's path through a tree, c the average path length. Near 1 is
    an anomaly, 0.5 is ordinary. Each tree is grown on `sample_size` points, drawn without replacement, and may cut the
    share `max_features` of the columns, down to the depth `max_depth`, by default that of a balanced tree. The results
    depend on `seed`, but not on `threads`.

    `contamination` is the share of outliers that the threshold sets apart; with `"auto"` the threshold is 0.5. A cut uses
    `extension_level` columns beyond its first: above 0 it is oblique. `normalizer` is `"harmonic"`, which is exact, or
    `"logarithmic"`, which is scikit-learn's. `window` is how many points of a stream new trees are drawn from, by default eight samples.
    """
    def __new__(cls, /, trees: "SupportsIndex" = 100, sample_size: "SupportsIndex" = 256, max_features: SupportsFloat | SupportsIndex = 1.0, seed: "SupportsIndex" = 0, threads: "SupportsIndex" = 1, max_depth: "SupportsIndex | None" = None, *, contamination: SupportsFloat | SupportsIndex | str | None = None, extension_level: "SupportsIndex" = 0, normalizer: str = "harmonic", window: "SupportsIndex | None" = None) -> IsolationForest: ...
    def __reduce__(self, /) -> "tuple[object, tuple[bytes]]": ...
    def __repr__(self, /) -> str: ...
    @property
    def dimensions(self, /) -> int:
        """
        Count of dimensions that points have; of given trees, the least that they may have.
        """
    def explain(self, /, X: ArrayLike) -> tuple[float, NDArray[float64]]:
        """
        Why points score as they do: the base score, that of the mean path, and what each column adds to it for each point.

        The sum over the columns is score - base. One point alone gives one row.
        """
    def fit(self, /, X: ArrayLike, sample_weights: ArrayLike | None = None) -> "IsolationForest":
        """
        Grows the trees on points of shape (points, dimensions), in place of those there were; gives the forest itself.

        A point of twice the weight in `sample_weights` is drawn about twice as often; one of weight 0 never. Ctrl-C ends it.
        """
    @staticmethod
    def from_sklearn(model: Any, normalizer: str = "harmonic") -> IsolationForest:
        """
        The forest of a fitted `sklearn.ensemble.IsolationForest`.

        With the `normalizer` `"logarithmic"` its scores are those of `-model.score_samples`; by default path lengths are exact
        harmonic numbers, where scikit-learn has ln + gamma. Points are compared as scikit-learn does, which rounds them to float32.
        """
    @staticmethod
    def from_trees(trees: "list[list[list[float]]]", sample_size: "SupportsIndex", normalizer: str = "harmonic") -> IsolationForest:
        """
        A forest from trees as data, grown on samples of `sample_size` points.

        A tree is a sequence of nodes `[feature, threshold, left, right, points]`, the first of them its root. A point
        goes left when its `feature` is at most `threshold`; a feature of -1 marks a leaf where `points` of the sample
        ended. Points to score may have more columns than the trees compare. The `normalizer` `"logarithmic"` is scikit-learn's.
        """
    def get_params(self, /) -> "dict[str, object]":
        """
        The settings, as the constructor takes them.
        """
    def is_outlier(self, /, X: ArrayLike) -> bool | NDArray[bool_]:
        """
        Whether each point scores above `threshold`. One point alone gives one answer.
        """
    @staticmethod
    def restore(bytes: bytes) -> IsolationForest:
        """
        The forest that a snapshot was taken of: it gives the same scores, bit for bit.
        """
    @property
    def sample_size(self, /) -> int:
        """
        Points that each tree was grown on.
        """
    def score(self, /, X: ArrayLike) -> float | NDArray[float64]:
        """
        The score of each point, between 0 and 1: the higher the rarer. One point alone gives one number.
        """
    def snapshot(self, /) -> bytes:
        """
        The whole state as bytes that `restore` reads.
        """
    @property
    def threshold(self, /) -> float:
        """
        The score above which a point counts as an outlier.
        """
    def to_sklearn(self, /) -> "object":
        """
        A fitted `sklearn.ensemble.IsolationForest` of these trees, whose `score_samples` are the scores with their sign changed.

        It rounds points to float32 before it compares, as scikit-learn does. Its `offset_` is the threshold.
        """
    def to_trees(self, /) -> "list[list[list[float]]]":
        """
        The trees as data that `from_trees` reads, nodes in pre-order; the points of an inner node are those below it.
        """
    def update(self, /, x: ArrayLike) -> float:
        """
        Learns one point of a stream; gives the score that it had before, 0.5 while there is no tree.

        The latest points are kept, and trees grown on them replace the oldest trees, a slice of the work with each point. With
        a `contamination` the threshold follows the scores.
        """

@final
class JointBudget:
    """
    A budget that several services have in common: GPUs, watts, money. `pools` are {cost, weight, min_replicas}, one a service;
    `fairness` is "max_min" or "proportional".
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, limit: SupportsFloat | SupportsIndex, pools: "list[dict[str, float]]", fairness: str = "max_min") -> JointBudget: ...
    def __reduce__(self, /) -> "tuple[type[JointBudget], tuple[float, list[dict[str, float]], str]]": ...
    def __repr__(self, /) -> str: ...
    @property
    def fairness(self, /) -> str:
        """
        How what there is is shared where it is not enough.
        """
    @property
    def limit(self, /) -> float:
        """
        The most that all replicas together may cost.
        """
    @property
    def pools(self, /) -> Any:
        """
        The services.
        """
    def share(self, /, wanted: "list[int]", reactive: "list[int]", current: "list[int]") -> list[int]:
        """
        The count that each service gets, from the counts that their engines decided for, what their loads observed now need, and what they run.

        `Engine.limit_to_share` tells each engine.
        """

@final
class Kpa(Policy):
    """
    Knative's pod autoscaler: requests in flight, averaged over a long and a short window, and panic when the short one asks for much more
    than is there.

    `target_concurrency` is what each replica should have in flight (Knative: 70 % of what it takes on at once).
    """
    def __new__(cls, /, target_concurrency: SupportsFloat | SupportsIndex = 0.7, stable_window_seconds: "float | timedelta | str" = 60.0, panic_window_percentage: SupportsFloat | SupportsIndex = 10.0, panic_threshold_percentage: SupportsFloat | SupportsIndex = 200.0, max_scale_up_rate: SupportsFloat | SupportsIndex = 1000.0, max_scale_down_rate: SupportsFloat | SupportsIndex = 2.0, scale_down_delay_seconds: "float | timedelta | str" = 0.0, activation_scale: "SupportsIndex" = 1, scale_to_zero_grace_seconds: "float | timedelta | str" = 30.0) -> Kpa: ...

@final
class LeadTime:
    """
    How long replicas take to start, in seconds from asking for one to its being ready.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    @property
    def count(self, /) -> int:
        """
        Starts that were learned from.
        """
    @property
    def horizon_seconds(self, /) -> float:
        """
        How far ahead decisions look now.
        """
    @property
    def p50(self, /) -> float:
        """
        Half of the starts take no longer.
        """
    @property
    def p90(self, /) -> float:
        """
        Nine of ten starts take no longer.
        """
    @property
    def p99(self, /) -> float:
        """
        Of a hundred starts 99 take no longer.
        """

@final
class LoadBalancer:
    """
    Foresees demand per user and application, and says what to hold ready.

    `profile` is what is promised to users that have none: a dict of `max_latency_seconds`, `cost_limit` and `priority`; by default an answer
    within a second; from `critical_priority` on, hot instances are made ready. `instances` is a list of dicts of `name`, `tier` ("hot", "warm", "cold"), `cpu`, `memory`, `network`, `cost_per_hour` and
    `standby_cost_per_hour`, at least one for each tier; without any nothing is recommended.

    A step has 1 to 86,400 seconds, a season 2 to 2,016 steps. Beyond `most_keys` users of applications the least used are dropped.
    `confidence` is the share of what comes that intervals hold, `utilization` the share of an instance that is to be used, and
    `late_request_cost` what a request that comes too late costs. `cpu`, `memory` and `network` are in any units, the same in records and
    instances. Times are Unix milliseconds, or a datetime with its time zone.

    What cannot be used raises `ConfigError` or `DataError`, which name the field and its value and are a `ValueError`; the balancer is then
    as it was.
    """
    def __new__(cls, /, step_seconds: "float | timedelta | str" = 300.0, season_seconds: "float | timedelta | str" = 86400.0, most_keys: "SupportsIndex" = 1000000, confidence: SupportsFloat | SupportsIndex = 0.9, profile: "dict[str, object] | None" = None, critical_priority: "SupportsIndex" = 1, warm_start_up_seconds: "float | timedelta | str" = 30.0, cold_start_up_seconds: "float | timedelta | str" = 300.0, instances: "list[dict[str, object]] | None" = None, utilization: SupportsFloat | SupportsIndex = 0.7, late_request_cost: SupportsFloat | SupportsIndex = 0.001) -> LoadBalancer: ...
    def __reduce__(self, /) -> "tuple[object, tuple[bytes]]": ...
    def __repr__(self, /) -> str: ...
    @property
    def config(self, /) -> Any:
        """
        The settings.
        """
    @property
    def dropped(self, /) -> int:
        """
        Keys that were dropped because others were used more.
        """
    def explain(self, /, user: str, application: str) -> str:
        """
        In words: how a user of an application is forecast.
        """
    @property
    def keys(self, /) -> int:
        """
        Keys (users of applications) that are kept.
        """
    def observe(self, /, record: "dict[str, object]") -> None:
        """
        Counts one record as it comes in: a dict of `time` (Unix milliseconds), `user`, `application`, `requests` (1), and the `cpu`,
        `memory` and `network` (0) that they kept in use on average over the step.
        """
    def predict(self, /, user: str, application: str, time: int | datetime | datetime64) -> "dict[str, object]":
        """
        What a user of an application will ask for in the step of `time`, and what that takes: `requests` per second, `cpu`, `memory` and
        `network`, each a dict of `mean`, `lower` and `upper`.
        """
    def profile(self, /, user: str, application: str) -> "dict[str, object]":
        """
        What is promised to a user of an application.
        """
    def recommendations(self, /) -> "list[dict[str, object]]":
        """
        How many instances of which kind each tier is to hold, hot first: dicts of `tier`, `kind`, `count`, what will be needed at the
        `lower` and `upper` end of the interval, the `load` that they carry (requests per second), the `quantile` of the demand that it
        reaches, and `cost_per_hour`.
        """
    @staticmethod
    def restore(bytes: bytes) -> LoadBalancer:
        """
        The balancer that a snapshot was taken of: it goes on as if it had never stopped.
        """
    def set_forecast(self, /, user: str, application: str, forecast: "list[dict[str, object]]") -> None:
        """
        Takes in a forecast of one's own for one user of an application, as of a model that is fitted to it alone: a list of dicts of `time`
        (Unix milliseconds), `mean` and `upper`, the quantile `(1 + confidence) / 2`, in requests of a whole step. It counts in place of the
        balancer's in the steps that it tells.
        """
    def set_profile(self, /, user: str | None, application: str, profile: "dict[str, object]") -> None:
        """
        Says what is promised to the users of an application, or with a `user` to that one alone: a dict of `max_latency_seconds`
        (None: it may wait), `cost_limit` (an hour; None: no limit) and `priority` (0). To be said before their requests are counted.
        """
    def snapshot(self, /) -> bytes:
        """
        Settings and state as bytes that `restore` reads.
        """
    def tier_demand(self, /) -> "dict[str, dict[str, float]]":
        """
        All load to come, by how long it can wait: what `ResourceManager.foresee` takes.
        """
    def train(self, /, history: "list[dict[str, object]]") -> None:
        """
        Learns from a history, a list of dicts as in `observe`, in any order.
        """

@final
class LogDifference:
    """
    Where a log and what follows from its inputs part.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    @property
    def derived(self, /) -> str:
        """
        The decision that follows from the inputs.
        """
    @property
    def line(self, /) -> int:
        """
        The line of the log, counted from 1.
        """
    @property
    def logged(self, /) -> str:
        """
        The decision as logged, in JSON.
        """
    @property
    def sequence(self, /) -> int:
        """
        The decision, counted from 1 over the engine's life.
        """

@final
class Lstm(Forecaster):
    """
    Long short-term memory on the sequence, the calendar and the features: `hidden` cells, trained for at most `steps` steps;
    held-out values say when fewer are better.

    `horizon` is how many steps ahead are learned, `periods` the steps of each season (by default the day and the week), `calendar`
    a `Calendar` or a dict of its settings.
    """
    def __new__(cls, /, horizon: "SupportsIndex" = 64, periods: "ArrayLike | None" = None, calendar: "Calendar | dict[str, object] | None" = None, hidden: "SupportsIndex" = 24, steps: "SupportsIndex" = 1000, learning_rate: SupportsFloat | SupportsIndex = 0.01, seed: "SupportsIndex" = 0) -> Lstm: ...

@final
class MovingAverage(Forecaster):
    """
    The mean of the last `window` steps' known values, at every horizon.
    """
    def __new__(cls, /, window: "SupportsIndex") -> MovingAverage: ...

@final
class Oracle(Policy):
    """
    The law that knows the future: the cheapest schedule that keeps the promise. Only in a backtest.
    """
    def __new__(cls, /) -> Oracle: ...

@final
class Packing:
    """
    Where items go, see `pack`.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    @property
    def bins(self, /) -> NDArray[int64]:
        """
        The bin of each item, the running ones first; −1: too large, −2: a conflict of groups, −3: no room left.
        """
    @property
    def lower_bound(self, /) -> int:
        """
        No packing of all items opens fewer new bins than this.
        """
    @property
    def opened(self, /) -> int:
        """
        Count of new bins that were opened.
        """

@final
class Panel:
    """
    A model for each of several series that share a clock: CPU, memory, network, tokens. `threads` do the work of a call.
    """
    def __new__(cls, /, model: Forecaster, names: SupportsGetItem[int, str], threads: "SupportsIndex" = 1) -> Panel: ...
    def __reduce__(self, /) -> "tuple[object, tuple[bytes]]": ...
    def __repr__(self, /) -> str: ...
    def fit(self, /, series: Any, features: ArrayLike | None = None) -> Self:
        """
        Forgets everything and learns from one series for each name: a mapping (also a pandas DataFrame) or a sequence. All lie on
        the same grid; `features` has a row for each step, the same for every series. Gives the panel itself.
        """
    def forecast(self, /, horizon: "SupportsIndex", levels: ArrayLike = ..., features: ArrayLike | None = None) -> "dict[str, Forecast]":
        """
        Forecasts the next `horizon` steps of each series, by name; the rest as for a single model.
        """
    def model(self, /, name: str) -> "Forecaster":
        """
        A copy of the model of one series.
        """
    @property
    def names(self, /) -> list[str]:
        """
        The names of the series.
        """
    @staticmethod
    def restore(bytes: bytes) -> Panel:
        """
        The panel that a snapshot holds.
        """
    def skip(self, /, steps: "SupportsIndex") -> None:
        """
        Passes over `steps` steps in which nothing was measured.
        """
    def snapshot(self, /) -> bytes:
        """
        The panel as bytes that `restore` reads.
        """
    def update(self, /, values: Any, features: ArrayLike | None = None) -> None:
        """
        Takes in the next step: a value for each name, by mapping or sequence, NaN = missing, and the step's features.
        """

@final
class Peak:
    """
    The forecast of the largest load over the lead time, in load per second; `upper` is what is sized for.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, lower: SupportsFloat | SupportsIndex, expected: SupportsFloat | SupportsIndex, upper: SupportsFloat | SupportsIndex) -> Peak: ...
    def __reduce__(self, /) -> "tuple[type[Peak], tuple[float, float, float]]": ...
    def __repr__(self, /) -> str: ...
    @property
    def expected(self, /) -> float:
        """
        The peak expected.
        """
    @property
    def lower(self, /) -> float:
        """
        What the peak exceeds as surely as it stays below `upper`.
        """
    @property
    def upper(self, /) -> float:
        """
        What the peak stays below with the probability that the cost ratio implies.
        """

@final
class Performance:
    """
    How the service really did, as far as it was measured.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    @property
    def kept(self, /) -> float:
        """
        The share of response times within the promise lately; NaN while none was measured.
        """
    @property
    def samples(self, /) -> int:
        """
        Samples that were learned from.
        """
    @property
    def service_rate(self, /) -> float:
        """
        What one replica serves, in load per second, as it is sized for now.
        """

@final
class Period:
    """
    A period of a load.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    @property
    def seconds(self, /) -> float:
        """
        Its length in seconds.
        """
    @property
    def strength(self, /) -> float:
        """
        Share of the load's variance that it explains, with its harmonics, up to 1.
        """

@final
class Placement:
    """
    When one task runs.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, task: "SupportsIndex", name: str, rank: SupportsFloat | SupportsIndex, start_seconds: SupportsFloat | SupportsIndex, end_seconds: SupportsFloat | SupportsIndex, cost: SupportsFloat | SupportsIndex) -> Placement: ...
    def __reduce__(self, /) -> "tuple[type[Placement], tuple[object, ...]]": ...
    def __repr__(self, /) -> str: ...
    @property
    def cost(self, /) -> float:
        """
        Its energy at the prices of that time.
        """
    @property
    def end_seconds(self, /) -> float:
        """
        Seconds from the beginning of the prices.
        """
    @property
    def name(self, /) -> str:
        """
        Its name.
        """
    @property
    def rank(self, /) -> float:
        """
        `priority/energy`; infinite for a task that takes no energy.
        """
    @property
    def start_seconds(self, /) -> float:
        """
        Seconds from the beginning of the prices.
        """
    @property
    def task(self, /) -> int:
        """
        The task, by its place among those handed in.
        """

@final
class Plan:
    """
    When each task runs, what that costs, and how far from the best it can be at most.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, placements: SupportsGetItem[int, Placement], infeasible: SupportsGetItem[int, Unplaced], cost: SupportsFloat | SupportsIndex, lower_bound: SupportsFloat | SupportsIndex, optimal: bool) -> Plan: ...
    def __reduce__(self, /) -> "tuple[type[Plan], tuple[object, ...]]": ...
    def __repr__(self, /) -> str: ...
    @property
    def cost(self, /) -> float:
        """
        The sum of the costs.
        """
    @property
    def gap(self, /) -> float:
        """
        The most by which the cost can be above the least, as a share of the cost.
        """
    @property
    def infeasible(self, /) -> list[Unplaced]:
        """
        The tasks that do not, and why.
        """
    @property
    def lower_bound(self, /) -> float:
        """
        No schedule of the same tasks, those that are not deferrable at the same times, costs less than this.
        """
    @property
    def optimal(self, /) -> bool:
        """
        Whether no schedule at all is better; false where that is not known.
        """
    @property
    def placements(self, /) -> list[Placement]:
        """
        The tasks that run, by start; of those that start together, the greatest `priority/energy` first.
        """

@disjoint_base
class Policy:
    """
    A policy with its settings, of any kind: what engines and backtests take.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __reduce__(self, /) -> "tuple[object, tuple[object, ...]]": ...
    def __repr__(self, /) -> str: ...
    @staticmethod
    def _of(config: "dict[str, object]") -> "Policy": ...
    @property
    def config(self, /) -> Any:
        """
        The settings, as C takes them.
        """

@final
class PolicyResult:
    """
    One policy's run: its totals.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    @property
    def cold_start_decisions(self, /) -> int:
        """
        Decisions made before there was a forecast.
        """
    @property
    def cost(self, /) -> float:
        """
        Cost in the user's currency.
        """
    @property
    def crashes(self, /) -> int:
        """
        Ready replicas that crashed, and were replaced.
        """
    @property
    def dropped_requests(self, /) -> float:
        """
        Requests that were lost: beyond the backlog's limit, or out of patience.
        """
    @property
    def energy_kwh(self, /) -> float:
        """
        Energy in kWh, that of starting and draining included.
        """
    @property
    def equal_service_hpa_cost(self, /) -> float | None:
        """
        Cost of the cheapest autoscaler setting (of the HPA's sweep) with no more violation time, if it has one.
        """
    @property
    def failed_starts(self, /) -> int:
        """
        Starts that failed, were given up, and replaced.
        """
    @property
    def flips(self, /) -> int:
        """
        Times that it changed in the direction opposite to the change before.
        """
    @property
    def gap_closed(self, /) -> float | None:
        """
        Share of the cost between that setting and the oracle that this policy saves; 1 is the oracle.
        """
    @property
    def late_requests(self, /) -> float:
        """
        Requests answered later than promised, or never.
        """
    @property
    def late_share(self, /) -> float:
        """
        Share of the requests that were answered later than promised, 0 to 1.
        """
    @property
    def over_provisioned_hours(self, /) -> float:
        """
        Ready replica-hours beyond what the promise needed.
        """
    @property
    def p50_seconds(self, /) -> float:
        """
        Median response time in seconds.
        """
    @property
    def p95_seconds(self, /) -> float:
        """
        95 % of the responses came within this many seconds.
        """
    @property
    def p99_seconds(self, /) -> float:
        """
        99 % of the responses came within this many seconds.
        """
    @property
    def policy(self, /) -> str:
        """
        The policy's name; a second one of the same kind has a number appended.
        """
    @property
    def replica_hours(self, /) -> float:
        """
        Replica-hours from creation to the end of draining.
        """
    @property
    def requests(self, /) -> float:
        """
        Requests that arrived.
        """
    @property
    def scale_events(self, /) -> int:
        """
        Times that the request changed.
        """
    @property
    def seconds(self, /) -> float:
        """
        Length of the run in seconds.
        """
    @property
    def tiers(self, /) -> list[TierResult]:
        """
        One result a tier, in their order; empty where all replicas are alike.
        """
    @property
    def transition_energy_kwh(self, /) -> float:
        """
        Energy of starting and draining in kWh.
        """
    @property
    def under_provisioned_hours(self, /) -> float:
        """
        Replica-hours that the promise needed and that were not ready.
        """
    @property
    def violation_request_share(self, /) -> float:
        """
        Share of the requests that arrived while the promise was broken, 0 to 1.
        """
    @property
    def violation_requests(self, /) -> float:
        """
        Requests that arrived while the promise was broken.
        """
    @property
    def violation_seconds(self, /) -> float:
        """
        Seconds in which the promise was broken.
        """
    @property
    def violation_share(self, /) -> float:
        """
        Share of the time in which the promise was broken, 0 to 1.
        """

@final
class PowerCurve:
    """
    The power of a machine at every utilization from 0 to 1, in watts: straight lines between points at equal distances.

    Two numbers are idle and busy, eleven a SPECpower table.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, watts_at_utilization: ArrayLike) -> PowerCurve: ...
    def __reduce__(self, /) -> "tuple[type[PowerCurve], tuple[object]]": ...
    def __repr__(self, /) -> str: ...
    @property
    def busy(self, /) -> float:
        """
        The power at full utilization, in watts.
        """
    @property
    def idle(self, /) -> float:
        """
        The power at no utilization, in watts.
        """
    @property
    def points(self, /) -> NDArray[float64]:
        """
        The watts that it goes through, at utilizations of equal distances.
        """
    def times(self, /, count: SupportsFloat | SupportsIndex) -> PowerCurve:
        """
        The curve of `count` such machines side by side, equally used; `count` need not be whole.
        """
    def watts(self, /, utilization: SupportsFloat | SupportsIndex) -> float:
        """
        The power at a utilization, in watts.
        """

@final
class Predictive(Policy):
    """
    Ours: enough replicas for the latency target at the load, one lead time ahead, that is worth its replicas.

    Each stage can be switched off: `forecast` (without, the load observed now), `sizing` (`queueing`, or a fixed `{"utilization": 0.7}`), `quantile`
    (`marginal`, at which a replica more costs as much as it saves, or `newsvendor`, ratio/(1 + ratio) at all times), `feedback` (gain per lead time
    on the error that forecasts keep making; 0 to 1), `operating_point` (which of many laws, tried on the load that came, is followed: `price`,
    `product` or `off`), `transition_seconds` (growth along a sigmoid instead of at once; 0 to 3,600), `rails` (the engine's).
    """
    def __new__(cls, /, forecast: bool = True, sizing: "str | dict[str, float] | None" = None, quantile: str = "marginal", feedback: SupportsFloat | SupportsIndex = 0.0, operating_point: str = "price", transition_seconds: "float | timedelta | str" = 0.0, rails: bool = True) -> Predictive: ...

@final
class QLearning(Policy):
    """
    Learns from rewards when to scale: a table of what scaling down, holding and scaling up is expected to bring, by utilization,
    capacity, trend and forecast.

    `Q += learning_rate * (R + discount * max Q' - Q)`; a share of the actions, `exploration` to begin with, is random. A replica too few costs
    `shortage_cost` when one too many costs 1. `table` is what `Engine.q_table` gives; without `learning` it stays as it is.
    Without `rails` it decides alone: no forecast, and of the rails its own floor and the smallest and the largest count only.
    """
    def __new__(cls, /, learning: bool = True, learning_rate: SupportsFloat | SupportsIndex = 0.05, discount: SupportsFloat | SupportsIndex = 0.9, exploration: SupportsFloat | SupportsIndex = 0.1, exploration_decay: SupportsFloat | SupportsIndex = 0.9995, least_exploration: SupportsFloat | SupportsIndex = 0.01, shortage_cost: SupportsFloat | SupportsIndex = 19.0, step: SupportsFloat | SupportsIndex = 0.1, seed: "SupportsIndex" = 0, table: ArrayLike | None = None, rails: bool = True) -> QLearning: ...

@final
class Queue:
    """
    A queue M/M/c in its steady state, or with other variability. Rates are per second, times in seconds.
    """
    def __new__(cls, /, arrival_rate: SupportsFloat | SupportsIndex, service_rate: SupportsFloat | SupportsIndex, servers: "SupportsIndex", arrival_cv: SupportsFloat | SupportsIndex = 1.0, service_cv: SupportsFloat | SupportsIndex = 1.0) -> Queue: ...
    def __reduce__(self, /) -> "tuple[type[Queue], tuple[float, float, int, float, float]]": ...
    def __repr__(self, /) -> str: ...
    @property
    def mean_response(self, /) -> float:
        """
        The mean time from arrival to the end of service; infinite from a utilization of 1.
        """
    @property
    def mean_wait(self, /) -> float:
        """
        The mean time before service begins, over all arrivals; infinite from a utilization of 1.
        """
    def response_quantile(self, /, p: SupportsFloat | SupportsIndex) -> float:
        """
        The response time that a share `p` of all arrivals stays within, 0 < p < 1.
        """
    def response_tail(self, /, seconds: SupportsFloat | SupportsIndex) -> float:
        """
        The probability that a response takes longer than `seconds`; 1 from a utilization of 1.
        """
    @property
    def utilization(self, /) -> float:
        """
        Arrival rate over the rate that all servers together can serve; infinite without servers.
        """
    @property
    def wait_probability(self, /) -> float:
        """
        The probability that an arrival must wait: Erlang C.
        """
    def wait_quantile(self, /, p: SupportsFloat | SupportsIndex) -> float:
        """
        The wait that a share `p` of all arrivals stays within, 0 < p < 1.
        """

@final
class RayServe(Policy):
    """
    Ray Serve's autoscaler: enough replicas for the requests in flight over `look_back_seconds`, once that has been so for a while.

    `target_ongoing_requests` is for each replica; the factors are the share of the way to go at once.
    """
    def __new__(cls, /, target_ongoing_requests: SupportsFloat | SupportsIndex = 0.7, upscaling_factor: SupportsFloat | SupportsIndex = 1.0, downscaling_factor: SupportsFloat | SupportsIndex = 1.0, upscale_delay_seconds: "float | timedelta | str" = 30.0, downscale_delay_seconds: "float | timedelta | str" = 600.0, look_back_seconds: "float | timedelta | str" = 30.0) -> RayServe: ...

@final
class Regions:
    """
    How much of each application to run in which region, and which region serves whose requests.

    `budget` is what all regions together may take: `{"replicas": n}`, `{"cost": an hour}` or `{"watts": w}`. `latency_price` is what a
    millisecond of latency of one replica's requests is worth in an hour, `carbon_price` what a kilogram of carbon dioxide is,
    and `move_price` what another region must be cheaper by to take load over. `retry` is a dict of `timeout_seconds`, `attempts`, `backoff`.

    A step has 1 to 86,400 seconds, a season 2 to 2,016 steps; `cost_ratio` is what a replica too little costs when one too much costs 1. A
    region that comes back is given its load again over `recovery_rounds`. Times are Unix milliseconds, or a datetime with its time zone;
    they never go back.

    What cannot be used raises `ConfigError` or `DataError`, which name the field and its value and are a `ValueError`; the regions are then
    as they were.
    """
    def __new__(cls, /, step_seconds: "float | timedelta | str" = 300.0, season_seconds: "float | timedelta | str" = 86400.0, start_up_seconds: "float | timedelta | str" = 120.0, cost_ratio: SupportsFloat | SupportsIndex = 19.0, budget: "dict[str, float] | None" = None, latency_price: SupportsFloat | SupportsIndex = 0.01, carbon_price: SupportsFloat | SupportsIndex = 0.0, move_price: SupportsFloat | SupportsIndex = 0.05, recovery_rounds: "SupportsIndex" = 4, retry: "dict[str, object] | None" = None) -> Regions: ...
    def __reduce__(self, /) -> "tuple[object, tuple[bytes]]": ...
    def __repr__(self, /) -> str: ...
    def clear_journal(self, /) -> None:
        """
        Forgets the records of the journal.
        """
    @property
    def config(self, /) -> Any:
        """
        The settings.
        """
    def explain(self, /, application: str) -> str:
        """
        In words: where an application runs, what the last round wanted and why, who serves whom, and what limits it.
        """
    def forecast(self, /, region: str, application: str) -> "list[dict[str, object]]":
        """
        What is expected from a region for an application in the coming steps: dicts of `time`, `mean` and `upper`.
        """
    def instructions(self, /) -> "list[dict[str, object]]":
        """
        What the last round handed out.
        """
    def journal(self, /) -> "dict[str, object]":
        """
        What changed and why: the `records` since the journal was last cleared, and how many were `lost` before them.
        """
    def observe(self, /, now: int | datetime | datetime64, region: str, application: str, requests: SupportsFloat | SupportsIndex) -> None:
        """
        Counts requests from a region for an application, as they come in: how many since the last call, 0 to 1e12.
        """
    def plan(self, /, now: int | datetime | datetime64) -> "list[dict[str, object]]":
        """
        One round: what the actuator is to do, new or again, as dicts of `id`, `attempt`, `issued`, `due` and `action`, which is
        `{"scale": {"region": name, "application": name, "replicas": how many are to run there in all}}`.
        """
    def reconcile(self, /, now: int | datetime | datetime64, running: "list[dict[str, object]]") -> None:
        """
        What really runs: a list of dicts of `region`, `application` and `replicas`; what is not in it does not run.
        """
    def region_back(self, /, region: str) -> None:
        """
        A region is back: it is given its load again step by step.
        """
    def region_lost(self, /, region: str) -> None:
        """
        A region is lost: its load is spread over the others.
        """
    def replicas(self, /) -> "list[dict[str, object]]":
        """
        Replicas of each application in each region: dicts of `region`, `application`, `wanted` and `running`.
        """
    def report(self, /, id: "SupportsIndex", outcome: str) -> None:
        """
        What became of instruction `id`: "confirmed" or "failed". The same report twice changes nothing.
        """
    @staticmethod
    def restore(bytes: bytes) -> Regions:
        """
        The regions that a snapshot was taken of: they go on as if they had never stopped.
        """
    def routes(self, /) -> "list[dict[str, object]]":
        """
        Where the requests for each application from each region are to go: dicts of `application`, `source`, `shares` by `region`, what is
        `unserved`, and what it is `limited_by`.
        """
    def set_application(self, /, application: "dict[str, object]") -> None:
        """
        Adds an application, or changes it: a dict of `name`, `service_rate` (requests per second that one replica serves), and where they
        matter `most_latency` (milliseconds from where requests come to where they are served), `residency` (a dict: for a region, the list
        of those that may serve its requests) and `priority` (0 to 100; the higher ones first).
        """
    def set_carbon(self, /, region: str, carbon: "list[dict[str, object]]") -> None:
        """
        The carbon intensity of a region's power: a list of dicts of `time` (Unix milliseconds) and `grams` a kilowatt-hour, each until the
        next.
        """
    def set_forecast(self, /, region: str, application: str, forecast: "list[dict[str, object]]") -> None:
        """
        Takes in a forecast of one's own for the requests from a region for an application: a list of dicts of `time` (Unix milliseconds),
        `mean`, and `upper`, the quantile `cost_ratio / (1 + cost_ratio)`.
        """
    def set_latencies(self, /, latencies: "list[dict[str, object]]") -> None:
        """
        Says how far regions are apart: a list of dicts of `from`, `to` and `milliseconds`, the same both ways.
        """
    def set_region(self, /, region: "dict[str, object]") -> None:
        """
        Adds a region, or changes it: a dict of `name`, `capacity` (replicas that it has room for), and `cost` (of a replica in an hour; 1)
        and `watts` (of a replica; 0).
        """
    def snapshot(self, /) -> bytes:
        """
        Settings and state as bytes that `restore` reads.
        """

@final
class Report:
    """
    What a backtest found: totals of each policy, timelines, and the frontier of cost against violations.
    """
    def __repr__(self, /) -> str: ...
    def daily_means(self, /, level: SupportsFloat | SupportsIndex = 0.95, resamples: "SupportsIndex" = 2000, block_seconds: float | timedelta | str | None = None, seed: "SupportsIndex" = 0) -> list[DailyMeans]:
        """
        Each policy's mean day with its interval by block bootstrap over the whole days, at least 7: a list of `DailyMeans`.
        """
    @property
    def frontier(self, /) -> list[FrontierPoint]:
        """
        The settings that were tried besides; every policy over its target, unless told otherwise.
        """
    def frontier_svg(self, /) -> str:
        """
        The chart of cost against broken promises as SVG text: every policy over its settings.
        """
    @property
    def interval_seconds(self, /) -> float:
        """
        Seconds from decision to decision.
        """
    @property
    def load(self, /) -> NDArray[float64]:
        """
        True load per second, one value a decision.
        """
    def per_day(self, /) -> list[DayResult]:
        """
        Each policy's days (UTC), policy by policy: a list of `DayResult`. Their sums are the totals.
        """
    def per_day_table(self, /) -> str:
        """
        Each policy's days as a text table.
        """
    def plot(self, /) -> "object":
        """
        Load, replicas and response time over the whole run as a matplotlib Figure; matplotlib must be installed.
        """
    @property
    def policies(self, /) -> list[PolicyResult]:
        """
        One result a policy, in the order they were given.
        """
    def policy(self, /, name: str) -> PolicyResult:
        """
        The result of a policy by its name.
        """
    @property
    def seed(self, /) -> int:
        """
        The seed of its noise.
        """
    @property
    def start(self, /) -> int:
        """
        Unix milliseconds at which it began.
        """
    def table(self, /) -> str:
        """
        The totals as a text table.
        """
    def timeline(self, /, name: str) -> Timeline:
        """
        A policy's run by its name.
        """
    def timeline_svg(self, /) -> str:
        """
        The busiest day (of a short run: hour, or all of it) as SVG text: load, replicas and response times.
        """
    def to_html(self, /, path: str | PathLike[str] | None = None) -> str:
        """
        The report as one HTML page without anything external: the finding, the world, the table and the charts.

        Written to `path` when one is given.
        """
    def to_json(self, /) -> str:
        """
        Totals and frontier as JSON text, without the timelines.
        """
    def to_pandas(self, /) -> Any:
        """
        The totals as a pandas DataFrame with a row for each policy; pandas must be installed.
        """
    @property
    def world(self, /) -> World:
        """
        The world it ran in.
        """

@final
class ResourceManager:
    """
    Keeps as much capacity in each tier as will be needed, and says who gets it.

    `tiers` is a dict of `hot`, `warm` and `cold`, each a dict of `service_rate` (requests per second that one unit serves),
    `start_up_seconds`, `cost_per_hour` and `standby_cost_per_hour`, and where they matter `kind`, `busy_watts`, `standby_watts`, `min_units`,
    `max_units`. `retry` is a dict of `timeout_seconds`, `attempts` and `backoff`.

    `late_request_cost` is what a request that comes too late costs, `need_seconds` how long a need of capacity usually lasts,
    `energy_price` what a kWh adds to the costs. Units may be busy for `utilization` of the time, and `response_share` of the answers must
    be within the latency that was promised. A request of `critical_priority` or more gets what is fastest, others what costs least.
    Capacity is kept for `hold_seconds` after it was last needed, and a forecast counts for `forecast_seconds`. Times are Unix milliseconds,
    or a datetime with its time zone; they never go back.

    What cannot be used raises `ConfigError` or `DataError`, which name the field and its value and are a `ValueError`; the manager is then as
    it was.
    """
    def __new__(cls, /, tiers: "dict[str, dict[str, object]]", late_request_cost: SupportsFloat | SupportsIndex = 0.001, need_seconds: "float | timedelta | str" = 300.0, energy_price: SupportsFloat | SupportsIndex = 0.0, utilization: SupportsFloat | SupportsIndex = 0.7, response_share: SupportsFloat | SupportsIndex = 0.95, critical_priority: "SupportsIndex" = 1, hold_seconds: "float | timedelta | str" = 300.0, forecast_seconds: "float | timedelta | str" = 3600.0, retry: "dict[str, object] | None" = None) -> ResourceManager: ...
    def __reduce__(self, /) -> "tuple[object, tuple[bytes]]": ...
    def __repr__(self, /) -> str: ...
    def allocate(self, /, now: int | datetime | datetime64, request: "dict[str, object]") -> "dict[str, dict[str, object]]":
        """
        Asks for capacity: a dict of `id`, `load` (requests per second), `user`, `application`, and `qos`, the quality of its service, a
        dict of `max_latency_seconds` (within which the promised share of its answers comes; None: it can wait as long as it takes),
        `cost_limit` (what the capacity for its load may cost an hour; None: no limit) and `priority` (0; the highest is served first, and
        from `critical_priority` on it gets the fastest tier instead of the cheapest). `{"granted": {...}}` (with the `tier`, whether it
        `is_served` already, `expected_latency_seconds`, `cost_per_hour`), or `{"refused": {...}}` with a `reason` ("latency": no tier
        answers in time; "cost": those that do cost more than the limit; "capacity": there is no room up to the tiers' limits). The same
        request again has the same lease.
        """
    def allocation(self, /) -> "dict[str, dict[str, object]] | None":
        """
        What became of the last request; None before any.
        """
    def clear_journal(self, /) -> None:
        """
        Forgets the records of the journal.
        """
    @property
    def config(self, /) -> Any:
        """
        The settings.
        """
    def explain(self, /) -> str:
        """
        In words: how the tiers are now, and what the last round decided for each and why.
        """
    def follow(self, /, now: int | datetime | datetime64, recommendations: "list[dict[str, object]]") -> None:
        """
        Holds as many hot and warm units as `LoadBalancer.recommendations` says, and more where these would not carry its load; of the kind
        that it says, where a tier names none. A kind that is not the tier's is refused.
        """
    def foresee(self, /, now: int | datetime | datetime64, demand: "dict[str, dict[str, float]]") -> "dict[str, dict[str, float]]":
        """
        Sizes the tiers by the load to come, as `LoadBalancer.tier_demand` has it: a dict of `cannot_wait`, `can_wait_for_warm` and `all`,
        each a dict of `mean` and `variance` in requests per second. The `load` that hot, warm and cold are to carry, and the `quantile` of
        it.
        """
    def instructions(self, /) -> "list[dict[str, object]]":
        """
        What the last round handed out.
        """
    def journal(self, /) -> "dict[str, object]":
        """
        What was decided in which round: the `records` since the journal was last cleared, and how many were `lost` before them.
        """
    def lease(self, /, id: "SupportsIndex") -> "dict[str, object] | None":
        """
        The lease of a number, or None.
        """
    def leases(self, /) -> "list[dict[str, object]]":
        """
        All leases, by their numbers.
        """
    def observe(self, /, now: int | datetime | datetime64, observation: "dict[str, object]") -> None:
        """
        Takes in what is seen of a tier: a dict of `tier`, and the `load` that really comes in (requests per second), the `latency_seconds` within
        which the promised share of the answers really comes, or the `utilization` of the resource of which least is left; None: what was told
        before, while it counts, and else not known.
        """
    def rebalance(self, /, now: int | datetime | datetime64) -> "list[dict[str, object]]":
        """
        One round: what the actuator is to do, new or again, as dicts of `id`, `attempt`, `issued`, `due` and `action`, which is
        `{"provision": {"unit": number, "tier": name, "kind": name}}`, or `deprovision`, `move` (`from`, `to`), `wake`, `rest` of a `unit`,
        or `route` of a `lease` to a `tier`.
        """
    def reconcile(self, /, now: int | datetime | datetime64, inventory: "list[dict[str, object]]") -> None:
        """
        The units that really are there, as the actuator's own list has them: dicts of `unit`, `tier`, and for warm ones `is_awake`.
        """
    def release(self, /, now: int | datetime | datetime64, lease: "SupportsIndex") -> bool:
        """
        Gives the capacity of a lease back; whether there was one.
        """
    def report(self, /, id: "SupportsIndex", outcome: str) -> None:
        """
        What became of instruction `id`: "confirmed" or "failed". The same report twice changes nothing.
        """
    @staticmethod
    def restore(bytes: bytes) -> ResourceManager:
        """
        The manager that a snapshot was taken of: it goes on as if it had never stopped.
        """
    def sizes(self, /) -> "dict[str, dict[str, float]]":
        """
        The same, by the last forecast.
        """
    def snapshot(self, /) -> bytes:
        """
        Settings and state as bytes that `restore` reads.
        """
    def status(self, /) -> "list[dict[str, object]]":
        """
        How the tiers are now, hot first: dicts of `tier`; of units that are `serving`, `resting` (warm ones, or on their way to it),
        `starting` (being made, woken or moved here) and `stopping` (given back, not yet confirmed); the `load` of the leases in requests per
        second, how many `leases` there are and how many of them are `waiting` for capacity; `latency_seconds` within which the promised
        share of their answers comes if all this load comes to the units that serve (None: they are not enough); and `watts` and
        `cost_per_hour` of the units, those that the load needs at work, the others at standby.
        """
    def unit_lost(self, /, now: int | datetime | datetime64, unit: "SupportsIndex") -> bool:
        """
        A unit is gone, as when its machine failed; whether there was one.
        """

@final
class Reward:
    """
    The reward lately, `R = w1 * accuracy - w2 * energy`.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    @property
    def accuracy(self, /) -> float:
        """
        The mean accuracy of the forecast at the lead time.
        """
    @property
    def energy(self, /) -> float:
        """
        The mean energy, in units of what exactly enough replicas would draw.
        """
    @property
    def gain(self, /) -> float:
        """
        How much more reward it brings to follow the forecast than the load observed now.
        """
    @property
    def last(self, /) -> float:
        """
        That of the last step; NaN before there is one.
        """
    @property
    def mean(self, /) -> float:
        """
        Its mean over a day or so.
        """

@final
class Rollout:
    """
    A new policy takes over step by step, and only while what is measured says that it is better.

    `stages` are shares of traffic or services, rising to 1. After every `look_intervals` pairs of a stage, at most `looks` times, new and old are
    compared by the block bootstrap. The chance that a policy that is no better ever advances is at most `alpha` as far as
    the bootstrap's p-values are exact (a look must have met what is rare and dear), spent in equal parts.
    """
    def __new__(cls, /, stages: SupportsGetItem[int, SupportsFloat | SupportsIndex] = ..., alpha: SupportsFloat | SupportsIndex = 0.05, look_intervals: "SupportsIndex" = 240, looks: "SupportsIndex" = 6, violation_cost_per_hour: SupportsFloat | SupportsIndex = 100.0, resamples: "SupportsIndex" = 2000, seed: "SupportsIndex" = 0, services: "SupportsIndex" = 100) -> Rollout: ...
    def __reduce__(self, /) -> "tuple[object, tuple[bytes]]": ...
    def __repr__(self, /) -> str: ...
    @property
    def config(self, /) -> Any:
        """
        The settings.
        """
    @property
    def ended(self, /) -> str | None:
        """
        How it ended: "roll_back" or "promote"; None while it goes on.
        """
    @property
    def looks(self, /) -> Any:
        """
        Every look so far.
        """
    def observe(self, /, old_cost: SupportsFloat | SupportsIndex, old_violation_seconds: SupportsFloat | SupportsIndex, new_cost: SupportsFloat | SupportsIndex, new_violation_seconds: SupportsFloat | SupportsIndex) -> str:
        """
        Takes in what one interval cost, and for how many seconds the promise was broken in it, with the old policy in the control group and
        with the new one in a group of the same size; gives "hold", "advance", "roll_back" or "promote".
        """
    @staticmethod
    def restore(bytes: bytes) -> Rollout:
        """
        The rollout that a snapshot was taken of: it goes on as if it had never stopped.
        """
    @property
    def share(self, /) -> float:
        """
        The share that is to run the new policy now: 0 once it is rolled back, 1 once it is promoted.
        """
    def snapshot(self, /) -> bytes:
        """
        The whole state as bytes that `restore` reads.
        """
    def to_json(self, /) -> str:
        """
        Share, end and looks as JSON text.
        """

@final
class ScalingLaw:
    """
    The scaling identity, incremental: clamped to [low, high], without wind-up of its integral.

    `filter_seconds` is the time constant of a filter on the gamma term, against noise; 0 is none.
    """
    def __new__(cls, /, alpha: SupportsFloat | SupportsIndex = 1.0, beta: SupportsFloat | SupportsIndex = 0.0, gamma: SupportsFloat | SupportsIndex = 0.0, low: SupportsFloat | SupportsIndex = 1.0, high: SupportsFloat | SupportsIndex = 1000.0, s0: SupportsFloat | SupportsIndex = 0.0, filter_seconds: "float | timedelta | str" = 0.0) -> ScalingLaw: ...
    def __reduce__(self, /) -> "tuple[object, tuple[bytes]]": ...
    def __repr__(self, /) -> str: ...
    @property
    def gains(self, /) -> tuple[float, float, float]:
        """
        The gains (alpha, beta, gamma): those given, or what tuning found.
        """
    @staticmethod
    def restore(bytes: bytes) -> ScalingLaw:
        """
        The law that a snapshot holds; it goes on exactly as the one that was saved.
        """
    @property
    def scale(self, /) -> float:
        """
        The scale after the last sample.
        """
    def snapshot(self, /) -> bytes:
        """
        The law as bytes that `restore` reads.
        """
    def tune(self, /, load: ArrayLike, scale: ArrayLike, step_seconds: float | timedelta | str) -> float:
        """
        Takes the gains with which the identity comes closest to a recorded `scale`, by least squares, and begins anew.

        `load` and `scale` were recorded of a controller, `step_seconds` apart, at least 4 samples of each. Gives the root mean square of what
        the gains leave unexplained. A gain of which the record says nothing becomes 0.
        """
    def tune_simulated(self, /, demand: ArrayLike, step_seconds: "float | timedelta | str" = 15.0, start_up_seconds: "float | timedelta | str" = 120.0, missing_cost: SupportsFloat | SupportsIndex = 10.0, idle_cost: SupportsFloat | SupportsIndex = 1.0, change_cost: SupportsFloat | SupportsIndex = 1.0, gain_margin: SupportsFloat | SupportsIndex = 2.0) -> float:
        """
        Takes the gains that would have been cheapest on this demand, by simulation with replicas that serve one start-up later, and begins anew.

        Gives the mean cost of a step. The gains keep stability up to `gain_margin` times themselves.
        """
    def update(self, /, load: SupportsFloat | SupportsIndex, step_seconds: float | timedelta | str) -> float:
        """
        Takes one sample, `step_seconds` after the one before, and gives the new scale.
        """

@final
class Schedule(Policy):
    """
    Replica counts by cron expressions on the wall clock of a time zone.

    `windows` is a list of dicts, as `{"start": "0 8 * * MON-FRI", "end": "0 18 * * MON-FRI", "time_zone": "Europe/Berlin", "replicas": 10}`; of
    those that are open the largest count holds, `otherwise` while none is.
    """
    def __new__(cls, /, windows: "list[dict[str, object]]", otherwise: "SupportsIndex" = 1) -> Schedule: ...

@final
class SeasonalMax(Policy):
    """
    A horizontal pod autoscaler that also sees last season's peak: the largest load of the coming `window_seconds` (half an
    hour) as it was `season_seconds` (one week) ago, as a second metric of `hpa`.
    """
    def __new__(cls, /, hpa: Hpa | None = None, season_seconds: "float | timedelta | str" = 604800.0, window_seconds: "float | timedelta | str" = 1800.0) -> SeasonalMax: ...

@final
class SeasonalNaive(Forecaster):
    """
    The value of one season, `period` steps, ago.
    """
    def __new__(cls, /, period: "SupportsIndex") -> SeasonalNaive: ...

@final
class Series:
    """
    A load on a regular grid: one value a step, NaN where nothing was measured. Times are Unix milliseconds.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __len__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, values: Series | ArrayLike, start: "int | datetime | datetime64" = 0, step_seconds: "float | timedelta | str" = 60.0) -> Series: ...
    def __reduce__(self, /) -> "tuple[object, tuple[bytes]]": ...
    def __repr__(self, /) -> str: ...
    def fill(self, /, how: str, period: "SupportsIndex | None" = None) -> Series:
        """
        The same series with its missing values replaced: linear, hold, or seasonal with a period in steps.
        """
    @staticmethod
    def from_csv(csv: str, column: str | None = None, step_seconds: float | timedelta | str | None = None) -> Series:
        """
        A series from CSV text with a header line: times (RFC 3339 or Unix) first, the load in `column`, or second.

        The step is the smallest distance of two times unless given.
        """
    @staticmethod
    def from_frame(frame: Series | Any) -> "Series":
        """
        A series from a pandas Series with a DatetimeIndex, or from a frame of pandas, polars, or anything that gives an Arrow
        stream, with one column of times and one of numbers. Also done wherever a series is expected.
        """
    @staticmethod
    def from_regular(times: ArrayLike, values: ArrayLike) -> Series:
        """
        A series from samples taken regularly, in any order: the step is the smallest distance of two times, of which all must be
        multiples; steps without a sample are missing, samples of the same time are averaged.
        """
    @staticmethod
    def from_samples(times: ArrayLike, values: ArrayLike, step_seconds: float | timedelta | str, how: str = "mean") -> Series:
        """
        A series from samples at any times: sorted, and aggregated within a step.

        `how` is one of mean, sum, max, min, last, count.
        """
    def resample(self, /, step_seconds: float | timedelta | str, how: str = "mean") -> Series:
        """
        The same load on a coarser or a finer grid; `how` as for `from_samples`.
        """
    @staticmethod
    def restore(bytes: bytes) -> Series:
        """
        The series that a snapshot holds.
        """
    def snapshot(self, /) -> bytes:
        """
        The series as bytes that `restore` reads.
        """
    @property
    def start(self, /) -> int:
        """
        Unix milliseconds at which the first step begins.
        """
    @property
    def step_seconds(self, /) -> float:
        """
        Seconds a step.
        """
    @property
    def values(self, /) -> NDArray[float64]:
        """
        The values, NaN where missing.
        """

@final
class ShadowManager:
    """
    Gives shadows what the coming minutes need, and traffic to shadows: says what to do, and is told what became of it.

    `rule` is "quantile" (what the forecast's quantile that `cost_ratio` implies exceeds of the primary, where it pays) or "proportional"
    (predicted utilization times the primary's own allocation). `calendar` and `history` are dicts of the settings of `load.Calendar` and
    `load.History`, `retry` one of `timeout_seconds`, `attempts` and `backoff`.

    A window of `step_seconds` (5 to 3,600) is what utilization is averaged and forecast over; a shadow has what it is given after
    `warm_seconds`. Utilization is kept at `target_utilization`; beyond `overload_utilization` an hour costs `degradation_cost_per_hour`.
    Shares are 0 to 1: `idle_share` of its size is what an idle shadow has, `standby_share` of the forecast is held for a failure,
    `share_step` of the traffic moves within a window at the most, and changes below `share_tolerance` (of traffic) or `resize_tolerance`
    (of resources) are not made. Traffic is handed over when `closeness` of the real utilization was predicted, goes back after
    `return_steps` windows of less, and resources after `patience_steps`. Times are Unix milliseconds, or a datetime with its time zone;
    they never go back.

    What cannot be used raises `ConfigError` or `DataError`, which name the field and its value and are a `ValueError`; the manager is then as
    it was.
    """
    def __new__(cls, /, step_seconds: "float | timedelta | str" = 60.0, horizon_steps: "SupportsIndex" = 15, warm_seconds: "float | timedelta | str" = 120.0, calendar: "dict[str, object] | None" = None, history: "dict[str, object] | None" = None, rule: str = "quantile", cost_ratio: SupportsFloat | SupportsIndex = 19.0, degradation_cost_per_hour: SupportsFloat | SupportsIndex = 100.0, target_utilization: SupportsFloat | SupportsIndex = 0.7, overload_utilization: SupportsFloat | SupportsIndex = 0.9, idle_share: SupportsFloat | SupportsIndex = 0.05, standby_share: SupportsFloat | SupportsIndex = 0.0, failures_per_hour: SupportsFloat | SupportsIndex = 0.0, outage_cost_per_hour: SupportsFloat | SupportsIndex = 1000.0, closeness: SupportsFloat | SupportsIndex = 0.9, share_step: SupportsFloat | SupportsIndex = 0.2, share_tolerance: SupportsFloat | SupportsIndex = 0.03, return_steps: "SupportsIndex" = 2, patience_steps: "SupportsIndex" = 3, resize_tolerance: SupportsFloat | SupportsIndex = 0.02, most_queued: "SupportsIndex" = 10000, most_shadows: "SupportsIndex" = 10000, retry: "dict[str, object] | None" = None) -> ShadowManager: ...
    def __reduce__(self, /) -> "tuple[object, tuple[bytes]]": ...
    def __repr__(self, /) -> str: ...
    def clear_journal(self, /) -> None:
        """
        Forgets the records of the journal.
        """
    @property
    def config(self, /) -> Any:
        """
        The settings.
        """
    def end_trial(self, /, primary: str, is_promoted: bool) -> None:
        """
        Ends a trial: the new version becomes active, which it may only when it was shown to be no worse, or its shadow goes.
        """
    def explain(self, /, primary: str) -> str:
        """
        The same in words.
        """
    def forecast(self, /, primary: str) -> "list[dict[str, object]]":
        """
        What is expected of a primary in the coming windows: dicts of `time`, and `mean`, `deviation` and `upper` of each
        resource, as shares of what the primary has.
        """
    @property
    def history(self, /) -> History:
        """
        What was used of each resource, as a history of its own: by the resources' names and the samples' tags; the primary's name is the tag
        "primary".
        """
    def instance_failed(self, /, instance: "SupportsIndex") -> None:
        """
        An instance does not answer any more; the next round promotes the best shadow if it was active, or replaces it.
        """
    def instance_recovered(self, /, instance: "SupportsIndex") -> None:
        """
        An instance that had failed answers again: it becomes standby.
        """
    def instructions(self, /) -> "list[dict[str, object]]":
        """
        What the last round handed out.
        """
    def journal(self, /) -> "dict[str, object]":
        """
        What was decided and what came of it: the `records` since the journal was last cleared, and how many were `lost` before them.
        """
    def observe(self, /, now: int | datetime | datetime64, sample: "dict[str, object]") -> None:
        """
        Takes in what a primary and its shadows used together: a dict of the `primary`, how much was `used` of each resource in its unit
        (None: not known) and `tags` of the requests, texts by name.
        """
    def observe_trial(self, /, primary: str, pair: "dict[str, float]") -> None:
        """
        Takes in what both versions measured over the same time: a dict of `latency_seconds`, `error_share`, `new_latency_seconds` and
        `new_error_share`; shares are 0 to 1.
        """
    def plan(self, /, now: int | datetime | datetime64) -> "list[dict[str, object]]":
        """
        One round: what the actuator is to do, new or again, as dicts of `id`, `attempt`, `issued`, `due` and `action`, which is
        `{"create": {...}}`, or `resize`, `route`, `mirror`, `promote`, `demote`, `release`. All name the `instance`, but for `route`, which
        has the `primary`, a `version` that rises, and `shares`, a list of [instance, share] that takes the place of the one before.
        `create` and `resize` have `amounts` of each resource, `promote` and `demote` the `epoch` that is valid, `mirror` whether it
        `is_on`.
        """
    def prewarm(self, /, request: "dict[str, object]") -> None:
        """
        Puts a request of one's own into the pre-warming queue: a dict of the `primary`, `needed_at` in Unix milliseconds, and `amounts`,
        what all its shadows together need of each resource then.
        """
    def queue(self, /) -> "list[dict[str, object]]":
        """
        What is waiting in the pre-warming queue, what is needed first at the front.
        """
    def reconcile(self, /, now: int | datetime | datetime64, seen: "list[dict[str, object]]") -> None:
        """
        What really is there, all instances of all primaries: dicts of `instance` (its number), `amounts` (of each resource), `share` (of
        its primary's traffic, 0 to 1) and `is_active`.
        """
    def remove_primary(self, /, primary: str) -> None:
        """
        Forgets a primary: what is open about it is withdrawn, its active instance gets all of its traffic, its other instances are
        released. The journal stays. The active instance is the host's from now on, not to be listed in `reconcile`.
        """
    def report(self, /, id: "SupportsIndex", outcome: str) -> None:
        """
        What became of instruction `id`: "confirmed" or "failed". The same report twice changes nothing.
        """
    @staticmethod
    def restore(bytes: bytes) -> ShadowManager:
        """
        The manager that a snapshot was taken of: it goes on as if it had never stopped.
        """
    def set_forecast(self, /, forecast: "dict[str, object]") -> None:
        """
        Uses a forecast of one's own: a dict of the `primary`, `start` in Unix milliseconds, and `mean` and `deviation`, a row a window and a
        column a resource, as shares of what the primary has.
        """
    def set_primary(self, /, primary: "dict[str, object]") -> int:
        """
        Adds a primary, or changes its sizes, limits and prices, and gives the number of its active instance: a dict of `name`, `resources`
        (1 to 16 dicts of `name`, `base` (what it has, in any unit), `price_per_hour` (of a unit)), and where they matter `version`, `sizes`
        (dicts of `name`, `amounts`, `price_per_hour`), `min_shadows` (1; 0: none but those that pay), `max_shadows` (4; 1 to 100) and
        `policies` (dicts of `above`, a predicted utilization, and `shadows`, at least so many from there on).
        """
    def snapshot(self, /) -> bytes:
        """
        Settings and state as bytes that `restore` reads.
        """
    def start_trial(self, /, trial: "dict[str, object]") -> None:
        """
        Begins a trial of a new version on a shadow of its own: a dict of the `primary` and the `version`, and where they matter `share` (0:
        a copy of the traffic; at most 0.5), `alpha` (0.05), `look_pairs` (60 pairs from look to look), `looks` (6),
        `latency_margin_seconds` (0.005), `error_margin` (0.001) and `seed`.
        """
    def status(self, /, primary: str) -> "dict[str, object]":
        """
        A primary: its `active` instance and its `epoch`, the `version` that shadows are made of, its `instances` (dicts of `instance`,
        `role`, `version`, `amounts`, `ceiling` and `share` of the traffic), the `comparison` of real with predicted utilization, and the
        `reason` why its shadows have what they have and its `worth`, all of the last round.
        """
    def trial(self, /, primary: str) -> "dict[str, object] | None":
        """
        What the last look of a primary's trial found; None before the first.
        """

@final
class Situation:
    """
    Everything that a policy may look at, at one moment.
    """
    def __repr__(self, /) -> str: ...
    @property
    def fleet(self, /) -> Fleet:
        """
        The replicas.
        """
    @property
    def in_flight(self, /) -> float:
        """
        Requests in the service, being served and waiting; NaN when not measured.
        """
    @property
    def lead_seconds(self, /) -> float:
        """
        Seconds until what is asked for at the next decision will be ready.
        """
    @property
    def load(self, /) -> float:
        """
        Load per second over the metric window that ends now; NaN when nothing was measured in it.
        """
    @property
    def max_replicas(self, /) -> int:
        """
        Largest count allowed.
        """
    @property
    def min_replicas(self, /) -> int:
        """
        Smallest count allowed.
        """
    @property
    def now(self, /) -> int:
        """
        Unix milliseconds.
        """
    @property
    def peak(self, /) -> Peak | None:
        """
        Forecast of the largest load over the lead time, while there is one.
        """
    @property
    def reactive(self, /) -> int:
        """
        What the target asks for the load observed now.
        """
    @property
    def service_rate(self, /) -> float:
        """
        Load per second that one replica serves.
        """

@final
class Spectral(Forecaster):
    """
    Extrapolates the spectrum: the waves of a load go on, around a level whose trend dies out.

    `window` is how many steps it remembers, `frequencies` how many it uses at most, `refit_every` the steps between two fits
    (0: an eighth of the window).
    """
    def __new__(cls, /, window: "SupportsIndex" = 10080, frequencies: "SupportsIndex" = 24, refit_every: "SupportsIndex" = 0) -> Spectral: ...

@final
class Spillover:
    """
    Where a diverted load goes.
    """
    def __repr__(self, /) -> str: ...
    @property
    def shed(self, /) -> float:
        """
        What none can take: to be shed.
        """
    @property
    def taken(self, /) -> NDArray[float64]:
        """
        What each neighbour takes on top of its own load.
        """

@final
class Static(Policy):
    """
    A fixed count of replicas, at least 1.
    """
    def __new__(cls, /, replicas: "SupportsIndex") -> Static: ...

@final
class TargetTracking(Policy):
    """
    Target tracking as in AWS Auto Scaling: a surrogate, since only its outline is published.

    `scale_out_minutes` in a row above the target scale out, `scale_in_minutes` in a row more than `scale_in_margin` (a share of the target) below it
    scale in, no sooner than `cooldown_seconds` after the last change.
    """
    def __new__(cls, /, target_utilization: SupportsFloat | SupportsIndex = 0.7, scale_out_minutes: "SupportsIndex" = 3, scale_in_minutes: "SupportsIndex" = 15, scale_in_margin: SupportsFloat | SupportsIndex = 0.1, cooldown_seconds: "float | timedelta | str" = 300.0, disable_scale_in: bool = False) -> TargetTracking: ...

@final
class Task:
    """
    Work to be done once.

    `priority` is what it is worth and `energy` what it takes in all, both at least 0; `deadline` is the latest end, in seconds from the
    beginning of the prices, and `release_seconds` the earliest start; `after` names the tasks that have to end before it begins.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, name: str, priority: SupportsFloat | SupportsIndex, energy: SupportsFloat | SupportsIndex, duration_seconds: float | timedelta | str, deadline: float | timedelta | str | None = None, deferrable: bool = True, after: SupportsGetItem[int, str] = ..., release_seconds: "float | timedelta | str" = 0.0) -> Task: ...
    def __reduce__(self, /) -> "tuple[type[Task], tuple[object, ...]]": ...
    def __repr__(self, /) -> str: ...
    @property
    def after(self, /) -> list[str]:
        """
        Names of the tasks that have to end before it begins.
        """
    @property
    def deadline(self, /) -> float | None:
        """
        The latest end, in seconds from the beginning of the prices.
        """
    @property
    def deferrable(self, /) -> bool:
        """
        Whether it may wait for cheap energy.
        """
    @property
    def duration_seconds(self, /) -> float:
        """
        How long it runs.
        """
    @property
    def energy(self, /) -> float:
        """
        What it takes over its whole duration, in the unit that the price is for.
        """
    @property
    def name(self, /) -> str:
        """
        Unique within a schedule.
        """
    @property
    def priority(self, /) -> float:
        """
        What it is worth: where not all can run, the least priority is left out.
        """
    @property
    def release_seconds(self, /) -> float:
        """
        The earliest start, in seconds from the beginning of the prices.
        """

@final
class Tcn(Forecaster):
    """
    Dilated causal convolutions on the sequence, the calendar and the features: `blocks` residual blocks of `channels` channels and
    `kernel` taps, trained for at most `steps` steps; held-out values say when fewer are better.

    `horizon` is how many steps ahead are learned, `periods` the steps of each season (by default the day and the week), `calendar`
    a `Calendar` or a dict of its settings.
    """
    def __new__(cls, /, horizon: "SupportsIndex" = 64, periods: "ArrayLike | None" = None, calendar: "Calendar | dict[str, object] | None" = None, channels: "SupportsIndex" = 16, kernel: "SupportsIndex" = 3, blocks: "SupportsIndex" = 4, steps: "SupportsIndex" = 1000, learning_rate: SupportsFloat | SupportsIndex = 0.01, seed: "SupportsIndex" = 0) -> Tcn: ...

@final
class TierResult:
    """
    What one tier's replicas came to in a policy's run.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    @property
    def cost(self, /) -> float:
        """
        Cost in the user's currency.
        """
    @property
    def energy_kwh(self, /) -> float:
        """
        Energy in kWh, that of starting and draining included.
        """
    @property
    def name(self, /) -> str:
        """
        The tier's name.
        """
    @property
    def replica_hours(self, /) -> float:
        """
        Replica-hours from creation to the end of draining.
        """

@final
class Timeline:
    """
    A policy's run, one value a decision.
    """
    def __repr__(self, /) -> str: ...
    @property
    def charged(self, /) -> NDArray[int64]:
        """
        Replicas that are paid for.
        """
    @property
    def cost(self, /) -> NDArray[float64]:
        """
        Cost from this decision to the next, in the user's currency.
        """
    @property
    def energy_kwh(self, /) -> NDArray[float64]:
        """
        Energy from this decision to the next, in kWh.
        """
    @property
    def forecast(self, /) -> NDArray[float64]:
        """
        Forecast peak over the lead time: columns lower, expected and upper; NaN while there is none.
        """
    @property
    def late_requests(self, /) -> NDArray[float64]:
        """
        Requests from this decision to the next that were late.
        """
    @property
    def over_provisioned_hours(self, /) -> NDArray[float64]:
        """
        Ready replica-hours from this decision to the next beyond what the promise needed.
        """
    @property
    def ready(self, /) -> NDArray[int64]:
        """
        Replicas that serve.
        """
    @property
    def requested(self, /) -> NDArray[int64]:
        """
        Replicas asked for.
        """
    @property
    def response_seconds(self, /) -> NDArray[float64]:
        """
        Response time in seconds, at the promise's quantile (0.95 when it has none).
        """
    @property
    def violation_seconds(self, /) -> NDArray[float64]:
        """
        Seconds from this decision to the next in which the promise was broken.
        """

@final
class Transition:
    """
    A smooth way from one scale to another, half done at `t0`: `initial + (target - initial) sigmoid(t, k, t0)`.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, initial: SupportsFloat | SupportsIndex, target: SupportsFloat | SupportsIndex, k: SupportsFloat | SupportsIndex, t0: SupportsFloat | SupportsIndex) -> Transition: ...
    def __reduce__(self, /) -> "tuple[object, tuple[object, ...]]": ...
    def __repr__(self, /) -> str: ...
    @staticmethod
    def over(initial: "SupportsIndex", target: "SupportsIndex", start: SupportsFloat | SupportsIndex, duration_seconds: float | timedelta | str) -> Transition:
        """
        From one count of replicas to another within `duration_seconds` from `start` (in seconds), exact at both ends.
        """
    def replicas(self, /, t: SupportsFloat | SupportsIndex) -> int:
        """
        The count of replicas at time `t`: the integer nearest to the scale.
        """
    def slope(self, /, t: SupportsFloat | SupportsIndex) -> float:
        """
        The change of the scale per unit of time at `t`.
        """
    def value(self, /, t: SupportsFloat | SupportsIndex) -> float:
        """
        The scale at time `t`.
        """

@final
class TransitionPlan:
    """
    A way from one count of replicas to another, and what it costs.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    @property
    def capacity(self, /) -> NDArray[float64]:
        """
        What those that serve can serve in each step, in replicas with full capacity.
        """
    @property
    def cost(self, /) -> float:
        """
        All replicas' running, starting and draining.
        """
    @property
    def least_cost(self, /) -> float:
        """
        No plan that covers the demand costs less.
        """
    @property
    def replicas(self, /) -> NDArray[int64]:
        """
        The count to ask for at the begin of each step.
        """
    @property
    def shortfall(self, /) -> float:
        """
        Demand beyond capacity, in replica-seconds: 0 in a plan.
        """
    @property
    def transition_cost(self, /) -> float:
        """
        The part of the cost beyond running exactly the whole replicas that each step needs.
        """

@final
class Unplaced:
    """
    A task that cannot run, and why.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, task: "SupportsIndex", name: str, reason: str) -> Unplaced: ...
    def __reduce__(self, /) -> "tuple[type[Unplaced], tuple[int, str, str]]": ...
    def __repr__(self, /) -> str: ...
    @property
    def name(self, /) -> str:
        """
        Its name.
        """
    @property
    def reason(self, /) -> str:
        """
        What stands against it, with the numbers.
        """
    @property
    def task(self, /) -> int:
        """
        The task, by its place among those handed in.
        """

@final
class WarmUp:
    """
    How a replica's throughput grows after its start.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    @property
    def full(self, /) -> float:
        """
        Throughput of a warm replica, in the unit of what was observed.
        """
    @property
    def full_error(self, /) -> float:
        """
        Standard error of the full throughput, for the given time constant.
        """
    @property
    def initial(self, /) -> float:
        """
        The share of it that a replica serves at once, from 0 to 1.
        """
    @staticmethod
    def learn(ages: ArrayLike, throughput: ArrayLike) -> WarmUp:
        """
        From the greatest throughput that replicas reached at ages in seconds since they were ready: from 12 to 10 000 pairs.
        """
    @property
    def seconds(self, /) -> float:
        """
        The seconds in which the missing share falls to 1/e.
        """
    def share(self, /, age_seconds: SupportsFloat | SupportsIndex) -> float:
        """
        The share of its full throughput that a replica of this age serves, from `initial` to 1. A negative age counts as 0.
        """

@final
class World:
    """
    A simulated service.

    Replicas are charged from the moment they are created to the end of draining. They serve in first-come order as an M/M/c
    queue; load beyond the capacity waits as backlog until it is served. `service_rate` is the load per second that one replica
    serves, `target` what the service promises (by default 95 % of the responses within 4 mean service times). Durations:
    `start_up_seconds` (120), `drain_seconds` (30), `interval_seconds` (15) from sample to sample and decision to decision,
    `season_seconds` (86400). With `counting_noise`, policies see Poisson counts around the true rate; with
    `single_requests`, response times are those of requests that are played one by one.

    What goes wrong is off by default. `start_up_variation` and `drain_variation` are standard deviations over means of log-normal times around
    the medians above. A fresh replica has `warm_up_initial_share` of its throughput, and what it lacks falls to 1/e in `warm_up_seconds`.
    A share of the starts fails and is given up after `start_failure_seconds`; ready replicas crash; both are replaced. Policies see metrics late by
    `metric_lag_seconds`, every `scrape_interval_seconds`, some lost. `tiers` are dicts of kinds of machines, the cheapest first: name, service_factor,
    max_replicas, cost_per_replica_hour, start_up_seconds, crashes_per_replica_hour, hardware (a name of `energy.HardwareProfile`),
    idle_watts, busy_watts. `arrival_cv` and `service_cv` make the queue G/G/c; `response_curve`, points (utilization, response seconds at the
    promise's quantile), takes its place. Requests beyond `backlog_limit` are lost, and those that wait longer than an
    exponential patience of mean `patience_seconds`.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, service_rate: SupportsFloat | SupportsIndex, target: "dict[str, float | list[float]] | None" = None, start_up_seconds: "float | timedelta | str" = 120.0, drain_seconds: "float | timedelta | str" = 30.0, interval_seconds: "float | timedelta | str" = 15.0, min_replicas: "SupportsIndex" = 1, max_replicas: "SupportsIndex" = 1000, counting_noise: bool = True, cost_per_replica_hour: SupportsFloat | SupportsIndex = 1.0, idle_watts: SupportsFloat | SupportsIndex = 100.0, busy_watts: SupportsFloat | SupportsIndex = 200.0, season_seconds: "float | timedelta | str" = 86400.0, single_requests: bool = False, start_up_variation: SupportsFloat | SupportsIndex = 0.0, drain_variation: SupportsFloat | SupportsIndex = 0.0, warm_up_seconds: "float | timedelta | str" = 0.0, warm_up_initial_share: SupportsFloat | SupportsIndex = 1.0, start_failure_share: SupportsFloat | SupportsIndex = 0.0, start_failure_seconds: "float | timedelta | str" = 600.0, crashes_per_replica_hour: SupportsFloat | SupportsIndex = 0.0, metric_lag_seconds: "float | timedelta | str" = 0.0, scrape_interval_seconds: float | timedelta | str | None = None, lost_sample_share: SupportsFloat | SupportsIndex = 0.0, tiers: "list[dict[str, object]] | None" = None, arrival_cv: SupportsFloat | SupportsIndex = 1.0, service_cv: SupportsFloat | SupportsIndex = 1.0, response_curve: "list[list[float]] | list[tuple[float, float]] | None" = None, backlog_limit: "SupportsIndex | None" = None, patience_seconds: float | timedelta | str | None = None) -> World: ...
    def __reduce__(self, /) -> "tuple[object, tuple[dict[str, object]]]": ...
    def __repr__(self, /) -> str: ...
    @staticmethod
    def _from_dict(value: "dict[str, object]") -> World: ...
    @property
    def config(self, /) -> Any:
        """
        The settings, as C takes them, the defaults filled in.
        """

def accuracy(actual: ArrayLike, predicted: ArrayLike) -> NDArray[float64]:
    """
    For each point `1 - |actual - predicted| / |actual|`; NaN where the load is 0 or a value is missing (`undefined` counts them).
    """

def achievement(points: ArrayLike, maximize: bool | Sequence[bool], weights: ArrayLike, goal: ArrayLike | None = None, augmentation: SupportsFloat | SupportsIndex = 0.0) -> NDArray[float64]:
    """
    For each point the largest weight times distance past the goal, and `augmentation` times the sum of them: the least is
    the best.

    Without a goal it is the best value of each objective, which gives the Chebyshev distance.
    """

def anneal(problem: Allocation, seed: "SupportsIndex" = 0, method: str = "quantum", sweeps: "SupportsIndex" = 500, replicas: "SupportsIndex" = 16) -> tuple[NDArray[int64], float]:
    """
    The cheapest plan within the limits that is found: a count for each place, and what the plan costs.

    `method` is "quantum" (path-integral quantum annealing), "thermal" (simulated annealing with as many proposals) or "exact"
    (branch and bound, for small problems). More `sweeps` find better plans.
    """

def assess_transition(demand: ArrayLike, initial: "SupportsIndex", replicas: "ArrayLike", step_seconds: "float | timedelta | str" = 15.0, start_up_seconds: "float | timedelta | str" = 120.0, warm_up: SupportsGetItem[int, SupportsFloat | SupportsIndex] = ..., drain_seconds: "float | timedelta | str" = 0.0, running_cost: SupportsFloat | SupportsIndex = 1.0, start_cost: SupportsFloat | SupportsIndex = 0.0, min_replicas: "SupportsIndex" = 1, max_replicas: "SupportsIndex" = 1000) -> TransitionPlan:
    """
    What given counts cost in the same terms, whether or not they cover the demand or keep the limits of a plan.
    """

def average_path_length(n: "SupportsIndex") -> float:
    """
    The mean path length of an isolation tree of `n` points: 2 H(n-1) - 2 (n-1)/n with exact harmonic numbers H,
    0 for `n` below 2.
    """

def backtest(load: Series | Any, policies: SupportsGetItem[int, str | Policy | dict[str, object]], world: World, seed: "SupportsIndex" = 0, progress: Callable[[float], object] | None = None, sweep: str = "targets", threads: "SupportsIndex" = 1) -> Report:
    """
    Runs every policy in `world` over `load` (load per second), with the noise of `seed`.

    A policy is a name, an object of `forescale.policy`, or a dict. `progress` is called with the share of the work done, 0 to 1;
    what it raises ends the backtest, and so does Ctrl-C. `sweep` says which settings are tried besides: every policy over its target
    ("targets"), the HPA over target and scale-in window ("hpa"), both ("full"), or none ("none"). The runs are shared by `threads`
    threads, which does not change the report; with a policy of one's own, one thread does them all.
    """

def backtest_many(loads: SupportsGetItem[int, Series | Any], policies: SupportsGetItem[int, str | Policy | dict[str, object]], world: World, seed: "SupportsIndex" = 0, progress: Callable[[float], object] | None = None, sweep: str = "targets", threads: "SupportsIndex" = 1) -> list[Report]:
    """
    `backtest` of the same policies over any number of loads: a list of reports, in the order of the loads.

    The runs are shared by `threads` threads, which does not change the reports.
    """

def calibrate(utilization: ArrayLike, latency: ArrayLike) -> Calibration:
    """
    Base latency and service rate of one server from pairs of utilization and latency, by `latency = base / (1 - utilization)`.

    Utilizations lie in [0, 1), latencies are above 0, in seconds; the service rate is 1/base per second. Up to half of the pairs may be wild.
    """

def calibrate_load(load: ArrayLike, latency: ArrayLike) -> Calibration:
    """
    Base latency and service rate of one replica from pairs of its load, in load units per second, and its latency.

    The service rate is the load at which the latency would grow without end. Refused where the latency does not rise clearly with the load.
    """

def chaos_run(scenario: "dict[str, object]", settings: "dict[str, object] | None" = None) -> "dict[str, object]":
    """
    Plays a scenario and gives what it brought to light as a dict; its `breaches` should be empty.

    `settings` are those of the engine, such as `{"policy": "hpa"}`; the scenario fills in times, bounds and the service rate.
    """

def chaos_scenario(seed: "SupportsIndex") -> "dict[str, object]":
    """
    The scenario of a seed as a dict: a service, a hostile load, and one to three faults.
    """

def chaos_survey(first_seed: "SupportsIndex", count: "SupportsIndex", settings: "dict[str, object] | None" = None, threads: "SupportsIndex" = 1, progress: Callable[[float], object] | None = None) -> "dict[str, object]":
    """
    Plays the scenarios of `count` seeds from `first_seed` on, and gives what each kind of fault and load came to as a dict; its `failed`
    should be empty. The threads do not change the result. `progress` is called with the share of the work done, 0 to 1.
    """

def choose(points: ArrayLike, maximize: bool | Sequence[bool], weights: ArrayLike, constraints: ArrayLike | None = None) -> int:
    """
    The index of the point of the highest utility among those within the constraints; the first of equals.

    A minimised objective enters the utility with the negative of its weight's size. `constraints` has a pair of
    a least and a largest acceptable value for each objective; infinities are no limit.
    """

def compare(report: Report, a: str, b: str, level: SupportsFloat | SupportsIndex = 0.95, resamples: "SupportsIndex" = 2000, block_seconds: float | timedelta | str | None = None, seed: "SupportsIndex" = 0) -> Comparison:
    """
    Compares policy `a` of a report with `b`, by their names in it, paired interval by interval, by block bootstrap.

    `level` is that of the intervals, `resamples` the count of runs that are drawn; the blocks are `block_seconds` long on average, by
    default as long as the autocorrelation of the differences asks for.
    """

def confidence_interval(mean: SupportsFloat | SupportsIndex, sigma: SupportsFloat | SupportsIndex, n: "SupportsIndex", z: SupportsFloat | SupportsIndex) -> tuple[float, float]:
    """
    The interval `mean ± z·sigma/√n` for the mean of `n` observations with standard deviation `sigma`.
    """

def correlate(load: Series | ArrayLike, factor: Series | ArrayLike, max_lag: "SupportsIndex" = 0) -> Correlation:
    """
    The lag among 0 to `max_lag` steps at which a factor, which is never later than the load, says most about it.

    NaN pairs are left out. The p-value is corrected for autocorrelation and for the choice among the lags.
    """

def coverage(actual: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> float:
    """
    Share of the points that lie within their interval, ends included.
    """

def crowding_distance(points: ArrayLike) -> NDArray[float64]:
    """
    The crowding distance of each point of one front; infinite at its ends.
    """

def crps(actual: ArrayLike, quantiles: ArrayLike, probabilities: ArrayLike) -> float:
    """
    Mean continuous ranked probability score of laws given by quantiles: a row for each point, a column for each probability.
    """

def crps_normal(actual: ArrayLike, mean: ArrayLike, standard_deviation: ArrayLike) -> float:
    """
    Mean continuous ranked probability score of normal laws.
    """

def dbscan(X: ArrayLike, eps: SupportsFloat | SupportsIndex, min_points: "SupportsIndex") -> NDArray[int64]:
    """
    The cluster of each point, counted from 0; -1 for noise (DBSCAN).

    Two points are neighbours when their Euclidean distance is at most `eps`; a point with at least `min_points`
    neighbours, itself included, is a core point. The labels are those of `sklearn.cluster.DBSCAN`.
    """

def decompose(values: Series | ArrayLike, periods: "ArrayLike", robust: bool = False) -> Decomposition:
    """
    A load taken apart by periods in steps: trend, a season for each period, and what remains. NaN is a missing value.

    `robust` leaves outliers in the remainder, at several times the cost.
    """

def derivatives(values: Series | ArrayLike, step_seconds: float | timedelta | str | None = None, window: "SupportsIndex" = 5) -> tuple[NDArray[float64], NDArray[float64]]:
    """
    Slope and curvature of a load at each sample, per second and per second squared, from the past alone.

    NaN is a missing value; the first two samples have no derivatives. Exact on quadratics. A series brings its step along.
    """

def dft(values: Series | ArrayLike) -> NDArray[complex128]:
    """
    The discrete Fourier transform of a load, as complex numbers.
    """

def dual(world: World, elastic: str | Policy | dict[str, object] | None = None, load: "dict[str, object] | None" = None, buffer: SupportsFloat | SupportsIndex = 0.0, seed: "SupportsIndex" = 0, progress: Callable[[float], object] | None = None) -> Dual:
    """
    Runs the same generated load, with the same noise, through a world of fixed size and an elastic one, and compares them.

    The fixed world has what the promise needs at the peak, and the share `buffer` beyond it. `load` is a dict as
    `{"base": 200.0, "parts": [...], "steps": 10080}` with the arguments of `synthetic.generate`; by default two days of minutes with a daily cycle,
    bursts and noise. `progress` is called with the share of the work done, 0 to 1.
    """

def erlang_b(servers: "SupportsIndex", offered: SupportsFloat | SupportsIndex) -> float:
    """
    The probability that an arrival finds all `servers` busy and is lost (M/M/c/c); `offered` is in erlang.
    """

def erlang_c(servers: "SupportsIndex", offered: SupportsFloat | SupportsIndex) -> float:
    """
    The probability that an arrival must wait (M/M/c); 1 as soon as `offered` reaches `servers`.
    """

def evaluate(model: Forecaster, series: Series | Any, horizon: "SupportsIndex", origins: "SupportsIndex", refit_every: "SupportsIndex" = 0, stride: "SupportsIndex" = 1, period: "SupportsIndex" = 1, levels: ArrayLike = ..., features: ArrayLike | None = None) -> Evaluation:
    """
    Forecasts from `origins` points within `series`, `stride` steps apart, the last `horizon` steps before its end, and compares with
    what came.

    The model stays as it is; copies of it see the series up to each origin and nothing else. They are fitted anew at every
    `refit_every`-th origin (0: at the first alone) and updated in between. `period` is the season of the naive rule that MASE
    compares with. `features` has a row for each value of the series.
    """

def generate(parts: "list[dict[str, dict[str, float]]] | None" = None, base: SupportsFloat | SupportsIndex = 100.0, steps: "SupportsIndex" = 10080, step_seconds: "float | timedelta | str" = 60.0, start: "int | datetime | datetime64" = 0, counting_noise: bool = True, seed: "SupportsIndex" = 0) -> Series:
    """
    A generated load: `base` load per second times the factors of `parts`, and Poisson counts around that rate.

    A part is what the other functions of this module make, or a dict such as `{"cycle": {"amplitude": 0.5}}`. The same `seed` gives
    the same bytes everywhere.
    """

def hypervolume(points: ArrayLike, reference: ArrayLike) -> float:
    """
    The volume of the region that the points dominate and that dominates the reference, all objectives minimised.

    A point that is not strictly better than the reference in every objective adds nothing.
    """

def knee(points: ArrayLike, maximize: bool | Sequence[bool] = ...) -> int:
    """
    The index of the knee of the front: the point farthest below the plane through its ends; the first of equals.
    """

def latency(base: SupportsFloat | SupportsIndex, rho: SupportsFloat | SupportsIndex) -> float:
    """
    The response time of a single server whose queue is M/M/1: `base / (1 - rho)`, infinite from `rho` = 1.
    """

def log_sigmoid(t: SupportsFloat | SupportsIndex, k: SupportsFloat | SupportsIndex, t0: SupportsFloat | SupportsIndex) -> float:
    """
    The natural logarithm of the sigmoid, precise where the sigmoid itself has vanished.
    """

def log_utility(metrics: ArrayLike, weights: ArrayLike) -> float:
    """
    The natural logarithm of `utility`: finite where the utility itself is out of range.
    """

def mae(actual: ArrayLike, predicted: ArrayLike) -> float:
    """
    Mean absolute error, in the unit of the load. Missing points (NaN) are left out; NaN where nothing is left.
    """

def mape(actual: ArrayLike, predicted: ArrayLike) -> float:
    """
    Mean absolute percentage error, as a share (0.1 is 10 %), over the points with a load other than 0.
    """

def mase(actual: ArrayLike, predicted: ArrayLike, history: ArrayLike, period: "SupportsIndex" = 1) -> float:
    """
    Mean absolute error over that of "as `period` steps before" within `history`, the values before the forecast.
    """

def multiscale_scaling(load: ArrayLike, step_seconds: float | timedelta | str, alpha: SupportsFloat | SupportsIndex, beta: SupportsFloat | SupportsIndex, gamma: SupportsFloat | SupportsIndex, scales: "SupportsIndex", window: "SupportsIndex" = 5) -> NDArray[float64]:
    """
    The change of scale over the last 1, 2, 4, ... steps at every sample: a table of `scales` rows, NaN where too little is known.
    """

def non_dominated_sort(points: ArrayLike, maximize: bool | Sequence[bool] = ...) -> NDArray[int64]:
    """
    The rank of each point: 0 on the front, 1 on the front of the rest, and so on. Arguments as for `pareto_front`.
    """

def normal_quantile(p: SupportsFloat | SupportsIndex) -> float:
    """
    The `p`-quantile of the standard normal law, 0 < `p` < 1.
    """

def pack(items: ArrayLike, bins: Bins, strategy: str = "dot_product", together: ArrayLike | None = None, apart: ArrayLike | None = None, placed: ArrayLike | None = None) -> Packing:
    """
    Packs items with demands in several dimensions into as few new bins as possible.

    `items` has a row an item and a column a dimension. The strategy is first_fit_decreasing, best_fit_decreasing or dot_product. `together`,
    `apart` and `placed` have a whole number for each item, of which a negative one stands for none: items of one group together share a bin, no
    two items of one group apart do, and an item with a place is in that running bin already, what it takes being gone from the free room.
    """

def pareto_front(points: ArrayLike, maximize: bool | Sequence[bool] = ...) -> NDArray[bool_]:
    """
    Which points nothing dominates; equal points are all kept.

    `points` has a row a point and a column an objective. `maximize` is one answer for all objectives or one for each.
    Infinities are allowed, NaN is not.
    """

def periodogram(values: Series | ArrayLike, step_seconds: float | timedelta | str | None = None) -> tuple[NDArray[float64], NDArray[float64]]:
    """
    One-sided power spectral density: frequencies in hertz, and at each the power per hertz; the mean is removed.

    A series brings its step along.
    """

def periods(values: Series | ArrayLike, step_seconds: float | timedelta | str | None = None, max_periods: "SupportsIndex" = 3) -> list[Period]:
    """
    The periods of a load, the strongest first; none for noise and constants. NaN is a missing value.

    Robust to trend, gaps and outliers; several at once, such as a day, a week, and a job every 20 minutes. A series brings its step along.
    """

def pinball(actual: ArrayLike, predicted: ArrayLike, q: SupportsFloat | SupportsIndex) -> float:
    """
    Mean pinball loss of predicted `q`-quantiles, 0 < `q` < 1, in the unit of the load.
    """

def plan_transition(demand: ArrayLike, initial: "SupportsIndex", step_seconds: "float | timedelta | str" = 15.0, start_up_seconds: "float | timedelta | str" = 120.0, warm_up: SupportsGetItem[int, SupportsFloat | SupportsIndex] = ..., drain_seconds: "float | timedelta | str" = 0.0, running_cost: SupportsFloat | SupportsIndex = 1.0, start_cost: SupportsFloat | SupportsIndex = 0.0, max_up_per_step: "SupportsIndex | None" = None, max_down_per_step: "SupportsIndex | None" = None, min_replicas: "SupportsIndex" = 1, max_replicas: "SupportsIndex" = 1000) -> TransitionPlan:
    """
    The cheapest counts with which capacity never falls under demand.

    `demand` is what each step needs, in replicas with full capacity; the `initial` ones have it before the first step.
    `running_cost` is per replica and second; `warm_up` has the shares of full capacity in the steps after the start-up.
    """

def pooled_shape(series: "list[Series]", period_seconds: SupportsFloat | SupportsIndex) -> NDArray[float64]:
    """
    The shape of one season that several series have in common: values that average 1, one for each equal part of a season of
    `period_seconds`, at most 1,440 of them.
    """

def principal_components(X: ArrayLike, count: "SupportsIndex") -> tuple[NDArray[float64], NDArray[float64], NDArray[float64]]:
    """
    The first `count` principal components of a table with a row a moment and a column a metric.

    Gives the rows in the new coordinates, the directions as rows, and the share of the variance that each explains.
    """

def q_table_to_svg(table: ArrayLike) -> str:
    """
    Draws a table of the policy `q_learning`, as `Engine.q_table` gives it, as an SVG document: the best action of each state over
    utilization and capacity, for every trend and three forecasts.
    """

def ramp(predicted_load: ArrayLike, step_seconds: float | timedelta | str, k: SupportsFloat | SupportsIndex, r0: SupportsFloat | SupportsIndex) -> NDArray[float64]:
    """
    `r0 + k (L - L0)` at every sample of the predicted load: the integral of `dR/dt = k dL/dt`.
    """

def replay(log: "str | Sequence[str]") -> LogDifference | None:
    """
    Derives every decision of an audit log again, and answers the first that differs, None when all are as logged.

    `log` is a text, or its lines one after the other, such as an open file. A log that was cut or edited is an error that names the line.
    """

def response(base: SupportsFloat | SupportsIndex, severity: SupportsFloat | SupportsIndex) -> float:
    """
    The response to an anomaly: `base` times 1 + `severity`, a severity of at least 0.
    """

def rollout(load: Series | Any, old: str | Policy | dict[str, object], new: str | Policy | dict[str, object], world: World, settings: "dict[str, object] | None" = None, seed: "SupportsIndex" = 0, progress: Callable[[float], object] | None = None) -> Rollout:
    """
    Rolls the policy `new` out in place of `old` in simulation, over the load for each service; ends with the load at the latest, and is then
    where it got to. `settings` are the arguments of `Rollout` as a dict. `progress` is called with the share of the load passed, 0 to 1.
    """

def scaling_identity(load: ArrayLike, step_seconds: float | timedelta | str, alpha: SupportsFloat | SupportsIndex, beta: SupportsFloat | SupportsIndex, gamma: SupportsFloat | SupportsIndex, s0: SupportsFloat | SupportsIndex = 0.0) -> NDArray[float64]:
    """
    `S(t + dt) = S(t) + integral of [alpha dL/dt + beta L + gamma d2L/dt2]` at every sample of the load, `s0` at the first.

    On a load error this is the velocity form of a PID controller (alpha proportional, beta integral, gamma
    derivative), on a load a predictor of scale.
    """

def scenarios(costs: ArrayLike, weights: ArrayLike | None = None, aversion: SupportsFloat | SupportsIndex = 0.5, level: SupportsFloat | SupportsIndex = 0.9) -> tuple[int, NDArray[float64], NDArray[float64], NDArray[float64], NDArray[float64]]:
    """
    The plan to go with when any of several futures may come: its index, and for each plan its mean cost, its mean cost in
    the worst futures, its largest cost and its largest regret.

    `costs` has a row a plan and a column a future, `weights` how probable each future is. The plan of the least
    `(1 − aversion)·mean + aversion·tail` is chosen, where the tail is the mean of the worst futures of probability 1 − `level`.
    """

def schedule(tasks: SupportsGetItem[int, Task], capacity: int | Sequence[int], energy_price: Series | ArrayLike, step_seconds: float | timedelta | str | None = None) -> Plan:
    """
    When to run each task: by priority/energy, deferrable ones where energy is cheap, none later than its deadline.

    `capacity` says how many tasks may run at once, in one number or one a step. `energy_price` has a price of energy a step: money,
    carbon intensity, or anything else to be spared, as an array, a `Series`, or what is read as one. A step takes `step_seconds`, that of the
    series, or an hour. Ctrl-C ends a long search.
    """

def schemes_picture(report: "dict[str, object]") -> str:
    """
    Draws the busiest day of a report that `run` gave, as an SVG file's text.
    """

def schemes_run(loads: ArrayLike, world: World, scheme: "dict[str, object] | None" = None, start: int | datetime | datetime64 | None = None, step_seconds: "float | timedelta | str" = 60.0, learn_share: SupportsFloat | SupportsIndex = 0.25, target_utilization: SupportsFloat | SupportsIndex = 0.7, baseline: str | Policy | dict[str, object] | None = None, sweep: bool = True, comparison: "dict[str, object] | None" = None, seed: "SupportsIndex" = 0, progress: Callable[[float], object] | None = None) -> "dict[str, object]":
    """
    Tries a scheme of the pool and the best simple thing in its place over `loads`: a row for each tenant, key, primary or program, a column
    for each step. Gives both arms, their differences with intervals, and the cost of the simple one at equal service, as a dict.

    `scheme` is a dict such as `{"clones": {"cost_ratio": 19.0}}`. The first `learn_share` of the time is learned from and does not
    count. `target_utilization` is what the scheme plans with; `baseline` is the policy of the simple arm. `comparison` has the arguments of
    `compare`. `progress` is called with the share of the work done, 0 to 1.
    """

def servers_for(arrival_rate: SupportsFloat | SupportsIndex, service_rate: SupportsFloat | SupportsIndex, target: "dict[str, float | list[float]]") -> int:
    """
    The smallest count of servers that meets the target, such as `ResponseQuantile(0.95, 0.4)`.
    """

def servers_for_bounded(arrival_rate: SupportsFloat | SupportsIndex, service_rate: SupportsFloat | SupportsIndex, places: "SupportsIndex | None", patience_seconds: SupportsFloat | SupportsIndex | None, target: "dict[str, float | list[float]]", most_lost: SupportsFloat | SupportsIndex) -> int:
    """
    The smallest count of servers with which a `BoundedQueue` meets the target.

    A quantile is that of those who are served, `MeanWait` the mean of all who enter, also of those who give up.
    At most the share `most_lost` of the arrivals, 0 < most_lost ≤ 1, is lost at the door or to impatience.
    """

def severity(severity: SupportsFloat | SupportsIndex) -> str:
    """
    A severity in words: none (0), minor (below 1), major (below 3) or critical.
    """

def share(loads: ArrayLike, quantile: SupportsFloat | SupportsIndex = 0.999, most_tenants: "SupportsIndex" = 8, most_capacity: SupportsFloat | SupportsIndex | None = None, holdout: SupportsFloat | SupportsIndex = 0.25) -> "dict[str, object]":
    """
    Groups tenants by their loads, a row each and a column a step; NaN = missing.

    `quantile` is the share of the time for which the capacity is enough, `most_tenants` and `most_capacity` (in the unit of the loads) are
    limits of a group, and `holdout` the share of the history, at its end, that the risk is judged on. Gives a dict of the `groups`
    (`tenants`, `capacity`, `isolated_capacity`, `risk`, `isolated_risk`), the `capacity` of all, the `isolated_capacity`, and the share
    that is `saved`; `tenants` are numbers of rows, from 0. Loads that cannot be used raise `DataError`, settings `ConfigError`, which name
    the value.
    """

def sigmoid(t: SupportsFloat | SupportsIndex, k: SupportsFloat | SupportsIndex, t0: SupportsFloat | SupportsIndex) -> float:
    """
    `1 / (1 + exp(-k (t - t0)))`, from 0 to 1; `k` is in 1 over the unit of `t` and `t0`.
    """

def sigmoid_slope(t: SupportsFloat | SupportsIndex, k: SupportsFloat | SupportsIndex, t0: SupportsFloat | SupportsIndex) -> float:
    """
    The derivative of the sigmoid by `t`.
    """

def slope_noise(window: "SupportsIndex", step_seconds: float | timedelta | str) -> float:
    """
    Deviation of a slope over `window` samples (at least 3) per deviation of independent noise in the load.
    """

def smape(actual: ArrayLike, predicted: ArrayLike) -> float:
    """
    Symmetric mean absolute percentage error `2 |actual - predicted| / (|actual| + |predicted|)`, between 0 and 2.
    """

def spillover(load: SupportsFloat | SupportsIndex, capacities: ArrayLike, loads: ArrayLike, available: SupportsGetItem[int, bool] | None = None) -> Spillover:
    """
    Splits the load of a service whose breaker opened over its neighbours, none beyond its capacity.

    The least utilized take first. `capacities` and `loads` are what each neighbour can serve and serves already;
    `available` says which of them may be given more, by default all: those whose own breaker is closed.
    """

def stability_margins(alpha: SupportsFloat | SupportsIndex, beta: SupportsFloat | SupportsIndex, gamma: SupportsFloat | SupportsIndex, step_seconds: float | timedelta | str, start_up_seconds: float | timedelta | str, filter_seconds: "float | timedelta | str" = 0.0) -> tuple[float, float, float]:
    """
    (gain, phase, delay_seconds): how much more gain (a factor), phase lag (radians) or delay the loop bears; all 0 if unstable.

    The loop is a scaling law on the error, with what it asks for serving `start_up_seconds` later. `filter_seconds` is that of the law.
    """

def stretch_gains(alpha: SupportsFloat | SupportsIndex, beta: SupportsFloat | SupportsIndex, gamma: SupportsFloat | SupportsIndex, by: SupportsFloat | SupportsIndex) -> tuple[float, float, float]:
    """
    The gains that do on a load `by` times as slow what the given ones do: (alpha, beta / by, gamma * by).
    """

def target_is_met(target: "dict[str, float | list[float]]", queue: Queue) -> bool:
    """
    Whether the queue meets the target.
    """

def train(load: Series | Any, policy: QLearning, world: World, episodes: "SupportsIndex" = 10, seed: "SupportsIndex" = 0, progress: Callable[[float], object] | None = None) -> QLearning:
    """
    Trains the policy `q_learning` for `episodes` over a load, from `policy` on, and gives it as it is then, frozen.

    Each episode goes through the whole load with new counting noise; the share of random actions to begin with falls from episode to
    episode. `progress` is told the share of the work done, 0 to 1. The table is `policy.config["q_learning"]["table"]`.
    """

def transition_energy(path: "ArrayLike", profile: HardwareProfile, boot_seconds: float | timedelta | str, drain_seconds: "float | timedelta | str" = 0.0) -> float:
    """
    The energy of changing counts along `path`, in joules: what starting and draining take.

    `path` is the count of machines step by step, its first the count before.
    """

def tune(policy: str | Policy | dict[str, object], load: Series | Any, world: World, objective: "dict[str, dict[str, float]] | None" = None, holdout_share: SupportsFloat | SupportsIndex = 0.3, holdout_seconds: float | timedelta | str | None = None, budget: "SupportsIndex" = 60, seed: "SupportsIndex" = 0, progress: Callable[[float], object] | None = None) -> "dict[str, object]":
    """
    Tunes the numeric settings of a policy on the first part of a load, and reports what they are worth on the rest, as a dict.

    `objective` is `{"price": {"violation_cost_per_hour": 100.0}}` (the default) or `{"limit": {"violation_share": 0.01}}`. The last
    `holdout_share` of the load, or the last `holdout_seconds`, is only ever used to report. The dict has the tuned `policy`, and
    `training`, `holdout` (with the settings found) and `training_given`, `holdout_given` (with those given), and every try.
    """

def undefined(actual: ArrayLike, predicted: ArrayLike) -> int:
    """
    How many points have no relative error: a load of 0, or a value that is missing.
    """

def utility(metrics: ArrayLike, weights: ArrayLike) -> float:
    """
    The product of metric^weight, with 0^0 = 1: 0 or infinite only where the true value is out of range.

    Metrics are at least 0; a weight may be negative.
    """

def wape(actual: ArrayLike, predicted: ArrayLike) -> float:
    """
    Weighted absolute percentage error, as a share: the sum of absolute errors over the sum of absolute loads.
    """

def weighted_sum(points: ArrayLike, maximize: bool | Sequence[bool], weights: ArrayLike) -> NDArray[float64]:
    """
    For each point the sum of weight times objective, a maximised objective with a minus: the least is the best.
    """

def within(actual: ArrayLike, predicted: ArrayLike, tolerance: SupportsFloat | SupportsIndex = 0.15) -> float:
    """
    Share of the points predicted within `tolerance` of the load (0.15 is ±15 %), among those with a load other than 0.
    """
