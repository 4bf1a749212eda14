"""Every setting of Wegwijs, typed and explained, read from the environment (WEGWIJS_…) or from a file `.env`."""

import os
import secrets
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path

from cryptography.fernet import Fernet
from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """The settings; each has a default that makes one machine enough."""

    model_config = SettingsConfigDict(env_prefix="WEGWIJS_", env_file=".env", extra="ignore", populate_by_name=True)

    data_dir: Path = Field(
        default=PROJECT / "data",
        description="Where everything that is not code lives: database, keys, trained artefacts, logs.",
    )
    database_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("WEGWIJS_DATABASE_URL", "DATABASE_URL"),
        description="postgresql+psycopg://user:password@host/name; without it SQLite in the data folder.",
    )
    redis_url: str | None = Field(
        default=None,
        description="redis://host:port/0 for Rasa's conversation lock, shared by several gateways. Their leases in the "
        "database already keep one conversation with one gateway, so this is a second bolt.",
    )
    host: str = Field(default="127.0.0.1", description="The address the service listens on.")
    port: int = Field(default=8000, description="The port the service listens on.")
    public_url: str | None = Field(
        default=None,
        description="The address people see (https://…), printed on pages; default http://host:port.",
    )
    rasa_python: Path = Field(
        default=PROJECT / ".venv-rasa/bin/python", description="The interpreter of Rasa's own environment."
    )
    rasa_enabled: bool = Field(
        default=True,
        description="Off: the dialogue runs without Rasa, as while Rasa is down (no forms beyond consent).",
    )
    encryption_keys: str | None = Field(
        default=None,
        description="Fernet keys for texts and handles, newest first, separated by commas; "
        "without them a key is made in the data folder, readable by its owner only.",
    )
    hash_key: str | None = Field(
        default=None,
        description="What handles and tokens are found again by; it never changes, or every open conversation is lost. "
        "Without it the last of the encryption keys, or what lies in hash.key in the data folder.",
    )
    retention_days: int = Field(
        default=30, ge=1, description="Conversations are erased this many days after their last message."
    )
    device_idle_hours: int = Field(default=4, ge=1, description="The web chat forgets itself on the device after this.")
    device_waiting_hours: int = Field(
        default=96, ge=1, description="The same while somebody waits for a person, whose answer may take a weekend."
    )
    quick_exit_url: str = Field(
        default="https://www.meteo.be/",
        description="Where the quick-exit button leads: a page nobody wonders about.",
    )
    messages_per_minute: int = Field(
        default=20, ge=1, description="How many messages one conversation may send a minute."
    )
    conversations_per_minute: int = Field(
        default=30, ge=1, description="How many conversations one network address may start a minute."
    )
    staff_idle_minutes: int = Field(
        default=480, ge=1, description="A member of staff is signed out after doing nothing for this long."
    )
    staff_session_hours: int = Field(
        default=12, ge=1, description="A member of staff is signed out this long after signing in, at work or not."
    )
    sign_ins_per_minute: int = Field(
        default=10, ge=1, description="How many tries to sign in one network address has a minute."
    )
    audit_days: int = Field(
        default=365, ge=300, description="The audit trail of staff is kept this long; the database refuses less."
    )
    trust_proxy: bool = Field(
        default=False,
        description="On behind a reverse proxy: the sender's address is the last X-Forwarded-For entry.",
    )
    encoder: Path | None = Field(
        default=None,
        description="A local sentence-transformers model instead of the bundled encoder (needs wegwijs[models]).",
    )
    telegram_token: str | None = Field(default=None, description="The token BotFather gave; with it Telegram works.")
    telegram_webhook_secret: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_-]{16,256}$",
        description="Telegram brings its updates to our public address and shows this; without it we fetch them.",
    )
    telegram_api: str = Field(default="https://api.telegram.org", description="The Bot API server.")
    graph_api: str = Field(default="https://graph.facebook.com", description="Meta's Graph API.")
    whatsapp_token: str | None = Field(default=None, description="The access token of the WhatsApp system user.")
    whatsapp_phone_number_id: str | None = Field(default=None, description="The id (not the number) of our number.")
    whatsapp_app_secret: str | None = Field(default=None, description="The app secret that Meta signs webhooks with.")
    whatsapp_verify_token: str | None = Field(default=None, description="What we told Meta to show at the handshake.")
    whatsapp_template: str | None = Field(
        default=None,
        description="The name of an approved template that asks a person to write again when the window is closed.",
    )
    messenger_token: str | None = Field(default=None, description="The access token of the Facebook page.")
    messenger_page_id: str | None = Field(default=None, description="The id of the Facebook page.")
    messenger_app_secret: str | None = Field(default=None, description="The app secret that Meta signs webhooks with.")
    messenger_verify_token: str | None = Field(default=None, description="What we told Meta to show at the handshake.")
    translate_idle_minutes: int = Field(
        default=10,
        ge=1,
        description="Machine translation ends after this many minutes without a text, and its models leave memory.",
    )
    translate_index: str = Field(
        default="https://raw.githubusercontent.com/argosopentech/argospm-index/main/index.json",
        description="The list in which `wegwijs translate install` finds packages; "
        "the address of a copy of yours works too.",
    )
    held_out: Path = Field(
        default=PROJECT / "tests/held_out",
        description="Messages that nothing is learned from, a file of JSON lines for each language: a trial run of a "
        "change asks them before it is published. They lie beside the code.",
    )
    turns_at_once: int = Field(default=24, ge=1, description="How many conversations are worked on at the same time.")
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @property
    def url(self) -> str:
        """The address of the service as people see it."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def translate_folder(self) -> Path:
        """Where the packages of machine translation lie."""
        return self.data_dir / "translate"

    @property
    def database(self) -> str:
        """The SQLAlchemy address of the database."""
        if self.database_url:
            # Hosting platforms hand out postgres://; SQLAlchemy wants the driver named.
            scheme, _, rest = self.database_url.partition("://")
            return f"postgresql+psycopg://{rest}" if scheme in {"postgres", "postgresql"} else self.database_url
        return f"sqlite:///{self.data_dir / 'wegwijs.sqlite'}"

    @property
    def rasa_database(self) -> str | None:
        """The PostgreSQL in which Rasa keeps its trackers too; without one, it has a SQLite file of its own."""
        return self.database if self.database_url else None

    @property
    def key_file(self) -> Path:
        """Where the encryption keys lie, one a line, when none is set."""
        return self.data_dir / "encryption.key"

    def cipher_keys(self) -> tuple[bytes, ...]:
        """The encryption keys, newest first; made and kept in the data folder when none is set.

        A key put into the file counts at once, also in a service that runs.
        """
        if self.encryption_keys:
            return tuple(key.strip().encode() for key in self.encryption_keys.split(","))
        try:
            state = self.key_file.stat()
        except FileNotFoundError:
            kept_secret(self.key_file, Fernet.generate_key().decode())
            state = self.key_file.stat()
        return _keys_in(self.key_file, (state.st_ino, state.st_mtime_ns))

    def key_of_hashes(self) -> bytes:
        """The key of keyed hashes. It began as the first encryption key, and stays when that one is dropped."""
        if self.hash_key:
            return self.hash_key.encode()
        if self.encryption_keys:
            return self.cipher_keys()[-1]
        return kept_secret(self.data_dir / "hash.key", self.cipher_keys()[-1].decode()).encode()

    def rasa_token(self) -> str:
        """What the service and Rasa show each other."""
        return kept_secret(self.data_dir / "rasa.token", secrets.token_urlsafe(32))


def kept_secret(path: Path, fresh: str) -> str:
    """The secret in this file; when there is none yet, `fresh` is written to it, readable by its owner only."""
    with suppress(FileNotFoundError):
        return path.read_text(encoding="utf-8").strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    written = _private_file(path, fresh)
    # Linked, not written in place: another process finds the whole secret or none, and the first one wins.
    with suppress(FileExistsError):
        os.link(written, path)
    written.unlink()
    return path.read_text(encoding="utf-8").strip()


def replace_secret(path: Path, fresh: str) -> None:
    """Put `fresh` into this file; whoever reads it meanwhile finds the old or the new, whole."""
    _private_file(path, fresh).replace(path)


def _private_file(path: Path, content: str) -> Path:
    beside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return beside


@lru_cache(maxsize=4)
def _keys_in(path: Path, _version: tuple[int, int]) -> tuple[bytes, ...]:
    return tuple(path.read_bytes().split())


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
