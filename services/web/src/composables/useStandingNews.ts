/** Acts when a standing may have changed: told by the live stream, at most so often, and by the clock while that is lost. */

import { onScopeDispose, watch } from "vue";
import { follow, streamLost } from "@/live/stream";
import { isPast } from "@/networks/epochs";
import { throttled } from "./throttled";

const OFTEN_MS = 4_000;
const SHOWN_MS = 2_000; // a change is told before the board that has it is published, which is at most once a second
const POLL_MS = 15_000;

export function useStandingNews(network: string, accounts: readonly string[], act: () => unknown): void {
  if (isPast(network)) return; // nothing of it changes any more
  const soon = throttled(OFTEN_MS, act);
  const about = new Set(accounts);
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const onceShown = () => {
    waiting ??= setTimeout(() => {
      waiting = undefined;
      soon();
    }, SHOWN_MS);
  };
  const unfollow = follow({
    network,
    accounts,
    ...(about.size === 0 && { topics: ["standing"] as const }), // of a whole network nothing else is wanted
    request: null,
    onMessage: ({ topic, address }) => {
      if (topic === "standing" && (about.size === 0 || about.has(address ?? ""))) onceShown();
    },
    onGap: soon,
  });
  let polling: ReturnType<typeof setInterval> | undefined;
  watch(
    streamLost,
    (lost) => {
      clearInterval(polling);
      polling = lost ? setInterval(act, POLL_MS) : undefined;
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    unfollow();
    clearTimeout(waiting);
    clearInterval(polling);
  });
}
