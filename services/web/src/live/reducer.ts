/**
 * What a live message changes in what was fetched. Values are absolute, so a repeat or an old message is harmless; REST
 * stays the source: whatever is derived here is fetched again soon after.
 */

import type { Life, Lineage, LiveMessage, Stage, Stages } from "@/api/types";
import { isBefore } from "@/lineage/operations";

/** The first view after `message`; the same object when it says nothing new about it. */
export function lineageAfter(lineage: Lineage, message: LiveMessage): Lineage {
  if (message.topic === "counts" && message.address === lineage.address) return counted(lineage, message);
  if (message.topic === "lineage.grew") return grown(lineage, message);
  return lineage;
}

/** The stages after `message`; the same object when it is about another account or request. */
export function stagesAfter(stages: Stages, message: LiveMessage): Stages {
  if (message.topic !== "stage" || message.address !== stages.address) return stages;
  if (message.request_id && stages.request_id && message.request_id !== stages.request_id) return stages;
  return { ...stages, stages: stages.stages.map((stage) => stageAfter(stage, message)) };
}

function stageAfter(stage: Stage, message: LiveMessage): Stage {
  const old = (message.attempt ?? 0) < stage.attempt;
  if (stage.stage !== message.stage || !message.state || old) return stage;
  return {
    ...stage,
    state: message.state,
    attempt: message.attempt ?? stage.attempt,
    duration_ms: message.duration_ms ?? null,
    error: message.error ?? null,
  };
}

function counted(lineage: Lineage, message: LiveMessage): Lineage {
  const { children } = lineage;
  const total = message.total ?? children.total;
  const fewer = total < children.total && !message.complete; // an older page, told again
  if (fewer) return lineage;
  const pages = Math.max(children.pages_read, message.page ?? 0);
  return {
    ...lineage,
    children: { ...children, asked: true, total, complete: message.complete ?? children.complete, pages_read: pages },
  };
}

function grown(lineage: Lineage, message: LiveMessage): Lineage {
  if (message.address === lineage.address) return ownLives(lineage, message);
  if (message.address !== lineage.pending_address) return lineage;
  const below = lineage.ancestors.at(-1) ?? lineage.incarnation;
  const life = below && creatorLife(below, message.lives ?? []);
  return life ? withAncestor(lineage, life) : lineage;
}

function ownLives(lineage: Lineage, message: LiveMessage): Lineage {
  const lives = message.lives ?? [];
  const status = message.status ?? lineage.status;
  const incarnation = lives.at(-1);
  if (!incarnation) return { ...lineage, status };
  const own = { ...lineage, status, incarnation, incarnations: lives };
  return lineage.ancestors.length > 0 ? own : { ...own, ...endAt(incarnation) };
}

/** The life of the creator that made `below`: its latest one begun before. */
function creatorLife(below: Life, lives: Life[]): Life | undefined {
  return lives.findLast((life) => isBefore(life, below));
}

function withAncestor(lineage: Lineage, life: Life): Lineage {
  return { ...lineage, ancestors: [...lineage.ancestors, life], ...endAt(life) };
}

/** Whether the chain ends at this life, and whose creator is looked for if it does not. */
function endAt(life: Life): Pick<Lineage, "lineage" | "pending_address"> {
  if (life.kind === "genesis") return { lineage: "genesis", pending_address: null };
  if (life.creator?.startsWith("C")) return { lineage: "contract", pending_address: null };
  return { lineage: "pending", pending_address: life.creator };
}
