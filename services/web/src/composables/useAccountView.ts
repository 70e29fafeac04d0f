/** What of an account is shown: it stands in the URL, so that a link shows the same. */

import { computed, shallowRef } from "vue";
import { type LocationQueryRaw, useRoute, useRouter } from "vue-router";
import type { ChildSort } from "@/api/types";
import { COLOURINGS, type Colouring, FORMS } from "@/tree/forms";

export const VIEWS = [...FORMS, "outline"] as const;
export const TABS = ["list", "groups", "details", "standing", "stages"] as const;
export const SORTS = ["created", "balance", "children"] as const satisfies readonly ChildSort[];
export type View = (typeof VIEWS)[number];
export type Tab = (typeof TABS)[number];

/** Letters of a whole address. */
const WHOLE = 56;
const MONTH = /^\d{4}-\d{2}$/;

type Change = Record<string, string | null>;

/** What is shown already while the router is still writing it: the next key goes from where the last one led. */
const ahead = shallowRef<Change>({});

export function useAccountView() {
  const route = useRoute();
  const router = useRouter();

  const query = computed<LocationQueryRaw>(() => known({ ...named(route.query), ...ahead.value }));
  /** The chosen one; null: whatever suits the account. */
  const view = computed<View | null>(() => VIEWS.find((name) => name === query.value["view"]) ?? null);
  const colouring = computed<Colouring>(() => COLOURINGS.find((name) => name === query.value["colour"]) ?? "age");
  const tab = computed<Tab>(() => TABS.find((name) => name === query.value["tab"]) ?? "list");
  const sort = computed<ChildSort>(() => SORTS.find((name) => name === query.value["sort"]) ?? "created");
  /** Part of an address that children are looked for by. */
  const typed = computed(() => text(query.value["q"])?.slice(0, WHOLE).toUpperCase() ?? "");
  const selected = computed(() => text(query.value["at"]));
  const from = computed(() => month(query.value["from"]));
  const to = computed(() => month(query.value["to"]));
  /** Which part of the tree is on the screen. */
  const look = computed(() => text(query.value["cam"]));
  const muxed = computed(() => text(query.value["muxed"]));

  /** The same page with these parts of its query changed; null takes one away. */
  function located(change: Change) {
    const parts = Object.entries({ ...query.value, ...change }).filter(([, value]) => value !== null);
    return { query: Object.fromEntries(parts) };
  }

  /** Shows it. Selecting is no step of the history: Back leaves the page. */
  async function show(change: Change): Promise<void> {
    const mine = { ...ahead.value, ...change };
    ahead.value = mine;
    await router.replace(located(change));
    if (ahead.value === mine) ahead.value = {};
  }

  return { query, view, colouring, tab, sort, typed, selected, from, to, look, muxed, text, located, show };
}

/** `?siblings`, a name without a value, says that it is so. */
function named(query: LocationQueryRaw): LocationQueryRaw {
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, value ?? ""]));
}

/** Without what was taken away. */
function known(query: LocationQueryRaw): LocationQueryRaw {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== null));
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function month(value: unknown): string | null {
  const found = text(value);
  return found && MONTH.test(found) ? found : null;
}
