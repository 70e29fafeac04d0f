import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeRings, UNKNOWN_MINUTE } from "@/tree/rings/decode";

/** Made by the server's encoder: tests/unit/gateway/test_rings_fixture.py holds the file to it. */
interface Fixture {
  readonly body: string;
  readonly complete: boolean;
  readonly as_of_ms: number;
  readonly dots: readonly (readonly [number | null, number])[];
}

const fixtures: Record<string, Fixture> = JSON.parse(readFileSync("tests/tree/rings.json", "utf8"));
const bytesOf = ({ body }: Fixture) => Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0));

/** The bytes of the first fixture, changed. */
function changed(change: (bytes: Uint8Array) => Uint8Array): ArrayBuffer {
  return change(bytesOf(fixtures["some"]!)).slice().buffer as ArrayBuffer;
}

describe("rings from the server", () => {
  it.each(Object.entries(fixtures))("are read as they were written: %s", (_, fixture) => {
    const { count, complete, asOf, minutes, balances } = decodeRings(bytesOf(fixture).buffer);
    expect({ count, complete, asOf }).toEqual({ count: fixture.dots.length, complete: fixture.complete, asOf: fixture.as_of_ms });
    expect([...minutes]).toEqual(fixture.dots.map(([minute]) => minute ?? UNKNOWN_MINUTE));
    expect([...balances]).toEqual(fixture.dots.map(([, balance]) => balance));
  });

  it.each([1, 5, 27, 28, 40])("are refused when only %i bytes came", (length) => {
    expect(() => decodeRings(changed((bytes) => bytes.subarray(0, length)))).toThrow(/rings/);
  });

  it("are refused in a version of tomorrow, and when they are something else", () => {
    expect(() => decodeRings(changed((bytes) => bytes.fill(2, 4, 5)))).toThrow(/version 2/);
    expect(() => decodeRings(changed((bytes) => bytes.fill(0, 0, 1)))).toThrow("These are no rings.");
  });

  it("are refused when a step is missing", () => {
    expect(() => decodeRings(changed((bytes) => bytes.fill(0x80, 28, 29)))).toThrow(/fewer times/);
  });

  it("may have a longer header one day", () => {
    const longer = changed((bytes) => Uint8Array.from([...bytes.subarray(0, 6), 32, 0, ...bytes.subarray(8, 28), 9, 9, 9, 9, ...bytes.subarray(28)]));
    expect(decodeRings(longer)).toEqual(decodeRings(changed((bytes) => bytes)));
  });

  it("of a million children are read, too", () => {
    const count = 1_000_000;
    const body = new Uint8Array(28 + 2 * count).fill(2);
    body.set(bytesOf(fixtures["some"]!).subarray(0, 28));
    const view = new DataView(body.buffer);
    view.setUint32(8, count, true);
    view.setUint32(16, count, true);
    const { minutes } = decodeRings(body.buffer);
    expect(minutes.at(-1)! - minutes[0]!).toBe(count - 1);
  });
});
