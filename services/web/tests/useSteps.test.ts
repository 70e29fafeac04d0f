import { flushPromises, mount } from "@vue/test-utils";
import { afterEach, describe, expect, it } from "vitest";
import { defineComponent, h, shallowRef } from "vue";
import { createMemoryHistory, createRouter } from "vue-router";
import { useAccountView } from "@/composables/useAccountView";
import { useSteps } from "@/composables/useSteps";

async function page() {
  const expanded = shallowRef<ReadonlySet<string>>(new Set());
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: "/", component: { render: () => null } }] });
  await router.push("/?tab=details");
  let made!: ReturnType<typeof useSteps>;
  let view!: ReturnType<typeof useAccountView>;
  const component = defineComponent({
    setup() {
      made = useSteps(expanded);
      view = useAccountView();
      return () => h("input");
    },
  });
  const wrapper = mount(component, { global: { plugins: [router] }, attachTo: document.body });
  const press = async (key: string, held: KeyboardEventInit = {}, target: EventTarget = document.body) => {
    target.dispatchEvent(new KeyboardEvent("keydown", { key, ctrlKey: true, bubbles: true, ...held }));
    await flushPromises();
  };
  return { expanded, router, steps: made, view, press, field: wrapper.element };
}

afterEach(() => document.body.replaceChildren());

describe("undo and redo of the view of a tree", () => {
  it("take back what was opened, re-rooted and chosen, and leave the rest of the URL alone", async () => {
    const { expanded, router, view, press } = await page();
    expanded.value = new Set(["a"]);
    await flushPromises();
    await view.show({ root: "GX" });
    await view.show({ view: "radial", tab: "stages" });
    await flushPromises();
    await press("z");
    expect(router.currentRoute.value.query).toEqual({ root: "GX", tab: "stages" });
    await press("z");
    expect(router.currentRoute.value.query).toEqual({ tab: "stages" });
    await press("z");
    expect(expanded.value).toEqual(new Set());
    await press("y");
    await press("y");
    await press("Z", { shiftKey: true });
    expect(router.currentRoute.value.query).toEqual({ root: "GX", view: "radial", tab: "stages" });
    expect(expanded.value).toEqual(new Set(["a"]));
  });

  it("are there for each thing that the tree shows besides", async () => {
    const { router, view, press } = await page();
    await view.show({ siblings: "1" });
    await view.show({ assets: "1" });
    await view.show({ issuers: "1" });
    await press("z");
    await press("z");
    expect(router.currentRoute.value.query).toEqual({ siblings: "1", tab: "details" });
    await press("y");
    expect(router.currentRoute.value.query).toEqual({ siblings: "1", assets: "1", tab: "details" });
  });

  it("count several changes of one act as one step", async () => {
    const { expanded, steps } = await page();
    expanded.value = new Set(["a", "b"]);
    await flushPromises();
    expanded.value = new Set(["b"]);
    expanded.value = new Set();
    await flushPromises();
    steps.undo();
    expect(expanded.value).toEqual(new Set(["a", "b"]));
  });

  it("say what is possible, and do not count selecting", async () => {
    const { expanded, steps, view } = await page();
    await view.show({ at: "GX", tab: "list" });
    expect(steps.possible.value).toEqual({ undo: false, redo: false });
    expanded.value = new Set(["a"]);
    await flushPromises();
    steps.undo();
    expect(steps.possible.value).toEqual({ undo: false, redo: true });
  });

  it("leave fields their own steps", async () => {
    const { expanded, press, field } = await page();
    expanded.value = new Set(["a"]);
    await flushPromises();
    await press("z", {}, field);
    expect(expanded.value).toEqual(new Set(["a"]));
  });
});
