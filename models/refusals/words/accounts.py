"""Accounts: who may come in, and by what."""

from __future__ import annotations

from models.refusals.words.kind import Words

WORDS = Words(
    tables={
        "account_devices": "a device that somebody has signed in from",
        "account_identities": "an identity of an account",
        "account_keys": "the key of a token or link",
        "account_links": "a link that is good once",
        "account_passkeys": "a passkey",
        "account_passwords": "a password",
        "account_roles": "a role of an account",
        "account_tokens": "a token",
        "accounts": "an account",
        "identity_states": "a state of signing in",
        "passkey_challenges": "a challenge for a passkey",
        "password_guesses": "a password that is about to be tried",
        "sign_in_tries": "a count of tries to sign in",
    },
    column_rules={
        "must be 16 to 64 bytes": "salt",
        "must be 16 to 1023 bytes": "credential_id",
        "must be -7 or -257": "algorithm",
        "must be 32 to 1024 bytes": "key_first",
        "must be 1 to 32 bytes": "key_second",
        "must be 0 to 4294967295": "sign_count",
        "must be 7168 to 1048576": "memory_kib",
        "must be 1 to 20": "passes",
        "must be 1 to 16": "lanes",
        "must be 32 bytes": "verifier digest code_digest guess",
        "must be at least one of read, act, administer": "scopes",
    },
    rules={
        "account_keys_of_one": "must be of a token, of a link or of a signing link, and of one alone",
        "account_roles_scope": (
            "must name a customer (and maybe one of its sites) for hospital, an engineer for engineer, a manufacturer "
            "for manufacturer, and nobody for the others"
        ),
        "accounts_code_check": "must have a code of Latin letters, digits and . _ - @ +, beginning with one of the "
        "first two, such as anna.meyer",
        "accounts_email_check": "must be an address such as anna@example.org, or left out",
        "account_tokens_name_check": "must not be empty, and at most 100 characters long",
        "account_identities_issuer_check": "must not be empty, and at most 500 characters long",
        "account_identities_subject_check": "must not be empty, and at most 255 characters long",
        "account_identities_email_check": "must be an address such as anna@example.org, or left out",
        "account_identities_of_somebody": "must have a subject or an address",
        "account_passkeys_name_check": "must not be empty, and at most 100 characters long",
        "account_passkeys_rp_id_check": "must not be empty, and at most 253 characters long",
        "sign_in_tries_failed_check": "must be more than 0",
    },
    clashes={
        "accounts_look": "an account with a code that looks like this one is on record already: choose another code",
        "account_identities_issuer_key": "the account is linked to somebody there already",
        "account_identities_subject_key": "another account is linked to them: unlink that first",
        "account_identities_email": "another account is waiting for that address: unlink that first",
        "account_passkeys_name_key": "the account has a passkey of this name already: choose another name",
        "account_passkeys_credential_id_key": "the passkey has been added already",
        "account_roles_once": "the account has this role already",
        "account_roles_one_engineer": "the engineer has an account already: use that one",
    },
    strangers={
        "account_roles_site_id_customer_id_fkey": "the site is not one of the customer: name one of theirs",
    },
)
