from __future__ import annotations

from digest.likes.imports import paper_keys


def test_bibtex_names_its_papers_once_in_order() -> None:
    text = """@article{a, title={One}, eprint={2405.15738v2}, archivePrefix={arXiv}}
    @misc{b, url={https://arxiv.org/abs/1706.03762}, doi={10.48550/arXiv.1706.03762}}"""
    assert paper_keys(text) == ["arxiv:2405.15738", "arxiv:1706.03762"]


def test_a_list_may_hold_old_ids_and_versions() -> None:
    assert paper_keys("hep-th/9901001\nmath.GT/0309136v1\n2608.00001\n") == [
        "arxiv:hep-th/9901001",
        "arxiv:math/0309136",
        "arxiv:2608.00001",
    ]


def test_other_numbers_are_no_papers() -> None:
    assert paper_keys("doi 10.1145/2405.15738, pages 1234.56789, year 2024.13") == []
