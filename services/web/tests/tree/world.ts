/** Lineages of any size to test the tree with: months, children with children, and pages that agree with each other. */

import type { Children, ChildSet, Life, Lineage, NotableChild } from "@/api/types";
import { arranged } from "@/tree/arrange";
import type { Shown } from "@/tree/fold";
import type { TreeForm } from "@/tree/forms";
import type { Layout } from "@/tree/layout";
import { estimate } from "@/tree/measure";
import { buildModel, type LineageModel, type Loaded } from "@/tree/model";
import { monthAfter } from "@/formats/times";
import { lifeOf, lineageOf, operation } from "../lives";

export const ME = named("ME", 0);
const FIRST_MONTH = "2018-11";

/** A text of the length and alphabet of an address, readable in a failure. */
export function named(word: string, at: number): string {
  return `G${word}${String(at).padStart(4, "0").replace(/./g, (digit) => "ABCDEFGHIJ"[Number(digit)]!)}`.padEnd(56, "A");
}

export interface Sized {
  readonly total: number;
  readonly notable?: number;
  readonly months?: number;
  readonly complete?: boolean;
  readonly undated?: number;
  readonly word?: string;
}

/** Children spread over months; every child that has children was created in one of them. */
export function childSet({ total, notable = 0, months = 24, complete = true, undated = 0, word = "KID" }: Sized): ChildSet {
  const dated = total - undated;
  const counts = Array.from({ length: months }, (_, at) => Math.floor(dated / months) + (at < dated % months ? 1 : 0));
  const listed = Array.from({ length: Math.min(notable, 30) }, (_, at) => notableChild(word, at, months));
  const histogram = { first: dated > 0 ? FIRST_MONTH : null, counts: dated > 0 ? counts : [], undated };
  const facts = { total, complete, asked: true, pages_read: 1, since_ledger: null, groups: [] };
  return { ...facts, notable: listed, notable_total: notable, notable_truncated: false, histogram };
}

function notableChild(word: string, at: number, months: number): NotableChild {
  const created_at = `${monthAfter(FIRST_MONTH, at % months)}-05T00:00:00Z`;
  const facts = { created_op: operation(1_000 + at), created_at, starting_balance_stroops: "25000000", ended_op: null, merged_into: null };
  return { address: named(word, at), ...facts, children: 1_000 - at, children_complete: at % 2 === 0, face: null };
}

/** `hops` ancestors up to genesis, the account, and its children. */
export function world(sized: Sized, hops = 7, facts: Partial<Lineage> = {}): Lineage {
  const chain = Array.from({ length: hops }, (_, at) => lifeOf(named("HOP", at), at === 0 ? null : named("HOP", at - 1), at + 1));
  const own = lifeOf(ME, hops > 0 ? named("HOP", hops - 1) : null, hops + 1);
  const children = childSet(sized);
  return lineageOf({ address: ME, lineage: "genesis", incarnation: own, ancestors: chain.toReversed(), children, ...facts });
}

/** A page of children without children of their own. */
export function page(lives: readonly Life[], next: string | null = null): Children {
  const { network, network_key, as_of, epoch, current, reset_at } = lineageOf();
  const facts = { total: lives.length, complete: true, truncated: false, scanned: lives.length };
  const all = { notable: [], of_known: null, known_truncated: false, issuers_cut: 0 };
  return { network, network_key, as_of, epoch, current, reset_at, address: ME, children: [...lives], next_cursor: next, ...facts, ...all };
}

export function leaves(count: number, word = "LEAF", from = 0): Life[] {
  return Array.from({ length: count }, (_, at) => lifeOf(named(word, from + at), ME, 5_000 + from + at));
}

export function loadedWith(facts: { sets?: [string, ChildSet][]; pages?: [string, Children[]][]; names?: [string, string][] }): Loaded {
  return { sets: new Map(facts.sets), pages: new Map(facts.pages), names: new Map(facts.names) };
}

export function layoutOf(model: LineageModel, form: TreeForm = "tidy"): Layout {
  return arranged(model, { form, measure: estimate, narrow: false });
}

export function modelOf(sized: Sized, hops = 7): LineageModel {
  return buildModel(world(sized, hops));
}

/** The drawn node for the account itself. */
export function focusOf(root: Shown): Shown {
  let at = root;
  while (at.kind !== "focus") at = at.children[0]!;
  return at;
}
