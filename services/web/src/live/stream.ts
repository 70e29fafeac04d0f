/**
 * The one live stream of this tab. Pages say what they follow; the stream is opened for the whole of it, closed 60 s after
 * the tab was hidden, and opened again when it is looked at. While it is not open, whoever follows polls.
 */

import { computed, readonly, shallowRef, watch } from "vue";
import { look, reachable, serverAnswered } from "@/api/reachability";
import type { LiveMessage } from "@/api/types";

export interface Interest {
  network: string;
  /** None: the whole network. */
  accounts: readonly string[];
  /** What is listened to; left out: everything. */
  topics?: readonly LiveMessage["topic"][];
  request: string | null;
  onMessage: (message: LiveMessage) => void;
  /** Something may have been missed: fetch again. */
  onGap: () => void;
}

export type StreamState = "off" | "connecting" | "live" | "reconnecting" | "asleep";

const TOPICS = ["stage", "counts", "lineage.grew", "request.completed", "enriched", "standing", "reset"] as const;
const MAX_ACCOUNTS = 50;
const HIDDEN_MS = 60_000;
const REOPEN_MS = 15_000;

const interests = new Set<Interest>();
const state = shallowRef<StreamState>("off");
const resets = shallowRef(0);
let source: EventSource | null = null;
let sourceUrl = "";
let hiddenTimer: ReturnType<typeof setTimeout> | undefined;
let reopenTimer: ReturnType<typeof setTimeout> | undefined;

export const streamState = readonly(state);
/** Whether polling has to make up for a stream that is lost. */
export const streamLost = computed(() => state.value === "reconnecting");

/** How often the server said that what was told is not all: messages were missed, or a network was reset. */
export const streamResets = readonly(resets);

/** From now on the interest is told what happens; the returned function ends that. */
export function follow(interest: Interest): () => void {
  interests.add(interest);
  reopen();
  return () => {
    interests.delete(interest);
    reopen();
  };
}

/** The address of a stream about everything that is followed; null if nothing is. */
export function streamUrl(followed: Iterable<Pick<Interest, "network" | "accounts" | "topics" | "request">>): string | null {
  const all = [...followed];
  const first = all[0];
  if (!first) return null;
  const query = new URLSearchParams({ network: first.network });
  const accounts = union(all.map((interest) => (interest.accounts.length > 0 ? interest.accounts : null)));
  if (accounts) query.set("accounts", accounts.slice(0, MAX_ACCOUNTS).join(","));
  const topics = union(all.map((interest) => interest.topics ?? null));
  if (topics) query.set("topics", topics.join(","));
  const request = all.find((interest) => interest.request)?.request;
  if (request) query.set("request", request);
  return `/api/v1/events?${query}`;
}

/** Everything that is in one of them; null if one of them is about all there is. */
function union(wanted: readonly (readonly string[] | null)[]): string[] | null {
  return wanted.includes(null) ? null : [...new Set(wanted.flatMap((some) => some ?? []))].toSorted();
}

function reopen(): void {
  const url = streamUrl(interests);
  if (url === sourceUrl && source) return;
  close();
  if (!url) {
    state.value = "off";
    return;
  }
  if (state.value !== "asleep" || !document.hidden) open(url);
}

function open(url: string): void {
  sourceUrl = url;
  source = new EventSource(url);
  if (state.value !== "reconnecting") state.value = "connecting";
  source.addEventListener("open", opened);
  source.addEventListener("error", lost);
  for (const topic of TOPICS) source.addEventListener(topic, told);
}

function close(): void {
  clearTimeout(reopenTimer);
  source?.close();
  source = null;
  sourceUrl = "";
}

/** What happened between the page's own reading and now was not told. */
function opened(): void {
  serverAnswered();
  state.value = "live";
  gap();
}

/**
 * The browser tries again by itself, with the last id; after a refusal it does not, so we do. Nor is it a sign of the server: a
 * stream may have been dead for an hour before that is noticed.
 */
function lost(): void {
  state.value = "reconnecting";
  void look();
  if (source?.readyState !== EventSource.CLOSED) return;
  close();
  reopenTimer = setTimeout(reopen, REOPEN_MS);
}

function told(event: MessageEvent<string>): void {
  serverAnswered();
  const message = JSON.parse(event.data) as LiveMessage;
  if (message.topic !== "reset") {
    for (const interest of interests) interest.onMessage(message);
    return;
  }
  resets.value += 1;
  gap();
}

function gap(): void {
  for (const interest of interests) interest.onGap();
}

function visibilityChanged(): void {
  clearTimeout(hiddenTimer);
  if (document.hidden) {
    hiddenTimer = setTimeout(() => {
      close();
      state.value = interests.size > 0 ? "asleep" : "off";
    }, HIDDEN_MS);
  } else if (state.value === "asleep") {
    reopen();
  }
}

/** Whoever waits for its turn to try again need not: the server is back. */
function cameBack(): void {
  if (state.value !== "reconnecting") return;
  close();
  reopen();
}

document.addEventListener("visibilitychange", visibilityChanged);
watch(reachable, (now) => now && cameBack());
