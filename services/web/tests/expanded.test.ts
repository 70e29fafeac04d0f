import { mount } from "@vue/test-utils";
import { describe, expect, it } from "vitest";
import { defineComponent, nextTick, shallowRef } from "vue";
import type { Ask, Lineage, RequestStatus } from "@/api/types";
import { useExpansionNews } from "@/composables/useExpansionNews";
import { useToasts } from "@/composables/useToasts";
import { expandedWords, isMarred, knownWords } from "@/lineage/expanded";
import { lineageOf } from "./lives";

const expansion = (facts: Partial<RequestStatus["expansion"]> = {}) => ({
  expansion: { done: true, children: 1_204, children_complete: false, pages_read: 7, pages_asked: 7, granted: 0, finished: 0, failed: 0, open: 0, ...facts },
});

describe("what came of an expansion", () => {
  it("is what was read, and what went wrong", () => {
    expect(expandedWords(expansion())).toBe("Expanded: 1,204 children read.");
    expect(expandedWords(expansion({ children_complete: true, granted: 200, finished: 200 }))).toBe("Expanded: 1,204 children read, which is all; 200 of 200 expanded in turn.");
    const marred = expansion({ granted: 200, finished: 198, failed: 2 });
    expect([expandedWords(marred), isMarred(marred)]).toEqual(["Expanded: 1,204 children read; 198 of 200 expanded in turn; 2 failed: their own pages say why.", true]);
  });

  it("is nothing where all is known", () => {
    const children = { ...lineageOf().children, total: 3, complete: true };
    expect(knownWords({ children })).toBe("Nothing was left to read: 3 children are all there is.");
  });

  it("is told once, when it has ended, and not of what was cancelled or only mapped", async () => {
    const data = shallowRef<Lineage | RequestStatus>();
    const variables = shallowRef<Ask>();
    const request = shallowRef<RequestStatus>();
    const state = (request_id: string, facts: Partial<RequestStatus> = {}) => ({ request_id, completed: false, cancelled: false, ...expansion(), ...facts }) as RequestStatus;
    const { toasts, dismiss } = useToasts();
    const told = async () => {
      await nextTick();
      const texts = toasts.value.map(({ text }) => text);
      for (const { id } of toasts.value) dismiss(id);
      return texts;
    };
    mount(defineComponent({ setup: () => (useExpansionNews({ data, variables }, request), () => null) }));
    [variables.value, data.value, request.value] = [{ pages: 50, retry: false }, state("r1"), state("r1")];
    expect(await told()).toEqual([]);
    request.value = state("r1", { completed: true });
    expect(await told()).toHaveLength(1);
    request.value = state("r1", { completed: true });
    expect(await told()).toEqual([]);
    [data.value, request.value] = [state("r2"), state("r2", { cancelled: true })];
    expect(await told()).toEqual([]);
    data.value = lineageOf();
    expect(await told()).toEqual([knownWords(lineageOf())]);
    [variables.value, data.value, request.value] = [{ retry: false }, state("r3"), state("r3", { completed: true })];
    expect(await told()).toEqual([]);
  });
});
