import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { readAddress } from "@/address/parse";
import { decodeStrkey, encodeStrkey } from "@/address/strkey";

interface Case {
  name: string;
  text: string;
  kind?: string;
  address?: string;
  muxed_id?: string;
  federation?: string;
  problem?: string;
}

const cases: Case[] = JSON.parse(
  readFileSync(resolve(import.meta.dirname, "../../../tests/data/address_text/cases.json"), "utf8"),
);

describe("the browser reads what people paste as the server does", () => {
  it.each(cases)("$name", ({ text, kind, address, muxed_id, federation, problem }) => {
    const { found, problem: said } = readAddress(text);
    const read = { address: undefined, federation: undefined, muxedId: null, ...found };
    expect(said).toBe(problem);
    expect(found?.kind).toBe(kind);
    expect(read.address).toBe(address);
    expect(read.federation).toBe(federation);
    expect(read.muxedId).toBe(muxed_id ?? null);
  });
});

describe("strkeys", () => {
  it("encode to the text they were decoded from", () => {
    const text = "CAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB6N4O";
    const strkey = decodeStrkey(text)!;
    expect(encodeStrkey(strkey.kind, strkey.payload)).toBe(text);
  });

  it("are refused when one character differs", () => {
    const text = "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7";
    for (let at = 0; at < text.length; at += 1) {
      const other = text[at] === "A" ? "B" : "A";
      expect(decodeStrkey(text.slice(0, at) + other + text.slice(at + 1))).toBeNull();
    }
  });
});
