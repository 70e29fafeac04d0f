import { describe, expect, it } from "vitest";
import { beginning, MOST_STEPS, redone, stepKey, stepped, undone } from "@/tree/steps";

const walked = (...states: string[]) => states.slice(1).reduce((steps, state) => stepped(steps, state), beginning(states[0]!));

describe("steps", () => {
  it("are taken back one by one, and again in the same order", () => {
    const steps = walked("a", "b", "c");
    expect([undone(steps), undone(undone(steps))].map(({ present }) => present)).toEqual(["b", "a"]);
    expect(redone(redone(undone(undone(steps))))).toEqual(steps);
  });

  it("stay as they are at both ends", () => {
    const steps = walked("a", "b");
    expect(undone(undone(undone(steps))).present).toBe("a");
    expect(redone(steps)).toBe(steps);
  });

  it("do not count what changes nothing, and do not lose what was taken back by it", () => {
    const back = undone(walked("a", "b"));
    expect(stepped(back, "a")).toBe(back);
    expect(redone(stepped(back, "a")).present).toBe("b");
  });

  it("forget what was taken back once one goes another way", () => {
    const other = stepped(undone(walked("a", "b")), "c");
    expect(redone(other).present).toBe("c");
    expect(undone(other).present).toBe("a");
  });

  it("are so many at most, the oldest forgotten first", () => {
    const states = Array.from({ length: MOST_STEPS + 10 }, (_, at) => String(at));
    let steps = walked(...states);
    expect(steps.past).toHaveLength(MOST_STEPS);
    for (let at = 0; at < MOST_STEPS + 10; at += 1) steps = undone(steps);
    expect(steps.present).toBe("9");
  });

  it("have the keys of every other program", () => {
    const pressed = (key: string, held: object) => stepKey({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...held });
    expect(pressed("z", { ctrlKey: true })).toBe("undo");
    expect(pressed("Z", { ctrlKey: true, shiftKey: true })).toBe("redo");
    expect(pressed("y", { ctrlKey: true })).toBe("redo");
    expect(pressed("z", { metaKey: true })).toBe("undo");
    expect([pressed("z", {}), pressed("z", { ctrlKey: true, altKey: true }), pressed("x", { ctrlKey: true })]).toEqual([null, null, null]);
  });
});
