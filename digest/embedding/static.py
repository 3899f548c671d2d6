"""Models without layers: a text is the mean of its tokens' rows in one table."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from tokenizers import Tokenizer

from digest.embedding import Vectors, unit
from digest.embedding.files import named, reading

_BATCH = 256


class StaticEmbedder:
    """The mean of the rows of a text's tokens.

    Args:
        name: of the model.
        tokenizer: without truncation and padding.
        table: one row for each token.
    """

    def __init__(self, name: str, tokenizer: Tokenizer, table: NDArray[np.float16]) -> None:
        self.name = name
        self._tokenizer = tokenizer
        self._table = table

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of unit length for each text."""
        rows = np.zeros((len(texts), self._table.shape[1]), dtype=np.float32)
        for start in range(0, len(texts), _BATCH):
            batch = self._tokenizer.encode_batch(
                list(texts[start : start + _BATCH]), add_special_tokens=False
            )
            for row, encoded in enumerate(batch, start):
                if encoded.ids:
                    rows[row] = self._table[encoded.ids].mean(axis=0, dtype=np.float32)
        return unit(rows)


def wordllama() -> StaticEmbedder:
    """The weights that the `wordllama` wheel carries: 32,000 tokens in 256 dimensions.

    Its own loader looks for them in another folder without network, so they are read here.

    Raises:
        ModuleNotFoundError: the package is not installed.
        OSError: the wheel no longer carries them where it did.
    """
    found = importlib.util.find_spec("wordllama")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(name="wordllama")
    folder = Path(found.submodule_search_locations[0])
    weights = folder / "weights" / "l2_supercat_256.safetensors"
    tokenizer = folder / "tokenizers" / "l2_supercat_tokenizer_config.json"
    name = named("wordllama-l2-supercat-256", tokenizer, weights)
    return static_embedder(name, tokenizer, weights)


def static_embedder(name: str, tokenizer_file: Path, weights: Path) -> StaticEmbedder:
    """The model of a tokenizer file and a safetensors file that holds a single table.

    Raises:
        OSError: a file is not there.
        ValueError: a file is damaged, or the weights are of another kind.
    """
    with reading(tokenizer_file):
        tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    with reading(weights), safe_open(weights, framework="numpy") as tensors:
        tables = [tensors.get_tensor(key) for key in tensors.keys()]  # noqa: SIM118  # no mapping
    if len(tables) != 1 or tables[0].ndim != 2:
        msg = f"{weights} holds {len(tables)} tables, not one with a row for each token"
        raise ValueError(msg)
    if tokenizer.get_vocab_size() > len(tables[0]):
        msg = f"{weights} has fewer rows than {tokenizer_file} has tokens"
        raise ValueError(msg)
    return StaticEmbedder(name, tokenizer, tables[0])
