"""Arguments with which every operation of the surface ledger works, for the tests that then spoil them.

`ARGUMENTS["room.function"]`, `["room.Class"]` (its constructor) and `["room.Class.method"]` are positional arguments, or a
function that makes them. `OBJECTS["room.Class"]` makes the object whose methods are called, where the constructor is not enough.
"""

import zlib
from pathlib import Path
from types import SimpleNamespace

import forescale
import numpy as np

LOAD = [3.0, 4.0, float("nan"), 6.0, 5.0, 4.0, 3.0, 4.0, 5.0, 6.0]


CYCLES = [10.0 + (t % 12) + 0.01 * ((7 * t) % 13) for t in range(60)]
CLOUD = [[0.1 * i, (7 * i) % 5 - 2.0] for i in range(40)]
UP = [[0.0, 1.0], [10.0, 5.0]]
DOWN = [[0.0, 2.0], [10.0, 6.0]]

NOW = 1_700_000_000_000
SHORT = [20.0 + i % 7 for i in range(30)]


def engine():
    """An engine that has seen ten minutes and decided once."""
    made = forescale.engine.Engine(
        10.0, policy=forescale.policy.Hpa(), audit=True, resources=[{"name": "memory", "capacity": 4.0}]
    )
    for step in range(40):
        made.observe(NOW - 15_000 * (39 - step), 40.0 + step % 5)
    made.decide(NOW, forescale.engine.Fleet(5, 5))
    return made


def difference():
    """What a replay says of a decision that someone changed, with a checksum that is right."""
    made = engine()
    line = made.audit_line().rsplit(',"check":', 1)[0].replace('"mode":"', '"mode":"very_', 1)
    first = forescale.engine.Engine(10.0, policy=forescale.policy.Hpa(), audit=True).audit_header()
    return forescale.engine.replay([first, f'{line},"check":{zlib.crc32(line.encode())}}}'])


def day_report():
    """A backtest of two policies over 30 intervals."""
    load = forescale.load.Series([20.0 + i % 7 for i in range(30)], 0, 15.0)
    return forescale.simulate.backtest(load, ["hpa", "oracle"], forescale.simulate.World(1.0), seed=1)


def week_report():
    """A backtest of two policies over nine days of hours."""
    load = forescale.load.Series([20.0 + i % 24 for i in range(9 * 24)], 0, 3600.0)
    return forescale.simulate.backtest(load, ["hpa", "oracle"], forescale.simulate.World(1.0, interval_seconds=3600.0), seed=1)


def twice_the_need(situation):
    return 2 * situation.reactive


def situation():
    """What a policy is shown."""
    shown = []
    made = forescale.engine.Engine(10.0, policy=forescale.policy.CustomPolicy(lambda seen: shown.append(seen) or 1))
    made.decide(NOW, forescale.engine.Fleet(1, 1))
    return shown[0]


def report():
    return forescale.simulate.backtest(series(), ["hpa", "oracle"], forescale.simulate.World(1.0), seed=1)


def forest():
    return forescale.anomaly.IsolationForest(10, 16, seed=1).fit(CLOUD)


def sklearn_forest():
    """What `from_sklearn` reads of a fitted model, with one tree of one split."""
    tree = SimpleNamespace(
        feature=np.array([0, -2, -2]),
        threshold=np.array([0.5, -2.0, -2.0]),
        children_left=np.array([1, -1, -1]),
        children_right=np.array([2, -1, -1]),
        n_node_samples=np.array([4, 2, 2]),
    )
    return SimpleNamespace(
        estimators_=[SimpleNamespace(tree_=tree)], estimators_features_=[np.array([0, 1])], max_samples_=4
    )


def series():
    return forescale.load.Series(LOAD, 0, 60.0)


CODE = {"name": "a", "service_rate": 1.0, "resources": [1.0, 2.0], "zone": "x"}


def clone_manager():
    """A manager that has asked for the first clones of a program."""
    made = forescale.pool.CloneManager()
    made.set_code(CODE)
    made.set_machine({"name": "m", "zone": "x", "room": [8.0, 16.0]})
    made.observe(NOW - 300_000, "a", 600.0)
    made.plan(NOW)
    return made


def two_regions():
    """Regions that have asked for the first replicas of an application."""
    made = forescale.pool.Regions()
    made.set_region({"name": "north", "capacity": 10})
    made.set_region({"name": "south", "capacity": 10})
    made.set_application({"name": "a", "service_rate": 1.0})
    made.observe(NOW - 300_000, "north", "a", 600.0)
    made.plan(NOW)
    return made


PRIMARY = {"name": "router", "version": "1", "resources": [{"name": "cpu", "base": 8.0}]}


def shadow_manager():
    """A manager that has asked for the first shadow of a primary, and for one that tries a new version."""
    made = forescale.pool.ShadowManager()
    made.set_primary(PRIMARY)
    made.set_primary({**PRIMARY, "name": "cache"})
    made.start_trial({"primary": "router", "version": "2"})
    made.observe(NOW - 60_000, {"primary": "router", "used": [2.0]})
    made.plan(NOW)
    return made


TIERS = {
    name: {"service_rate": 10.0, "start_up_seconds": start, "cost_per_hour": 1.0, "standby_cost_per_hour": 0.5}
    for name, start in [("hot", 0.0), ("warm", 30.0), ("cold", 300.0)]
}
INSTANCES = [
    {"name": tier, "tier": tier, "cpu": 4.0, "memory": 16.0, "network": 1.0, "cost_per_hour": 1.0}
    for tier in ("hot", "warm", "cold")
]
USAGE = {"time": NOW, "user": "ann", "application": "search", "requests": 5.0, "cpu": 1.0}
LOAD_TO_COME = {"mean": 20.0, "variance": 4.0}
TIER_DEMAND = {"cannot_wait": LOAD_TO_COME, "can_wait_for_warm": LOAD_TO_COME, "all": LOAD_TO_COME}


def load_balancer():
    """A balancer that has seen one record."""
    made = forescale.pool.LoadBalancer(instances=INSTANCES)
    made.observe(USAGE)
    return made


def resource_manager():
    """A manager that has asked for its first units."""
    made = forescale.pool.ResourceManager(TIERS)
    made.foresee(NOW, TIER_DEMAND)
    made.rebalance(NOW)
    return made


class OwnModel:
    """Repeats the last known value."""

    last = 0.0

    def fit(self, values, start, step_seconds, features):
        self.last = values[~np.isnan(values)][-1]

    def update(self, value, features):
        self.last = self.last if np.isnan(value) else value

    def forecast(self, horizon, features):
        return [self.last] * horizon, [1.0] * horizon

    def snapshot(self):
        return repr(float(self.last)).encode()

    def restore(self, state):
        self.last = float(state)


ALTERNATIVES = [[1.0, 4.0, 2.0], [2.0, 3.0, 2.0], [3.0, 5.0, 1.0], [4.0, 1.0, 6.0], [2.0, 3.0, 2.0]]


def csv_file():
    """A small CSV file in the working directory, which is a test's own."""
    path = Path("load.csv")
    path.write_text("time,load\n0,1\n60,2\n")
    return path


MATRIX = [[1.0, 2.0, 0.5], [0.0, 1.0, -0.25]]


def tasks():
    return [forescale.energy.Task("backup", 1.0, 2.0, 3600.0), forescale.energy.Task("serve", 5.0, 1.0, 1800.0, 3600.0, False)]


def tensor():
    return forescale.energy.EnergyTensor(MATRIX)


def frame():
    import pandas

    return pandas.Series([1.0, 2.0, 3.0], pandas.date_range("2026-01-01", periods=3, freq="h"))


def calendar():
    return forescale.load.Calendar("Europe/Berlin", ["12-25", "DE"], [forescale.load.Event("sale", 0, NOW, 2.0)], 2, 1)


def history():
    """A history that has seen ten minutes of two tenants."""
    made = forescale.load.History([(60, 3600), (300, 7200)], 4, 600)
    for minute in range(10):
        made.record(NOW + 60_000 * minute, {"load": float(minute)}, {"tenant": "ab"[minute % 2]})
    return made


def panel():
    return forescale.forecast.Panel(forescale.forecast.SeasonalNaive(3), ["cpu", "memory"], 2).fit([series(), series()])


def hierarchy():
    return forescale.forecast.Hierarchy([{"tenant": "a"}, {"tenant": "b"}], ["tenant"])


def forecasts():
    model = forescale.forecast.MovingAverage(3).fit(series())
    return [model.forecast(2) for _ in range(5)]


ARGUMENTS = {
    "load.Series.from_regular": ([60_000, 0, 120_000], [2.0, 1.0, 3.0]),
    "load.Series.from_frame": lambda: (frame(),),
    "load.Event": ("sale", 0, 3_600_000, 2.0),
    "load.Calendar": ("Europe/Berlin", ["12-25", "DE"], [forescale.load.Event("sale", 0, NOW, 2.0)], 2, 1),
    "load.Calendar.features": ([NOW, NOW + 3_600_000, 0],),
    "load.Calendar.snapshot": (),
    "load.Calendar.restore": lambda: (calendar().snapshot(),),
    "load.History": ([(60, 3600), (300, 7200)], 4, 600),
    "load.History.record": (NOW, {"load": 1.0, "cpu": 0.5}, {"tenant": "a"}),
    "load.History.query": ("load", NOW, NOW + 600_000, 60, "mean", {"tenant": "a"}, "sum"),
    "load.History.snapshot": (),
    "load.History.restore": lambda: (history().snapshot(),),
    "forecast.accuracy": ([1.0, 2.0, 3.0], [1.0, 2.5, 2.0]),
    "forecast.undefined": ([1.0, 2.0, 3.0], [1.0, 2.5, 2.0]),
    "forecast.mae": ([1.0, 2.0, 3.0], [1.0, 2.5, 2.0]),
    "forecast.mape": ([1.0, 2.0, 3.0], [1.0, 2.5, 2.0]),
    "forecast.smape": ([1.0, 2.0, 3.0], [1.0, 2.5, 2.0]),
    "forecast.mase": ([1.0, 2.0, 3.0], [1.0, 2.5, 2.0], LOAD, 2),
    "forecast.wape": ([1.0, 2.0, 3.0], [1.0, 2.5, 2.0]),
    "forecast.within": ([1.0, 2.0, 3.0], [1.0, 2.5, 2.0], 0.15),
    "forecast.pinball": ([1.0, 2.0, 3.0], [1.0, 2.5, 2.0], 0.9),
    "forecast.crps": ([1.0, 2.0], [[0.5, 1.5, 2.0], [1.0, 2.0, 2.5]], [0.1, 0.5, 0.9]),
    "forecast.crps_normal": ([1.0, 2.0, 3.0], [1.0, 2.5, 2.0], [1.0, 0.5, 0.0]),
    "forecast.coverage": ([1.0, 2.0, 3.0], [0.0, 2.5, 2.0], [1.0, 3.5, 4.0]),
    "forecast.evaluate": lambda: (forescale.forecast.MovingAverage(2), series(), 2, 3, 1, 1, 1, [0.8]),
    "forecast.Evaluation.to_pandas": (),
    "forecast.Panel": lambda: (forescale.forecast.SeasonalNaive(3), ["cpu", "memory"], 2),
    "forecast.Panel.model": ("cpu",),
    "forecast.Panel.fit": lambda: ([series(), series()],),
    "forecast.Panel.update": ([5.0, 6.0],),
    "forecast.Panel.skip": (2,),
    "forecast.Panel.forecast": (4, [0.5, 0.9]),
    "forecast.Panel.snapshot": (),
    "forecast.Panel.restore": lambda: (panel().snapshot(),),
    "forecast.Hierarchy": ([{"tenant": "a"}, {"tenant": "b"}], ["tenant"]),
    "forecast.Hierarchy.reconcile": lambda: (forecasts(), "variance", True),
    "load.derivatives": (LOAD, 60.0, 5),
    "load.Series": (LOAD, 0, 60.0),
    "load.Series.from_samples": ([0, 60_000, 90_000], [1.0, 2.0, 3.0], 60.0, "mean"),
    "load.Series.from_csv": ("time,load\n0,1\n60,2\n", "load", 60.0),
    "load.Series.resample": (120.0, "mean"),
    "load.Series.fill": ("seasonal", 4),
    "load.Series.snapshot": (),
    "load.Series.restore": lambda: (series().snapshot(),),
    "load.read_csv": lambda: (csv_file(), "load", 60.0),
    "load.dft": (CYCLES,),
    "load.periodogram": (CYCLES, 60.0),
    "load.periods": (CYCLES, 60.0, 3),
    "load.correlate": (CYCLES, CYCLES[::-1], 4),
    "load.principal_components": (CLOUD, 2),
    "load.decompose": (CYCLES, [6, 12], False),
    "forecast.Spectral": (240, 8, 60),
    "forecast.normal_quantile": (0.9,),
    "forecast.confidence_interval": (10.0, 2.0, 16, 1.96),
    "forecast.Additive": (),
    "forecast.Custom": lambda: (OwnModel(),),
    "forecast.MovingAverage": (3,),
    "forecast.SeasonalNaive": (4,),
    "forecast.Ensemble": lambda: ([forescale.forecast.MovingAverage(3)], [3600.0], 100),
    "forecast.Ensemble.warm_start": ([0.5, 1.5], 3600.0),
    "forecast.Ensemble.refit": (1.0,),
    "forecast.Ensemble.refits_due": (),
    "forecast.pooled_shape": lambda: ([series()], 240.0),
    "forecast.Ets": ("A", "A", "A", 4, False, {"alpha": 0.3}, {"level": 4.0}),
    "forecast.Arima": ((1, 1, 1), (1, 0, 0, 4), {"ar": [0.3], "ma": [0.2], "seasonal_ar": [0.1]}),
    "forecast.GradientBoosting": (16, [24], {"time_zone": "Europe/Berlin"}, 20, 8, 10, 0.2, 1),
    "forecast.Lstm": (16, [24], {"time_zone": "Europe/Berlin"}, 8, 20, 0.02, 1),
    "forecast.Tcn": (16, [24], {"time_zone": "Europe/Berlin"}, 8, 2, 3, 20, 0.02, 1),
    "forecast.Hybrid": (16, [24], {"time_zone": "Europe/Berlin"}, 8, 20, 20, 8, 1),
    "forecast.Forecaster.fit": lambda: (series(),),
    "forecast.Forecaster.update": (5.0,),
    "forecast.Forecaster.skip": (2,),
    "forecast.Forecaster.forecast": (4, [0.5, 0.9]),
    "forecast.Forecaster.snapshot": (),
    "forecast.Forecaster.restore": lambda: (forescale.forecast.SeasonalNaive(3).fit(series()).snapshot(),),
    "forecast.Forecast.lower": (0.9,),
    "forecast.Forecast.upper": (0.9,),
    "forecast.Forecast.quantile": (0.9,),
    "forecast.AdaptiveQuantile": (0.9, 0.05),
    "forecast.AdaptiveQuantile.of_memory": (0.5,),
    "forecast.AdaptiveQuantile.update": (3.0,),
    "forecast.AdaptiveQuantile.snapshot": (),
    "forecast.AdaptiveQuantile.restore": lambda: (forescale.forecast.AdaptiveQuantile(0.9, 0.05).snapshot(),),
    "forecast.AdaptiveInterval": (0.9, 0.05),
    "forecast.AdaptiveInterval.interval": (5.0,),
    "forecast.AdaptiveInterval.update": (5.0, 4.0),
    "forecast.AdaptiveInterval.snapshot": (),
    "forecast.AdaptiveInterval.restore": lambda: (forescale.forecast.AdaptiveInterval(0.9, 0.05).snapshot(),),
    "anomaly.response": (10.0, 0.5),
    "anomaly.severity": (0.5,),
    "anomaly.Detector": (),
    "anomaly.Detector.observe": (NOW, 4.0),
    "anomaly.Detector.snapshot": (),
    "anomaly.Detector.restore": lambda: (forescale.anomaly.Detector().snapshot(),),
    "anomaly.average_path_length": (256,),
    "anomaly.IsolationForest": (10, 16, 1.0, 1, 1),
    "anomaly.IsolationForest.fit": (CLOUD,),
    "anomaly.IsolationForest.score": (CLOUD,),
    "anomaly.IsolationForest.from_trees": lambda: (forest().to_trees(), 16),
    "anomaly.IsolationForest.from_sklearn": lambda: (sklearn_forest(),),
    "anomaly.IsolationForest.to_sklearn": (),
    "anomaly.IsolationForest.to_trees": (),
    "anomaly.IsolationForest.update": (CLOUD[3],),
    "anomaly.IsolationForest.is_outlier": (CLOUD,),
    "anomaly.IsolationForest.explain": (CLOUD,),
    "anomaly.IsolationForest.get_params": (),
    "anomaly.IsolationForest.snapshot": (),
    "anomaly.IsolationForest.restore": lambda: (forest().snapshot(),),
    "anomaly.dbscan": (CLOUD, 0.5, 3),
    "anomaly.CircuitBreaker": (2, 10.0, 1),
    "anomaly.CircuitBreaker.allow": (NOW,),
    "anomaly.CircuitBreaker.record": (NOW, False),
    "anomaly.CircuitBreaker.state": (NOW,),
    "anomaly.CircuitBreaker.snapshot": (),
    "anomaly.CircuitBreaker.restore": lambda: (forescale.anomaly.CircuitBreaker(2, 10.0, 1).snapshot(),),
    "anomaly.spillover": (9.0, [10.0, 20.0], [5.0, 5.0], [True, True]),
    "energy.EnergyTensor": (MATRIX,),
    "energy.EnergyTensor.fit": (ALTERNATIVES, [[1.0], [2.0], [3.0], [4.0], [5.0]]),
    "energy.EnergyTensor.apply": ([1.0, 2.0, 3.0],),
    "energy.EnergyTensor.minimize": ([5.0], [0.0, 0.0, 1.0], [4.0, 4.0, 4.0]),
    "energy.EnergyTensor.snapshot": (),
    "energy.EnergyTensor.restore": lambda: (tensor().snapshot(),),
    "energy.CheapestScaling": ([1.0], [2.0], 2.0, [0.0], [2.0], [0.0], 2.0, 0.0),
    "energy.PowerCurve": ([100.0, 130.0, 200.0],),
    "energy.PowerCurve.watts": (0.3,),
    "energy.PowerCurve.times": (2.5,),
    "energy.HardwareProfile": lambda: ("mine", forescale.energy.PowerCurve([100.0, 200.0]), 150.0, 90.0, "measured"),
    "energy.HardwareProfile.named": ("m6i.xlarge",),
    "energy.HardwareProfile.names": (),
    "energy.transition_energy": lambda: ([2, 4, 3], forescale.energy.HardwareProfile.named("skylake"), 60.0, 30.0),
    "energy.Task": ("backup", 1.0, 2.0, 3600.0, 7200.0, True, [], 0.0),
    "energy.schedule": lambda: (tasks(), 1, [30.0, 50.0, 10.0], 3600.0),
    "energy.Plan": ([], [], 1.0, 1.0, True),
    "energy.Placement": (0, "backup", 0.5, 0.0, 3600.0, 10.0),
    "energy.Unplaced": (1, "serve", "no slot is free"),
    "choice.pareto_front": (ALTERNATIVES, [True, False, True]),
    "choice.non_dominated_sort": (ALTERNATIVES, [True, False, True]),
    "choice.crowding_distance": (ALTERNATIVES,),
    "choice.hypervolume": (ALTERNATIVES, [5.0, 6.0, 7.0]),
    "choice.utility": ([1.0, 2.0, 3.0], [0.5, -1.0, 2.0]),
    "choice.log_utility": ([1.0, 2.0, 3.0], [0.5, -1.0, 2.0]),
    "choice.choose": (ALTERNATIVES, [True, False, True], [1.0, 2.0, 0.5], [[0.0, 9.0], [0.0, 9.0], [1.0, 9.0]]),
    "choice.weighted_sum": (ALTERNATIVES, [True, False, True], [1.0, 2.0, 0.5]),
    "choice.achievement": (ALTERNATIVES, [True, False, True], [1.0, 2.0, 0.5], [1.0, 1.0, 1.0], 0.01),
    "choice.knee": (ALTERNATIVES, [True, False, True]),
    "choice.Allocation": ([[0.0, 1.0, 4.0], [0.0, 2.0, 5.0]], [[0.0, 1.0, 0.5]], [[-1.0, -1.0]], [-3.0]),
    "choice.Allocation.cost": ([1, 2],),
    "choice.Allocation.is_feasible": ([1, 2],),
    "choice.anneal": lambda: (forescale.choice.Allocation([[0.0, 1.0], [0.0, 2.0]]), 1, "quantum", 10, 4),
    "choice.scenarios": (ALTERNATIVES, [1.0, 2.0, 3.0], 0.5, 0.9),
    "capacity.erlang_b": (10, 7.5),
    "capacity.erlang_c": (10, 7.5),
    "capacity.Queue": (7.5, 1.0, 10, 1.0, 1.0),
    "capacity.Queue.wait_quantile": (0.95,),
    "capacity.Queue.response_quantile": (0.95,),
    "capacity.Queue.response_tail": (2.0,),
    "capacity.Utilization": (0.7,),
    "capacity.MeanWait": (0.5,),
    "capacity.WaitQuantile": (0.95, 0.5),
    "capacity.ResponseQuantile": (0.95, 4.0),
    "capacity.target_is_met": lambda: ({"mean_wait": 1.0}, forescale.capacity.Queue(7.5, 1.0, 10)),
    "capacity.servers_for": (7.5, 1.0, {"response_quantile": [0.95, 4.0]}),
    "capacity.latency": (0.1, 0.7),
    "capacity.BoundedQueue": (7.5, 1.0, 8, None, 3.0),
    "capacity.BoundedQueue.wait_tail": (0.5,),
    "capacity.BoundedQueue.wait_quantile": (0.95,),
    "capacity.BoundedQueue.response_tail": (2.0,),
    "capacity.BoundedQueue.response_quantile": (0.95,),
    "capacity.servers_for_bounded": (7.5, 1.0, 5, None, {"mean_wait": 0.5}, 0.05),
    "capacity.calibrate": ([0.1, 0.5, 0.8, 0.3], [0.11, 0.21, 0.49, 0.14]),
    "capacity.calibrate_load": ([1.0, 5.0, 8.0, 3.0, 7.0, 2.0, 4.0, 6.0, 1.5, 2.5, 3.5, 4.5], [0.11, 0.2, 0.5, 0.14, 0.33, 0.12, 0.17, 0.25, 0.12, 0.13, 0.16, 0.18]),
    "capacity.Calibration.latency": (4.0,),
    "capacity.WarmUp.learn": ([0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0, 90.0, 120.0], [2.0, 3.7, 5.0, 6.2, 7.0, 7.7, 8.2, 8.9, 9.3, 9.6, 9.9, 10.0]),
    "capacity.WarmUp.share": (30.0,),
    "capacity.Bins": ([1.0, 1.0], [[0.5, 0.5]], 4),
    "capacity.pack": lambda: ([[0.5, 0.2], [0.4, 0.7], [0.3, 0.3]], forescale.capacity.Bins([1.0, 1.0], [[0.5, 0.5]], 4), "best_fit_decreasing", [-1, -1, -1], [-1, 2, 2], [-1, -1, 0]),
    "scaling.scaling_identity": ([3.0, 4.0, 6.0, 5.0], 60.0, 1.0, 0.1, 10.0, 0.0),
    "scaling.sigmoid": (1.0, 2.0, 0.5),
    "scaling.log_sigmoid": (1.0, 2.0, 0.5),
    "scaling.sigmoid_slope": (1.0, 2.0, 0.5),
    "scaling.ramp": ([3.0, 4.0, 6.0, 5.0], 60.0, 0.5, 2.0),
    "scaling.plan_transition": ([2.0, 2.0, 3.5], 2, 60.0, 60.0),
    "scaling.assess_transition": ([2.0, 2.0, 3.5], 2, [2, 3, 4], 60.0, 60.0),
    "scaling.stability_margins": (0.1, 0.001, 0.5, 15.0, 120.0, 30.0),
    "scaling.stretch_gains": (1.0, 0.1, 10.0, 2.0),
    "scaling.slope_noise": (5, 60.0),
    "scaling.multiscale_scaling": ([3.0, 4.0, 6.0, 5.0], 60.0, 1.0, 0.1, 10.0, 2),
    "scaling.Transition": (2.0, 10.0, 0.1, 60.0),
    "scaling.Transition.over": (2, 10, 0.0, 120.0),
    "scaling.Transition.value": (30.0,),
    "scaling.Transition.slope": (30.0,),
    "scaling.Transition.replicas": (30.0,),
    "scaling.ScalingLaw": (1.0, 0.1, 10.0, 1.0, 100.0, 0.0, 60.0),
    "scaling.ScalingLaw.update": (5.0, 60.0),
    "scaling.ScalingLaw.tune": ([3.0, 4.0, 6.0, 5.0, 7.0], [1.0, 1.5, 2.0, 2.0, 3.0], 60.0),
    "scaling.ScalingLaw.tune_simulated": ([3.0, 4.0, 6.0, 5.0, 7.0], 60.0),
    "scaling.ScalingLaw.snapshot": (),
    "scaling.ScalingLaw.restore": lambda: (forescale.scaling.ScalingLaw().snapshot(),),
    "scaling.Hysteresis": (UP, DOWN, 0.5),
    "scaling.Hysteresis.design": (2.0, 10.0, 1.0, 0.01),
    "scaling.Hysteresis.update": (5.0,),
    "scaling.Hysteresis.snapshot": (),
    "pool.share": ([[1.0, 5.0, 2.0, 1.0], [4.0, 1.0, 2.0, 3.0]], 0.9, 2, 50.0, 0.0),
    "pool.CloneManager": (300.0, 12, 86_400.0, 30.0, "quantile", 19.0, 1.1, 50, 1.5, 3, 3, 1000, {"attempts": 2}),
    "pool.CloneManager.set_code": (CODE,),
    "pool.CloneManager.set_machine": ({"name": "n", "room": [8.0, 8.0]},),
    "pool.CloneManager.machine_lost": ("m",),
    "pool.CloneManager.set_distances": ([{"from": "", "to": "x", "distance": 1.0}],),
    "pool.CloneManager.announce": ({"code": "a", "start": 0, "end": 1000, "factor": 2.0},),
    "pool.CloneManager.set_forecast": ("a", [{"time": 2 * NOW, "mean": 1.0, "upper": 2.0}]),
    "pool.CloneManager.observe": (NOW, "a", 5.0),
    "pool.CloneManager.observe_health": (1, True),
    "pool.CloneManager.observe_use": (1, 0.0),
    "pool.CloneManager.reconcile": (NOW, [1]),
    "pool.CloneManager.report": (1, "confirmed"),
    "pool.CloneManager.plan": (NOW,),
    "pool.CloneManager.instructions": (),
    "pool.CloneManager.forecast": ("a",),
    "pool.CloneManager.running": ("a",),
    "pool.CloneManager.explain": ("a",),
    "pool.CloneManager.journal": (),
    "pool.CloneManager.clear_journal": (),
    "pool.CloneManager.snapshot": (),
    "pool.CloneManager.restore": lambda: (clone_manager().snapshot(),),
    "pool.Regions": (300.0, 86_400.0, 120.0, 19.0, {"cost": 50.0}, 0.01, 0.1, 0.05, 4, {"attempts": 2}),
    "pool.Regions.set_region": ({"name": "north", "capacity": 5, "watts": 100.0},),
    "pool.Regions.set_application": ({"name": "b", "service_rate": 2.0},),
    "pool.Regions.set_latencies": ([{"from": "north", "to": "south", "milliseconds": 9.0}],),
    "pool.Regions.set_carbon": ("north", [{"time": 0, "grams": 300.0}]),
    "pool.Regions.set_forecast": ("north", "a", [{"time": 2 * NOW, "mean": 1.0, "upper": 2.0}]),
    "pool.Regions.region_lost": ("north",),
    "pool.Regions.region_back": ("north",),
    "pool.Regions.observe": (NOW, "north", "a", 5.0),
    "pool.Regions.reconcile": (NOW, [{"region": "north", "application": "a", "replicas": 1}]),
    "pool.Regions.report": (1, "confirmed"),
    "pool.Regions.plan": (NOW,),
    "pool.Regions.instructions": (),
    "pool.Regions.routes": (),
    "pool.Regions.replicas": (),
    "pool.Regions.forecast": ("north", "a"),
    "pool.Regions.explain": ("a",),
    "pool.Regions.journal": (),
    "pool.Regions.clear_journal": (),
    "pool.Regions.snapshot": (),
    "pool.Regions.restore": lambda: (two_regions().snapshot(),),
    "pool.ShadowManager": (
        60.0, 15, 120.0, {"time_zone": "UTC"}, {"max_series": 8}, "proportional", 19.0, 100.0, 0.7, 0.9, 0.05, 0.0, 0.01, 500.0, 0.9, 0.2, 0.03, 5, 10, 0.02, 100,
        100, {"attempts": 2},
    ),
    "pool.ShadowManager.set_primary": (PRIMARY,),
    "pool.ShadowManager.remove_primary": ("router",),
    "pool.ShadowManager.observe": (NOW, {"primary": "router", "used": [None], "tags": {"source": "x"}}),
    "pool.ShadowManager.set_forecast": ({"primary": "router", "start": NOW, "mean": [[0.5]], "deviation": [[0.1]]},),
    "pool.ShadowManager.prewarm": ({"primary": "router", "needed_at": NOW + 600_000, "amounts": [1.0]},),
    "pool.ShadowManager.instance_failed": (1,),
    "pool.ShadowManager.instance_recovered": (1,),
    "pool.ShadowManager.reconcile": (NOW, [{"instance": 1, "amounts": [8.0], "share": 1.0, "is_active": True}]),
    "pool.ShadowManager.report": (1, "confirmed"),
    "pool.ShadowManager.plan": (NOW,),
    "pool.ShadowManager.instructions": (),
    "pool.ShadowManager.forecast": ("router",),
    "pool.ShadowManager.queue": (),
    "pool.ShadowManager.status": ("router",),
    "pool.ShadowManager.explain": ("router",),
    "pool.ShadowManager.start_trial": ({"primary": "cache", "version": "3"},),
    "pool.ShadowManager.observe_trial": (
        "router",
        {"latency_seconds": 0.1, "error_share": 0.0, "new_latency_seconds": 0.1, "new_error_share": 0.0},
    ),
    "pool.ShadowManager.trial": ("router",),
    "pool.ShadowManager.end_trial": ("router", False),
    "pool.ShadowManager.journal": (),
    "pool.ShadowManager.clear_journal": (),
    "pool.ShadowManager.snapshot": (),
    "pool.ShadowManager.restore": lambda: (shadow_manager().snapshot(),),
    "pool.LoadBalancer": (300.0, 86_400.0, 1000, 0.9, {"max_latency_seconds": 1.0}, 1, 30.0, 300.0, INSTANCES, 0.7, 0.001),
    "pool.LoadBalancer.set_profile": (None, "search", {"priority": 1}),
    "pool.LoadBalancer.profile": ("ann", "search"),
    "pool.LoadBalancer.set_forecast": ("ann", "search", [{"time": 2 * NOW, "mean": 1.0, "upper": 2.0}]),
    "pool.LoadBalancer.train": ([USAGE],),
    "pool.LoadBalancer.observe": (USAGE,),
    "pool.LoadBalancer.predict": ("ann", "search", NOW),
    "pool.LoadBalancer.tier_demand": (),
    "pool.LoadBalancer.recommendations": (),
    "pool.LoadBalancer.explain": ("ann", "search"),
    "pool.LoadBalancer.snapshot": (),
    "pool.LoadBalancer.restore": lambda: (load_balancer().snapshot(),),
    "pool.ResourceManager": (TIERS, 0.001, 300.0, 0.0, 0.7, 0.95, 1, 300.0, 3600.0, {"attempts": 2}),
    "pool.ResourceManager.foresee": (NOW, TIER_DEMAND),
    "pool.ResourceManager.sizes": (),
    "pool.ResourceManager.follow": (NOW, []),
    "pool.ResourceManager.observe": (NOW, {"tier": "warm", "load": 5.0}),
    "pool.ResourceManager.allocate": (NOW, {"id": 1, "load": 5.0}),
    "pool.ResourceManager.allocation": (),
    "pool.ResourceManager.release": (NOW, 1),
    "pool.ResourceManager.unit_lost": (NOW, 1),
    "pool.ResourceManager.reconcile": (NOW, [{"unit": 1, "tier": "hot"}]),
    "pool.ResourceManager.report": (1, "confirmed"),
    "pool.ResourceManager.rebalance": (NOW,),
    "pool.ResourceManager.instructions": (),
    "pool.ResourceManager.lease": (1,),
    "pool.ResourceManager.leases": (),
    "pool.ResourceManager.status": (),
    "pool.ResourceManager.explain": (),
    "pool.ResourceManager.journal": (),
    "pool.ResourceManager.clear_journal": (),
    "pool.ResourceManager.snapshot": (),
    "pool.ResourceManager.restore": lambda: (resource_manager().snapshot(),),
    "policy.Static": (3,),
    "policy.Hpa": (0.7, 0.1, 0.1, 300.0, None),
    "policy.SeasonalMax": (None, "1d", 1800.0),
    "policy.Predictive": (True, None, "marginal", 0.0, "price", 0.0, True),
    "policy.Oracle": (),
    "policy.TargetTracking": (0.7, 3, 15, 0.1, 300.0, False),
    "policy.Kpa": (0.7, 60.0, 10.0, 200.0, 1000.0, 2.0, 0.0, 1, 30.0),
    "policy.Schedule": ([{"start": "0 8 * * *", "end": "0 18 * * *", "time_zone": "UTC", "replicas": 3}], 1),
    "policy.AwsPredictive": (None, 300.0, False),
    "policy.Crane": (None, 3600.0, False),
    "policy.AibrixApa": (0.7, 0.1, 0.1, 180.0, 2.0, 2.0, 0.0, 300.0, False),
    "policy.RayServe": (0.7, 1.0, 1.0, 30.0, 600.0, 30.0),
    "policy.Dynamo": ("second", "kalman", 180.0, 1.0, None, 1.0, 1, 8, 0.8),
    "policy.QLearning": (True, 0.05, 0.9, 0.1, 0.9995, 0.01, 19.0, 0.1, 0, None),
    "policy.q_table_to_svg": lambda: (np.zeros(6552),),
    "policy.CustomPolicy": lambda: (twice_the_need, False),
    "engine.Engine.observe_in_flight": (NOW + 15_000, 4.2),
    "engine.Engine": (10.0, {"response_quantile": [0.95, 0.4]}, 1, 100, 120.0, 15.0),
    "engine.Engine.observe": (NOW + 15_000, 42.0),
    "engine.Engine.observe_batch": ([NOW + 15_000, NOW + 30_000], [42.0, 43.0]),
    "engine.Engine.decide": lambda: (NOW + 15_000, forescale.engine.Fleet(5, 5)),
    "engine.Engine.applied": (NOW + 15_000, 6),
    "engine.Engine.observe_start_up": (NOW, 90.0),
    "engine.Engine.observe_performance": (NOW, 0.2, 0.6),
    "engine.Engine.reconfigure": ({"max_replicas": 20},),
    "engine.Engine.audit_header": (),
    "engine.Engine.audit_line": (),
    "engine.AuditReplay": (),
    "engine.AuditReplay.line": lambda: (engine().audit_header(),),
    "engine.replay": lambda: (engine().audit_header(),),
    "engine.Engine.explain": (),
    "engine.Engine.snapshot": (),
    "engine.Engine.restore": lambda: (engine().snapshot(), None),
    "engine.Engine.observe_resource": (NOW + 15_000, "memory", 4.2),
    "engine.Engine.pause": ("in",),
    "engine.Engine.resume": (),
    "engine.Engine.limit_to_share": (3,),
    "engine.Decision.desired_for_hpa": (5, 0.1),
    "engine.JointBudget": (9.0, [{"cost": 1.0}, {"weight": 2.0}]),
    "engine.JointBudget.share": ([5, 9], [3, 3], [4, 4]),
    "engine.Fleet": (5, 4, 1, 0),
    "engine.Peak": (1.0, 2.0, 3.0),
    "engine.Decision.to_json": (),
    "engine.Decision.explain": (),
    "simulate.World": (10.0, None, 120.0, 30.0, 15.0, 1, 100),
    "simulate.backtest": lambda: (series(), ["hpa", forescale.policy.Static(3)], forescale.simulate.World(1.0), 1),
    "simulate.backtest_many": lambda: ([series()], ["hpa", forescale.policy.Static(3)], forescale.simulate.World(1.0), 1),
    "simulate.Report.per_day": (),
    "simulate.Report.per_day_table": (),
    "simulate.Report.daily_means": (0.9, 200, 86_400.0, 1),
    "simulate.compare": lambda: (day_report(), "hpa", "oracle", 0.9, 200, 60.0, 1),
    "simulate.Comparison.to_json": (),
    "simulate.synthetic.generate": ([{"cycle": {"amplitude": 0.5}}], 10.0, 100, 60.0, 0, True, 1),
    "simulate.synthetic.cycle": (),
    "simulate.synthetic.weekend": (),
    "simulate.synthetic.ramp": (60.0,),
    "simulate.synthetic.flash_crowds": (),
    "simulate.synthetic.batch": (),
    "simulate.synthetic.bursts": (),
    "simulate.synthetic.noise": (),
    "simulate.synthetic.drift": (),
    "simulate.synthetic.gaps": (),
    "simulate.train": lambda: (series(), forescale.policy.QLearning(), forescale.simulate.World(1.0), 2, 1),
    "simulate.chaos.scenario": (7,),
    "simulate.chaos.run": lambda: ({**forescale.simulate.chaos.scenario(7), "intervals": 50}, {"policy": "hpa"}),
    "simulate.chaos.survey": (0, 1, {"policy": "hpa"}, 1),
    "simulate.schemes.run": lambda: ([[4.0 + step % 7 for step in range(100)]], forescale.simulate.World(1.0), {"sharing": {"most_tenants": 1}}, 0, 15.0),
    "simulate.schemes.picture": lambda: (
        forescale.simulate.schemes.run([[4.0 + step % 7 for step in range(100)]], forescale.simulate.World(1.0), step_seconds=15.0, sweep=False),
    ),
    "simulate.tune": lambda: ("hpa", forescale.load.Series(SHORT), forescale.simulate.World(1.0), None, 0.3, None, 10, 1),
    "simulate.dual": lambda: (forescale.simulate.World(1.0), "hpa", {"base": 20.0, "steps": 30, "step_seconds": 15.0}, 0.1, 1),
    "simulate.Dual.to_json": (),
    "simulate.Rollout": ([0.1, 1.0], 0.05, 20, 2, 10.0, 200, 1, 3),
    "simulate.Rollout.observe": (2.0, 0.0, 1.0, 0.0),
    "simulate.Rollout.to_json": (),
    "simulate.Rollout.snapshot": (),
    "simulate.Rollout.restore": lambda: (forescale.simulate.Rollout([0.1, 1.0]).snapshot(),),
    "simulate.rollout": lambda: (forescale.load.Series(SHORT), "hpa", "predictive", forescale.simulate.World(1.0), {"look_intervals": 20, "services": 2}, 1),
    "simulate.Report.to_html": ("report.html",),
    "simulate.Report.frontier_svg": (),
    "simulate.Report.timeline_svg": (),
    "simulate.Report.plot": (),
    "simulate.Report.to_json": (),
    "simulate.Report.table": (),
    "simulate.Report.policy": ("hpa",),
    "simulate.Report.timeline": ("hpa",),
    "simulate.Report.to_pandas": (),
    "scaling.Hysteresis.restore": lambda: (UP, DOWN, forescale.scaling.Hysteresis(UP, DOWN).snapshot()),
}

OBJECTS = {
    "pool.CloneManager": clone_manager,
    "pool.ShadowManager": shadow_manager,
    "pool.Regions": two_regions,
    "pool.LoadBalancer": load_balancer,
    "pool.ResourceManager": resource_manager,
    "load.History": history,
    "forecast.Evaluation": lambda: forescale.forecast.evaluate(forescale.forecast.MovingAverage(2), series(), 2, 3),
    "forecast.Panel": panel,
    "load.Period": lambda: forescale.load.periods(CYCLES, 60.0)[0],
    "scaling.TransitionPlan": lambda: forescale.scaling.plan_transition([2.0, 2.0, 3.5], 2, 60.0, 60.0),
    "load.Correlation": lambda: forescale.load.correlate(CYCLES, CYCLES[::-1]),
    "capacity.Calibration": lambda: forescale.capacity.calibrate([0.1, 0.5, 0.8, 0.3], [0.11, 0.21, 0.49, 0.14]),
    "capacity.WarmUp": lambda: forescale.capacity.WarmUp.learn([0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0, 90.0, 120.0], [2.0, 3.7, 5.0, 6.2, 7.0, 7.7, 8.2, 8.9, 9.3, 9.6, 9.9, 10.0]),
    "capacity.Packing": lambda: forescale.capacity.pack([[0.5], [0.6]], forescale.capacity.Bins([1.0])),
    "load.Decomposition": lambda: forescale.load.decompose(CYCLES, [12]),
    "forecast.Forecaster": lambda: forescale.forecast.SeasonalNaive(3).fit(series()),
    "forecast.Ensemble": lambda: forescale.forecast.Ensemble([forescale.forecast.MovingAverage(3)], [3600.0], 100).fit(series()),
    "forecast.Forecast": lambda: forescale.forecast.SeasonalNaive(3).fit(series()).forecast(4),
    "anomaly.IsolationForest": forest,
    "anomaly.Spillover": lambda: forescale.anomaly.spillover(9.0, [10.0, 20.0], [5.0, 5.0]),
    "anomaly.Detector": forescale.anomaly.Detector,
    "anomaly.Anomaly": lambda: forescale.anomaly.Detector().observe(NOW, 4.0),
    "engine.Engine": engine,
    "policy.Policy": forescale.policy.Hpa,
    "policy.Situation": situation,
    "engine.Decision": lambda: engine().last_decision,
    "engine.JointBudget": lambda: forescale.engine.JointBudget(9.0, [{}, {"weight": 2.0}]),
    "engine.AuditReplay": forescale.engine.AuditReplay,
    "engine.LeadTime": lambda: engine().lead_time,
    "engine.ForecastValue": lambda: engine().forecast_value,
    "engine.Reward": lambda: engine().reward,
    "engine.Performance": lambda: engine().performance,
    "engine.LogDifference": difference,
    "simulate.Report": week_report,
    "simulate.PolicyResult": lambda: report().policies[0],
    "simulate.FrontierPoint": lambda: report().frontier[0],
    "simulate.TierResult": lambda: forescale.simulate.backtest(
        series(), ["hpa"], forescale.simulate.World(1.0, tiers=[{"name": "only"}]), sweep="none"
    ).policies[0].tiers[0],
    "simulate.Timeline": lambda: report().timeline("hpa"),
    "simulate.DayResult": lambda: report().per_day()[0],
    "simulate.DailyMeans": lambda: week_report().daily_means()[0],
    "simulate.DailyMean": lambda: week_report().daily_means()[0].cost,
    "simulate.Comparison": lambda: forescale.simulate.compare(day_report(), "hpa", "oracle"),
    "simulate.Dual": lambda: forescale.simulate.dual(forescale.simulate.World(1.0), "hpa", {"base": 20.0, "steps": 30, "step_seconds": 15.0}),
    "simulate.Difference": lambda: forescale.simulate.compare(day_report(), "hpa", "oracle").cost,
}
