"""Faults and hostile loads as data, every decision checked: scenario() makes one of a seed, run() plays it, survey() many.

    from forescale.simulate import chaos
    survey = chaos.survey(0, 100)
    for findings in survey["failed"]:
        print(findings["seed"], findings["breaches"])
"""

from .._forescale import chaos_run as run
from .._forescale import chaos_scenario as scenario
from .._forescale import chaos_survey as survey

__all__ = ["run", "scenario", "survey"]
