"""The preview: what `send` would deliver, on a local page, and why.

A message shown here is rendered by the same parts, from the same digest and with the same
clock as a delivered one; it differs in its mailer alone, which is this page.
"""

from __future__ import annotations

from digest.preview.choice import SAMPLE, Choice, View
from digest.preview.page import make_page
from digest.preview.rendering import look
from digest.preview.seen import Preview
from digest.preview.values import NO_EDITION
from digest.preview.workbench import Workbench
from digest.preview.writing import write

__all__ = [
    "NO_EDITION",
    "SAMPLE",
    "Choice",
    "Preview",
    "View",
    "Workbench",
    "look",
    "make_page",
    "write",
]
