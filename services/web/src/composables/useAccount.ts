/** One account as far as it is mapped: read once, kept true by the live stream, asked for when nobody has. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, onScopeDispose, watch } from "vue";
import { answerOf, api, ApiProblem } from "@/api/client";
import { keys, lineageQuery, requestQuery, stagesQuery } from "@/api/queries";
import type { Ask, Lineage, LiveMessage, RequestStatus, Stages } from "@/api/types";
import { isPassedBy } from "@/lineage/stopped";
import { lineageAfter, stagesAfter } from "@/live/reducer";
import { follow, streamLost } from "@/live/stream";
import { isPast } from "@/networks/epochs";
import { throttled } from "./throttled";

const POLL_MS = 15_000;
const REQUEST_MS = 5_000;
const REFRESH_MS = 1_000;

export function useAccount(network: string, address: string) {
  const cache = useQueryClient();
  const past = isPast(network); // nothing of it changes any more
  const lineage = useQuery(() => {
    const lost = streamLost.value;
    return {
      ...lineageQuery(network, address),
      // The stream tells; polling covers for it while it is lost, and while a mapping runs, for what it never told.
      refetchInterval: ({ state }) => (!past && (lost || (state.data && !state.data.complete)) ? POLL_MS : false),
      retry: (failures, error) => error instanceof ApiProblem && error.passing && failures < 1,
    };
  });
  const mapped = computed(() => (lineage.data.value?.status ?? null) !== null);
  const requestId = computed(() => lineage.data.value?.request_id ?? null);
  const open = computed(() => !past && mapped.value && !lineage.data.value?.complete);

  const stages = useQuery({ ...stagesQuery(network, address), enabled: mapped });
  const request = useQuery(() => ({
    ...requestQuery(network, requestId.value ?? ""),
    enabled: requestId.value !== null && mapped.value && !past,
    // What it waits for is told by no message.
    refetchInterval: ({ state }: { state: { data: RequestStatus | undefined } }) => (state.data?.cancelled || (state.data?.completed && !open.value) ? false : REQUEST_MS),
  }));
  const passedBy = computed(() => open.value && request.data.value !== undefined && isPassedBy(request.data.value, address));
  const stopped = computed(() => open.value && (request.data.value?.cancelled === true || passedBy.value));
  /** The lineage is whole, and children of it are expanded still: there is something to follow, and to end. */
  const expanding = computed(() => !past && !open.value && request.data.value?.address === address && !request.data.value.completed && !request.data.value.cancelled);

  const refresh = throttled(REFRESH_MS, () => {
    void cache.invalidateQueries({ queryKey: keys.lineage(network, address) });
    void cache.invalidateQueries({ queryKey: keys.stages(network, address) });
    if (requestId.value) void cache.invalidateQueries({ queryKey: keys.request(network, requestId.value) });
  });

  let missed = false; // a hop was told before the first reading was there, which may have begun earlier still
  watch(lineage.isSuccess, () => {
    if (missed) refresh();
  });

  function told(message: LiveMessage): void {
    if (message.topic === "enriched" || message.topic === "standing") return; // changes nothing of the lineage
    if (message.topic === "lineage.grew") grew(message);
    else cache.setQueryData<Lineage>(keys.lineage(network, address), (known) => known && lineageAfter(known, message));
    cache.setQueryData<Stages>(keys.stages(network, address), (known) => known && stagesAfter(known, message));
    refresh();
  }

  /** A reading that is under way may have begun before, and would take the hop from the screen again: the next one follows. */
  function grew(message: LiveMessage): void {
    const key = keys.lineage(network, address);
    const known = cache.getQueryData<Lineage>(key);
    missed ||= !known;
    const after = known && lineageAfter(known, message);
    if (!after || after === known) return;
    void cache.cancelQueries({ queryKey: key });
    cache.setQueryData(key, after);
  }

  const asking = useMutation({
    mutationFn: (ask: Ask) => asked(network, address, ask),
    onSuccess: (answer) => {
      if ("ancestors" in answer) cache.setQueryData(keys.lineage(network, address), answer);
      else cache.setQueryData(keys.request(network, answer.request_id), answer);
      return cache.invalidateQueries({ queryKey: keys.account(network, address) });
    },
  });
  const cancelling = useMutation({
    mutationFn: (id: string) =>
      answerOf(api.POST("/api/v1/{network}/requests/{id}/cancel", { params: { path: { network, id } } })),
    onSuccess: (answer) => {
      cache.setQueryData(keys.request(network, answer.request_id), answer);
      return cache.invalidateQueries({ queryKey: keys.account(network, address) });
    },
  });

  let unfollow = (): void => undefined;
  watch(
    requestId,
    (id) => {
      unfollow();
      if (!past) unfollow = follow({ network, accounts: [address], request: id, onMessage: told, onGap: refresh });
    },
    { immediate: true },
  );
  onScopeDispose(() => unfollow());

  return { lineage, stages, request, mapped, open, stopped, passedBy, expanding, asking, cancelling };
}

function asked(network: string, address: string, body: Ask): Promise<Lineage | RequestStatus> {
  const params = { path: { network, address }, header: { "Idempotency-Key": crypto.randomUUID() } };
  if (body.retry) return answerOf(api.POST("/api/v1/{network}/accounts/{address}/retry", { params }));
  return answerOf<Lineage | RequestStatus>(
    api.POST("/api/v1/{network}/accounts/{address}/requests", { params, body }),
  );
}
