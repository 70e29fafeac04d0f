import { describe, expect, it } from "vitest";
import { childrenCount, countless, hasCount } from "@/lineage/children";

describe("a count of children", () => {
  it("says that it is one of at least so many, until all are read", () => {
    expect(childrenCount({ total: 1_204, complete: true, asked: true })).toBe("1,204");
    expect(childrenCount({ total: 1_204, complete: false, asked: true })).toBe("≥ 1,204");
    expect(childrenCount({ total: 1, complete: false, asked: false })).toBe("≥ 1"); // met on the way, as the tree says
  });

  it("says nothing of at least where nobody has looked", () => {
    expect(childrenCount({ total: 0, complete: false, asked: false })).toBe("0");
  });

  it("is none while no child was found and not all was read: at least none says nothing", () => {
    expect([hasCount({ total: 0, complete: false }), hasCount({ total: 0, complete: true }), hasCount({ total: 1, complete: false })]).toEqual([false, true, true]);
    expect(countless({ asked: true })).not.toBe(countless({ asked: false }));
  });
});
