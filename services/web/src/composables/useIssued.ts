/** What accounts issue, as their profiles say: kept true with these, wherever they are read. */

import { useQueryClient } from "@tanstack/vue-query";
import { onScopeDispose, type Ref, shallowRef, watch } from "vue";
import { ApiProblem } from "@/api/client";
import { keys, profileQuery } from "@/api/queries";
import type { Enrichment } from "@/api/types";
import type { Issued } from "@/tree/types";

interface Profile {
  readonly enrichment: Enrichment | null;
}

export function useIssued(network: string) {
  const cache = useQueryClient();
  const issued = shallowRef<ReadonlyMap<string, Issued>>(new Map());
  const error = shallowRef<Error | null>(null);
  let asked: readonly string[] = [];

  const stateOf = (address: string) => cache.getQueryState<Profile>(keys.profile(network, address));

  function read(): void {
    const known = new Map(issued.value);
    error.value = null;
    for (const address of asked) {
      const state = stateOf(address);
      if (state?.data) known.set(address, issuedOf(state.data.enrichment));
      else if (isUnread(state?.error)) known.set(address, null);
      else error.value ??= state?.error ?? null;
    }
    issued.value = known;
  }

  function fetchMissing(): void {
    for (const address of asked) if (!stateOf(address)?.data && !issued.value.has(address)) void cache.prefetchQuery(profileQuery(network, address));
  }

  /** Asks these, and nobody else any more. */
  function ask(of: Readonly<Ref<readonly string[]>>): void {
    watch(
      () => of.value.join(),
      () => {
        asked = of.value;
        fetchMissing();
        read();
      },
      { immediate: true },
    );
  }

  onScopeDispose(
    cache.getQueryCache().subscribe(({ type, query }) => {
      const [, , address, part] = query.queryKey as string[];
      if (type === "updated" && part === "profile" && asked.includes(address!)) read();
    }),
  );

  return { issued, error, ask, retry: fetchMissing };
}

/** Nobody has asked for the account itself: that is no failure, and says nothing of what it issues. */
function isUnread(error: Error | null | undefined): boolean {
  return error instanceof ApiProblem && (error.is("not-mapped") || error.is("not-found"));
}

function issuedOf(profile: Enrichment | null): Issued {
  if (!profile || profile.fresh_as_of.issued_assets === null) return null;
  const assets = profile.issued_assets.map(({ code, holders, amount_stroops }) => ({ code, holders, amount: amount_stroops }));
  return { assets, total: profile.issued_assets_total, exact: profile.issued_assets_complete };
}
