"""The benchmark's own measure of quality: what is right scores 1, and each fault costs where it should."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks.labelled import Label, corpus, folder, samples, score

LABEL = Label(
    paragraphs=["新桥今天通车，桥头的集市也开了。", "A second paragraph of eight plain words."],
    optional=["编辑：林一，校对：陈二。"],
    noise=["分享 到"],
    asides=["资料图片", "通车"],
    day="2020-01-02",
    images=["https://e.org/a.jpg"],
)
TEXT = "\n".join(LABEL.paragraphs)


def test_the_label_itself_scores_full_marks_and_white_space_costs_nothing() -> None:
    for text in (TEXT, TEXT.replace("，", "，\n "), f"{TEXT}\n{LABEL.optional[0]}"):
        found = score(LABEL, text, "2020-01-02", LABEL.images)
        assert found.recall == 1.0
        assert found.precision > 0.85
        assert (found.noise, found.asides, found.day, found.images) == (0, 0, True, True)
    assert score(LABEL, TEXT, None, []).precision == 1.0


def test_lost_text_costs_recall_and_added_text_precision() -> None:
    half = score(LABEL, LABEL.paragraphs[0], None, [])
    assert half.precision == 1.0
    assert 0.4 < half.recall < 0.8
    more = score(
        LABEL,
        TEXT + "\n这里还有一段完全不属于正文的文字，分享到各处。资料图片",
        "2021-01-02",
        ["https://e.org/b.jpg"],
    )
    assert more.recall == 1.0
    assert more.precision < 0.8
    assert (more.noise, more.asides, more.day, more.images) == (1, 1, False, False)


def test_each_han_character_counts_so_that_one_lost_clause_shows() -> None:
    label = Label(paragraphs=["一二三四五六七八九十甲乙丙丁戊己庚辛壬癸"])
    assert score(label, "一二三四五六七八九十", None, []).recall == pytest.approx(7 / 17)
    assert score(label, "", None, []).recall == 0.0


def test_a_proxied_picture_is_the_picture() -> None:
    assert score(LABEL, TEXT, None, ["https://images.weserv.nl/?url=e.org/a.jpg"]).images


def test_the_corpus_and_the_samples_are_labelled() -> None:
    for one in [*corpus(20, bytes_=2_000), *samples()]:
        assert one.label.paragraphs, one.name
        assert "<body>" in one.html
        assert one.label.noise or one.name.endswith(".json")


def test_a_folder_of_labels_is_read_beside_its_pages(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("[t](https://e.org/a)\n------\n\n<p>正文</p>")
    told = {"paragraphs": ["正文"], "dek": ["导语"], "published_at": "2020-01-02T03:04:05Z", "author": "林一"}
    (tmp_path / "a.json").write_text(json.dumps(told))
    (tmp_path / "alone.json").write_text("{}")
    (one,) = folder(tmp_path)
    assert (one.name, one.page.title) == ("a", "t")
    assert (one.label.paragraphs, one.label.optional, one.label.day) == (["正文"], ["导语"], "2020-01-02")
    assert one.label.more == told
