"""`python -m forescale backtest trace.csv --html report.html`."""

import sys

from ._command import main

if __name__ == "__main__":
    sys.exit(main())
