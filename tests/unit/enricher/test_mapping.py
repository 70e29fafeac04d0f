"""Recorded accounts, assets and directory entries are read exactly; what cannot be read says so."""

import json
from typing import Any

import pytest

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.profile import Flag, Signer, Thresholds, TrustLine
from stellarmap_common.errors import SourceUnavailable
from stellarmap_enricher.mapping import entry_of, issued_of, listing_of, trust_lines_of
from tests.support.replay import RECORDED, objects_of

OWNER = "GDA2KZG7UB3C3KU4RYRGCQI6JPV2I2FYBWT434MQHPE36FH7CWGVR5X3"


def recorded(path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RECORDED / path).read_text())
    return found


def test_a_recorded_account_with_everything_is_read_exactly() -> None:
    record = recorded("java-sdk/account.json")
    entry = entry_of(record)
    assert entry.exists
    assert (entry.version, entry.ledger) == (522232886, 52223288)
    assert entry.balance_stroops == 100_257_670_792
    assert entry.home_domain == "example.com"
    assert entry.flags == (Flag.AUTH_REQUIRED, Flag.AUTH_REVOCABLE, Flag.AUTH_CLAWBACK_ENABLED)
    assert entry.thresholds == Thresholds(low=1, medium=20, high=30)
    assert entry.signers[0] == Signer(key=OWNER, kind="ed25519_public_key", weight=255)
    assert len(entry.signers) == 3
    assert (entry.subentry_count, entry.sequence) == (12, 160470889244710503)
    lines = trust_lines_of(record)
    assert len(lines) == 6
    assert lines[0] == TrustLine(
        kind="liquidity_pool_shares",
        balance_stroops=28_166_567_089,
        pool="59fa1dc57433dcfbd2db7319d26cb3da1f28f2d8095a3ec36ad4ef9cadb0013e",
        authorized=False,
    )
    assert lines[1] == TrustLine(
        kind="credit_alphanum4",
        balance_stroops=857_291_030_749,
        code="AQUA",
        issuer=Address("GBNZILSTVQZ4R7IKQDGHYGY2QXL5QOFJYQMXPKWRRM5PAV7Y4M67AQUA"),
    )


def test_of_a_recorded_account_that_has_little_what_is_absent_is_absent() -> None:
    entry = entry_of(recorded("stellar-docs/Accounts_RetrieveAnAccount.json"))
    assert (entry.home_domain, entry.sponsor, entry.flags) == (None, None, ())
    assert entry.balance_stroops == 728_563_792


@pytest.mark.parametrize("path", ["java-sdk/pages_accounts.json", "stellar-docs/Accounts_ListAllAccounts.json"])
def test_every_recorded_account_is_read(path: str) -> None:
    records = [each for each in objects_of(RECORDED / path) if "balances" in each and "sequence" in each]
    assert records
    for record in records:
        native = next(each["balance"] for each in record["balances"] if each["asset_type"] == "native")
        assert entry_of(record).balance_stroops == int(native.replace(".", ""))
        assert len(trust_lines_of(record)) == len(record["balances"]) - 1


@pytest.mark.parametrize("path", ["java-sdk/pages_assets.json", "stellar-docs/Assets_ListAllAssets.json"])
def test_every_recorded_asset_is_read(path: str) -> None:
    records = [each for each in objects_of(RECORDED / path) if "asset_issuer" in each and "balances" in each]
    issued = issued_of(records)
    assert issued.complete
    assert len(issued.assets) == len(records) > 0
    for asset, record in zip(issued.assets, records, strict=True):
        assert (asset.code, asset.kind) == (record["asset_code"], record["asset_type"])
        assert asset.holders == record["accounts"]["authorized"]
        assert asset.amount_stroops == int(record["balances"]["authorized"].replace(".", ""))


def test_a_full_page_of_assets_may_not_be_all() -> None:
    asset = {"asset_type": "credit_alphanum4", "asset_code": "X"}
    assert not issued_of([asset] * 200).complete


def test_an_amount_beyond_what_one_account_can_hold_is_not_known() -> None:
    asset = {"asset_type": "credit_alphanum4", "asset_code": "X", "balances": {"authorized": "9922337203685.4775807"}}
    assert issued_of([asset]).assets[0].amount_stroops is None


def test_every_recorded_entry_of_the_directory_is_read() -> None:
    examples = recorded("stellar-expert/openapi_public_v1.4.0_examples.json")
    phishing, escrow = examples["GET /explorer/directory 200"]["_embedded"]["records"]
    address, listing = listing_of(phishing)
    assert (address, listing.name, listing.domain, listing.tags) == (
        phishing["address"],
        "Phishing account",
        None,
        ("malicious",),
    )
    _, listing = listing_of(escrow)
    assert (listing.name, listing.domain, listing.tags) == (
        "SDF Escrow Jan 1 2023",
        "stellar.org",
        ("sdf", "custodian"),
    )


def test_an_account_with_a_thousand_trust_lines_is_read_whole() -> None:
    record = recorded("java-sdk/account.json")
    line = record["balances"][1]
    record["balances"] = [{**line, "asset_code": f"A{number}"} for number in range(1_000)] + record["balances"][-1:]
    assert [each.code for each in trust_lines_of(record)] == [f"A{number}" for number in range(1_000)]
    assert entry_of(record).balance_stroops == 100_257_670_792


def test_what_strangers_chose_is_kept_as_short_printable_text() -> None:
    record = {**recorded("java-sdk/account.json"), "home_domain": "<img src=x\n onerror=alert(1)>\x00" + "x" * 90}
    assert entry_of(record).home_domain == "<img src=x onerror=alert(1)>xxxx"
    _, listing = listing_of({"address": OWNER, "name": "N" * 999, "tags": ["a\u202eb", "", *map(str, range(99))]})
    assert listing.name == "N" * 100
    assert listing.tags[0] == "ab"
    assert len(listing.tags) == 20


@pytest.mark.parametrize(
    "changes",
    [
        {"balances": [{"balance": "lots", "asset_type": "native"}]},
        {"balances": "none"},
        {"sequence": "-1"},
        {"last_modified_ledger": None},
    ],
)
def test_what_cannot_be_read_is_the_sources_fault(changes: dict[str, object]) -> None:
    with pytest.raises(SourceUnavailable, match="cannot be read"):
        entry_of({**recorded("java-sdk/account.json"), **changes})
