/** Nodes of a model while it grows, and what they are made of. */

import type { ChildSet, Life, NotableChild } from "@/api/types";
import { isCounted } from "@/lineage/children";
import { lifeId } from "./ids";
import type { Count, TreeNode } from "./types";

export type Draft = { -readonly [key in keyof TreeNode]: TreeNode[key] } & { children: string[] };
export type Facts = Pick<Draft, "id" | "kind"> & Partial<Draft>;

/** Of the many that have none. */
export const CHILDLESS: string[] = [];

/** Every field in its place, in one order: a list may have 100,000 of these. */
export function draftOf(facts: Facts, id: string, parent: Draft | null): Draft {
  return {
    id,
    kind: facts.kind,
    way: facts.way ?? false,
    parent: parent?.id ?? null,
    level: (parent?.level ?? 0) + 1,
    children: CHILDLESS,
    setSize: 0,
    rest: 0,
    unlisted: 0,
    address: facts.address ?? null,
    name: facts.name ?? null,
    creator: facts.creator ?? null,
    createdAt: facts.createdAt ?? null,
    startingBalance: facts.startingBalance ?? null,
    merged: facts.merged ?? false,
    exact: facts.exact ?? true,
    face: facts.face ?? null,
    count: facts.count ?? null,
    span: facts.span ?? null,
    buds: null,
    end: facts.end ?? null,
    reason: facts.reason ?? null,
    assets: CHILDLESS,
    moreAssets: null,
    asset: facts.asset ?? null,
    lived: facts.lived ?? null,
    expandable: facts.expandable ?? false,
    expanded: false,
  };
}

export function lifeFacts(address: string, life: Life | null): Facts {
  return {
    id: lifeId({ address, created_op: life?.created_op ?? null }),
    kind: "child",
    address,
    creator: life?.creator ?? null,
    createdAt: life?.created_at ?? null,
    startingBalance: life?.starting_balance_stroops ?? null,
    merged: (life?.ended_op ?? null) !== null,
    exact: life?.exact ?? true,
  };
}

export function notableFacts(child: NotableChild, creator: string): Facts {
  return {
    id: lifeId(child),
    kind: "child",
    address: child.address,
    creator,
    createdAt: child.created_at,
    startingBalance: child.starting_balance_stroops,
    merged: child.ended_op !== null,
  };
}

export function undated(parent: string, value: number, exact: boolean): Facts {
  return { id: `${parent}/undated`, kind: "undated", count: { value, exact } };
}

export function countOf(set: ChildSet): Count | null {
  return isCounted(set) ? { value: set.total, exact: set.complete } : null;
}
