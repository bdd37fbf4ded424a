"""Every setting, read once into one frozen object: built-in defaults < newsdrop.toml < NEWSDROP_* variables.

`NEWSDROP_REDIS_URL` is `redis.url`, `NEWSDROP_WATCH_SETTLE_MS` is `watch.settle_ms`, and so on; the file is
the one named by NEWSDROP_CONFIG, else ./newsdrop.toml, else ~/.config/newsdrop/newsdrop.toml. A value that is
wrong, and a name that is unknown, stop the start with a ConfigError that names it. Secrets are `SecretStr`.

options.py     (one floor below) what can be set about each step, with bounds and defaults
groups.py      all settings together: folders, servers, secrets
sources.py     file, variables, files of secrets, command line
validation.py  how values are checked and converted
places.py      whether newsdrop would read what it writes
explaining.py  what is wrong, in words
"""

from newsdrop.settings.groups import Folder, Log, Redis, Settings, Web, settings_groups
from newsdrop.settings.places import check_places, own_places
from newsdrop.settings.sources import load_settings, read_secret
from newsdrop.settings.validation import SecretStr, plain, validate

__all__ = [
    "Folder",
    "Log",
    "Redis",
    "SecretStr",
    "Settings",
    "Web",
    "check_places",
    "load_settings",
    "own_places",
    "plain",
    "read_secret",
    "settings_groups",
    "validate",
]
