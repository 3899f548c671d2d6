"""Encoders of the BERT family, run with numpy alone.

The layers are those of Devlin et al., *BERT* (2019): attention and a feed-forward part, each
followed by a sum with its input and a layer normalisation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from digest.embedding import Vectors, unit
from digest.embedding.files import read_object, reading

Array = NDArray[np.float32]

_FAMILIES = {"bert": 0, "roberta": 2, "xlm-roberta": 2, "camembert": 2}  # kind: first position
_LONGEST = 256  # tokens, where the model does not say
_BATCH_TOKENS = 4096


@dataclass(frozen=True, slots=True)
class _Layer:
    """The weights of one layer; matrices are transposed for rows of tokens."""

    query: tuple[Array, Array]
    key: tuple[Array, Array]
    value: tuple[Array, Array]
    attended: tuple[Array, Array]
    attended_norm: tuple[Array, Array]
    wide: tuple[Array, Array]
    narrow: tuple[Array, Array]
    narrow_norm: tuple[Array, Array]


class TransformerEmbedder:
    """The mean of a text's token vectors, or that of its first token."""

    def __init__(
        self,
        name: str,
        tokenizer: Tokenizer,
        weights: Mapping[str, Array],
        config: Mapping[str, Any],
        *,
        first_token: bool,
    ) -> None:
        self.name = name
        self._tokenizer = tokenizer
        self._heads = int(config["num_attention_heads"])
        self._epsilon = float(config["layer_norm_eps"])
        self._first_position = _FAMILIES[config["model_type"]]
        self._first_token = first_token
        self._words = weights["embeddings.word_embeddings.weight"]
        self._positions = weights["embeddings.position_embeddings.weight"]
        self._kind = weights["embeddings.token_type_embeddings.weight"][0]
        self._check()
        self._norm = _pair(weights, "embeddings.LayerNorm")
        self._layers = [_layer(weights, n) for n in range(int(config["num_hidden_layers"]))]

    def _check(self) -> None:
        """Other faults show at the first text; these at some text, one day."""
        rows, width = self._words.shape
        if self._heads < 1 or width % self._heads:
            msg = f"config.json: {self._heads} heads do not share a width of {width}"
            raise ValueError(msg)
        if self._tokenizer.get_vocab_size() > rows:
            msg = "model.safetensors has fewer rows than tokenizer.json has tokens"
            raise ValueError(msg)
        longest = (self._tokenizer.truncation or {}).get("max_length", 0)
        if longest + self._first_position > len(self._positions):
            msg = f"model.safetensors has fewer positions than the {longest} tokens of a text"
            raise ValueError(msg)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of unit length for each text; texts of one length are run together."""
        encoded = [e.ids for e in self._tokenizer.encode_batch(list(texts))]
        rows = np.zeros((len(texts), self._words.shape[1]), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda n: len(encoded[n]))
        while order:
            length = len(encoded[order[0]])
            most = max(1, _BATCH_TOKENS // max(length, 1))
            batch = [n for n in order[:most] if len(encoded[n]) == length]
            order = order[len(batch) :]
            if length:
                rows[batch] = self._run(np.array([encoded[n] for n in batch]))
        return unit(rows)

    def _run(self, tokens: NDArray[np.int64]) -> Array:
        places = np.arange(tokens.shape[1]) + self._first_position
        states = self._words[tokens] + self._positions[places] + self._kind
        states = self._normalised(states, self._norm)
        for layer in self._layers:
            states = self._through(states, layer)
        pooled: Array = states[:, 0] if self._first_token else states.mean(axis=1)
        return pooled

    def _through(self, states: Array, layer: _Layer) -> Array:
        attended = _linear(self._attention(states, layer), layer.attended)
        states = self._normalised(states + attended, layer.attended_norm)
        wide = _gelu(_linear(states, layer.wide))
        return self._normalised(states + _linear(wide, layer.narrow), layer.narrow_norm)

    def _attention(self, states: Array, layer: _Layer) -> Array:
        query, key, value = (
            self._split(_linear(states, part)) for part in (layer.query, layer.key, layer.value)
        )
        scores: Array = query @ key.swapaxes(-1, -2)
        scores *= np.float32(1 / math.sqrt(query.shape[-1]))
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        mixed: Array = (scores @ value).swapaxes(1, 2).reshape(states.shape)
        return mixed

    def _split(self, states: Array) -> Array:
        texts, tokens, width = states.shape
        heads: Array = states.reshape(texts, tokens, self._heads, width // self._heads)
        return heads.swapaxes(1, 2)

    def _normalised(self, states: Array, norm: tuple[Array, Array]) -> Array:
        centred = states - states.mean(axis=-1, keepdims=True)
        variance = np.square(centred).mean(axis=-1, keepdims=True)
        scaled: Array = centred / np.sqrt(variance + np.float32(self._epsilon)) * norm[0] + norm[1]
        return scaled


def load_transformer(name: str, folder: Path, *, first_token: bool) -> TransformerEmbedder:
    """The model of a folder with `config.json`, `tokenizer.json` and `model.safetensors`.

    Raises:
        OSError: a file is not there.
        ValueError: it is no encoder of the BERT family, or a file is damaged.
    """
    config = read_object(folder / "config.json")
    if config["model_type"] not in _FAMILIES or config.get("hidden_act", "gelu") != "gelu":
        msg = f"{config['model_type']} is not one of {', '.join(_FAMILIES)}"
        raise ValueError(msg)
    with reading(folder / "tokenizer.json"):
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(_longest(folder))
    with reading(folder / "model.safetensors"):
        weights = load_file(folder / "model.safetensors")
    plain = {key.removeprefix(f"{config['model_type']}."): w for key, w in weights.items()}
    return TransformerEmbedder(name, tokenizer, plain, config, first_token=first_token)


def _longest(folder: Path) -> int:
    file = folder / "sentence_bert_config.json"
    if not file.is_file():
        return _LONGEST
    return int(read_object(file).get("max_seq_length") or _LONGEST)


def _layer(weights: Mapping[str, Array], number: int) -> _Layer:
    at = f"encoder.layer.{number}"
    return _Layer(
        query=_matrix(weights, f"{at}.attention.self.query"),
        key=_matrix(weights, f"{at}.attention.self.key"),
        value=_matrix(weights, f"{at}.attention.self.value"),
        attended=_matrix(weights, f"{at}.attention.output.dense"),
        attended_norm=_pair(weights, f"{at}.attention.output.LayerNorm"),
        wide=_matrix(weights, f"{at}.intermediate.dense"),
        narrow=_matrix(weights, f"{at}.output.dense"),
        narrow_norm=_pair(weights, f"{at}.output.LayerNorm"),
    )


def _pair(weights: Mapping[str, Array], name: str) -> tuple[Array, Array]:
    return (
        weights[f"{name}.weight"].astype(np.float32),
        weights[f"{name}.bias"].astype(np.float32),
    )


def _matrix(weights: Mapping[str, Array], name: str) -> tuple[Array, Array]:
    weight, bias = _pair(weights, name)
    return np.ascontiguousarray(weight.T), bias


def _linear(states: Array, part: tuple[Array, Array]) -> Array:
    result: Array = states @ part[0]
    result += part[1]
    return result


def _gelu(values: Array) -> Array:
    """GELU by its usual tanh form (Hendrycks and Gimpel, 2016), within 0.001 of the exact one."""
    cubes = values * values * values
    inner = np.float32(math.sqrt(2 / math.pi)) * (values + np.float32(0.044715) * cubes)
    result: Array = np.float32(0.5) * values * (1 + np.tanh(inner))
    return result
