/** Dead letters in words, and which of them a replay is about. */

import { type LetterFilter, type ReplayProgress, ReplayStopped } from "@/api/deadLetters";
import type { DeadLetter, Replayed, ReplayAsk } from "@/api/types";
import { counted, formatCount } from "@/formats/amounts";

const TOPIC = /^stellarmap\.(.+?)\.v\d+(?:\..+\.(dlq|replay))?$/;
const KIB = 1024;

/** `stellarmap.account.requested.v1` → `account.requested`, its replay topics → `account.requested replay`; others as they are. */
export function topicName(topic: string): string {
  const [, name, kind] = TOPIC.exec(topic) ?? [];
  return name ? [name, kind].filter(Boolean).join(" ") : topic;
}

/** `812 B`, `3.4 KiB`, `1.2 MiB` */
export function formatBytes(bytes: number): string {
  if (bytes < KIB) return `${formatCount(bytes)} B`;
  const kib = bytes / KIB;
  return kib < KIB ? `${kib.toFixed(1)} KiB` : `${(kib / KIB).toFixed(1)} MiB`;
}

export interface Choice {
  /** `shown`: exactly those on the page. `all`: whatever the filter fits, when it is done. */
  kind: "shown" | "all";
  words: string;
  ask: ReplayAsk;
}

/** What "replay" may mean, of those not replayed yet: the ones shown; and, if there are more, all of them. */
export function choicesOf(letters: readonly DeadLetter[], filter: LetterFilter, more: boolean): Choice[] {
  const ids = letters.filter(({ replayed_at: replayed }) => replayed === null).map(({ id }) => id);
  const shown: Choice = {
    kind: "shown",
    words: `${counted(ids.length, "record", "records")} shown here${ids.length < letters.length ? " and not replayed yet" : ""}`,
    ask: { ids },
  };
  if (!more) return ids.length > 0 ? [shown] : [];
  const all: Choice = {
    kind: "all",
    words: `all${filterWords(filter)} that were not replayed yet, also those not shown here`,
    ask: { all: true, ...(filter.group && { group: filter.group }), ...(filter.topic && { topic: filter.topic }) },
  };
  return ids.length > 0 ? [shown, all] : [all];
}

/** `Replayed 3 records. 1 is no longer there: its time was over.` */
export function outcomeOf({ replayed, gone }: Replayed): string {
  if (replayed === 0 && gone.length === 0) return "None was left to replay.";
  const done = `Replayed ${counted(replayed, "record", "records")}: the group reads ${replayed === 1 ? "it" : "them"} again.`;
  if (gone.length === 0) return done;
  return `${done} ${formatCount(gone.length)} ${gone.length === 1 ? "is" : "are"} no longer kept.`;
}

/** `200 of 300 were given back; the server is busy. Try again for the others.` */
export function failureOf(error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  if (!(error instanceof ReplayStopped) || error.replayed === 0) return `Nothing was replayed: ${why}`;
  return `${formatCount(error.replayed)} of ${formatCount(error.of)} were given back; then it stopped: ${why} Try again for the others.`;
}

/** `Giving back 200 of 300…` */
export function progressWords(progress: ReplayProgress | null): string {
  if (progress === null) return "Replaying…";
  if (progress.of === null) return progress.done === 0 ? "Looking them up…" : `Found ${formatCount(progress.done)}…`;
  return progress.done === 0 ? `Giving back ${formatCount(progress.of)}…` : `Giving back ${formatCount(progress.done)} of ${formatCount(progress.of)}…`;
}

function filterWords({ group, topic }: LetterFilter): string {
  if (group && topic) return ` of ${group} from ${topicName(topic)}`;
  if (group) return ` of ${group}`;
  return topic ? ` from ${topicName(topic)}` : "";
}
