/** What of the Ops page is shown: it stands in the URL, so that a link shows the same. */

import { computed } from "vue";
import { useRoute, useRouter } from "vue-router";

export function useOpsView() {
  const route = useRoute();
  const router = useRouter();

  const group = computed(() => text(route.query["group"]));
  const topic = computed(() => text(route.query["topic"]));
  const letter = computed(() => text(route.query["letter"]));

  /** The same page with these parts of its query changed; null takes one away. */
  function located(change: Record<string, string | null>) {
    const parts = Object.entries({ ...route.query, ...change }).filter(([, value]) => value !== null);
    return { query: Object.fromEntries(parts) };
  }

  function show(change: Record<string, string | null>): void {
    void router.replace(located(change));
  }

  return { group, topic, letter, located, show };
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
