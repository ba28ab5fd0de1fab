"""One table of settings: environment, files for secrets, command line, and one sentence per mistake."""

from pathlib import Path

import pytest

from calldex.core.errors import UsageError
from calldex.settings import Settings, as_environment, load_settings, setting_rows


def test_nothing_said_gives_the_defaults() -> None:
    settings = load_settings({})
    assert settings == Settings()
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8080, 1)


def test_the_environment_and_then_the_command_line() -> None:
    environment = {"CALLDEX_PORT": "9000", "CALLDEX_HOST": "0.0.0.0", "CALLDEX_WORKERS": ""}  # noqa: S104
    settings = load_settings(environment, {"port": "9001", "host": None})
    assert (settings.host, settings.port, settings.workers) == ("0.0.0.0", 9001, 1)  # noqa: S104


def test_secrets_may_come_from_files(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql://someone:word@db/calldex\n")
    settings = load_settings({"CALLDEX_DATABASE_URL_FILE": str(file)})
    assert settings.database_url == "postgresql://someone:word@db/calldex"
    with pytest.raises(UsageError, match="CALLDEX_SECRET_FILE names .* cannot be read: No such file"):
        load_settings({"CALLDEX_SECRET_FILE": str(tmp_path / "nowhere")})


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("PORT", "abc", "CALLDEX_PORT must be a whole number from 0 to 65535, not 'abc'."),
        ("PORT", "65536", "CALLDEX_PORT must be a whole number from 0 to 65535, not '65536'."),
        ("PORT", "²", "CALLDEX_PORT must be a whole number from 0 to 65535, not '²'."),
        ("WORKERS", "0", "CALLDEX_WORKERS must be a whole number from 1 to 64, not '0'."),
        ("LOG_LEVEL", "loud", "CALLDEX_LOG_LEVEL must be one of debug, info, warning, error, not 'loud'."),
        ("RELAX_UNKNOWN_PARAMETERS", "2", "CALLDEX_RELAX_UNKNOWN_PARAMETERS must be true or false, not '2'."),
        ("SECRET", "hush", "CALLDEX_SECRET must be a text of at least 16 characters."),
        (
            "DATABASE_URL",
            "mysql://u:hush@h/d",
            "CALLDEX_DATABASE_URL must be an address like postgresql://user:password@host:5432/database.",
        ),
    ],
)
def test_a_wrong_value_is_one_sentence_without_secrets(variable: str, value: str, sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        load_settings({f"CALLDEX_{variable}": value})
    assert refused.value.message == sentence


def test_an_option_is_named_as_it_was_typed() -> None:
    with pytest.raises(UsageError, match=r"^--database-url must be an address"):
        load_settings({}, {"database_url": "nonsense"})


def test_settings_survive_the_way_to_a_worker() -> None:
    settings = load_settings({"CALLDEX_RELAX_UNKNOWN_PARAMETERS": "yes", "CALLDEX_DATA": "/tmp/x"})  # noqa: S108
    assert load_settings(as_environment(settings)) == settings


def test_every_setting_is_explained() -> None:
    for row in setting_rows():
        assert row.help.endswith("."), row
        assert row.default, row
