"""What can be set: the settings hand the rooms the very structs, and refuse what no step could bear."""

from __future__ import annotations

import pytest

from newsdrop import options
from newsdrop.errors import ConfigError
from newsdrop.settings import load_settings, settings_groups

STRUCTS = {
    "limits": options.Limits,
    "index": options.IndexOptions,
    "watch": options.WatchOptions,
    "queue": options.QueueOptions,
    "worker": options.WorkerOptions,
    "enrich": options.EnrichOptions,
}


@pytest.mark.parametrize("group", STRUCTS)
def test_the_settings_embed_the_structs_that_the_rooms_take(group: str) -> None:
    assert getattr(load_settings({}), group) == STRUCTS[group]()


def _numbers() -> list[str]:
    return [
        f"NEWSDROP_{group}_{name}".upper()
        for group, fields in settings_groups().items()
        for name, field in fields.items()
        if isinstance(field.default, int | float) and not isinstance(field.default, bool)
    ]


@pytest.mark.parametrize("variable", _numbers())
@pytest.mark.parametrize("value", ["-1", "inf", "nan", "1e300", "9" * 30])
def test_a_number_that_no_timer_and_no_script_could_bear_is_refused_by_name(
    variable: str, value: str
) -> None:
    with pytest.raises(ConfigError, match=rf"\({variable}\)"):
        load_settings({variable: value})


@pytest.mark.parametrize("name", ["", "-a", "Ä", "a b", "a,b", "a" * 201, "_a", "a\n"])
@pytest.mark.parametrize("variable", ["NEWSDROP_INDEX_ALIAS", "NEWSDROP_INDEX_LETTERS"])
def test_a_name_that_elasticsearch_would_refuse_is_told_with_the_rule(variable: str, name: str) -> None:
    with pytest.raises(ConfigError, match=r"begin with a letter or digit"):
        load_settings({}, {variable.removeprefix("NEWSDROP_").lower().replace("_", ".", 1): name})


@pytest.mark.parametrize(
    ("alias", "letters"),
    [
        ("news", "news"),
        ("news", "news-next"),
        ("news-next", "news"),
        ("news", "news-000017"),
        ("a-000001", "a"),
    ],
)
def test_articles_and_letters_need_names_of_their_own(alias: str, letters: str) -> None:
    with pytest.raises(ConfigError, match=r"index.*`alias` and `letters` need names of their own"):
        load_settings({}, {"index.alias": alias, "index.letters": letters})


@pytest.mark.parametrize("letters", ["news-letters", "news-nextone", "news-00001", "news-next-000001", "new"])
def test_letters_may_begin_like_the_articles(letters: str) -> None:
    assert load_settings({}, {"index.alias": "news", "index.letters": letters}).index.letters == letters


def test_a_path_that_holds_a_nul_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"\(NEWSDROP_QUEUE_DEAD_EXPORT\): holds a NUL"):
        load_settings({}, {"queue.dead_export": "a\0b"})


@pytest.mark.parametrize(
    ("spelled", "seconds"),
    [("1s", 1), ("250ms", 0.25), ("2m", 120), ("1h", 3_600), ("1d", 86_400), ("-1", None)],
)
def test_the_refresh_interval_in_seconds(spelled: str, seconds: float | None) -> None:
    assert options.IndexOptions(refresh_interval=spelled).refresh_s == seconds
