/** The help names the keys that work, and no other: each is pressed here. */

import { mount } from "@vue/test-utils";
import { afterEach, describe, expect, it, vi } from "vitest";
import { defineComponent, h } from "vue";
import KeysDialog from "@/components/account/KeysDialog.vue";
import MonthHistogram from "@/components/account/MonthHistogram.vue";
import TabBar from "@/components/basic/TabBar.vue";
import { useHelp } from "@/composables/useHelp";
import { useSearchFocus } from "@/composables/useSearchFocus";
import { KEYS, type KeyPlace, type Press, signsOf } from "@/help/keys";
import { rowAction, typedRow } from "@/outline/keyboard";
import { rowsOf } from "@/outline/rows";
import { dotStepOf } from "@/tree/dotKeys";
import { actionOf } from "@/tree/keyboard";
import { buildModel } from "@/tree/model";
import { stepKey } from "@/tree/steps";
import { layoutOf, world } from "./tree/world";

const pressesOf = (place: KeyPlace): Press[] => KEYS[place].flatMap(({ presses }) => presses);
const told = (press: Press): KeyboardEvent =>
  new KeyboardEvent("keydown", { key: press.key, ctrlKey: press.ctrl ?? false, shiftKey: press.shift ?? false, bubbles: true, cancelable: true });

const model = buildModel(world({ total: 5_000, notable: 3, months: 6 }, 2));

afterEach(() => document.body.replaceChildren());

describe("the keys that the help names", () => {
  it("all mean something somewhere on the tree", () => {
    const layout = layoutOf(model);
    const dead = pressesOf("tree").filter(({ key }) => [...layout.placed.keys()].every((id) => actionOf(key, layout, id) === null));
    expect(dead).toEqual([]);
  });

  it("all mean something inside a disc", () => {
    const disc = { count: 100, pitch: 8, hole: 7 };
    expect(pressesOf("dots").filter(({ key }) => dotStepOf(key, disc, 50) === null)).toEqual([]);
  });

  it("all mean something in the outline", () => {
    const rows = rowsOf(model);
    expect(pressesOf("outline").filter(({ key }) => rows.every((_, at) => rowAction(key, rows, at) === null))).toEqual([]);
  });

  it("lead to the row that begins with the letters", () => {
    const rows = rowsOf(model);
    expect(KEYS.outline.some(({ spelled }) => spelled === "Letters")).toBe(true);
    expect(typedRow("g", (at) => ["Genesis", "Alice", "GA"][at]!, 3, 0)).toBe(2);
    expect(rows.every((_, at) => rowAction("g", rows, at) === null)).toBe(true); // no letter is taken by anything else
  });

  it("all choose a tab", () => {
    for (const press of pressesOf("tabs")) {
      const bar = mount(TabBar, { props: { id: "t", tabs: ["a", "b", "c"], names: { a: "A", b: "B", c: "C" }, active: "b", label: "Tabs" } });
      bar.element.dispatchEvent(told(press));
      expect(bar.emitted("choose")).toHaveLength(1);
    }
  });

  it("go to the search box, undo and redo, and show themselves", () => {
    const focused = vi.fn<() => void>();
    let helping!: ReturnType<typeof useHelp>;
    const wrapper = mount(
      defineComponent({
        setup() {
          useSearchFocus(focused);
          helping = useHelp();
          return () => h("input");
        },
      }),
      { attachTo: document.body },
    );
    const done: Record<string, (press: Press) => boolean> = {
      "Shows these keys": () => helping.value,
      "Goes to the search box": () => focused.mock.calls.length > 0,
      "Takes back the last change of the tree": (press) => stepKey(told(press)) === "undo",
      "Makes it again": (press) => stepKey(told(press)) === "redo",
    };
    for (const { presses, does } of KEYS.page) {
      for (const press of presses.filter(() => done[does])) {
        focused.mockClear();
        document.body.dispatchEvent(told(press));
        expect([does, done[does]!(press)]).toEqual([does, true]);
      }
    }
    expect(KEYS.page.filter(({ does }) => !done[does]).map(({ presses }) => presses)).toEqual([[{ key: "Escape" }]]); // the browser's own
    helping.value = false;
    wrapper.element.dispatchEvent(told({ key: "?" }));
    expect(helping.value).toBe(false); // somebody writes it
    wrapper.unmount();
  });

  it("show all months again, whose ends are sliders of the browser", () => {
    const [arrows, escape] = KEYS.months;
    const histogram = { first: "2020-01", counts: [1, 2, 3], undated: 0 };
    const months = mount(MonthHistogram, { props: { histogram, until: "2020-03", from: "2020-02", to: null } });
    months.element.dispatchEvent(told(escape!.presses[0]!));
    expect(months.emitted("range")).toEqual([[null, null]]);
    expect(months.findAll("input[type=range]").length).toBe(arrows!.presses.length);
  });

  it("stand in the help as they stand on a keyboard", () => {
    const dialog = mount(KeysDialog, { global: { stubs: { ModalDialog: { template: "<div><slot /></div>" } } } });
    const shown = dialog.findAll("kbd").map((key) => key.text());
    expect(shown).toEqual(Object.values(KEYS).flatMap((rows) => rows.flatMap(({ presses, spelled = [] }) => presses.flatMap(signsOf).concat(spelled))));
    expect(signsOf({ key: "z", ctrl: true, shift: true })).toEqual(["Ctrl", "Shift", "Z"]);
  });
});
