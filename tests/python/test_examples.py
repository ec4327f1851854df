"""The same example prints the same in every language; tests/rust/examples.rs does it for the others."""

import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


def test_the_quickstart_prints_what_it_prints_elsewhere():
    printed = subprocess.run([sys.executable, EXAMPLES / "python" / "quickstart.py"], capture_output=True, text=True, check=True)
    assert printed.stdout == (EXAMPLES / "quickstart.txt").read_text()


def test_the_pools_come_to_what_they_come_to_elsewhere():
    printed = subprocess.run([sys.executable, EXAMPLES / "python" / "pools.py"], capture_output=True, text=True, check=True)
    assert printed.stdout == (EXAMPLES / "pools.txt").read_text()
