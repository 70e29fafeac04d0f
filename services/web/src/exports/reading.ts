/** Reads an export while it is sent: how many rows have come, and whether all of it has. */

import type { Table } from "./files";

export interface Progress {
  readonly rows: number;
  readonly bytes: number;
}

export interface Whole {
  readonly file: Blob;
  readonly rows: number;
}

/** What stands once in each row, and how the end says how many there are. */
const FORMS: Record<Table, { type: string; mark: string; end: RegExp | null; tail: RegExp }> = {
  csv: { type: "text/csv", mark: "\n", end: null, tail: /(?:^|\n)end,[^\n]*\s*$/ },
  json: { type: "application/json", mark: '"transaction_source":', end: /"exported":(\d+)\}\s*$/, tail: /"exported":\d+\}\s*$/ },
  graphml: { type: "application/graphml+xml", mark: ">child</data>", end: /key="graph\.exported">(\d+)</, tail: /<\/graphml>\s*$/ },
};
/** Parts this large are handed to the browser, which may put them on disk. */
const PART = 8 * 1_024 * 1_024;
const TAIL = 4_096;

export class CutShort extends Error {
  constructor() {
    super("The export ended before its last row: the server or the connection broke off. Nothing was saved.");
    this.name = "CutShort";
  }
}

/** `beside`: so many rows are not children. Throws CutShort, AbortError. */
export async function readExport(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  { table, beside, onProgress }: { table: Table; beside: number; onProgress: (progress: Progress) => void },
): Promise<Whole> {
  const { type, end, tail } = FORMS[table];
  const counter = new Counter(FORMS[table].mark);
  const parts: Blob[] = [];
  let open: Uint8Array<ArrayBuffer>[] = [];
  let [held, bytes] = [0, 0];
  const rows = (): number => Math.max(0, counter.count - beside);
  const taken = new WritableStream<Uint8Array<ArrayBuffer>>({
    write(chunk) {
      counter.take(chunk);
      open.push(chunk);
      held += chunk.byteLength;
      bytes += chunk.byteLength;
      if (held >= PART) {
        parts.push(new Blob(open));
        [open, held] = [[], 0];
      }
      onProgress({ rows: rows(), bytes });
    },
  });
  await stream.pipeTo(taken);
  if (!tail.test(counter.tail)) throw new CutShort();
  const told = end?.exec(counter.tail)?.[1];
  return { file: new Blob([...parts, ...open], { type }), rows: told === undefined ? rows() : Number(told) };
}

/** How often a mark stands in a text that comes in pieces, and how the text ends. */
class Counter {
  count = 0;
  tail = "";
  private readonly decoder = new TextDecoder("latin1"); // marks are ASCII: a letter that is cut in two does not matter
  private rest = "";

  constructor(private readonly mark: string) {}

  take(chunk: Uint8Array): void {
    const fresh = this.decoder.decode(chunk);
    const text = this.rest + fresh;
    for (let at = text.indexOf(this.mark); at >= 0; at = text.indexOf(this.mark, at + this.mark.length)) this.count += 1;
    // Shorter than the mark, so that none is counted twice.
    this.rest = this.mark.length > 1 ? text.slice(1 - this.mark.length) : "";
    this.tail = (this.tail + fresh).slice(-TAIL);
  }
}
