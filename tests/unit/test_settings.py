from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from newsdrop.configfiles import find_config_file
from newsdrop.errors import ConfigError
from newsdrop.settings import Folder, SecretStr, Settings, load_settings, settings_groups, validate
from newsdrop.settings.validation import InvalidError

_SECRET = "hunter2-pässword"


@pytest.fixture(autouse=True)
def _no_settings_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever file lies in the developer's home or checkout, these tests don't read it."""
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    monkeypatch.setenv("HOME", str(tmp_path / "empty"))


@pytest.fixture
def settings_file(tmp_path: Path) -> Callable[[str], dict[str, str]]:
    """Writes a settings file and gives the environment that names it."""

    def write(text: str) -> dict[str, str]:
        path = tmp_path / "my.toml"
        path.write_text(text, "utf-8")
        return {"NEWSDROP_CONFIG": str(path)}

    return write


Write = Callable[[str], dict[str, str]]


def test_relative_paths_of_a_settings_file_begin_beside_it(
    settings_file: Callable[[str], dict[str, str]], tmp_path: Path
) -> None:
    # The current folder is another one.
    named = settings_file(
        """
        state_dir = "state"
        config_dir = "~/rules"
        folders = ["in", {path = "../in", after = "move", done = "/done", failed = "failed"}]
        redis.ca_certs = "ca.pem"
        queue.dead_export = "export"
        """
    )
    settings = load_settings(named | {"NEWSDROP_ELASTICSEARCH_CA_CERTS": "here.pem"})
    assert settings.state_dir == tmp_path / "state"
    assert settings.config_dir == tmp_path / "empty" / "rules"
    plain, moving = settings.folders
    assert (plain.path, moving.path) == (tmp_path / "in", tmp_path.parent / "in")
    assert (moving.done, moving.failed) == (Path("/done"), tmp_path / "failed")
    assert settings.redis.ca_certs == tmp_path / "ca.pem"
    assert settings.queue.dead_export == tmp_path / "export"
    assert settings.elasticsearch.ca_certs == Path("here.pem")


def test_relative_paths_that_are_wrong_are_told_as_they_stand(
    settings_file: Callable[[str], dict[str, str]],
) -> None:
    for text in (
        "state_dir = 5",
        "folders = [5]",
        'folders = "x"',
        "queue = 1",
        'folders = [{path = ["x"]}]',
    ):
        with pytest.raises(ConfigError):
            load_settings(settings_file(text))


GROUPS = {name: fields for name, fields in settings_groups().items() if name}


class TestSources:
    def test_nothing_given_is_the_defaults(self) -> None:
        assert load_settings({}) == Settings()

    def test_a_file_wins_over_defaults_and_variables_over_the_file(self, settings_file: Write) -> None:
        environ = settings_file("[watch]\nsettle_ms = 700\nrescan_s = 70\n")
        settings = load_settings({**environ, "NEWSDROP_WATCH_SETTLE_MS": "800"})
        assert (settings.watch.settle_ms, settings.watch.rescan_s, settings.watch.poll_ms) == (800, 70, 1_000)

    def test_a_byte_order_mark_of_an_editor_doesnt_matter(self, settings_file: Write) -> None:
        assert load_settings(settings_file("\ufeff[watch]\nsettle_ms = 700\n")).watch.settle_ms == 700

    def test_the_command_line_wins_over_all(self) -> None:
        environ = {"NEWSDROP_REDIS_URL": "redis://variable"}
        settings = load_settings(environ, {"redis.url": "redis://option", "elasticsearch.url": None})
        assert settings.redis.url == SecretStr("redis://option")

    @pytest.mark.parametrize("place", ["newsdrop.toml", ".config/newsdrop/newsdrop.toml"])
    def test_the_file_is_found_here_or_at_home(self, place: str) -> None:
        path = Path(place)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('collection = "found"\n')
        assert load_settings({}).collection == "found"

    def test_the_file_here_wins_over_the_one_at_home(self) -> None:
        home = Path(".config/newsdrop/newsdrop.toml")
        home.parent.mkdir(parents=True)
        home.write_text('collection = "home"\n')
        Path("newsdrop.toml").write_text('collection = "here"\n')
        assert load_settings({}).collection == "here"

    def test_an_empty_variable_is_no_value(self) -> None:
        assert load_settings({"NEWSDROP_REDIS_URL": "", "NEWSDROP_WATCH_SETTLE_MS": ""}) == Settings()

    def test_every_setting_has_a_variable_that_reaches_it(self) -> None:
        values = {
            "polling": "true",
            "ca_certs": "/ca.pem",
            "analysis": "pairs",
            "level": "debug",
            "format": "json",
            "keywords": "false",
            "copies": "false",
            "enabled": "true",
        }
        values |= {
            "timeout_s": "3",
            "lease_s": "90",
            "url": "http://host",
            "webhook": "http://host",
            "refresh_interval": "5s",
            "ignore": "a,b",
            "token": "sixteen or more of them",
        }
        # Redis' user name means nothing without these.
        servers = ("REDIS", "ELASTICSEARCH", "KIBANA")
        companions = {f"NEWSDROP_{server}_PASSWORD": "8" for server in servers}
        companions["NEWSDROP_REDIS_URL"] = "redis://host"
        for group, inside in GROUPS.items():
            for name, field in inside.items():
                value = "redis://other" if (group, name) == ("redis", "url") else values.get(name, "7")
                settings = load_settings({**companions, f"NEWSDROP_{group}_{name}".upper(): value})
                assert getattr(getattr(settings, group), name) != field.default, f"{group}.{name}"

    def test_a_setting_that_was_renamed_is_still_read_by_its_old_name(self, settings_file: Write) -> None:
        assert load_settings({"NEWSDROP_QUEUE_MAX_CHARGES": "7"}).queue.max_deaths == 7
        environ = settings_file("[queue]\nmax_charges = 3\n")
        assert load_settings(environ).queue.max_deaths == 3

    def test_variables_of_the_test_suite_are_left_alone(self) -> None:
        assert load_settings({"NEWSDROP_TEST_X": "1", "PATH": "/bin"}) == Settings()

    @pytest.mark.parametrize("spelled", ["[ab]*.bak,.git", '["[ab]*.bak", ".git"]'])
    def test_a_list_is_understood_in_json_and_with_commas(self, spelled: str) -> None:
        wanted = ("[ab]*.bak", ".git")
        assert load_settings({"NEWSDROP_WATCH_IGNORE": spelled}).watch.ignore == wanted
        tables = json.dumps([{"path": "/srv", "include": spelled}])
        assert load_settings({"NEWSDROP_FOLDERS": tables}).folders[0].include == wanted

    def test_patterns_are_split_at_commas(self) -> None:
        assert load_settings({"NEWSDROP_WATCH_IGNORE": "*.bak,.git"}).watch.ignore == ("*.bak", ".git")


class TestFolders:
    def test_plain_paths_in_a_variable(self) -> None:
        settings = load_settings({"NEWSDROP_FOLDERS": "/srv/a:/srv/b"})
        assert settings.folders == (Folder(path=Path("/srv/a")), Folder(path=Path("/srv/b")))

    def test_tables_in_a_variable(self) -> None:
        settings = load_settings(
            {"NEWSDROP_FOLDERS": '[{"path": "/srv/a", "on_delete": "remove"}, "/srv/b"]'}
        )
        assert [folder.on_delete for folder in settings.folders] == ["remove", "keep"]

    def test_plain_paths_and_tables_in_the_file(self, settings_file: Write) -> None:
        plain = load_settings(settings_file('folders = ["/srv/a"]\n'))
        table = load_settings(settings_file('[[folders]]\npath = "/srv/a"\ncollection = "oped"\n'))
        assert plain.folders == (Folder(path=Path("/srv/a")),)
        assert table.folders == (Folder(path=Path("/srv/a"), collection="oped"),)

    def test_paths_become_absolute(self) -> None:
        (folder,) = load_settings({"NEWSDROP_FOLDERS": "drops"}).folders
        assert folder.path == Path.cwd() / "drops"

    @pytest.mark.parametrize(
        ("table", "reason"),
        [
            ({"path": "/a", "after": "move"}, "needs both `done` and `failed`"),
            ({"path": "/a", "after": "move", "done": "/b"}, "needs both `done` and `failed`"),
            ({"path": "/a", "done": "/a/done"}, "lies inside the watched folder"),
            ({"path": "/a", "failed": "/a"}, "lies inside the watched folder"),
            ({"path": "/a", "after": "burn"}, '"keep", "move" or "delete"'),
            ({"collection": "x"}, "it is missing"),
        ],
    )
    def test_a_wrong_folder_is_told_with_its_variable(self, table: dict[str, str], reason: str) -> None:
        with pytest.raises(ConfigError, match=re.escape(reason)) as caught:
            load_settings({"NEWSDROP_FOLDERS": json.dumps([table])})
        assert "(NEWSDROP_FOLDERS)" in caught.value.message

    def test_broken_json_is_told(self) -> None:
        with pytest.raises(ConfigError, match="NEWSDROP_FOLDERS looks like JSON"):
            load_settings({"NEWSDROP_FOLDERS": "[{"})


class TestMistakes:
    @pytest.mark.parametrize(
        ("variable", "value"),
        [
            ("NEWSDROP_WATCH_SETTLE_MS", "soon"),
            ("NEWSDROP_WATCH_SETTLE_MS", "0"),
            ("NEWSDROP_QUEUE_BATCH_DROPS", "1025"),
            ("NEWSDROP_INDEX_ANALYSIS", "trigram"),
            ("NEWSDROP_ELASTICSEARCH_URL", "localhost:9200"),
            ("NEWSDROP_ELASTICSEARCH_URL", "ftp://host"),
            ("NEWSDROP_ELASTICSEARCH_URL", "http://host:port"),
            ("NEWSDROP_ELASTICSEARCH_URL", "http://h1:9200,h2:9200"),
            ("NEWSDROP_KIBANA_URL", "http://h1:5601,http://h2:5601"),
            ("NEWSDROP_ELASTICSEARCH_TIMEOUT_S", "31"),
            ("NEWSDROP_REDIS_URL", "redis://host:6379/abc"),
            ("NEWSDROP_REDIS_URL", "redis://host:6379/0?decode_responses=true"),
            ("NEWSDROP_REDIS_URL", "redis://host:6379/0?health_check_interval=soon"),
            ("NEWSDROP_REDIS_URL", "http://host:6379"),
            ("NEWSDROP_LOG_LEVEL", "loud"),
            # As TOML can spell it.
            ("NEWSDROP_STATE_DIR", "s\0x"),
            ("NEWSDROP_INDEX_ALIAS", "a\0b"),
        ],
    )
    def test_a_wrong_value_stops_the_start_and_names_the_variable(self, variable: str, value: str) -> None:
        with pytest.raises(ConfigError, match=rf"\({variable}\)"):
            load_settings({variable: value})

    @pytest.mark.parametrize(
        "variable", ["NEWSDROP_WATCH_SETLE_MS", "NEWSDROP_REDIS", "NEWSDROP_", "NEWSDROP_X"]
    )
    def test_an_unknown_variable_stops_the_start(self, variable: str) -> None:
        with pytest.raises(ConfigError, match=rf"{variable} is not a setting of newsdrop"):
            load_settings({variable: "1"})

    @pytest.mark.parametrize(
        "text", ["[watch]\nsetle_ms = 1\n", "[wach]\nsettle_ms = 1\n", "settle_ms = 1\n"]
    )
    def test_an_unknown_name_in_the_file_stops_the_start(self, settings_file: Write, text: str) -> None:
        environ = settings_file(text)
        with pytest.raises(ConfigError, match="there is no such setting") as caught:
            load_settings(environ)
        assert environ["NEWSDROP_CONFIG"] in caught.value.message

    @pytest.mark.parametrize(
        ("text", "meant"),
        [
            ("[watch]\nsetle_ms = 1\n", "watch.settle_ms"),
            ("[wach]\nsettle_ms = 1\n", "watch"),
            ("settle_ms = 1\n", "watch.settle_ms"),
            ("[log]\nmax_attempts = 1\n", "queue.max_attempts"),
            ("url = 'x'\n", "redis.url or elasticsearch.url or kibana.url"),
            ("colection = 'x'\n", "collection"),
            ("[[folders]]\npath = '/a'\nafer = 'keep'\n", "after"),
        ],
    )
    def test_a_name_that_was_probably_meant_is_told(
        self, settings_file: Write, text: str, meant: str
    ) -> None:
        with pytest.raises(ConfigError, match=re.escape(f" Did you mean {meant}?")) as caught:
            load_settings(settings_file(text))
        # There is no variable for what is no setting.
        assert "NEWSDROP_" not in caught.value.message

    def test_all_unknown_variables_are_told_with_what_was_meant(self) -> None:
        with pytest.raises(ConfigError) as caught:
            load_settings({"NEWSDROP_WACH_SETTLE_MS": "1", "NEWSDROP_ELASTIC_URL": "1", "NEWSDROP_ZZZ": "1"})
        told = caught.value.message.splitlines()
        assert told[0].endswith("Did you mean NEWSDROP_WATCH_SETTLE_MS?")
        assert told[1].endswith("Did you mean NEWSDROP_ELASTICSEARCH_URL?")
        assert told[2] == "The variable NEWSDROP_ZZZ is not a setting of newsdrop."

    def test_one_table_in_the_place_of_several_is_told(self, settings_file: Write) -> None:
        with pytest.raises(ConfigError, match=re.escape("write [[folders]], with two brackets")):
            load_settings(settings_file('[folders]\npath = "/a"\n'))

    def test_without_a_settings_file_none_is_named(self) -> None:
        with pytest.raises(ConfigError, match=r"\(No settings file was read\.\)"):
            load_settings({"NEWSDROP_LOG_LEVEL": "loud"})

    def test_settings_that_belong_together_are_told_by_their_group(self) -> None:
        with pytest.raises(ConfigError, match=r"Settings of \[redis\]: .* need a `url`") as caught:
            load_settings({"NEWSDROP_REDIS_PASSWORD": "x"})
        assert "(NEWSDROP_REDIS)" not in caught.value.message

    @pytest.mark.parametrize("server", ["ELASTICSEARCH", "KIBANA"])
    def test_a_user_without_a_password_is_refused(self, server: str) -> None:
        with pytest.raises(ConfigError, match="needs its `password`"):
            load_settings({f"NEWSDROP_{server}_USERNAME": "x"})
        assert load_settings({f"NEWSDROP_{server}_USERNAME": "x", f"NEWSDROP_{server}_API_KEY": "k"})

    def test_a_folder_has_one_set_of_options(self, settings_file: Write) -> None:
        same = '[[folders]]\npath = "/a"\n'
        assert len(load_settings(settings_file(same * 2)).folders) == 2
        with pytest.raises(ConfigError, match="/a is given twice"):
            load_settings(settings_file(f'{same}{same}after = "delete"\n'))

    def test_all_mistakes_are_told_at_once(self) -> None:
        with pytest.raises(ConfigError) as caught:
            load_settings({"NEWSDROP_INDEX_SHARDS": "0", "NEWSDROP_LOG_FORMAT": "xml"})
        assert "NEWSDROP_INDEX_SHARDS" in caught.value.message
        assert "NEWSDROP_LOG_FORMAT" in caught.value.message

    def test_a_lease_shorter_than_a_file_is_refused(self) -> None:
        with pytest.raises(ConfigError, match="lease_s must be at least 5 s longer"):
            load_settings({"NEWSDROP_QUEUE_LEASE_S": "34"})
        assert load_settings({"NEWSDROP_QUEUE_LEASE_S": "35"}).queue.lease_s == 35

    def test_a_named_file_must_exist(self) -> None:
        with pytest.raises(ConfigError, match="NEWSDROP_CONFIG names /nowhere"):
            load_settings({"NEWSDROP_CONFIG": "/nowhere/newsdrop.toml"})

    @pytest.mark.parametrize("content", [b"watch = [", b"\xff\xfe"])
    def test_a_broken_file_is_named(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "broken.toml"
        path.write_bytes(content)
        with pytest.raises(ConfigError, match=re.escape(str(path))):
            load_settings({"NEWSDROP_CONFIG": str(path)})

    def test_a_value_in_a_groups_place_is_told_even_when_a_variable_sets_the_group(
        self, settings_file: Write
    ) -> None:
        environ = settings_file('redis = "redis://host"\n')
        with pytest.raises(ConfigError, match=r"Settings of \[redis\]: it must be a table"):
            load_settings(environ)
        with pytest.raises(ConfigError, match=r"Setting redis: it must be a table, as in \[redis\]"):
            load_settings({**environ, "NEWSDROP_REDIS_TIMEOUT_S": "5"})

    def test_settings_are_frozen(self) -> None:
        settings = Settings()
        with pytest.raises(AttributeError, match="immutable"):
            settings.watch.settle_ms = 1  # type: ignore[misc]  # the mistake under test
        with pytest.raises(AttributeError, match="immutable"):
            settings.watch = settings.watch  # type: ignore[misc]  # likewise


class TestSecrets:
    @pytest.mark.parametrize(
        "environ",
        [
            {"NEWSDROP_REDIS_URL": f"redis://:{_SECRET}@host:6379/0"},
            {"NEWSDROP_REDIS_URL": f"rediss://user:{_SECRET}@host"},
            {"NEWSDROP_REDIS_URL": f"unix:///run/valkey.sock?db=1&password={_SECRET}"},
            {"NEWSDROP_ELASTICSEARCH_PASSWORD": _SECRET},
            {"NEWSDROP_ELASTICSEARCH_API_KEY": _SECRET},
            {"NEWSDROP_ELASTICSEARCH_URL": f"https://elastic:{_SECRET}@host:9200/path"},
        ],
    )
    def test_secrets_show_nowhere(self, environ: dict[str, str]) -> None:
        settings = load_settings(environ)
        shown = [repr(settings), str(settings), json.dumps(settings.public(), ensure_ascii=False)]
        shown += [str(msgspec.structs.asdict(settings)), repr(settings.elasticsearch), str(settings.redis)]
        for text in shown:
            assert _SECRET not in text

    @pytest.mark.parametrize(
        "environ",
        [
            {"NEWSDROP_REDIS_URL": f"redis://user:{_SECRET}/x@host"},
            {"NEWSDROP_REDIS_URL": f"redis://user:{_SECRET}?x#y@host"},
            {"NEWSDROP_REDIS_URL": f"host:{_SECRET}"},
            {"NEWSDROP_ELASTICSEARCH_URL": f"https://a:{_SECRET}@h1,https://b:{_SECRET}2@h2"},
            {"NEWSDROP_ELASTICSEARCH_URL": f"https://u:{_SECRET}@host:port"},
            {"NEWSDROP_ELASTICSEARCH_URL": f"https://u:{_SECRET}/x@host"},
            {"NEWSDROP_ELASTICSEARCH_URL": f"http://u:{_SECRET}@h", "NEWSDROP_ELASTICSEARCH_USERNAME": "v"},
            {"NEWSDROP_LOG_LEVEL": _SECRET},
        ],
    )
    def test_complaints_keep_secrets_too(self, environ: dict[str, str]) -> None:
        with pytest.raises(ConfigError) as caught:
            load_settings(environ)
        assert _SECRET not in caught.value.message
        assert caught.value.__cause__ is None

    def test_the_error_of_the_validation_itself_hides_what_was_given(self) -> None:
        with pytest.raises(InvalidError) as caught:
            validate(Settings, {"elasticsearch": {"url": f"ftp://u:{_SECRET}"}})
        assert _SECRET not in str(caught.value)

    @pytest.mark.parametrize(
        ("url", "public"),
        [
            ("redis://host:6379/0", "redis://host:6379/0"),
            ("redis://user:pw@host:6379/0", "redis://***@host:6379/0"),
            ("unix:///run/v.sock?db=1&password=pw", "unix:///run/v.sock?db=1&password=***"),
        ],
    )
    def test_public_shows_where_redis_is(self, url: str, public: str) -> None:
        assert load_settings({"NEWSDROP_REDIS_URL": url}).public()["redis"]["url"] == public

    def test_several_servers_share_one_user_who_leaves_every_url(self) -> None:
        url = "https://u:S1@h1:9200,https://u:S1@h2:9201/es"
        found = load_settings({"NEWSDROP_ELASTICSEARCH_URL": url})
        assert found.elasticsearch.url == "https://h1:9200,https://h2:9201/es"
        assert (found.elasticsearch.username, found.elasticsearch.password) == ("u", SecretStr("S1"))
        assert "S1" not in str(found.public())

    def test_user_and_password_leave_the_url_and_are_still_used(self) -> None:
        url = "https://el%40stic:p%2Fw:x@host:9200/es"
        elasticsearch = load_settings({"NEWSDROP_ELASTICSEARCH_URL": url}).elasticsearch
        assert elasticsearch.url == "https://host:9200/es"
        assert elasticsearch.username == "el@stic"
        assert elasticsearch.password == SecretStr("p/w:x")

    def test_public_settings_are_plain_json(self) -> None:
        public = load_settings({"NEWSDROP_FOLDERS": "/srv/a"}).public()
        assert json.loads(json.dumps(public)) == public
        assert public["folders"][0]["path"] == "/srv/a"


class TestSecretsInFiles:
    @pytest.fixture
    def secret_file(self, tmp_path: Path) -> Path:
        path = tmp_path / "secret"
        path.write_text(f"{_SECRET}\n", "utf-8")
        return path

    def test_a_byte_order_mark_is_no_part_of_a_secret(self, tmp_path: Path) -> None:
        path = tmp_path / "secret"
        path.write_bytes(b"\xef\xbb\xbfhunter2\r\n")
        settings = load_settings({"NEWSDROP_ELASTICSEARCH_PASSWORD_FILE": str(path)})
        assert settings.elasticsearch.password == SecretStr("hunter2")

    @pytest.mark.parametrize("group", ["redis", "elasticsearch"])
    def test_every_secret_may_come_in_a_file(self, group: str, secret_file: Path) -> None:
        url = {"NEWSDROP_REDIS_URL": "redis://host"}
        secrets = [name for name, setting in GROUPS[group].items() if setting.secret]
        assert secrets
        for name in secrets:
            variable = f"NEWSDROP_{group}_{name}_FILE".upper()
            environ = {variable: str(secret_file)} | ({} if name == "url" else url)
            secret = f"redis://:{_SECRET}@host" if name == "url" else _SECRET
            secret_file.write_text(f"{secret}\n", "utf-8")
            settings = load_settings(environ)
            assert getattr(getattr(settings, group), name) == SecretStr(secret)
            assert _SECRET not in json.dumps(settings.public(), ensure_ascii=False)

    @pytest.mark.parametrize("end", ["", "\n", "\r\n"])
    def test_only_the_end_of_the_line_is_cut_off(self, tmp_path: Path, end: str) -> None:
        path = tmp_path / "secret"
        path.write_bytes(f" a b\t{end}".encode())
        environ = {"NEWSDROP_ELASTICSEARCH_PASSWORD_FILE": str(path)}
        assert load_settings(environ).elasticsearch.password == SecretStr(" a b\t")

    def test_a_file_wins_over_the_settings_file_as_a_variable_does(
        self, settings_file: Write, secret_file: Path
    ) -> None:
        environ = settings_file('[elasticsearch]\npassword = "another"\n')
        settings = load_settings({**environ, "NEWSDROP_ELASTICSEARCH_PASSWORD_FILE": str(secret_file)})
        assert settings.elasticsearch.password == SecretStr(_SECRET)

    def test_an_empty_variable_names_no_file(self) -> None:
        assert load_settings({"NEWSDROP_ELASTICSEARCH_PASSWORD_FILE": ""}) == Settings()

    def test_the_value_and_a_file_at_once_are_refused(self, secret_file: Path) -> None:
        environ = {
            "NEWSDROP_ELASTICSEARCH_API_KEY": _SECRET,
            "NEWSDROP_ELASTICSEARCH_API_KEY_FILE": str(secret_file),
        }
        with pytest.raises(ConfigError, match="are both set") as caught:
            load_settings(environ)
        assert _SECRET not in caught.value.message

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (None, "No such file"),
            (b"", "is empty"),
            (b"\n", "is empty"),
            (b"\xff", "not UTF-8"),
            (b"x" * 20_000, "too long"),
        ],
    )
    def test_a_file_without_a_secret_is_named_with_its_variable(
        self, tmp_path: Path, content: bytes | None, reason: str
    ) -> None:
        path = tmp_path / "secret"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ConfigError, match=reason) as caught:
            load_settings({"NEWSDROP_REDIS_URL_FILE": str(path)})
        assert "NEWSDROP_REDIS_URL_FILE" in caught.value.message
        assert str(path) in caught.value.message

    def test_what_is_no_secret_has_no_such_variable(self) -> None:
        with pytest.raises(ConfigError, match="NEWSDROP_LOG_LEVEL_FILE is not a setting"):
            load_settings({"NEWSDROP_LOG_LEVEL_FILE": "/level"})


class TestRedisUser:
    @pytest.mark.parametrize(
        ("environ", "reason"),
        [
            ({"NEWSDROP_REDIS_PASSWORD": _SECRET}, "need a `url`"),
            ({"NEWSDROP_REDIS_URL": "redis://h", "NEWSDROP_REDIS_USERNAME": "u"}, "needs its `password`"),
            (
                {"NEWSDROP_REDIS_URL": f"redis://:{_SECRET}@h", "NEWSDROP_REDIS_PASSWORD": _SECRET},
                "not in both",
            ),
        ],
    )
    def test_a_user_or_password_that_could_not_be_used_is_refused(
        self, environ: dict[str, str], reason: str
    ) -> None:
        with pytest.raises(ConfigError, match=reason) as caught:
            load_settings(environ)
        assert _SECRET not in caught.value.message


class TestShippedFile:
    """config/newsdrop.toml is the operator's list of settings; it may not drift from the code."""

    @pytest.fixture
    def text(self) -> str:
        return find_config_file("newsdrop.toml").read_text("utf-8")

    def test_its_values_are_the_defaults_of_the_code(self, text: str) -> None:
        assert validate(Settings, tomllib.loads(text)) == Settings()

    def test_it_gives_every_default_that_is_not_none(self, text: str) -> None:
        tree = tomllib.loads(text)
        for group, inside in GROUPS.items():
            given = {name for name, setting in inside.items() if setting.default is not None}
            assert tree[group].keys() == given, group

    def test_every_setting_stands_in_its_section_with_a_line_that_explains_it(self, text: str) -> None:
        head = re.compile(r"^(?:# )?\[+(\w+)\]+$", re.MULTILINE)
        names_and_texts = ["", *head.split(text)]
        sections = dict(zip(names_and_texts[::2], names_and_texts[1::2], strict=True))
        wanted = {group: set(inside) for group, inside in GROUPS.items()}
        wanted["folders"] = set(Folder.__struct_fields__)
        wanted[""] = settings_groups()[""].keys() - wanted.keys()
        for section, names in wanted.items():
            explained = re.findall(r"^# [A-Z\"].{10,}\.\n(?:# )?(\w+) = ", sections[section], re.MULTILINE)
            assert sorted(explained) == sorted(names), section

    def test_what_is_commented_out_would_be_valid(self, text: str) -> None:
        live = re.sub(r"^# (\[\[folders\]\]|\w+ = \S.*)$", r"\1", text, flags=re.MULTILINE)
        settings = validate(Settings, tomllib.loads(live))
        assert settings.folders[0].path == Path("/srv/archive")
        assert settings.redis.url is not None
        assert None not in msgspec.structs.asdict(settings.queue).values()


def test_the_config_folder_is_a_setting_although_its_variable_begins_like_the_files() -> None:
    assert load_settings({"NEWSDROP_CONFIG_DIR": "/etc/newsdrop"}).config_dir == Path("/etc/newsdrop")
