/** Which children of an account are wanted, by what is known of them: as it stands in the URL, and in words. */

import type { KnownFilter } from "@/api/queries";
import { counted, formatCount } from "@/formats/amounts";
import type { Chosen, Count } from "@/tree/types";

export const FILTERS = ["issuers", "asset", "min", "max"] as const;
export type FilterName = (typeof FILTERS)[number];
/** The change of the URL that shows all children again. */
export const NO_FILTERS: Record<FilterName, null> = { issuers: null, asset: null, min: null, max: null };

const XLM = /^\d{1,12}(\.\d{1,7})?$/;
const ASSET = /^[A-Za-z0-9]{1,12}(-G[A-Z2-7]{55})?$/;

/** What was typed as an amount of XLM, without what only makes it readable; null where it is none. */
export function amountOf(typed: string | null): string | null {
  const plain = (typed ?? "").replace(/[,\s_]/g, "");
  return XLM.test(plain) ? plain : null;
}

/** A code, or a code and its issuer. */
export function assetOf(typed: string | null): string | null {
  const plain = (typed ?? "").trim().replace(":", "-");
  return ASSET.test(plain) ? plain : null;
}

/** Null where nothing is asked for. What cannot be meant is left out. */
export function filterOf(valueOf: (name: FilterName) => string | null): KnownFilter | null {
  const [asset, min, max] = [assetOf(valueOf("asset")), amountOf(valueOf("min")), amountOf(valueOf("max"))];
  const issuers = valueOf("issuers") !== null;
  return issuers || asset || min || max ? { issuers, asset, min, max } : null;
}

/** How many filters are on; both ends of the balance are one. */
export function activeOf(filter: KnownFilter | null): number {
  if (!filter) return 0;
  return [filter.issuers, filter.asset !== null, filter.min !== null || filter.max !== null].filter(Boolean).length;
}

/** What the filters ask for: `issue assets, hold at least 10 XLM`. */
export function filterWords({ issuers, asset, min, max }: KnownFilter): string {
  const code = asset?.split("-")[0];
  const held = [min && `at least ${min}`, max && `at most ${max}`].filter(Boolean).join(" and ");
  return [asset ? `issue ${code}` : issuers && "issue assets", held && `hold ${held} XLM`].filter(Boolean).join(", ");
}

/** No balance lies between the two. */
export function isEmptyRange(min: string | null, max: string | null): boolean {
  return min !== null && max !== null && stroops(min) > stroops(max);
}

/** What is shown, of how many, and what is left open: nobody is left out for what is not known without being counted. */
export function chosenWords({ cut, ...chosen }: Chosen): { shown: string; open: string | null } {
  const { shown, open } = countWords(chosen);
  return { shown, open: [open, cutWords(cut)].filter(Boolean).join(" ") || null };
}

/** Whom a filter by asset cannot judge; null where that is nobody. */
export function cutWords(cut: number): string | null {
  if (cut === 0) return null;
  const [are, their, they] = cut === 1 ? ["is", "its", "it"] : ["are", "their", "they"];
  return `${counted(cut, "issuer", "issuers")} ${are} left out: not all of ${their} assets were read, and ${they} may issue this one.`;
}

function countWords({ matching, ofKnown, of }: Omit<Chosen, "cut">): { shown: string; open: string | null } {
  if (!ofKnown) return { shown: `Choosing among ${atLeast(of)}${counted(of.value, "child", "children")}…`, open: null };
  const shown = `${atLeast(matching)}${formatCount(matching.value)} of ${atLeast(ofKnown)}${formatCount(ofKnown.value)} known of ${atLeast(of)}${counted(of.value, "child", "children")}`;
  const left = Math.max(0, of.value - ofKnown.value);
  const exact = of.exact && ofKnown.exact;
  if (exact && left === 0) return { shown, open: null };
  if (left === 0) return { shown, open: "Children that are not read yet are not shown." };
  const others = ofKnown.exact ? `${of.exact ? "" : "at least "}${formatCount(left)}` : "the others";
  return { shown, open: `Of ${others} it is not known; they are not shown.` };
}

function atLeast({ exact }: Count): string {
  return exact ? "" : "at least ";
}

function stroops(amount: string): bigint {
  const [whole, part = ""] = amount.split(".");
  return BigInt(whole! + part.padEnd(7, "0"));
}
