"""Secrets that an address contains are recognised; placeholders and paths of files are no secrets."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayescale.data.sources.written_secrets import written_out

#: Without "@", which ends the password of a database URL.
PASSWORD = st.text(string.ascii_letters + string.digits + "!#?/:%.-_~", min_size=1, max_size=12)


@given(PASSWORD)
def test_any_password_of_a_database_is_found(password: str) -> None:
    assert written_out(f"postgresql://user:{password}@host:5432/db") == "a password"
    assert written_out("postgresql://user:${PASSWORD}@host:5432/db") == ""


@pytest.mark.parametrize(
    ("address", "secret"),
    [
        ("postgresql://user@host/db", ""),
        ("postgresql://user:p@w/x@host/db", "a password"),
        ("postgresql://host/db?user=me&password=pw", "a secret (password)"),
        ("postgresql://host/db?password=${PW}&sslkey=/keys/a.pem", ""),
        ("mssql://host/db?odbc_connect=DRIVER%3Dx%3BPWD%3Dhush", "a password"),
        ("DRIVER=x;PWD=hush", "a password"),
        ("DRIVER=x;PWD=${PW}", ""),
        ("sqlite:////data/a@b/runs.db", ""),
        ("runs/token.csv", ""),
    ],
)
def test_secrets_of_addresses(address: str, secret: str) -> None:
    assert written_out(address) == secret


@pytest.mark.parametrize(
    ("address", "secret"),
    [
        ("https://host/a.csv", ""),
        ("https://host/a@b.csv", ""),
        ("s3://bucket/a@b.csv", ""),
        ("https://user:pw@host", "a password"),
        ("https://token@host", "a user, which may be a token"),
        ("https://${TOKEN}@host", ""),
        ("https://${USER}:${PASSWORD}@host", ""),
        ("https://host/a.csv?X-Amz-Signature=abc", "a secret (X-Amz-Signature)"),
        ("https://host/a.csv?page=2", ""),
    ],
)
def test_secrets_of_web_addresses(address: str, secret: str) -> None:
    assert written_out(address, web=True) == secret
    assert "pw" not in secret
