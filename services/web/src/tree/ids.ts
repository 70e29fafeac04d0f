/** Names of nodes: the same thing has the same id in every model, so that growth moves nothing. */

import type { Life } from "@/api/types";

/** One life of an account. */
export function lifeId(life: Pick<Life, "address" | "created_op">): string {
  return `${life.address}@${life.created_op ?? "?"}`;
}

/** The children of `parent` created from one month to another. */
export function spanId(parent: string, first: string, last: string): string {
  return `${parent}/${first}..${last}`;
}

/** The list of all children of an account while it has so many: another number is another list. */
export function listKey(account: string, total: number): string {
  return `${account}#${total}`;
}

/** The siblings along a chain of that length, so many levels of them. */
export function siblingsKey(account: string, hops: number, levels: number): string {
  return `${account}^${hops}/${levels}`;
}

/** The children of an account that are chosen by what is known of them, while it has so many. */
export function chosenKey(account: string, filter: object, total: number | null): string {
  return `${account}?${JSON.stringify(filter)}#${total ?? "growing"}`;
}

/** In whose place the folded part of a chain stands. */
export const ANCESTORS = "ancestors";

/** What stands for the items of `parent` after the first `shown`; expanding it shows more of them. */
export function moreId(parent: string, shown: number): string {
  return `more:${parent}:${shown}`;
}

/** Expanding it shows all children of `parent` that stand out, beyond those that are told at a glance. */
export function allNotableId(parent: string): string {
  return `more:${parent}:notable`;
}

/** Who created that life. */
export function makerId(life: string): string {
  return `maker:${life}`;
}

/** In whose place the folded earlier lives stand. */
export const LIVES = "lives";

/** An asset of that account. */
export function assetId(account: string, code: string): string {
  return `${account}$${code}`;
}

/** Expanding it shows all assets of `parent`. */
export function allAssetsId(parent: string): string {
  return `more:${parent}:assets`;
}

/** The list of these while there are so many. */
export function notableKey(account: string, total: number): string {
  return `${account}!${total}`;
}

export function isMore(id: string): boolean {
  return id.startsWith("more:");
}

/** The `parent` of such an id. */
export function foldedIn(id: string): string {
  return id.slice("more:".length, id.lastIndexOf(":"));
}
