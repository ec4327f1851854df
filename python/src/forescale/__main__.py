"""`python -m forescale backtest trace.csv --html report.html`."""

import sys

from ._command import main

sys.exit(main())
