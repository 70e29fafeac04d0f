/**
 * Whether the server answers. The one place that knows: reads tell what became of them, the live stream that it was lost, and
 * TanStack Query learns it from here, so that reads wait while nobody answers, and go on by themselves.
 */

import { onlineManager } from "@tanstack/vue-query";
import { readonly, shallowRef } from "vue";

/** Waits between two tries; the last one is the longest. */
const WAITS_MS = [2_000, 4_000, 8_000, 15_000] as const;
const PATIENCE_MS = 5_000;
/** What a proxy answers in the place of a server that is away. */
const AWAY = new Set([502, 503, 504]);

const answers = shallowRef(true);
const heardAt = shallowRef(Date.now());
const nextTryAt = shallowRef<number | null>(null);
let signs = 0;
let tries = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let looking: Promise<boolean> | null = null;

export const reachable = readonly(answers);
/** When the server gave its last sign: what is shown is as of then, at least. */
export const lastHeardAt = readonly(heardAt);
/** When it is tried again; null: it answers, or is being tried. */
export const triesAgainAt = readonly(nextTryAt);

/** Whether an answer is the server's own; else it is of a proxy that did not reach it. */
export function isServers(status: number, told: boolean): boolean {
  return told || !AWAY.has(status);
}

/** It gave a sign. */
export function serverAnswered(): void {
  signs += 1;
  heardAt.value = Date.now();
  [tries, nextTryAt.value] = [0, null];
  clearTimeout(timer);
  tell(true);
}

/** Asks it something small, now; afterwards it is known whether it answers. */
export function look(): Promise<boolean> {
  clearTimeout(timer);
  nextTryAt.value = null;
  const before = signs;
  looking ??= asked().then((told) => {
    looking = null;
    const answered = told || signs !== before; // something else was answered meanwhile
    if (told) serverAnswered();
    else if (!answered) stayAway();
    return answered;
  });
  return looking;
}

/** Something was not answered: that may be the server, or that one thing. */
export function unanswered(): void {
  if (answers.value) void look();
}

function stayAway(): void {
  const wait = WAITS_MS[Math.min(tries, WAITS_MS.length - 1)]!;
  tries += 1;
  nextTryAt.value = Date.now() + wait;
  timer = setTimeout(look, wait);
  tell(false);
}

function tell(now: boolean): void {
  answers.value = now;
  onlineManager.setOnline(now);
}

async function asked(): Promise<boolean> {
  try {
    const { status, headers } = await fetch("/api/v1/networks", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    return isServers(status, (headers.get("content-type") ?? "").includes("json"));
  } catch {
    return false;
  }
}

// The browser knows of the machine's own network alone: a server on this machine, or a lost one far away, is news to it.
onlineManager.setEventListener(() => {
  const changed = () => void look();
  for (const event of ["online", "offline"]) addEventListener(event, changed);
  return () => {
    for (const event of ["online", "offline"]) removeEventListener(event, changed);
  };
});
