/**
 * Parts of the pages that are fetched when they are wanted. A fetch may fail: the server is away, or was replaced by a newer one
 * that has them under other names. Whoever waits is told which, and may try again.
 */

import { watch } from "vue";
import { look, reachable } from "@/api/reachability";

export type Trouble =
  /** Nobody answers: it is tried again when somebody does. */
  | "away"
  /** A newer version is served: this one's parts are gone. */
  | "outdated"
  /** Something between here and there. */
  | "broken";

const WORDS: Record<Trouble, string> = {
  away: "comes when StellarMap answers again",
  outdated: "cannot be loaded: a newer version of StellarMap is installed",
  broken: "could not be loaded",
};
const GONE = 404;
const PATIENCE_MS = 5_000;

export class PartMissing extends Error {
  readonly trouble: Trouble;

  constructor(what: string, trouble: Trouble) {
    super(`${what} ${WORDS[trouble]}.`);
    this.name = "PartMissing";
    this.trouble = trouble;
  }
}

/** The part, if it can be fetched now. Throws PartMissing, which names it. */
export async function fetched<T>(what: string, load: () => Promise<T>): Promise<T> {
  try {
    if (await early.get(what)) return await load(); // its style came with it
    await Promise.all([...unstyled].map(styled));
    const part = await load();
    await Promise.allSettled(unloaded().map(loaded));
    return part;
  } catch {
    throw new PartMissing(what, await troubleNow());
  }
}

/** The part, however long that takes; null once it is not wanted any more: nobody asks for it every 15 s for ever. */
export async function fetchedAtLast<T>(what: string, load: () => Promise<T>, wanted: () => boolean): Promise<T | null> {
  if (!wanted()) return null;
  return fetched(what, load).catch(() => worthATry().then(() => fetchedAtLast(what, load, wanted)));
}

/** Has the part of that name at hand before somebody wants it; whether that succeeds is of no matter yet. */
export function ahead(what: string, load: () => Promise<unknown>): void {
  early.set(what, load().then(() => true, () => false));
}

const early = new Map<string, Promise<boolean>>();

const AGAIN_MS = 15_000;

/** Returns when the server is back, and after a while at the latest. */
export function worthATry(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(tried, AGAIN_MS);
    const stop = watch(reachable, (now) => now && tried());
    function tried(): void {
      clearTimeout(timer);
      stop();
      resolve();
    }
  });
}

async function troubleNow(): Promise<Trouble> {
  if (!(await look())) return "away";
  // The name of this very file changes with every version.
  const own = await fetch(import.meta.url, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => null);
  if (!own) return "away"; // it was lost just now
  return own.status === GONE ? "outdated" : "broken";
}

/**
 * Stylesheets of parts that could not be fetched. Vite asks for each but once, and only who is first to want it waits, or is told
 * that it failed: anybody else would show the part without.
 */
const unstyled = new Set<string>();

addEventListener(
  "error",
  ({ target }) => {
    if (!(target instanceof HTMLLinkElement) || target.rel !== "stylesheet") return;
    unstyled.add(target.href);
    target.remove();
  },
  true,
);

async function styled(href: string): Promise<void> {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  document.head.append(link);
  await loaded(link);
  unstyled.delete(href);
}

/** Stylesheets that are on their way. */
function unloaded(): HTMLLinkElement[] {
  return [...document.querySelectorAll<HTMLLinkElement>("link[rel=stylesheet]")].filter(({ sheet }) => !sheet);
}

function loaded(link: HTMLLinkElement): Promise<void> {
  return new Promise((resolve, reject) => {
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => reject(new Error(link.href)));
  });
}
