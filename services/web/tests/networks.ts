/** Networks to test with: everything a test does not name is plain. */

import type { EpochView, NetworkView } from "@/api/types";

export function networkOf(name: string, facts: Partial<NetworkView> = {}): NetworkView {
  return {
    name,
    key: name,
    passphrase: "",
    genesis: "",
    state: "ready",
    detail: null,
    horizon_url: "http://horizon",
    horizon_setting: "",
    horizon_reachable: true,
    horizon_checked_at: null,
    advice: null,
    fill: null,
    simulated: false,
    epoch: null,
    routes: ["api"],
    bigquery: false,
    route_reason: "",
    epochs: [],
    ...facts,
  };
}

/** A testnet in that epoch, with all that came before it. */
export function testnetIn(epoch: number): NetworkView {
  const epochs = Array.from({ length: epoch }, (_, index): EpochView => {
    const number = epoch - index;
    const current = index === 0;
    const key = `testnet-${number}`;
    const reset_at = current ? null : `2026-0${number}-11T09:00:00Z`;
    return { epoch: number, key, segment: current ? "testnet" : key, current, began_at: null, reset_at, reset_reason: null };
  });
  return networkOf("testnet", { key: `testnet-${epoch}`, epoch, epochs });
}
