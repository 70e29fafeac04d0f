import { describe, expect, it } from "vitest";
import { pictureName, tableName } from "@/exports/files";
import { CutShort, type Progress, readExport } from "@/exports/reading";

const WHOSE = { network: "sandbox", address: "GME" };
const ALL = { from: null, to: null, q: "" };

function streamOf(text: string, size: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
}

describe("an export that is read", () => {
  const CSV = "row,network\n1,sandbox\n2,sandbox\nend,sandbox\n";
  const JSON_TEXT = '{"ancestors":[{"transaction_source":"GA"}],"children":[\n{"transaction_source":"GB"},\n{"transaction_source":null}],"exported":2}';
  const GRAPHML = '<graphml><node><data key="node.role">child</data></node><node><data key="node.role">ancestor</data></node><data key="graph.exported">1</data></graph></graphml>';

  it.each([1, 7, 10_000])("counts its rows, however it is cut into pieces of %i bytes", async (size) => {
    const told: Progress[] = [];
    const csv = await readExport(streamOf(CSV, size), { table: "csv", beside: 2, onProgress: (progress) => told.push(progress) });
    expect(csv.rows).toBe(2);
    expect(told.at(-1)).toEqual({ rows: 2, bytes: CSV.length });
    expect(await csv.file.text()).toBe(CSV);
    expect((await readExport(streamOf(JSON_TEXT, size), { table: "json", beside: 1, onProgress: () => undefined })).rows).toBe(2);
    expect((await readExport(streamOf(GRAPHML, size), { table: "graphml", beside: 0, onProgress: () => undefined })).rows).toBe(1);
  });

  it.each([
    ["csv", CSV.slice(0, -13)],
    ["json", JSON_TEXT.slice(0, -4)],
    ["graphml", GRAPHML.slice(0, -10)],
    ["csv", ""],
  ] as const)("is refused as %s where its end is missing", async (table, text) => {
    await expect(readExport(streamOf(text, 5), { table, beside: 0, onProgress: () => undefined })).rejects.toThrow(CutShort);
  });
});

describe("a file", () => {
  it("is called by network and account, and by what was chosen of it", () => {
    expect(tableName(WHOSE, "csv", ALL)).toBe("children-sandbox-GME.csv");
    expect(tableName(WHOSE, "graphml", { from: "2017-03", to: null, q: "AB" })).toBe("children-sandbox-GME-2017-03_now-AB.graphml");
    expect(pictureName(WHOSE, "png", 1)).toBe("lineage-sandbox-GME.png");
    expect(pictureName(WHOSE, "png", 4)).toBe("lineage-sandbox-GME@4x.png");
    expect(pictureName(WHOSE, "svg", 4)).toBe("lineage-sandbox-GME.svg");
  });
});
