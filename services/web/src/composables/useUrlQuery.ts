/** The query of the page's URL: what is shown stands in it, so that a link shows the same. */

import { useRoute, useRouter } from "vue-router";

export function useUrlQuery() {
  const route = useRoute();
  const router = useRouter();

  function text(name: string): string | null {
    const value = route.query[name];
    return typeof value === "string" && value !== "" ? value : null;
  }

  /** The same page with these parts of its query changed; null takes one away. */
  function located(change: Record<string, string | null>) {
    const parts = Object.entries({ ...route.query, ...change }).filter(([, value]) => value !== null);
    return { query: Object.fromEntries(parts) };
  }

  /** Shows it. It is no step of the history: Back leaves the page. */
  function show(change: Record<string, string | null>): void {
    void router.replace(located(change));
  }

  return { text, located, show };
}
