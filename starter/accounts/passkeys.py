"""Passkeys (Web Authentication): adding them to one's account, coming in by them.

py_webauthn reads what browser and passkey say, and holds it to the standard: for this host, by a page of ours, its
owner present and verified. The database looks at what proves who it is once more, by itself: the challenge, given once
and not long ago, the counter, and the signature. docs/adr/0038-identity.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import SecretStr
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    encode_cbor,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSECRV, COSEAlgorithmIdentifier
from webauthn.helpers.decode_credential_public_key import DecodedEC2PublicKey, DecodedRSAPublicKey
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from models.database_calls import Calls
from models.database_errors import DatabaseRefused, DatabaseUnavailable
from models.principals import Authentication, Principal
from models.settings import Settings
from models.sql_functions import SqlFunction
from models.vocabulary.accounts import OF_A_LOGIN, TokenScope
from starter.accounts.entering import Login, device_shown, key_given, look, principal_said, refused_try
from starter.accounts.keys import TOKEN_PREFIX, digest_of, new_token
from starter.failures import BadInput, NotAllowed, NotSignedIn, Refused
from starter.given import legible, storable

LONGEST = 20_000
"""Characters of what a browser says of a passkey."""

ALGORITHMS = [COSEAlgorithmIdentifier.ECDSA_SHA_256, COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256]
"""Those that the database verifies; every passkey has one of them."""

POINT, MODULUS, EXPONENT = 32, range(256, 1025), b"\x01\x00\x01"
"""Bytes of a coordinate on P-256; those that a modulus of RSA may have; and the exponent that every passkey has."""

NO_PASSKEYS = (
    "There are no passkeys here: they are for one address, and the setting FIELDCARE_PUBLIC_URL has to name it, "
    "https://… with a host name."
)
DOES_NOT_FIT = "The passkey was not taken. Try again, or sign in with your password."
_THROUGH = (DatabaseUnavailable, NotSignedIn)
TAKES_MORE = "To remove a passkey, sign in with your password or a passkey: the sign-in service is not enough."
OVER = "That took too long, or was done already. Begin again."


@dataclass(frozen=True, slots=True)
class Site:
    """Whose passkeys they are, as a browser knows it: the host, and the address that its pages have."""

    host: str
    origin: str


def site_of(settings: Settings) -> Site | None:
    """Where passkeys are for; None: nowhere. A browser takes them for a host with a name, over TLS or on its own
    machine."""
    parts = urlsplit(settings.public_url or "")
    host = (parts.hostname or "").lower()
    local = host == "localhost" or host.endswith(".localhost")
    if not host or parts.scheme not in {"https", "http"} or (parts.scheme == "http" and not local):
        return None
    try:
        ip_address(host)
    except ValueError:
        return Site(host, f"{parts.scheme}://{parts.netloc.lower()}")
    return None


async def begin_passkey(
    database: Calls, settings: Settings, code: str, password: SecretStr, *, device: SecretStr | None = None
) -> str:
    """What a browser is asked for a new passkey with, as JSON, for whoever gives their password once more.

    Raises:
        NotSignedIn, TooManyTries: it does not fit, or is not looked at yet; tries count as for signing in.
        BadInput: there are no passkeys here.
    """
    site = _site(settings)
    shown = device_shown(device)
    key = await key_given(database, settings, code, password, shown)
    # The account is known once the password fits; the challenge is kept for it in the same breath.
    options = generate_registration_options(rp_id=site.host, rp_name="Fieldcare", user_name=code)
    challenge = options.challenge
    said = json.loads(await look(database, SqlFunction.BEGIN_PASSKEY, code, key, _digest(challenge), shown.digest))
    if said["account"] is None:
        raise refused_try(said["wait"])
    return options_to_json(
        generate_registration_options(
            rp_id=site.host,
            rp_name="Fieldcare",
            user_id=UUID(said["account"]).bytes,
            user_name=said["code"],
            user_display_name=said["name"],
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=bytes.fromhex(one)) for one in said["known"]],
            supported_pub_key_algs=ALGORITHMS,
        )
    )


async def add_passkey(database: Calls, settings: Settings, code: str, name: str, credential: str) -> None:
    """Add the passkey that a browser has made.

    Args:
        credential: what it says of it, as JSON.

    Raises:
        BadInput: it is none, or not for here; or the name does not fit.
        Refused: that took too long; or the account has one of that name, or enough.
    """
    site, name = _site(settings), legible(name.strip(), "name")
    if not name:
        raise BadInput("Give the passkey a name, by which you know it.")
    try:
        read = parse_registration_credential_json(credential[:LONGEST])
        challenge = parse_client_data_json(read.response.client_data_json).challenge
        found = verify_registration_response(
            credential=read,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
        key = decode_credential_public_key(found.credential_public_key)
        decoded_public_key_to_cryptography(key)
    except Exception as error:  # the library lets through whatever its parsers raise
        raise BadInput("The browser made no passkey that can be used here. Begin again.") from error
    document = {
        "name": name,
        "credential": found.credential_id.hex(),
        "rp_id": site.host,
        "sign_count": found.sign_count,
        **_numbers(key),
    }
    try:
        added = await database.call(SqlFunction.ADD_PASSKEY, code, _digest(challenge), json.dumps(document))
    except DatabaseRefused as error:
        raise Refused(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    if not added:
        raise Refused(OVER)


async def begin_sign_in(database: Calls, settings: Settings) -> str:
    """What a browser is asked for a passkey with, as JSON: whichever it has for here.

    Raises:
        BadInput: there are no passkeys here.
    """
    host = _site(settings).host
    challenge: bytes = await database.call(SqlFunction.BEGIN_PASSKEY_SIGN_IN)
    return options_to_json(
        generate_authentication_options(
            rp_id=host, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
        )
    )


async def sign_in_by_passkey(
    database: Calls, settings: Settings, credential: str, *, device: SecretStr | None = None
) -> Login:
    """Come in by a passkey.

    Args:
        credential: what the browser says of it, as JSON.

    Raises:
        NotSignedIn: it does not fit. Why is not said.
    """
    site, token, shown = _site(settings), new_token(), device_shown(device)
    login = {
        "name": "passkey",
        "lasts": settings.login_lasts.total_seconds(),
        "digest": token.digest.hex(),
        "device": shown.digest.hex(),
    }
    try:
        read = parse_authentication_credential_json(credential[:LONGEST])
        (kept,) = await database.rows(SqlFunction.FIND_PASSKEY, read.raw_id)
        if read.response.user_handle is not None and read.response.user_handle != kept["account"].bytes:
            raise NotSignedIn(DOES_NOT_FIT)
        verify_authentication_response(
            credential=read,
            expected_challenge=parse_client_data_json(read.response.client_data_json).challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=_public_key(kept),
            credential_current_sign_count=kept["sign_count"],
            require_user_verification=True,
        )
        said = json.loads(
            await database.call(
                SqlFunction.SIGN_IN_BY_PASSKEY,
                read.raw_id,
                read.response.authenticator_data,
                read.response.client_data_json,
                read.response.signature,
                json.dumps(login),
            )
        )
    except _THROUGH:
        raise
    except Exception as error:  # the library lets through whatever its parsers raise
        raise NotSignedIn(DOES_NOT_FIT) from error
    if said["principal"] is None:
        raise NotSignedIn(DOES_NOT_FIT)
    principal = principal_said(said["principal"], Authentication.PASSKEY, OF_A_LOGIN)
    return Login(principal, token.secret, datetime.fromisoformat(said["expires_at"]), shown.secret)


async def list_passkeys(database: Calls, code: str) -> Sequence[Mapping[str, Any]]:
    """The passkeys of an account, by their names: name, rp_id, created_at, last_used_at."""
    return await database.rows(SqlFunction.LIST_ACCOUNT_PASSKEYS, code)


async def remove_own_passkey(database: Calls, principal: Principal, login: SecretStr, name: str) -> bool:
    """Remove a passkey of the account whose login this is; returns whether it had one of that name.

    Raises:
        NotAllowed: they came in by a provider's word, which is not enough for that.
    """
    if principal.authentication is not Authentication.TOKEN and TokenScope.ADMINISTER not in principal.scopes:
        raise NotAllowed(TAKES_MORE)
    digest = digest_of(login.get_secret_value(), TOKEN_PREFIX)
    return digest is not None and bool(await database.call(SqlFunction.REMOVE_PASSKEY, digest, storable(name, "name")))


def _site(settings: Settings) -> Site:
    site = site_of(settings)
    if site is None:
        raise BadInput(NO_PASSKEYS)
    return site


def _digest(challenge: bytes) -> bytes:
    return sha256(challenge).digest()


def _numbers(key: object) -> dict[str, object]:
    """A public key, as the database keeps it.

    Raises:
        BadInput: it is none that the database verifies: whoever added it would never come in by it.
    """
    match key:
        case DecodedEC2PublicKey(alg=COSEAlgorithmIdentifier.ECDSA_SHA_256, crv=COSECRV.P256, x=x, y=y) if (
            len(x) == len(y) == POINT
        ):
            return {"algorithm": int(key.alg), "first": x.hex(), "second": y.hex()}
        case DecodedRSAPublicKey(alg=COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256, n=n, e=e) if (
            len(n) in MODULUS and n[0] != 0 and e == EXPONENT
        ):
            return {"algorithm": int(key.alg), "first": n.hex(), "second": e.hex()}
        case _:
            raise BadInput("The passkey has a kind of key that is not taken here.")


def _public_key(kept: Mapping[str, Any]) -> bytes:
    """The same, as COSE has it (RFC 9052)."""
    first, second = kept["key_first"], kept["key_second"]
    if kept["algorithm"] == COSEAlgorithmIdentifier.ECDSA_SHA_256:
        return encode_cbor({1: 2, 3: kept["algorithm"], -1: 1, -2: first, -3: second})
    return encode_cbor({1: 3, 3: kept["algorithm"], -1: first, -2: second})
