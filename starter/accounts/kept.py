"""The login of whoever uses this home: a file that nobody else can read."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from pydantic import SecretStr

from models.settings import Settings
from starter.failures import BadSetting, Refused

_NAME, _DEVICE = "login.json", "device.json"
_OTHERS = 0o077


def configured_token(settings: Settings) -> SecretStr | None:
    """The token that the settings name, else that of the login that is kept; None: there is none.

    Raises:
        BadSetting: the kept one can't be trusted.
    """
    return settings.token if settings.token is not None else _kept(_path(settings))


def keep_login(settings: Settings, code: str, token: SecretStr) -> None:
    """Keep a login, instead of the one that was kept.

    Raises:
        Refused: the home can't be written.
    """
    from starter.embedded.home import write_private

    path = _path(settings)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(path, json.dumps({"code": code, "token": token.get_secret_value()}))
    except OSError as error:
        raise Refused(f"The login can't be kept in {settings.home} ({error.strerror}).") from error


def kept_device(settings: Settings) -> SecretStr | None:
    """By which this home is known again, if somebody has signed in from it; what can't be trusted is none."""
    try:
        return _kept(settings.home / _DEVICE)
    except BadSetting:
        return None


def keep_device(settings: Settings, device: SecretStr) -> None:
    """Keep what this home is known again by: who signs in from it does not wait for what strangers have tried."""
    from starter.embedded.home import write_private

    with suppress(OSError):  # without it nothing is lost but that
        write_private(settings.home / _DEVICE, json.dumps({"token": device.get_secret_value()}))


def forget_login(settings: Settings) -> SecretStr | None:
    """Forget the kept login; returns its token."""
    path = _path(settings)
    try:
        token = _kept(path)
    except BadSetting:
        token = None
    path.unlink(missing_ok=True)
    return token


def _kept(path: Path) -> SecretStr | None:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadSetting(
            f"The login in {path} can't be read ({error.strerror}). Remove it and sign in again."
        ) from error
    with os.fdopen(handle, encoding="utf-8") as file:
        found = os.fstat(handle)
        if found.st_mode & _OTHERS or found.st_uid != os.geteuid():
            raise BadSetting(f"The login in {path} can be read or written by others. Remove it and sign in again.")
        try:
            return SecretStr(str(json.load(file)["token"]))
        except (ValueError, KeyError, TypeError):
            raise BadSetting(f"{path} is no login. Remove it and sign in again.") from None


def _path(settings: Settings) -> Path:
    return settings.home / _NAME
