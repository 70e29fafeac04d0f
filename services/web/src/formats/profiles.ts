/** Words for what an account is marked with, and for what it holds. */

import type { Asset, Enrichment } from "@/api/types";

type Flag = Enrichment["flags"][number];

const FLAGS: Record<Flag, { short: string; meaning: string }> = {
  auth_required: { short: "authorizes holders", meaning: "Holders of its assets need its approval first (auth required)." },
  auth_revocable: { short: "may freeze", meaning: "It may freeze its assets in the hands of others (auth revocable)." },
  auth_immutable: { short: "flags final", meaning: "It can never change its flags, nor be merged (auth immutable)." },
  auth_clawback_enabled: { short: "may claw back", meaning: "It may take its assets back from holders (clawback enabled)." },
};
const WARNINGS = new Set(["malicious", "unsafe", "scam"]);

export function flagWords(flag: Flag): { short: string; meaning: string } {
  return FLAGS[flag];
}

/** Whether a tag of the directory warns of the account. */
export function isWarning(tag: string): boolean {
  return WARNINGS.has(tag);
}

/** `USDC`, or `pool 59fa…013e`. */
export function assetName(asset: Pick<Asset, "code" | "pool">): string {
  if (asset.code) return asset.code;
  return asset.pool ? `pool ${asset.pool.slice(0, 4)}…${asset.pool.slice(-4)}` : "unnamed";
}
