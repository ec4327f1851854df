"""The package as a whole: threads, processes, import time."""

import inspect
import multiprocessing
import signal
import subprocess
import sys
import threading
import time

import forescale
import numpy as np
import pytest
from forescale import engine, load, policy, simulate


def test_other_threads_go_on_during_a_long_call():
    values = np.random.default_rng(0).normal(size=20_000)
    ticks, running = 0, True

    def count():
        nonlocal ticks
        while running:
            ticks += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    started = time.monotonic()
    while time.monotonic() - started < 0.3:
        before = ticks
        load.derivatives(values, 1.0, 200)
    running = False
    thread.join()
    assert ticks - before > 5


def _in_a_child(series, queue):
    queue.put(series.fill("linear").values.tolist())


def test_objects_cross_into_spawned_and_forked_processes():
    series = load.Series([1.0, float("nan"), 3.0])
    for method in ("spawn", "fork"):
        context = multiprocessing.get_context(method)
        queue = context.Queue()
        child = context.Process(target=_in_a_child, args=(series, queue))
        child.start()
        assert queue.get(timeout=60) == [1.0, 2.0, 3.0]
        child.join(60)
        assert child.exitcode == 0


def test_importing_is_quick_and_silent():
    program = """
import sys, time
import numpy
started = time.perf_counter()
import forescale
assert "pandas" not in sys.modules
print(time.perf_counter() - started)
"""
    times = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stderr == ""
        times.append(float(done.stdout))
    assert min(times) < 0.1, times


def test_the_version_is_that_of_the_installed_package():
    from importlib.metadata import version

    assert forescale.__version__ == version("forescale")


def test_ctrl_c_ends_a_long_call():
    program = """
import forescale, numpy
from forescale import load, simulate
series = load.Series(100 + numpy.arange(40_000) % 500, 0, 60)
print("begun", flush=True)
try:
    simulate.backtest(series, ["hpa", "seasonal_max", "predictive", "oracle"], simulate.World(10.0))
except KeyboardInterrupt:
    print("interrupted")
"""
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "begun\n"
    time.sleep(0.5)
    assert child.poll() is None, "the call was to take longer than this test"
    pressed = time.monotonic()
    child.send_signal(signal.SIGINT)
    printed, _ = child.communicate(timeout=60)
    assert printed == "interrupted\n" and time.monotonic() - pressed < 10


@pytest.mark.parametrize(
    "maker, required",
    [(engine.Engine, 1), (simulate.World, 1)]
    + [(getattr(policy, name), 0) for name in policy.__all__ if name not in {"Policy", "Static", "Schedule", "CustomPolicy", "Situation", "q_table_to_svg"}],
)
def test_the_defaults_that_help_shows_are_the_defaults(maker, required):
    parameters = list(inspect.signature(maker).parameters.values())
    defaults = {parameter.name: parameter.default for parameter in parameters[required:]}
    assert maker(*[10.0] * required, **defaults).config == maker(*[10.0] * required).config
