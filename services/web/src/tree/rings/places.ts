/** Which dot of a disc an account is, where that is certain: the dots tell a minute and a class of balances, not an address. */

import type { NotableChild } from "@/api/types";
import type { Colouring } from "../forms";
import { tagClass } from "../tags";
import { balanceClass } from "./balances";
import { UNKNOWN_TINT } from "./colours";
import type { ChildrenDots } from "./dots";

/** A dot of which it is known whose it is, and more of that account than the dot tells. */
export interface KnownDot {
  readonly at: number;
  /** Of the palette. */
  readonly step: number;
  /** It says what the account holds today, not what it began with. */
  readonly today: boolean;
  /** That life is over. */
  readonly hollow: boolean;
}

const MINUTE_MS = 60_000;

/** The dots of children of whom it is known what the colour says. */
export function knownDots(dots: ChildrenDots, children: readonly NotableChild[], colouring: Colouring): KnownDot[] {
  if (colouring === "age") return []; // every dot knows that
  const told = children.filter(({ face }) => (colouring === "tag" ? face : face?.balance_stroops));
  const places = placesOf(dots, told);
  return told.flatMap(({ face, ended_op }, of) => {
    const at = places[of]!;
    if (at === null) return [];
    const hollow = ended_op !== null;
    return colouring === "tag" ? { at, step: tagClass(face!.tags), today: false, hollow } : { at, step: balanceClass(face!.balance_stroops), today: true, hollow };
  });
}

/** More of them are seen without standing out. */
const MOST_FITTING = 300;

/** Of the dots with a colour of their own those that fit; the others that fit, in the colour of their disc. */
export function fittingDots(known: readonly KnownDot[], fitting: ReadonlySet<number>, tints: Uint8Array | null): KnownDot[] {
  const told = known.filter(({ at }) => fitting.has(at));
  const plain = [...fitting].filter((at) => !told.some((dot) => dot.at === at)).slice(0, MOST_FITTING);
  return [...told, ...plain.map((at) => ({ at, step: tints?.[at] ?? UNKNOWN_TINT, today: false, hollow: false }))];
}

type Child = Pick<NotableChild, "created_at" | "starting_balance_stroops">;

/** The place of each of them whose minute and class no other dot has; null for the others. */
export function placesOf({ minutes, balances, precise }: ChildrenDots, children: readonly Child[]): (number | null)[] {
  const wanted = new Map<number, number[]>();
  for (const { created_at } of children) if (created_at !== null) wanted.set(minuteOf(created_at), []);
  if (wanted.size === 0) return children.map(() => null);
  for (let at = 0; at < precise; at += 1) wanted.get(minutes[at]!)?.push(at);
  return children.map(({ created_at, starting_balance_stroops }) => {
    const minute = created_at === null ? [] : (wanted.get(minuteOf(created_at)) ?? []);
    const same = minute.filter((at) => balances[at] === balanceClass(starting_balance_stroops));
    return same.length === 1 ? same[0]! : null;
  });
}

function minuteOf(moment: string): number {
  return Math.floor(Date.parse(moment) / MINUTE_MS);
}
