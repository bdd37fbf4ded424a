"""`newsdrop kibana import` against a stand-in that checks each request by Kibana's published schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.kibana.stub import KibanaStub, kibana_stub
from tests.servers.cli_installation import CliInstallation

from newsdrop.errors import ConfigError, OutageError
from newsdrop.kibana.ready import await_server
from newsdrop.kibana.server import Kibana, KibanaOptions

SETTING = "query:queryString:options"


@pytest.fixture
def stub() -> Iterator[KibanaStub]:
    with kibana_stub() as running:
        yield running


@pytest.fixture
def place(tmp_path: Path, stub: KibanaStub) -> CliInstallation:
    return CliInstallation(tmp_path, NEWSDROP_KIBANA_URL=stub.url)


def states(answer: dict[str, list[dict[str, str]]]) -> set[str]:
    return {one["state"] for one in answer["objects"]}


def test_an_empty_kibana_gets_every_object_and_the_setting(place: CliInstallation, stub: KibanaStub) -> None:
    answer = place.json("kibana", "import")
    assert answer["ok"]
    assert answer["version"] == "8.19.3"
    assert states(answer) == {"created"}
    assert answer["setting"] == "set"
    assert len(stub.spaces["default"]) == len(answer["objects"]) > 30
    assert json.loads(stub.settings["default"][SETTING]) == {
        "analyze_wildcard": True,
        "default_operator": "AND",
    }
    assert stub.rules == {}


def test_a_second_time_renews_what_nobody_changed(place: CliInstallation, stub: KibanaStub) -> None:
    place.json("kibana", "import")
    for _ in range(2):
        again = place.json("kibana", "import")
        assert (again["ok"], states(again), again["setting"]) == (True, {"overwritten"}, "unchanged")
    assert {one["managed"] for one in stub.spaces["default"].values()} == {True}


@pytest.mark.parametrize(
    ("kind", "identity", "changes"),
    [
        ("dashboard", "newsdrop-archive", {"title": "Ours"}),
        ("lens", "newsdrop-sites", {"title": "Ours"}),
        ("search", "newsdrop-latest", {"columns": ["title"]}),
        ("visualization", "newsdrop-not-here", {"title": "Ours"}),
        ("index-pattern", "newsdrop-articles", {"name": "Ours"}),
        ("index-pattern", "newsdrop-articles", {"runtimeFieldMap": '{"mine": {"type": "long"}}'}),
    ],
)
def test_what_a_person_changed_is_named_and_kept_until_told_otherwise(
    place: CliInstallation, stub: KibanaStub, kind: str, identity: str, changes: dict[str, Any]
) -> None:
    place.json("kibana", "import")
    stub.edit(kind, identity, **changes)
    looked = place.json("kibana", "import", "--dry-run")
    answer = place.json("kibana", "import")
    assert answer["ok"]
    for told, others in ((looked, "exists"), (answer, "overwritten")):
        kept = [one for one in told["objects"] if one["state"] == "kept"]
        assert [(one["type"], one["id"]) for one in kept] == [(kind, identity)]
        assert "--overwrite" in kept[0]["reason"]
        assert states(told) == {"kept", others}
    assert changes.items() <= stub.spaces["default"][kind, identity]["attributes"].items()
    assert states(place.json("kibana", "import", "--overwrite")) == {"overwritten"}
    assert not changes.items() <= stub.spaces["default"][kind, identity]["attributes"].items()


def test_what_was_kept_stays_kept_and_what_was_overwritten_is_ours_again(
    place: CliInstallation, stub: KibanaStub
) -> None:
    place.json("kibana", "import")
    stub.edit("lens", "newsdrop-sites", title="Ours")
    for _ in range(2):
        assert states(place.json("kibana", "import")) == {"kept", "overwritten"}
    shown = place.run("kibana", "import", "--dry-run").stdout
    assert "Kept as they are: 1" in shown
    assert states(place.json("kibana", "import", "--dry-run", "--overwrite")) == {"exists"}
    place.json("kibana", "import", "--overwrite")
    assert states(place.json("kibana", "import")) == {"overwritten"}


def test_deleting_a_changed_object_brings_ours_back(place: CliInstallation, stub: KibanaStub) -> None:
    place.json("kibana", "import")
    stub.edit("lens", "newsdrop-sites", title="Ours")
    del stub.spaces["default"]["lens", "newsdrop-sites"]
    answer = place.json("kibana", "import")
    assert {one["id"]: one["state"] for one in answer["objects"]}["newsdrop-sites"] == "created"
    assert states(answer) == {"created", "overwritten"}


def test_kibanas_own_counting_is_no_persons_change_and_labels_stay(
    place: CliInstallation, stub: KibanaStub
) -> None:
    place.json("kibana", "import")
    labels = '{"title":{"count":3,"customLabel":"Headline"}}'
    stub.edit("index-pattern", "newsdrop-articles", fieldAttrs=labels)
    assert states(place.json("kibana", "import")) == {"overwritten"}
    view = stub.spaces["default"]["index-pattern", "newsdrop-articles"]
    assert view["attributes"]["fieldAttrs"] == labels


def test_a_newer_kibana_that_migrates_the_objects_changed_nothing(
    place: CliInstallation, stub: KibanaStub
) -> None:
    place.json("kibana", "import")
    stub.edit("search", "newsdrop-latest", title="Ours")
    stub.upgrade()
    answer = place.json("kibana", "import")
    assert [one["id"] for one in answer["objects"] if one["state"] == "kept"] == ["newsdrop-latest"]


def test_objects_of_a_newsdrop_that_kept_no_account_are_kept_and_said_so(
    place: CliInstallation, stub: KibanaStub
) -> None:
    place.json("kibana", "import")
    del stub.spaces["default"]["tag", "newsdrop-managed"]
    answer = place.json("kibana", "import")
    assert [one["id"] for one in answer["objects"] if one["state"] != "kept"] == ["newsdrop-managed"]
    assert {
        "it is unknown whether somebody changed it" in one["reason"]
        for one in answer["objects"]
        if one["reason"]
    } == {True}
    assert states(place.json("kibana", "import", "--overwrite")) == {"overwritten"}


def test_a_dry_run_reads_only_and_tells_what_is_there(place: CliInstallation, stub: KibanaStub) -> None:
    assert states(place.json("kibana", "import", "--dry-run", "--rules")) == {"new"}
    place.json("kibana", "import", "--keep-settings")
    stub.spaces["default"].popitem()
    before = dict(stub.spaces["default"])
    found = place.json("kibana", "import", "--dry-run")
    assert [one["state"] for one in found["objects"]].count("exists") == len(before)
    assert [one["state"] for one in found["objects"]].count("new") == 1
    assert (stub.spaces["default"], stub.settings, stub.rules) == (before, {}, {})
    shown = place.run("kibana", "import", "--dry-run")
    assert "nothing was changed" in shown.stdout


def test_a_second_space_has_objects_of_its_own_under_other_ids(
    place: CliInstallation, stub: KibanaStub
) -> None:
    stub.spaces["news"] = {}
    place.json("kibana", "import", "--rules")
    first = place.json("kibana", "import", "--space", "news", "--rules")
    assert (states(first), {one["state"] for one in first["rules"]}) == ({"created"}, {"created"})
    ids = {one["id"]: one["destination_id"] for one in first["objects"] if one["type"] == "index-pattern"}
    assert all(ids.values())
    assert not stub.spaces["news"].keys() & stub.spaces["default"].keys()
    assert states(place.json("kibana", "import", "--space", "news")) == {"overwritten"}
    stub.edit("index-pattern", ids["newsdrop-articles"], "news", name="Ours")
    # An object of a later version, which only this space has, goes by its own id.
    del stub.spaces["default"]["lens", "newsdrop-sites"]
    copy = next(one["destination_id"] for one in first["objects"] if one["id"] == "newsdrop-sites")
    del stub.spaces["news"]["lens", copy]
    place.json("kibana", "import", "--space", "news")
    looked = place.json("kibana", "import", "--space", "news", "--dry-run")
    answer = place.json("kibana", "import", "--space", "news", "--rules")
    for told in (looked, answer):
        kept = [one["destination_id"] for one in told["objects"] if one["state"] == "kept"]
        assert kept == [ids["newsdrop-articles"]]
    assert answer["ok"]
    assert {one["state"] for one in answer["rules"]} == {"exists"}
    views = {one["searchConfiguration"]["index"] for one in (rule["params"] for rule in stub.rules.values())}
    assert views & set(ids.values())
    wanted = {
        ref["id"] for one in stub.spaces["news"].values() for ref in one["references"] if ref["type"] != "tag"
    }
    assert wanted <= {identity for _, identity in stub.spaces["news"]}


def test_a_space_is_used_for_everything_and_must_exist(place: CliInstallation, stub: KibanaStub) -> None:
    missing = place.run("kibana", "import", "--space", "news")
    assert missing.exit_code == 2
    assert "no space 'news'" in missing.stderr
    stub.spaces["news"] = {}
    answer = place.json("kibana", "import", "--space", "news")
    assert answer["space"] == "news"
    assert stub.spaces["default"] == {}
    assert len(stub.spaces["news"]) == len(answer["objects"])
    assert list(stub.settings) == ["news"]


def test_the_data_views_stand_for_the_configured_indexes(place: CliInstallation, stub: KibanaStub) -> None:
    place.variables |= {"NEWSDROP_INDEX_ALIAS": "mine", "NEWSDROP_INDEX_LETTERS": "mine-dead"}
    place.json("kibana", "import")
    views = [one for (kind, _), one in stub.spaces["default"].items() if kind == "index-pattern"]
    assert {one["attributes"]["title"] for one in views} == {"mine", "mine-dead"}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--api-key", "abc="], "ApiKey abc="),
        (["--username", "elastic", "--password", "hunter2"], "Basic ZWxhc3RpYzpodW50ZXIy"),
    ],
)
def test_credentials_are_sent_and_wrong_ones_are_named(
    place: CliInstallation, stub: KibanaStub, arguments: list[str], expected: str
) -> None:
    stub.authorization = expected
    assert place.run("kibana", "import", *arguments).exit_code == 0
    refused = place.run("kibana", "import", "--api-key", "hunter2-wrong")
    assert refused.exit_code == 2
    assert "401" in refused.stderr
    assert "NEWSDROP_KIBANA_API_KEY" in refused.stderr
    assert "hunter2" not in refused.output


def test_missing_privileges_are_named(place: CliInstallation, stub: KibanaStub) -> None:
    stub.forbidden = {"/api/saved_objects/_import"}
    refused = place.run("kibana", "import")
    assert refused.exit_code == 2
    assert "403" in refused.stderr
    assert "Saved Objects Management" in refused.stderr


def test_an_old_kibana_is_refused_before_anything_is_sent(place: CliInstallation, stub: KibanaStub) -> None:
    stub.version = "8.7.1"
    refused = place.run("kibana", "import")
    assert refused.exit_code == 2
    assert "8.7.1" in refused.stderr
    assert "8.9 or newer" in refused.stderr
    assert stub.spaces["default"] == {}


@pytest.mark.parametrize("version", ["8.9.0", "8.19.9", "9.0.0", "9.2.1", None])
def test_supported_versions_and_one_that_does_not_tell_are_taken(
    place: CliInstallation, stub: KibanaStub, version: str | None
) -> None:
    stub.version = version
    assert place.json("kibana", "import")["version"] == version


def test_an_unreachable_or_starting_kibana_is_an_outage(place: CliInstallation, stub: KibanaStub) -> None:
    gone = place.run("kibana", "import", "--url", "http://127.0.0.1:1")
    assert gone.exit_code == 3
    assert "can't be reached: Connection refused." in gone.stderr
    stub.fixed = (503, "Kibana server is not ready yet")
    starting = place.run("kibana", "import")
    assert starting.exit_code == 3
    assert "isn't ready" in starting.stderr


def test_a_kibana_that_is_starting_is_waited_for(place: CliInstallation, stub: KibanaStub) -> None:
    stub.starting = 2
    assert place.json("kibana", "import", "--wait", "60")["ok"]


def test_the_wait_has_an_end_and_wrong_credentials_are_not_waited_for(stub: KibanaStub) -> None:
    kibana, now = Kibana(KibanaOptions(url=stub.url)), [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    stub.starting = 1_000
    with pytest.raises(OutageError):
        await_server(kibana, 9, clock_s=lambda: now[0], sleep=sleep)
    assert 9 <= now[0] < 12
    stub.starting, stub.authorization = 0, "ApiKey other"
    with pytest.raises(ConfigError):
        await_server(kibana, 9, clock_s=lambda: now[0], sleep=sleep)
    assert now[0] < 12


@pytest.mark.parametrize(
    "body", ["<html>hello</html>", {"name": "node-1", "tagline": "You Know, for Search"}]
)
def test_what_is_no_kibana_is_told_apart(place: CliInstallation, stub: KibanaStub, body: object) -> None:
    stub.fixed = (200, body)
    refused = place.run("kibana", "import")
    assert refused.exit_code == 2
    assert "not Kibana" in refused.stderr


def test_a_redirect_is_not_followed_but_explained(place: CliInstallation, stub: KibanaStub) -> None:
    stub.fixed, stub.redirect = (302, ""), "/base/login"
    refused = place.run("kibana", "import")
    assert refused.exit_code == 2
    assert "/base/login" in refused.stderr


def test_a_base_path_belongs_to_the_address(place: CliInstallation, stub: KibanaStub) -> None:
    stub.base = "/kibana"
    assert place.run("kibana", "import").exit_code == 2
    assert place.run("kibana", "import", "--url", f"{stub.url}/kibana/").exit_code == 0


def test_refused_objects_are_named_with_the_reason_and_whether_the_rest_is_done(
    place: CliInstallation, stub: KibanaStub
) -> None:
    stub.broken["lens", "newsdrop-sites"] = {"type": "unknown", "message": "too new", "statusCode": 422}
    shown = place.run("kibana", "import")
    assert shown.exit_code == 1
    assert "too new" in shown.stdout
    assert ("lens", "newsdrop-sites") not in stub.spaces["default"]
    stub.broken["search", "newsdrop-latest"] = {"type": "missing_references", "references": []}
    before = dict(stub.spaces["default"])
    shown = place.run("kibana", "import", "--overwrite")
    assert shown.exit_code == 1
    assert "other objects in the file were refused" in shown.stdout
    assert stub.spaces["default"] == before


def test_other_refusals_are_told_in_plain_words(place: CliInstallation, stub: KibanaStub) -> None:
    stub.broken = {
        ("lens", "newsdrop-sites"): {"type": "unsupported_type"},
        ("lens", "newsdrop-authors"): {
            "type": "ambiguous_conflict",
            "destinations": [{"id": "x"}, {"id": "y"}],
        },
        ("lens", "newsdrop-keywords"): {
            "type": "missing_references",
            "references": [{"type": "tag", "id": "t"}],
        },
    }
    reasons = {one["id"]: one["reason"] for one in place.json("kibana", "import", code=1)["objects"]}
    assert "doesn't support such objects" in reasons["newsdrop-sites"]
    assert "x, y" in reasons["newsdrop-authors"]
    assert "tag t" in reasons["newsdrop-keywords"]


def test_other_search_options_stay_and_the_flag_leaves_all_alone(
    place: CliInstallation, stub: KibanaStub
) -> None:
    stub.settings["default"] = {SETTING: '{"analyze_wildcard": true, "lenient": true}'}
    assert place.json("kibana", "import", "--keep-settings")["setting"] == "left alone"
    assert "AND" not in stub.settings["default"][SETTING]
    assert place.json("kibana", "import")["setting"] == "set"
    assert json.loads(stub.settings["default"][SETTING]) == {
        "analyze_wildcard": True,
        "lenient": True,
        "default_operator": "AND",
    }


def test_an_operator_that_somebody_chose_is_kept_until_told_otherwise(
    place: CliInstallation, stub: KibanaStub
) -> None:
    chosen = '{"analyze_wildcard": true, "default_operator": "OR"}'
    stub.settings["default"] = {SETTING: chosen}
    answer = place.json("kibana", "import")
    assert (answer["ok"], answer["setting"]) == (True, "kept")
    assert "--overwrite" in answer["setting_reason"]
    assert stub.settings["default"][SETTING] == chosen
    assert place.json("kibana", "import", "--overwrite")["setting"] == "set"
    assert json.loads(stub.settings["default"][SETTING])["default_operator"] == "AND"


def test_a_kibana_without_the_settings_api_is_no_failure_but_said(
    place: CliInstallation, stub: KibanaStub
) -> None:
    stub.settings_api = False
    shown = place.run("kibana", "import")
    assert shown.exit_code == 0
    assert "unavailable" in shown.stdout


def test_a_setting_fixed_in_kibanas_own_file_is_a_failure_that_says_so(
    place: CliInstallation, stub: KibanaStub
) -> None:
    stub.overridden = {SETTING}
    answer = place.json("kibana", "import", code=1)
    assert answer["setting"] == "failed"
    assert "overridden" in answer["setting_reason"]


def test_what_was_loaded_is_told_although_the_setting_and_the_rules_are_forbidden(
    place: CliInstallation, stub: KibanaStub
) -> None:
    stub.forbidden = {"/api/kibana/settings", "/api/alerting"}
    answer = place.json("kibana", "import", "--rules", code=1)
    assert states(answer) == {"created"}
    assert answer["setting"] == "failed"
    assert "403" in answer["setting_reason"]
    assert {one["state"] for one in answer["rules"]} == {"failed"}
    assert "Stack Rules" in answer["rules"][0]["reason"]


def test_a_rule_that_kibana_refuses_is_named(place: CliInstallation, stub: KibanaStub) -> None:
    stub.refused_rules = "rule type is disabled by your license"
    answer = place.json("kibana", "import", "--rules", code=1)
    assert {(one["state"], one["reason"]) for one in answer["rules"]} == {("failed", stub.refused_rules)}


def test_rules_are_made_once_and_then_left_with_what_people_added(
    place: CliInstallation, stub: KibanaStub
) -> None:
    answer = place.json("kibana", "import", "--rules")
    assert {one["state"] for one in answer["rules"]} == {"created"}
    for rule in stub.rules.values():
        rule["actions"] = [{"id": "mail"}]
    again = place.json("kibana", "import", "--rules", "--overwrite")
    assert {one["state"] for one in again["rules"]} == {"exists"}
    assert all(rule["actions"] for rule in stub.rules.values())


def test_without_an_address_the_command_says_what_to_give(tmp_path: Path) -> None:
    refused = CliInstallation(tmp_path).run("kibana", "import")
    assert refused.exit_code == 2
    assert "NEWSDROP_KIBANA_URL" in refused.stderr


def test_a_missing_ca_file_is_named(place: CliInstallation, stub: KibanaStub) -> None:
    refused = place.run(
        "kibana", "import", "--url", stub.url.replace("http:", "https:"), "--ca-certs", "/nowhere.pem"
    )
    assert refused.exit_code == 2
    assert "NEWSDROP_KIBANA_CA_CERTS" in refused.stderr


def test_a_user_in_the_url_is_taken_out_and_never_shown(place: CliInstallation, stub: KibanaStub) -> None:
    stub.authorization = "Basic dTpodW50ZXIy"
    shown = place.run("kibana", "import", "--url", stub.url.replace("http://", "http://u:hunter2@"))
    assert shown.exit_code == 0
    assert "hunter2" not in shown.output
