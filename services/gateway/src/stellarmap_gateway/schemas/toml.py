"""The stellar.toml of a home domain, as its domain publishes it. A stranger's text: to be shown, never to be trusted."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from stellarmap_common.domain.stellar_toml import LONGEST_VALUE, MOST_ACCOUNTS, MOST_FIELDS, MOST_TABLES
from stellarmap_gateway.schemas.common import Schema, Scoped

Fields = Annotated[dict[str, Annotated[str, Field(max_length=LONGEST_VALUE)]], Field(max_length=MOST_FIELDS)]


class TomlTables(Schema):
    """Tables of one kind."""

    tables: list[Fields] = Field(max_length=MOST_TABLES, description="The first of them.")
    total: int


class TomlContent(Schema):
    """What is text, a number, or true or false in it, as text, by its name; long ones are cut."""

    general: Fields = Field(description="What stands before the first table: VERSION, FEDERATION_SERVER, …")
    accounts: list[str] = Field(max_length=MOST_ACCOUNTS, description="ACCOUNTS, as they stand there.")
    documentation: Fields = Field(description="The organisation: ORG_NAME, ORG_URL, …")
    principals: TomlTables = Field(description="People: name, email, …")
    currencies: TomlTables = Field(description="Assets: code, issuer, …")
    validators: TomlTables = Field(description="ALIAS, PUBLIC_KEY, …")


class Toml(Scoped):
    """What a home domain publishes."""

    domain: str = Field(description="In small letters.")
    url: str = Field(description="Where it was read.")
    fetched_at: datetime
    text: str = Field(description="All of it, at most 100 KiB.")
    content: TomlContent | None = Field(description="Null where the text is not TOML.")
    parse_error: str | None = Field(description="Why it is not.")
