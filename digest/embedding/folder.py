"""A sentence-transformers model in a folder: https://sbert.net/docs/package_reference/."""

from __future__ import annotations

from pathlib import Path

from digest.embedding import Embedder
from digest.embedding.files import named, read_json, read_object

_MODULES = {"Transformer", "Pooling", "Normalize", "StaticEmbedding"}


def open_folder(folder: Path) -> Embedder:
    """The model of a folder, as its `modules.json` describes it.

    Raises:
        OSError: a file of the model is not there.
        ValueError: it is made of parts that are not known here, or a file is damaged.
        KeyError: a file lacks what it should say.
    """
    parts = _parts(folder)
    name = _name(folder, list(parts.values()))
    if static := parts.get("StaticEmbedding"):
        from digest.embedding.static import static_embedder

        return static_embedder(name, static / "tokenizer.json", static / "model.safetensors")
    from digest.embedding.transformer import load_transformer

    pooling = read_object(parts["Pooling"] / "config.json") if "Pooling" in parts else {}
    first_token = bool(pooling.get("pooling_mode_cls_token"))
    return load_transformer(name, parts["Transformer"], first_token=first_token)


def _parts(folder: Path) -> dict[str, Path]:
    """The folder of each part, by its kind."""
    file = folder / "modules.json"
    modules = read_json(file)
    try:
        parts = {m["type"].rpartition(".")[2]: folder / m["path"] for m in modules}
    except (TypeError, KeyError, AttributeError):
        msg = f"{file} is no list of modules, each with type and path"
        raise ValueError(msg) from None
    if unknown := sorted(set(parts) - _MODULES):
        msg = f"it has a part that is not supported here: {', '.join(unknown)}"
        raise ValueError(msg)
    if not {"Transformer", "StaticEmbedding"} & set(parts):
        msg = f"{file} names neither a Transformer nor a StaticEmbedding"
        raise ValueError(msg)
    return parts


def _name(folder: Path, parts: list[Path]) -> str:
    """A model that takes another's place in the folder is another model."""
    names = ("config.json", "sentence_bert_config.json", "tokenizer.json", "model.safetensors")
    files = (part / name for part in parts for name in names)
    return named(folder.name, folder / "modules.json", *files)
