"""Bad input of each kind into every public operation: see spoil.py."""

import subprocess
import sys
from pathlib import Path

import pytest

from test_surface import ROOMS


@pytest.mark.parametrize("room", ROOMS)
def test_bad_input_is_refused_and_changes_nothing(room, tmp_path):
    program = Path(__file__).with_name("spoil.py")
    done = subprocess.run([sys.executable, program, room], capture_output=True, text=True, timeout=600, check=False, cwd=tmp_path)
    assert done.returncode == 0, f"{done.stdout[-300:]}\n{done.stderr[-3000:]}"
