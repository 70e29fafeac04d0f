/** From the request that a refusal leads on to, to the page that makes it. */

import type { RouteLocationRaw } from "vue-router";
import type { WayOut } from "@/api/types";

const ASKED_AT = /^\/api\/v1\/([a-z]+)\/(?:accounts\/(G[A-Z2-7]{55})\/)?/;

/** The account's page, which asks as the refused one did; the network's, where it is about no account; null for another address. */
export function pageOf({ href }: WayOut): RouteLocationRaw | null {
  const [, network, address] = ASKED_AT.exec(href) ?? [];
  if (!network) return null;
  if (!address) return { name: "home", params: { network } };
  return { name: "account", params: { network, address }, state: { ask: true } };
}
