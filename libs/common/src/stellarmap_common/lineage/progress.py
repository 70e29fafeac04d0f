"""How far a run is after one more page: absolute values of everything read so far, so that a repeat changes nothing."""

from collections import Counter

from stellarmap_common.domain.creation import Creation
from stellarmap_common.domain.status import PipelineSource
from stellarmap_common.domain.toid import Toid, last_toid
from stellarmap_common.ports.run_store import Progress
from stellarmap_common.ports.sources import SourcePage


def advanced(
    progress: Progress, page: SourcePage, source: PipelineSource = PipelineSource.API, refusal: str = ""
) -> Progress:
    """The progress with the page added, which was read after `progress.cursor`; its first page begins it anew.

    `source`: the pipeline that read it; `refusal`: why another one did not. What it was itself refused is one too.
    """
    if not progress.pages:
        progress = Progress()
    months = Counter(dict(progress.months))
    months.update(f"{made.created_at:%Y-%m}" for made in page.creations if made.created_at)
    return Progress(
        cursor=page.cursor,
        pages=progress.pages + 1,
        complete=page.complete,
        total=progress.total + len(page.creations),
        last_op=max((progress.last_op, *(_latest_op(made) for made in page.creations))),
        page_op=progress.last_op,
        page_ends=tuple((end.account, end.end_op) for end in page.ends),
        months=tuple(sorted(months.items())),
        undated=progress.undated + sum(made.created_at is None for made in page.creations),
        # A history may be cut while it is read: what is missing then reaches to the later ledger.
        since_ledger=max(
            (each for each in (progress.since_ledger, page.since_ledger) if each is not None), default=None
        ),
        at_least=progress.at_least or page.at_least,
        reason=page.creator_unknown_reason,
        not_found=page.not_found,
        merged=page.merged,
        pipeline_source=source,
        refusal=refusal or (page.creator_unknown_reason if page.refused else None),
    )


def _latest_op(made: Creation) -> Toid:
    """The last operation it may be: one whose ledger alone is known may stand anywhere in it, once it is known exactly."""
    return made.created_op if made.exact else last_toid(made.ledger)
