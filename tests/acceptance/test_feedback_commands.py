"""`digest subscriber feedback`, `likes` and `import-likes`, as they are typed."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.acceptance.command import Digest
from tests.payloads import arxiv_results, result
from tests.webserver import WebServer, serve

READER = "reader@example.org"
PAPER = {"id": "2608.00001", "edition": "2026-08-20", "title": "World Models", "abstract": "We."}


@pytest.fixture
def installed(digest: Digest) -> Digest:
    digest.set_up()
    digest("subscriber", "add", READER)
    (digest.folder / "papers.jsonl").write_text(json.dumps(PAPER) + "\n")
    digest("edition", "import", "papers.jsonl")
    return digest


def test_a_like_is_kept_and_the_last_word_counts(installed: Digest) -> None:
    ran = installed("subscriber", "feedback", READER, "https://arxiv.org/abs/2608.00001v2", "like")
    assert "likes: World Models" in ran.out
    installed("subscriber", "feedback", READER, "10.48550/arXiv.2608.00001", "dislike")
    (row,) = installed("subscriber", "likes", READER, "--format", "json").json
    assert (row["title"], row["opinion"]) == ("World Models", "dislike")


def test_a_paper_that_the_archive_lacks_is_refused_with_a_way_out(installed: Digest) -> None:
    ran = installed("subscriber", "feedback", READER, "2608.99999", "like", code=2)
    assert "import-likes" in ran.err


def test_likes_are_imported_and_what_cannot_be_read_is_named(installed: Digest) -> None:
    text = "@misc{a, title={Other Models}}\n@misc{b, url={https://arxiv.org/abs/2608.00001}}\n"
    (installed.folder / "library.bib").write_text(text + "@misc{c, year=2020}\n")
    ran = installed("subscriber", "import-likes", READER, "library.bib", code=1)
    assert "likes 2 more papers" in ran.out
    assert "Not in the archive: 1 paper" in ran.err
    assert "library.bib, line 3" in ran.err
    again = installed(
        "subscriber", "import-likes", READER, "library.bib", "--format", "json", code=1
    )
    assert (again.json["new"], again.json["already"]) == (0, 2)


def test_a_file_without_a_paper_changes_nothing(installed: Digest) -> None:
    (installed.folder / "empty.txt").write_text("\n")
    ran = installed("subscriber", "import-likes", READER, "empty.txt", code=1)
    assert "empty.txt: it names no paper" in ran.err
    assert "has liked nothing yet" in installed("subscriber", "likes", READER).out


@pytest.fixture
def arxiv() -> Iterator[WebServer]:
    """ArXiv's API on this machine, which knows one paper."""
    web = WebServer()
    listening = serve(web)
    web.answers("/api", arxiv_results([result(2)]))
    yield web
    listening.shutdown()
    listening.server_close()


def test_titles_are_fetched_from_arxiv_where_asked_for(installed: Digest, arxiv: WebServer) -> None:
    source = f'[[sources]]\nkind = "arxiv"\ncategories = ["cs.LG"]\napi_url = "{arxiv.url}/api"\n'
    (installed.folder / "arxiv.toml").write_text(f"{source}interval = 0\n")
    (installed.folder / "ids.txt").write_text("2608.00002\n2608.00003\n")
    ran = installed(
        "--config", "arxiv.toml", "subscriber", "import-likes", READER, "ids.txt", "--fetch"
    )
    assert [asked.query["id_list"] for asked in arxiv.asked] == ["2608.00002,2608.00003"]
    assert "1 paper; arXiv does not know them" in ran.err
    rows = installed("subscriber", "likes", READER, "--format", "json").json
    assert sorted(row["title"] for row in rows) == ["", "Paper 2"]
