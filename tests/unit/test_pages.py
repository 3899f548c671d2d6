"""The headers that guard every page."""

from __future__ import annotations

from digest.pages import guard_headers, policy


def test_a_page_may_load_nothing_from_elsewhere_and_run_no_script() -> None:
    assert policy().startswith("default-src 'none'; ")
    assert "script-src" not in policy()
    assert "http" not in policy()


def test_a_page_that_needs_more_says_so_without_losing_the_rest() -> None:
    changed = policy(frame_src="'self'", img_src="'none'")
    assert "frame-src 'self'" in changed
    assert "img-src 'none'" in changed
    assert "frame-ancestors 'none'" in changed


def test_pages_are_neither_stored_nor_named_to_other_sites() -> None:
    headers = guard_headers()
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Content-Security-Policy"] == policy()
