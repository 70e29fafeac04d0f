import { describe, expect, it } from "vitest";
import { endedWords, keptWords } from "@/lineage/kept";
import { lifeOf, lineageOf } from "./lives";

const children = (total: number, asked = true) => ({ ...lineageOf().children, total, asked });
const creators = (count: number) => Array.from({ length: count }, (_, place) => lifeOf(`G${place}`, "GA", place + 2));
const expansion = (granted: number, finished: number) => ({ expansion: { granted, finished, failed: 0, done: false, children: 0, children_complete: false, pages_read: 0, pages_asked: 0, open: 0 } });

describe("what stays of a mapping that went no further", () => {
  it("is what was read of the chain and of the children", () => {
    expect(keptWords({ ancestors: creators(8), children: children(1_204) })).toBe("8 creators and 1,204 children");
    expect(keptWords({ ancestors: creators(1), children: children(1) })).toBe("1 creator and 1 child");
  });

  it("does not count what was not read to its end as none", () => {
    expect(keptWords({ ancestors: creators(2), children: children(0, false) })).toBe("2 creators");
    expect(keptWords({ ancestors: [], children: children(0) })).toBe("");
    expect(keptWords({ ancestors: [], children: { ...children(0), complete: true } })).toBe("0 children");
    expect(keptWords({ ancestors: [], children: children(0, false) })).toBe("");
  });

  it("says how it goes on: a chain or children that are wanting are asked for again, more children are expanded", () => {
    const facts = { ancestors: creators(8), children: children(1_204), lineage: "genesis" as const };
    expect(endedWords({ ...facts, complete: false }, undefined)).toBe("Kept: 8 creators and 1,204 children. “Ask again” goes on from there.");
    expect(endedWords({ ...facts, complete: true }, expansion(150, 12))).toBe("Kept: 8 creators and 1,204 children, 12 of 150 children expanded. “Expand…” goes on from there.");
    expect(endedWords({ ...facts, ancestors: [], children: children(0, false), complete: false }, undefined)).toBe("Nothing was read yet.");
  });
});
