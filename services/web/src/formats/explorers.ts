/** Pages of Stellar Expert, for the networks it knows. */

import { isPast } from "@/networks/epochs";

export type Explored = "account" | "tx" | "op" | "ledger";

const EXPLORED = new Set(["public", "testnet"]);

/** Its page about one of these; null for a network it does not know. A contract is an account with another page. */
export function explorerUrl(network: string, kind: Explored, id: string | number): string | null {
  if (!EXPLORED.has(network)) return null;
  const page = kind === "account" && String(id).startsWith("C") ? "contract" : kind;
  return `https://stellar.expert/explorer/${network}/${page}/${id}`;
}

/** Why there is no such page; null where there is. */
export function explorerLack(network: string): string | null {
  if (EXPLORED.has(network)) return null;
  return isPast(network)
    ? "Stellar Expert shows the present epoch of this network only."
    : `Stellar Expert does not know ${network}: what is shown here is all the evidence there is.`;
}
