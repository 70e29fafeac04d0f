import { describe, expect, it } from "vitest";
import { hexDump, payloadOf, prettyJson } from "@/ops/payload";

describe("the payload of a record", () => {
  it("is JSON, one member a line", () => {
    const value = '{"a":[1,{"b":"x, {y}: \\"z\\""}],"c":{},"d":[]}';
    const { kind, text, copied } = payloadOf(value, "");
    expect(kind).toBe("json");
    expect(text).toBe('{\n  "a": [\n    1,\n    {\n      "b": "x, {y}: \\"z\\""\n    }\n  ],\n  "c": {},\n  "d": []\n}');
    expect(JSON.parse(text)).toEqual(JSON.parse(value));
    expect(copied).toBe(value);
  });

  it("keeps numbers as they were written: some exceed what a float holds", () => {
    expect(prettyJson('{"cursor": 123456789012345678901, "rate": 1.50}')).toContain("123456789012345678901");
    expect(prettyJson('{"rate": 1.50}')).toContain("1.50");
  });

  it("is text where it is no JSON, and nothing where there is nothing", () => {
    expect(payloadOf("no event", "")).toEqual({ kind: "text", text: "no event", copied: "no event" });
    expect(payloadOf("", "").kind).toBe("empty");
  });

  it("is hexadecimal where it is no text, and copied byte for byte", () => {
    const base64 = btoa("\u00ff\u0000abc");
    expect(payloadOf(null, base64)).toEqual({ kind: "hex", text: hexDump(Uint8Array.of(255, 0, 97, 98, 99)), copied: base64 });
  });

  it("shows sixteen bytes a line, each with its place and its letter", () => {
    const lines = hexDump(Uint8Array.from({ length: 17 }, (_, at) => 65 + at)).split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toBe("000000  41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f 50  ABCDEFGHIJKLMNOP");
    expect(lines[1]).toMatch(/^000010 {2}51 +Q$/);
  });
});
