"""Models and kept vectors as files: told apart by what they hold, and never a traceback."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tokenizers")

from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from digest.embedding import Embedder, Vectors, open_embedder
from digest.errors import EmbeddingError

WORDS = ["<unk>", "a", "first", "text", "robots", "learn"]
TEXTS = ["robots learn", "a text"]
BERT = {
    "model_type": "bert",
    "num_attention_heads": 2,
    "num_hidden_layers": 1,
    "layer_norm_eps": 1e-12,
}


def _tokenizer(folder: Path) -> None:
    model = WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="<unk>")
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))


def _modules(folder: Path, kind: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    _tokenizer(folder)
    modules = [{"path": "", "type": f"sentence_transformers.models.{kind}"}]
    (folder / "modules.json").write_text(json.dumps(modules))


def static_model(folder: Path, seed: int = 1, width: int = 8) -> str:
    _modules(folder, "StaticEmbedding")
    table = np.random.default_rng(seed).standard_normal((len(WORDS), width))
    save_file({"table": table.astype(np.float32)}, folder / "model.safetensors")
    return str(folder)


def transformer(folder: Path, width: int = 8) -> str:
    _modules(folder, "Transformer")
    (folder / "config.json").write_text(json.dumps(BERT))
    shapes: dict[str, tuple[int, ...]] = {"embeddings.word_embeddings": (len(WORDS), width)}
    shapes["embeddings.position_embeddings"] = (300, width)
    shapes["embeddings.token_type_embeddings"] = (2, width)
    at = "encoder.layer.0"
    parts = [f"{at}.attention.self.{name}" for name in ("query", "key", "value")]
    parts += [f"{at}.{name}.dense" for name in ("attention.output", "intermediate", "output")]
    shapes |= dict.fromkeys(parts, (width, width))
    norms = ["embeddings", f"{at}.attention.output", f"{at}.output"]
    shapes |= {f"{name}.LayerNorm": (width,) for name in norms}
    rng = np.random.default_rng(1)
    weights = {f"{n}.weight": rng.random(s, dtype=np.float32) for n, s in shapes.items()}
    weights |= {
        f"{n}.bias": np.zeros(width, np.float32)
        for n in (*parts, *(f"{m}.LayerNorm" for m in norms))
    }
    save_file(weights, folder / "model.safetensors")
    return str(folder)


def opened(model: str, cache: Path | None = None) -> Embedder:
    embedder = open_embedder(model, cache=cache)
    assert embedder
    return embedder


def vectors(model: str, cache: Path | None = None) -> Vectors:
    return opened(model, cache).embed(TEXTS)


@pytest.mark.parametrize("width", [8, 4])
def test_a_model_never_gets_the_vectors_of_another_of_its_name(tmp_path: Path, width: int) -> None:
    vectors(static_model(tmp_path / "a" / "model"), tmp_path / "cache")
    other = static_model(tmp_path / "b" / "model", seed=2, width=width)
    kept = vectors(other, tmp_path / "cache")
    assert kept == pytest.approx(vectors(other), abs=0.01)


def test_a_model_that_takes_anothers_place_is_another(tmp_path: Path) -> None:
    before = opened(transformer(tmp_path / "model")).name
    (tmp_path / "model" / "sentence_bert_config.json").write_text('{"max_seq_length": 2}')
    assert opened(str(tmp_path / "model")).name != before


def test_a_model_that_is_moved_keeps_its_vectors(tmp_path: Path) -> None:
    before = opened(static_model(tmp_path / "a" / "model")).name
    (tmp_path / "a").rename(tmp_path / "b")
    assert opened(str(tmp_path / "b" / "model")).name == before


def _cut(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:20])


def _says(name: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(text)


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (_cut("tokenizer.json"), r"tokenizer\.json is damaged"),
        (_cut("model.safetensors"), r"model\.safetensors is damaged"),
        (_cut("config.json"), r"config\.json is no JSON"),
        (_cut("modules.json"), r"modules\.json is no JSON"),
        (_says("modules.json", '{"a": 1}'), r"modules\.json is no list of modules"),
        (_says("modules.json", '["x"]'), r"modules\.json is no list of modules"),
        (_says("modules.json", "[]"), "names neither a Transformer nor a StaticEmbedding"),
        (_says("config.json", "[]"), r"config\.json holds no JSON object"),
        (_says("config.json", '{"model_type": "bert"}'), "its files lack 'num_attention_heads'"),
        (_says("config.json", json.dumps(BERT | {"num_attention_heads": 7})), "7 heads"),
        (_says("config.json", json.dumps(BERT | {"num_attention_heads": None})), "NoneType"),
        (_says("sentence_bert_config.json", '{"max_seq_length": 999}'), "fewer positions"),
        (lambda folder: (folder / "model.safetensors").unlink(), "is not there"),
    ],
)
def test_a_broken_model_says_what_is_wrong(
    tmp_path: Path, harm: Callable[[Path], object], reason: str
) -> None:
    model = transformer(tmp_path / "model")
    assert vectors(model).shape == (2, 8)
    harm(tmp_path / "model")
    with pytest.raises(EmbeddingError, match=reason):
        open_embedder(model)


def test_a_table_that_lacks_tokens_is_refused(tmp_path: Path) -> None:
    model = static_model(tmp_path / "model")
    save_file({"table": np.ones((2, 8), np.float32)}, tmp_path / "model" / "model.safetensors")
    with pytest.raises(EmbeddingError, match="fewer rows"):
        open_embedder(model)


def test_a_damaged_file_of_vectors_is_begun_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = static_model(tmp_path / "model")
    before = vectors(model, tmp_path)
    (file,) = tmp_path.glob("vectors-*.sqlite3")
    file.write_bytes(b"no database" * 500)
    assert (vectors(model, tmp_path) == before).all()
    assert "is damaged and begun anew" in caplog.text
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT count(*) FROM vectors").fetchone() == (len(TEXTS),)


def test_vectors_that_cannot_be_kept_are_made_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    embedder = opened(static_model(tmp_path / "model"), tmp_path / "cache")
    (tmp_path / "cache").rmdir()
    assert embedder.embed(TEXTS).shape == (2, 8)
    assert "vectors are not kept" in caplog.text


@pytest.mark.parametrize("cache", ["file", "file/below"])
def test_a_cache_that_is_no_folder_is_named(tmp_path: Path, cache: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddingError, match="vectors cannot be kept in"):
        open_embedder(static_model(tmp_path / "model"), cache=tmp_path / cache)
