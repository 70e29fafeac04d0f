import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { zoomTransform } from "d3-zoom";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { arranged } from "@/tree/arrange";
import { opening, type Size, wholeOf } from "@/tree/camera";
import type { Description } from "@/tree/describe";
import { viewOf } from "@/tree/looks";
import { estimate } from "@/tree/measure";
import { buildModel, type DotPlace, type LineageModel, listKey, NOTHING_LOADED } from "@/tree/model";
import { AS_IT_IS } from "@/tree/spacing";
import { NO_DISCS } from "@/tree/spotScene";
import TreeCanvas from "@/tree/TreeCanvas.vue";
import { FIT_MS, ZOOM_MS } from "@/tree/useCamera";
import { lifeOf } from "../lives";
import { layoutOf, ME, named, page, world } from "./world";

const SIZE = { width: 1_000, height: 500 };
const model = buildModel(world({ total: 5_000, notable: 9, months: 30 }));
const dotInWords = ({ at }: DotPlace): Description => ({ title: `Child ${at + 1} of 5,000`, mono: false, rows: [["created", "Nov 2018"]], notes: [] });
const { marked: _, ...discs } = NO_DISCS;
let mounted: VueWrapper | null = null;

async function canvasOf(facts: Partial<InstanceType<typeof TreeCanvas>["$props"]> = {}) {
  const props = { model, form: "rings" as const, spread: AS_IT_IS, look: null, selected: null, marked: null, discs, dotInWords, caption: { title: "", address: "", facts: "", legend: null }, covered: { width: 0, height: 0 }, profile: null, ...facts };
  mounted = mount(TreeCanvas, { attachTo: document.body, props });
  const element = mounted.get("canvas");
  element.element.focus();
  await flushPromises(); // the size is read, the tree is laid out
  const press = (key: string) => element.trigger("keydown", { key });
  const said = () => mounted!.get('[role="status"]').text();
  return { mounted, press, said };
}

function onScreen({ width, height }: Size): void {
  for (const [name, length] of [["clientWidth", width], ["clientHeight", height]] as const)
    vi.spyOn(HTMLElement.prototype, name, "get").mockReturnValue(length);
}

beforeEach(() => onScreen(SIZE));
afterEach(() => {
  mounted?.unmount();
  vi.restoreAllMocks();
});

describe("dots by the keyboard", () => {
  it("are walked one by one and read out, and opened by Enter", async () => {
    const { mounted: tree, press, said } = await canvasOf();
    await press(" ");
    expect(said()).toBe("Child 1 of 5,000, created Nov 2018");
    await press("End");
    expect(said()).toContain("Child 5000 of");
    await press("ArrowLeft");
    expect(said()).toContain("Child 4999 of");
    expect(tree.get(".tooltip").text()).toContain("Child 4999 of 5,000");
    await press("Enter");
    expect(tree.emitted("enter")).toEqual([[{ of: model.focus, at: 4_998 }]]);
    await press(" ");
    expect(tree.emitted("pick")).toEqual([[{ of: model.focus, at: 4_998 }]]);
  });

  it("begin at the one that is selected, and Escape leads back to the account", async () => {
    const { mounted: tree, press, said } = await canvasOf({ marked: { of: model.focus, at: 77 } });
    await press("ArrowRight");
    expect(said()).toContain("Child 79 of");
    await press("Escape");
    expect(tree.emitted("select")!.at(-1)).toEqual([model.focus, model.nodes.get(model.focus)!.address]);
    await tree.setProps({ selected: model.focus, marked: null });
    expect(said()).toContain("5,000");
    expect(said()).not.toContain("Child");
  });
});

describe("where one looks", () => {
  const facts = { form: "rings" as const, size: SIZE, zooms: [0.1, 100] as const };

  it("is told once somebody has moved, not before", async () => {
    const { mounted: tree, press } = await canvasOf();
    expect(tree.emitted("look")).toBeUndefined();
    await press("+");
    await vi.waitFor(() => expect(tree.emitted("look")).toBeDefined());
    const [word] = tree.emitted<[string]>("look")!.at(-1)!;
    expect(viewOf(word, facts)).not.toBeNull();
  });

  it("is where the link says, and stays there", async () => {
    const { mounted: tree, press } = await canvasOf({ look: "r40,-30,120" });
    expect(tree.emitted("look")).toBeUndefined();
    await press("+"); // half again as near, the same middle
    await vi.waitFor(() => expect(tree.emitted<[string]>("look")!.at(-1)![0]).toBe("r40,-30,80"), { timeout: 3_000 });
  });

  it("is where all is seen that was asked for at once, and stays there whatever comes later", async () => {
    const lineage = world({ total: 3 });
    const lives = ["A", "B", "C"].map((word, at) => lifeOf(named(word, at), ME, 400 + at));
    const [awaited, listed] = [buildModel(lineage), buildModel(lineage, { ...NOTHING_LOADED, pages: new Map([[listKey(model.focus, 3), [page(lives)]]]) })];
    const drawn = (of: LineageModel) => arranged(of, { form: "tidy", measure: estimate, narrow: true });
    const narrow = { width: drawn(awaited).bounds.w + 30, height: 500 }; // room for what is there at once
    onScreen(narrow);
    const suits = (of: LineageModel) => opening(drawn(of), of.focus, narrow);
    expect(suits(awaited)).not.toEqual(suits(listed));
    const { mounted: tree } = await canvasOf({ form: "tidy", model: awaited });
    const view = () => {
      const { x, y, k } = zoomTransform(tree.get("canvas").element);
      return { x, y, k };
    };
    await vi.waitFor(() => expect(view()).toEqual(suits(awaited)));
    await tree.setProps({ model: listed });
    expect(view()).toEqual(suits(listed));
    await tree.setProps({ model: awaited });
    expect(view()).toEqual(suits(listed));
  });

  it("is forgotten with another form", async () => {
    const { mounted: tree } = await canvasOf({ look: "r40,-30,120" });
    await tree.setProps({ form: "radial" });
    expect(tree.emitted("look")!.at(-1)).toEqual([null]);
  });
});

describe("motion", () => {
  const still = (reduced: boolean) =>
    vi.spyOn(globalThis, "matchMedia").mockImplementation((query) => Object.assign(new EventTarget(), { matches: reduced && query.includes("reduced-motion") }) as MediaQueryList);
  /** How far one has zoomed in at once, and how many milliseconds it took to the end. */
  async function zoomed(key: string, { reduced, to }: { reduced: boolean; to: number }) {
    still(reduced);
    const { mounted: tree, press } = await canvasOf({ look: "r0,0,200" });
    const zoom = () => zoomTransform(tree.get("canvas").element).k;
    const started = performance.now();
    await press(key);
    const atOnce = zoom();
    await vi.waitFor(() => expect(zoom()).toBeCloseTo(to, 3), { timeout: 3_000, interval: 10 });
    return { atOnce, took: performance.now() - started };
  }

  it("is none where the user wants none", async () => {
    expect((await zoomed("+", { reduced: true, to: 3.75 })).atOnce).toBe(3.75);
  });

  it("is eased in 300 ms else", async () => {
    const { atOnce, took } = await zoomed("+", { reduced: false, to: 3.75 });
    expect(atOnce).toBeLessThan(3.75);
    expect(took).toBeGreaterThan(ZOOM_MS - 50);
  });

  it("takes 750 ms to the whole of it", async () => {
    const { k } = wholeOf(layoutOf(model, "rings"), SIZE);
    const { atOnce, took } = await zoomed("0", { reduced: false, to: k });
    expect(atOnce).not.toBeCloseTo(k, 3);
    expect(took).toBeGreaterThan(FIT_MS - 50);
  });
});
