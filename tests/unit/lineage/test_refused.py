"""A step that the cost guard refuses fails with that on its run; a later failure for another reason is told as what it is."""

from stellarmap_common.domain.status import AccountStatus, PipelineSource, StageState, Step
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.ports.run_store import RunRef, RunState
from stellarmap_common.ports.subscription import DeadLetter
from tests.support.lineage import Parts, open_parts

REFUSED = DeadLetter(reason="The query lives would cost $2.400; cost_limit_usd allows $0.71.", attempts=1, refused=True)
A_BUG = DeadLetter(reason="a bug", attempts=3)


def creator_step(parts: Parts) -> AccountRequested:
    """The latest one that was asked for."""
    return next(
        each for each in reversed(parts.bus.events) if isinstance(each, AccountRequested) and each.step is Step.CREATOR
    )


async def test_a_refused_step_fails_and_its_stage_and_status_say_who_refused_it() -> None:
    async with open_parts() as parts:
        account = parts.ref("refused")
        await parts.ask(account)
        await parts.lineage.giving_up.before_dead_letter(creator_step(parts), REFUSED)
        run = await parts.stores.runs.run_of(RunRef(account, Step.CREATOR))
        assert run
        assert (run.state, run.progress.reason, run.progress.refusal) == (
            RunState.FAILED,
            REFUSED.reason,
            REFUSED.reason,
        )
        state = await parts.stores.accounts.state_of(account)
        assert state
        assert (state.status, state.pipeline_source) == (AccountStatus.FAILED, PipelineSource.BIGQUERY)
        stage = (await parts.stores.stages.stages_of(account))[0]
        assert (stage.state, stage.error) == (StageState.FAILED, REFUSED.reason)
        assert stage.detail == {"pipeline_source": "BIGQUERY", "refusal": REFUSED.reason}


async def test_what_fails_for_another_reason_when_it_is_tried_again_was_not_refused() -> None:
    async with open_parts() as parts:
        account = parts.ref("refused")
        await parts.ask(account)
        await parts.lineage.giving_up.before_dead_letter(creator_step(parts), REFUSED)
        await parts.ask(account, retry=True)
        await parts.run(account, Step.CREATOR, state=RunState.OPEN, holder=creator_step(parts).id)
        await parts.lineage.giving_up.before_dead_letter(creator_step(parts), A_BUG)
        run = await parts.stores.runs.run_of(RunRef(account, Step.CREATOR))
        assert run
        assert (run.state, run.progress.reason, run.progress.refusal) == (RunState.FAILED, "a bug", None)
