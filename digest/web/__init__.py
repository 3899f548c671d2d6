"""The readers' pages: subscribe, confirm, preferences, unsubscribe, feedback, archive, feeds.

Rendered on the server, working without scripts, loading nothing from elsewhere. A GET never
changes anything: mail scanners open every link; a page shows a button, and its POST acts.
"""

from __future__ import annotations

from digest.web.site import make_site

__all__ = ["make_site"]
