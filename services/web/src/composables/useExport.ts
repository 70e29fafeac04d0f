/** Makes one file of an account at a time, tells how far it is, and saves it when it is whole. */

import { computed, onScopeDispose, shallowRef } from "vue";
import { answerOf, api } from "@/api/client";
import type { ChildFilter } from "@/api/queries";
import type { Lineage } from "@/api/types";
import { pictureName, save, type Table, tableName } from "@/exports/files";
import { CutShort, type Progress, readExport } from "@/exports/reading";
import type { Exporter, PictureWish } from "@/tree/export/exporter";

export interface Saved {
  readonly name: string;
  readonly bytes: number;
  /** Of children; null: a picture. */
  readonly rows: number | null;
}

const SHOWN_MS = 100;
/** The line of names and that of the end. */
const CSV_LINES = 2;

export function useExport(network: string, lineage: () => Lineage) {
  const running = shallowRef<AbortController | null>(null);
  const progress = shallowRef<Progress | null>(null);
  const error = shallowRef<Error | null>(null);
  onScopeDispose(() => running.value?.abort());

  /** All children that fit. Null: it was cancelled, or `error` says why not. */
  const table = (form: Table, filter: ChildFilter): Promise<Saved | null> =>
    alone(async (signal) => {
      const { address } = lineage();
      const query = { format: form, ...(filter.from && { from: filter.from }), ...(filter.to && { to: filter.to }), ...(filter.q && { q: filter.q }) };
      const asked = api.GET("/api/v1/{network}/accounts/{address}/export", { signal, params: { path: { network, address }, query }, parseAs: "stream" });
      const stream = (await answerOf<unknown>(asked)) as ReadableStream<Uint8Array<ArrayBuffer>>;
      const { file, rows } = await readExport(stream, { table: form, beside: beside(form), onProgress: shown() });
      return given(file, tableName({ network, address }, form, filter), rows);
    });

  /** What is drawn. */
  const picture = (exporter: Exporter, wish: PictureWish): Promise<Saved | null> =>
    alone(async (signal) => {
      const file = await exporter.exportScene(wish);
      signal.throwIfAborted();
      return given(file, pictureName({ network, address: lineage().address }, wish.format, wish.scale), null);
    });

  async function alone(make: (signal: AbortSignal) => Promise<Saved>): Promise<Saved | null> {
    const controller = new AbortController();
    running.value = controller;
    [error.value, progress.value] = [null, null];
    try {
      return await make(controller.signal);
    } catch (failure) {
      if (!controller.signal.aborted) error.value = failure instanceof TypeError ? new CutShort() : (failure as Error); // what a broken stream throws
      return null;
    } finally {
      running.value = null;
    }
  }

  /** Lives of the chain stand in the same file; of a graph only children are counted. */
  function beside(form: Table): number {
    if (form === "csv") return CSV_LINES;
    return form === "json" ? lineage().ancestors.length + lineage().incarnations.length : 0;
  }

  function shown(): (now: Progress) => void {
    let at = 0;
    return (now) => {
      if (performance.now() - at < SHOWN_MS) return;
      at = performance.now();
      progress.value = now;
    };
  }

  return { table, picture, progress, error, busy: computed(() => running.value !== null), cancel: () => running.value?.abort() };
}

function given(file: Blob, name: string, rows: number | null): Saved {
  save(file, name);
  return { name, bytes: file.size, rows };
}
