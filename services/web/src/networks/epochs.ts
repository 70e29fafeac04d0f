/**
 * Networks as they stand in paths. A network's name means its current epoch; the key of an epoch (`testnet-1`) means that
 * one, also when it is over. Pages are given the name for the current one, so what has a number is past.
 */

import type { EpochView, NetworkView } from "@/api/types";

const KEYED = /^([a-z]+)-(\d+)$/;

export interface Place {
  network: NetworkView;
  /** Null: this network does not reset. */
  epoch: EpochView | null;
}

/** What a segment of a path means; null where no network is called so. */
export function placeOf(networks: readonly NetworkView[], segment: string | null): Place | null {
  for (const network of networks) {
    const named = network.name === segment;
    const epoch = network.epochs.find(({ key, current }) => (named ? current : key === segment));
    if (named || epoch) return { network, epoch: epoch ?? null };
  }
  return null;
}

/** Whether a page's network is an epoch that is over: it is read, and asked for nothing. */
export function isPast(segment: string): boolean {
  return KEYED.test(segment);
}

/** `testnet` of `testnet-1`. */
export function networkName(segment: string): string {
  return KEYED.exec(segment)?.[1] ?? segment;
}

/** `testnet`; `testnet, epoch 1`. */
export function networkTitle(segment: string): string {
  const [, name, number] = KEYED.exec(segment) ?? [];
  return name ? `${name}, epoch ${number}` : segment;
}

/** The epochs of a network that are over, the latest first. */
export function pastEpochs({ epochs }: NetworkView): EpochView[] {
  return epochs.filter(({ current }) => !current);
}
