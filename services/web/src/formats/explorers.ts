/** Pages of Stellar Expert, for the networks it knows. */

const EXPLORED = new Set(["public", "testnet"]);

/** Its page about an account; null for a network it does not know. */
export function explorerUrl(network: string, address: string): string | null {
  if (!EXPLORED.has(network)) return null;
  const kind = address.startsWith("C") ? "contract" : "account";
  return `https://stellar.expert/explorer/${network}/${kind}/${address}`;
}
