"""Every setting of Wegwijs, typed and explained, read from the environment (WEGWIJS_…) or from a file `.env`."""

import os
import secrets
from functools import cache
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
    retention_days: int = Field(
        default=30, ge=1, description="Conversations are erased this many days after their last message."
    )
    device_idle_hours: int = Field(default=4, ge=1, description="The web chat forgets itself on the device after this.")
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
    turns_at_once: int = Field(default=24, ge=1, description="How many conversations are worked on at the same time.")
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @property
    def url(self) -> str:
        """The address of the service as people see it."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def database(self) -> str:
        """The SQLAlchemy address of the database."""
        if self.database_url:
            # Hosting platforms hand out postgres://; SQLAlchemy wants the driver named.
            scheme, _, rest = self.database_url.partition("://")
            return f"postgresql+psycopg://{rest}" if scheme in {"postgres", "postgresql"} else self.database_url
        return f"sqlite:///{self.data_dir / 'wegwijs.sqlite'}"

    @property
    def translate_folder(self) -> Path:
        """Where the packages of machine translation lie."""
        return self.data_dir / "translate"

    def cipher_keys(self) -> list[bytes]:
        """The encryption keys, newest first; made and kept in the data folder when none is set."""
        if self.encryption_keys:
            return [key.strip().encode() for key in self.encryption_keys.split(",")]
        return [kept_secret(self.data_dir / "encryption.key", Fernet.generate_key().decode()).encode()]

    def rasa_token(self) -> str:
        """What the service and Rasa show each other."""
        return kept_secret(self.data_dir / "rasa.token", secrets.token_urlsafe(32))


def kept_secret(path: Path, fresh: str) -> str:
    """The secret in this file; when there is none yet, `fresh` is written to it, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8").strip()
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(fresh)
    return fresh


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
