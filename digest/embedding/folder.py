"""A sentence-transformers model in a folder: https://sbert.net/docs/package_reference/."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from digest.embedding import Embedder

_MODULES = {"Transformer", "Pooling", "Normalize", "StaticEmbedding"}


def open_folder(folder: Path) -> Embedder:
    """The model of a folder, as its `modules.json` describes it.

    Raises:
        OSError: a file of the model is not there.
        ValueError: it is made of parts that are not known here.
        KeyError: a file lacks what it should say.
    """
    kinds = {m["type"].rpartition(".")[2]: folder / m["path"] for m in _modules(folder)}
    if unknown := sorted(set(kinds) - _MODULES):
        msg = f"it has a part that is not supported here: {', '.join(unknown)}"
        raise ValueError(msg)
    if static := kinds.get("StaticEmbedding"):
        from digest.embedding.static import static_embedder

        return static_embedder(folder.name, static / "tokenizer.json", static / "model.safetensors")
    from digest.embedding.transformer import load_transformer

    pooling = _read(kinds["Pooling"] / "config.json") if "Pooling" in kinds else {}
    first_token = bool(pooling.get("pooling_mode_cls_token"))
    return load_transformer(folder.name, kinds["Transformer"], first_token=first_token)


def _modules(folder: Path) -> list[dict[str, Any]]:
    modules: list[dict[str, Any]] = _read(folder / "modules.json")
    return modules


def _read(file: Path) -> Any:  # noqa: ANN401  # JSON is anything
    return json.loads(file.read_text(encoding="utf-8"))
