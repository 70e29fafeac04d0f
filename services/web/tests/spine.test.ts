import { describe, expect, it } from "vitest";
import { folded, spineOf } from "@/lineage/spine";
import { lifeOf, lineageOf } from "./lives";

const chain = (length: number) =>
  Array.from({ length }, (_, at) => lifeOf(`G${at}`, at === 0 ? null : `G${at - 1}`, at + 1));
const shape = (length: number, slots: number) =>
  folded(chain(length), slots).map((item) => (item.kind === "hop" ? item.life.address : `+${item.hidden}`));

describe("the spine folds its middle", () => {
  it("not while there is room", () => expect(shape(4, 4)).toEqual(["G0", "G1", "G2", "G3"]));
  it("keeping the beginning and, more of them, the nearest creators", () =>
    expect(shape(9, 6)).toEqual(["G0", "+4", "G5", "G6", "G7", "G8"]));
  it("down to both ends", () => expect(shape(9, 3)).toEqual(["G0", "+7", "G8"]));
  it("never below both ends", () => expect(shape(9, 1)).toEqual(["G0", "+7", "G8"]));
  it("hiding at least two: one hop takes no more room than the fold", () =>
    expect(shape(5, 4).filter((item) => item.startsWith("+"))).toEqual(["+2"]));

  it.each([3, 4, 5, 6, 7, 8, 20])("into no more than %i places, losing no hop", (slots) => {
    for (let length = 1; length < 60; length += 1) {
      const items = folded(chain(length), slots);
      const hidden = items.reduce((sum, item) => sum + (item.kind === "fold" ? item.hidden : 0), 0);
      expect(items.length).toBeLessThanOrEqual(slots);
      expect(items.filter(({ kind }) => kind === "hop").length + hidden).toBe(length);
    }
  });
});

describe("the spine says what stands at its open end", () => {
  const [genesis, creator, own] = chain(3);

  it("nothing at genesis", () => {
    const spine = spineOf(lineageOf({ lineage: "genesis", incarnation: own!, ancestors: [creator!, genesis!] }));
    expect(spine.end).toBeNull();
    expect(spine.hops.map(({ address }) => address)).toEqual(["G0", "G1", "G2"]);
  });

  it("whose creator is looked for", () => {
    const spine = spineOf(lineageOf({ incarnation: own!, ancestors: [creator!], pending_address: "G0" }));
    expect(spine.end).toEqual({ kind: "searching", address: "G0" });
  });

  it("the contract that created", () => {
    const made = lifeOf("G9", "CABC", 9, { kind: "contract_transfer" });
    expect(spineOf(lineageOf({ lineage: "contract", incarnation: made })).end).toEqual({ kind: "contract", address: "CABC" });
  });

  it("the reason why a creator is unknown", () => {
    const lineage = lineageOf({ lineage: "unknown", incarnation: own!, creator_unknown_reason: "history is cut" });
    expect(spineOf(lineage).end).toEqual({ kind: "unknown", reason: "history is cut" });
  });
});
