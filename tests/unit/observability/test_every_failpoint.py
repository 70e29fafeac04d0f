"""No failpoint is passed that no list names, and none is named that nothing passes."""

import re

from stellarmap_common.lineage import failpoints
from stellarmap_enricher.failpoints import ENRICHMENT
from stellarmap_hva_tracker.failpoints import JOURNAL
from stellarmap_ingest_bigquery.failpoints import QUERY, SEED
from tests.support.tree import ROOT

PASSED = re.compile(r'failpoint\("(\w+)"\)')
OF_MIGRATIONS = {"schema_tables_made", "migration_statement", "migration_applied", "migration_backed_up"}


def test_the_lists_of_failpoints_are_the_failpoints_of_the_code() -> None:
    files = [file for folder in ("libs", "services") for file in (ROOT / folder).rglob("src/**/*.py")]
    passed = {name for file in files for name in PASSED.findall(file.read_text())}
    listed = (
        failpoints.ASKING,
        failpoints.STEP,
        failpoints.BUS,
        failpoints.GIVING_UP,
        failpoints.RECOVERY,
        failpoints.RESET,
        failpoints.IMPORT,
        JOURNAL,
        QUERY,
        SEED,
        ENRICHMENT,
    )
    assert passed - OF_MIGRATIONS == {name for names in listed for name in names}
