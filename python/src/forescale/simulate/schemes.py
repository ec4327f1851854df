"""The pool's schemes against the simple thing in their place: run() tries one on a table of loads, picture() draws its busiest day.

    from forescale.simulate import World, schemes
    report = schemes.run(loads, World(10.0), {"clones": {}}, step_seconds="10min")
    print(report["scheme"]["cost"], report["baseline"]["cost"], report["equal_late"])
"""

from .._forescale import schemes_picture as picture
from .._forescale import schemes_run as run

__all__ = ["picture", "run"]
