/** What of an account is shown: it stands in the URL, so that a link shows the same. */

import { computed } from "vue";
import { type LocationQueryRaw, useRoute, useRouter } from "vue-router";

export const VIEWS = ["tidy", "outline"] as const;
export const TABS = ["list", "details", "stages"] as const;
export type View = (typeof VIEWS)[number];
export type Tab = (typeof TABS)[number];

const MONTH = /^\d{4}-\d{2}$/;

export function useAccountView() {
  const route = useRoute();
  const router = useRouter();

  const view = computed<View>(() => VIEWS.find((name) => name === route.query["view"]) ?? "tidy");
  const tab = computed<Tab>(() => TABS.find((name) => name === route.query["tab"]) ?? "list");
  const selected = computed(() => text(route.query["at"]));
  const from = computed(() => month(route.query["from"]));
  const to = computed(() => month(route.query["to"]));
  const muxed = computed(() => text(route.query["muxed"]));

  /** The same page with these parts of its query changed; null takes one away. */
  function located(change: Record<string, string | null>) {
    const query: LocationQueryRaw = { ...route.query, ...change };
    for (const [name, value] of Object.entries(query)) if (value === null) delete query[name];
    return { query };
  }

  /** Shows it. Selecting is no step of the history: Back leaves the page. */
  function show(change: Record<string, string | null>): void {
    void router.replace(located(change));
  }

  return { view, tab, selected, from, to, muxed, located, show };
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function month(value: unknown): string | null {
  const found = text(value);
  return found && MONTH.test(found) ? found : null;
}
