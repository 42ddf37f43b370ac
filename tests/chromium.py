"""The browser that tests of pages run in, where this machine has one."""

from __future__ import annotations

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")
NEEDS_IT = ("portal/test_browser.py", "portal/test_browser_offline.py", "portal/test_browser_signing.py")
"""The tests that are left out without one."""


def chromium() -> str | None:
    """The program: FIELDCARE_CHROMIUM, or what is on PATH; None: there is none."""
    named = os.environ.get("FIELDCARE_CHROMIUM")
    if named:
        return named
    return next((path for path in map(shutil.which, NAMES) if path is not None), None)


def left_out() -> str | None:
    """What a run says at its end where there is no browser."""
    if chromium() is not None:
        return None
    files = " and ".join(f"tests/{one}" for one in NEEDS_IT)
    return (
        f"Left out: {files}, which look at pages in a real browser. There is no Chromium: install one, or set "
        "FIELDCARE_CHROMIUM to its program."
    )
