"""Every block of Python in the documentation runs, and prints what the block of text behind it says.

`FORESCALE_UPDATE=1` rewrites those blocks of text: only ever after a change that was meant to change them.
"""

import contextlib
import io
import os
import re
from pathlib import Path

import numpy as np
import pytest
from forescale.forecast import Ets
from forescale.load import Series

DOCS = Path(__file__).parent.parent.parent / "docs"
CYCLE = 100 + 30 * np.sin(2 * np.pi * np.arange(240) / 24) + np.arange(240) % 7
# What pieces of a program find there, by the page.
FOUND = {
    "anomaly": {"stream": [(60_000 * minute, 10.0 + minute % 7) for minute in range(50)]},
    "forecast": {"Ets": Ets, "series": Series(CYCLE, 0, 3600.0)},
    "pools": {"loads": [CYCLE, CYCLE[::-1]]},
}
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE)


def blocks():
    for page in sorted(DOCS.glob("*.md")):
        if page.stem != "bindings":
            for number, block in enumerate(BLOCK.finditer(page.read_text()), 1):
                yield pytest.param(page, block, id=f"{page.stem}-{number}")


@pytest.mark.parametrize(("page", "block"), list(blocks()))
def test_what_is_shown_runs_and_prints_what_it_says(page, block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(block[1], f"{page.name}", "exec"), dict(FOUND.get(page.stem, {})))  # noqa: S102
    if block[2] is None:
        return
    if printed.getvalue() != block[2] and os.environ.get("FORESCALE_UPDATE"):
        text = page.read_text()
        page.write_text(text.replace(block[0], block[0].replace(f"```text\n{block[2]}", f"```text\n{printed.getvalue()}")))
    else:
        assert printed.getvalue() == block[2]
