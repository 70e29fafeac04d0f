/** The form of a tree that was chosen last in this browser. */

import { flushPromises, mount } from "@vue/test-utils";
import { createPinia } from "pinia";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { defineComponent, shallowRef } from "vue";
import { createMemoryHistory, createRouter } from "vue-router";
import type { View } from "@/composables/useAccountView";
import { useView } from "@/composables/useView";
import { tellWhoLeaves } from "@/parts/leaving";

const page = defineComponent({ template: "<i />" });
let arrives: () => void = () => undefined;

async function opened() {
  const board = () => new Promise<typeof page>((resolve) => (arrives = () => resolve(page)));
  const routes = [{ path: "/", component: page }, { path: "/board", component: board }];
  const router = createRouter({ history: createMemoryHistory(), routes });
  tellWhoLeaves(router);
  await router.push("/");
  const looked = () => mount({ setup: () => ({ view: useView(shallowRef<View>("tidy")) }), template: "{{ view }}" }, { global: { plugins: [router, createPinia()] } });
  return { router, looked };
}

beforeEach(() => {
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: () => undefined }));
  localStorage.setItem("stellarmap.tree.view", "radial");
});

afterEach(() => {
  localStorage.clear();
  vi.unstubAllGlobals();
});

it("is written into the address, so that whoever is sent it sees the same", async () => {
  const { router, looked } = await opened();
  const shown = looked();
  await flushPromises();
  expect([shown.text(), router.currentRoute.value.fullPath]).toEqual(["radial", "/?view=radial"]);
});

it("calls nobody back who is on the way to another page", async () => {
  const { router, looked } = await opened();
  const leaving = router.push("/board");
  await flushPromises();
  looked();
  await flushPromises();
  arrives();
  await leaving;
  expect(router.currentRoute.value.path).toBe("/board");
});
