"""What libraries of references come to: papers, and the places of what cannot be read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.likes.imports import read
from digest.likes.references import Library, arxiv_ids, key_of
from subscribers.errors import TransferError
from tests.support import keeps_pace

BIBTEX = r"""@article{a, title={{In-Context} {\'E}tudes of $\alpha$}, eprint={2405.15738v2},
  archivePrefix={arXiv}, abstract={We learn.}}
@misc{b, title="Two", howpublished={\url{https://arxiv.org/abs/1706.03762}}}
@article{c, title={Scholar}, journal={arXiv preprint arXiv:2001.00001}}
@article{d, title={dblp}, journal={CoRR}, volume={abs/2001.00002}}
@misc{e, title={Zotero}, number={{arXiv}:2001.00003}, publisher={arXiv}}
@misc{f, title={By its DOI}, doi={10.48550/arXiv.2001.00004}}
@inproceedings{g, title={Elsewhere}, doi={10.1145/3292500.3330701}}
@book{h, title={A book without any address}}
"""
RIS = "TY  - JOUR\nTI  - A title\nAB  - One\ntwo\nUR  - http://arxiv.org/abs/2403.00003\nER  - \n"
CSV = (
    '"Key","Title","DOI","Url","Abstract Note","Extra"\n'
    '"A","World <i>Models</i>","","https://example.org/1","We model.","arXiv:2401.00001 [cs]"\n'
    '"B","Two\nlines","10.1/x","https://example.org/2","",""\n'
)
RDF = """<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:z="http://www.zotero.org/namespaces/export#" xmlns:dcterms="http://purl.org/dc/terms/"
  xmlns:bib="http://purl.org/net/biblio#" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:prism="http://prismstandard.org/namespaces/1.2/basic/">
 <rdf:Description rdf:about="http://arxiv.org/abs/2404.00001">
  <z:itemType>preprint</z:itemType>
  <dc:title>World &lt;i&gt;Models&lt;/i&gt;</dc:title>
  <dcterms:abstract>We model.</dcterms:abstract>
  <dc:identifier><dcterms:URI><rdf:value>http://arxiv.org/abs/2404.00001</rdf:value>
   </dcterms:URI></dc:identifier>
  <prism:number>arXiv:2404.00001</prism:number>
 </rdf:Description>
 <z:Attachment rdf:about="#item_2"><z:itemType>attachment</z:itemType>
  <dc:title>Full text</dc:title></z:Attachment>
 <bib:Article rdf:about="urn:isbn:1"><z:itemType>journalArticle</z:itemType>
  <dcterms:isPartOf><bib:Journal><dc:title>A Journal</dc:title>
   <dc:identifier>DOI 10.1145/3292500.3330701</dc:identifier></bib:Journal></dcterms:isPartOf>
  <dc:title>Elsewhere</dc:title></bib:Article>
 <bib:Book rdf:about="#item_4"><z:itemType>book</z:itemType></bib:Book>
 <z:Collection rdf:about="#collection_1"><dc:title>Mine</dc:title></z:Collection>
</rdf:RDF>
"""
CSL = [
    {"title": "One", "abstract": "Text.", "DOI": "10.48550/arXiv.2402.00001"},
    {"title": "Two", "number": "arXiv:2402.00002", "URL": "http://example.org"},
]


def keys(text: str, name: str = "") -> list[str]:
    return [paper.key for paper in read(text, name).papers]


def problems(text: str, name: str = "") -> list[str]:
    return list(map(str, read(text, name).problems))


def test_bibtex_gives_ids_from_wherever_its_writers_put_them() -> None:
    assert keys(BIBTEX)[:6] == [
        "arxiv:2405.15738",
        "arxiv:1706.03762",
        *(f"arxiv:2001.0000{number}" for number in (1, 2, 3, 4)),
    ]
    assert keys(BIBTEX)[6] == "url:https://doi.org/10.1145/3292500.3330701"
    assert keys(BIBTEX)[7].startswith("title:")


def test_bibtex_gives_titles_and_abstracts_as_they_read() -> None:
    first = read(BIBTEX).papers[0]
    assert (first.title, first.abstract) == ("In-Context Études of α", "We learn.")


def test_a_broken_entry_of_bibtex_is_named_and_the_others_are_read() -> None:
    text = "@misc{a, title={One},\n@misc{b, title={Two of them}}\n\n@misc{c, year=2020}\n"
    assert [paper.title for paper in read(text).papers] == ["Two of them"]
    broken, empty = problems(text)
    assert broken.startswith("line 1: it is no whole BibTeX entry")
    assert empty.startswith("line 4: it has neither a title nor")


def test_an_entry_whose_key_stands_there_twice_is_read() -> None:
    assert len(keys("@misc{a, title={First one}}\n@misc{a, title={Second one}}")) == 2


@pytest.mark.parametrize("text", [CSV, "\ufeff" + CSV])
def test_zoteros_csv(text: str) -> None:
    first, second = read(text, "My Library.csv").papers
    assert (first.key, first.title, first.abstract) == (
        "arxiv:2401.00001",
        "World Models",
        "We model.",
    )
    assert (second.key, second.title) == ("url:https://doi.org/10.1/x", "Two lines")


@pytest.mark.parametrize("name", ["My Library.rdf", ""])
def test_zotero_rdf_without_its_attachments_and_collections(name: str) -> None:
    first, second = read(RDF, name).papers
    assert (first.key, first.title) == ("arxiv:2404.00001", "World Models")
    assert first.abstract == "We model."
    assert (second.key, second.title) == (
        "url:https://doi.org/10.1145/3292500.3330701",
        "Elsewhere",
    )
    assert problems(RDF, name) == [
        "item 3: it has neither a title nor an arXiv id, a DOI or an address"
    ]


def test_csl_json() -> None:
    assert keys(json.dumps(CSL)) == ["arxiv:2402.00001", "arxiv:2402.00002"]
    assert keys(json.dumps({"items": CSL})) == keys(json.dumps(CSL))
    assert problems(json.dumps([3, {}])) == [
        "entry 1: it is no object",
        "entry 2: it has neither a title nor an arXiv id, a DOI or an address",
    ]


def test_ris_with_a_field_of_two_lines() -> None:
    (paper,) = read(RIS).papers
    assert (paper.key, paper.title, paper.abstract) == ("arxiv:2403.00003", "A title", "One two")
    assert problems(RIS + "TY  - JOUR\nTI  - B\n") == ["line 7: the entry has no end (ER)"]


def test_a_list_may_hold_old_ids_versions_addresses_and_remarks() -> None:
    text = "# mine\nhep-th/9901001\nmath.GT/0309136v1 # old\n\nhttps://arxiv.org/pdf/2608.00001v2\n"
    text += "https://example.org/post#part\n2608.00001\n"
    assert keys(text) == [
        "arxiv:hep-th/9901001",
        "arxiv:math/0309136",
        "arxiv:2608.00001",
        "url:https://example.org/post",
    ]


def test_a_line_that_names_nothing_is_told() -> None:
    assert problems("2608.00001\nworld models\n") == [
        "line 2: 'world models' is no arXiv id or address"
    ]


def test_other_numbers_are_no_papers() -> None:
    assert arxiv_ids("doi 10.1145/2405.15738, pages 1234.56789, year 2024.13") == []


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("<?xml version='1.0'?><rdf:RDF/>", "x.rdf", "line 1: it is no whole XML: unbound prefix"),
        ("<html></html>", "", "line 1: of XML, Zotero RDF alone is read; Zotero also"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "", "the document type: it declares"),
        ("[1,\n2", "x.json", "line 2: it is no JSON"),
        ('"a"', "x.json", "CSL JSON is a list"),
        ("[" + "9" * 5000 + "]", "x.json", "the file: it is no JSON"),
        ("a,b\n1,2\n", "x.csv", "line 1: Zotero's CSV has a column Title"),
        ('"Key","Title"\n"A","x" y\n', "x.csv", "line 2: it is no CSV"),
    ],
)
def test_a_file_that_cannot_be_read_as_a_whole_says_where(
    text: str, name: str, message: str
) -> None:
    with pytest.raises(TransferError, match=message):
        read(text, name)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("2405.15738v2", "arxiv:2405.15738"),
        ("10.48550/arXiv.2405.15738", "arxiv:2405.15738"),
        ("https://doi.org/10.48550/arXiv.2405.15738", "arxiv:2405.15738"),
        ("10.1145/3292500.3330701", "url:https://doi.org/10.1145/3292500.3330701"),
        ("https://lab.example/post?utm_source=rss", "url:https://lab.example/post"),
        ("url:https://lab.example/post", "url:https://lab.example/post"),
        ("title:0123", "title:0123"),
    ],
)
def test_a_paper_is_named_by_whatever_it_has(text: str, key: str) -> None:
    assert key_of(text) == key


PIECES = st.sampled_from(["@misc{a,", "title=", "{", "}", '"', ",", "\n", "TY  - ", "ER  - ", "[{"])


@given(
    st.lists(PIECES | st.text(max_size=9)).map("".join),
    st.sampled_from(["", "x.bib", "x.csv", "x.json", "x.rdf", "x.ris"]),
)
def test_any_text_is_read_or_refused_with_a_place(text: str, name: str) -> None:
    found = _found(text, name)
    if isinstance(found, TransferError):
        assert found.facts["place"]
    else:
        assert all(paper.title or paper.links for paper in found.papers)


def _found(text: str, name: str) -> Library | TransferError:
    try:
        return read(text, name)
    except TransferError as error:
        return error


@pytest.mark.parametrize(
    ("begin", "piece", "name"),
    [
        ("a", "\n", ""),
        ("a", " ", ""),
        ("@a{x,title={", "{\\it ", "x.bib"),
        ("@a{x,title={{\\it ", " ", "x.bib"),
        ("TY  - J\nTI  - a\n", "x\n", "x.ris"),
        ('"Key","Title"\n"a","', "<a ", "x.csv"),
        ('"Key","Title"\n"a","', "\u0301\u0316", "x.csv"),
    ],
)
def test_any_text_takes_as_long_as_it_is(begin: str, piece: str, name: str) -> None:
    assert keeps_pace(lambda text: _found(begin + text, name), piece, 20_000)
