/** The assets that accounts of a tree issue, as leaves of these: of the account itself, and of whom it is known that they issue some. */

import { counted } from "@/formats/amounts";
import { type Draft, draftOf } from "./drafts";
import { allAssetsId, assetId } from "./ids";
import type { AssetFacts, Issued, Issuing, TreeNode } from "./types";

/** No more accounts than this are asked. */
export const MOST_ISSUERS = 24;
/** So many assets of an account are shown before somebody asks for all. */
const FIRST = { own: 6, others: 3 };

interface Known {
  readonly issued: ReadonlyMap<string, Issued>;
  readonly expanded: ReadonlySet<string>;
}

/** Adds them to the nodes. */
export function hangAssets(nodes: Map<string, TreeNode>, focus: string, known: Known): Issuing {
  const accounts = [...nodes.values()].filter(({ kind, id }) => id !== focus && (kind === "child" || kind === "ancestor"));
  const knowing = [nodes.get(focus)!, ...accounts.filter(({ face }) => face?.is_issuer)];
  const asked = knowing.slice(0, MOST_ISSUERS) as Draft[];
  for (const account of asked) hangOn(account, nodes, known);
  return {
    issuers: [...new Set(asked.map(({ address }) => address!))],
    shown: asked.filter(({ assets }) => assets.some((id) => nodes.get(id)!.asset)).length,
    beyond: knowing.length - asked.length,
    unknown: accounts.filter(({ face }) => (face?.is_issuer ?? null) === null).length,
  };
}

function hangOn(account: Draft, nodes: Map<string, TreeNode>, { issued, expanded }: Known): void {
  const found = issued.get(account.address!);
  if (found === undefined) return; // on its way
  const hang = (code: string, asset: AssetFacts | null) => {
    const leaf = draftOf({ id: assetId(account.id, code), kind: "asset", asset, creator: account.address }, assetId(account.id, code), account);
    nodes.set(leaf.id, leaf);
    return leaf.id;
  };
  if (found === null) {
    account.assets = [hang("unread", null)];
    return;
  }
  const first = account.kind === "focus" ? FIRST.own : FIRST.others;
  const shown = expanded.has(allAssetsId(account.id)) ? found.assets : found.assets.slice(0, first);
  account.assets = shown.map((asset) => hang(asset.code, asset));
  const value = Math.max(0, found.total - shown.length);
  account.moreAssets = value > 0 || !found.exact ? { value, exact: found.exact } : null;
}

/** Whose assets are to be seen, and of whom nobody knows: who is not known to issue any is not said to issue none. */
export function issuingWords({ shown, beyond, unknown }: Issuing): { shown: string; open: string | null } {
  const others = unknown > 0 ? `Of ${counted(unknown, "account", "accounts")} here it is not known whether they issue any.` : "";
  const more = beyond > 0 ? `${counted(beyond, "more issuer is", "more issuers are")} not asked.` : "";
  return {
    shown: shown > 0 ? `Assets of ${counted(shown, "issuer", "issuers")}.` : "No account here is known to issue assets.",
    open: [more, others].filter(Boolean).join(" ") || null,
  };
}
