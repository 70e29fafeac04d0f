"""The stellar.toml of home domains, each read once for all who ask for it within a minute."""

from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.home_domains import HomeDomains
from stellarmap_gateway.shared_reads import Bounds, SharedReads

BOUNDS = Bounds(at_once=8, patience_s=5.0, most_kept=4 * 2**20, kept_s=60.0)  # bytes


def toml_reads(domains: HomeDomains, clock: Clock) -> SharedReads[str, str]:
    """The texts as they were read last, by domain in ASCII."""
    return SharedReads(domains.toml_of, clock, BOUNDS, len)
