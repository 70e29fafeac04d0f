import { describe, expect, it } from "vitest";
import type { ChildFace } from "@/api/types";
import { rowsOf } from "@/outline/rows";
import { wordsOf } from "@/outline/words";
import { describe as inWords, spoken } from "@/tree/describe";
import { FORMS } from "@/tree/forms";
import { hitsOf } from "@/tree/hits";
import { allAssetsId, assetId } from "@/tree/ids";
import { issuingWords, MOST_ISSUERS } from "@/tree/issued";
import { actionOf, type KeyAction } from "@/tree/keyboard";
import { middleOf } from "@/tree/layout";
import { signsIn } from "@/tree/legend";
import type { LabelMark } from "@/tree/marks";
import { buildModel, type Issued, type LineageModel, type Loaded, nodeNamed } from "@/tree/model";
import { toSvg } from "@/tree/painters/svg";
import { sceneOf } from "@/tree/scene";
import { NO_DISCS } from "@/tree/spotScene";
import { withinOf } from "@/tree/within";
import { TOKENS } from "./tokens";
import { layoutOf, ME, named, world } from "./world";

const face = (is_issuer: boolean | null): ChildFace => ({ balance_stroops: null, is_hva: false, name: null, home_domain: null, tags: [], is_issuer, issues: [] });

/** Of the first of nine children it is known that it issues, of the second that it does not, of the third nothing, of the others not even who they are. */
function lineageWith(issuers = 1, notable = 9) {
  const lineage = world({ total: 5_000, notable, months: 30 });
  const faced = lineage.children.notable.map((child, at) => ({ ...child, face: at < issuers ? face(true) : at === issuers ? face(false) : at === issuers + 1 ? face(null) : null }));
  return { ...lineage, children: { ...lineage.children, notable: faced } };
}

const CODES = ["USDX", "EURX", "GOLD", "AQUILA", "TSR", "BTCX", "ETHX", "A1"];
const many: Issued = { assets: CODES.map((code, at) => ({ code, holders: 1_200 - at, amount: "10000000" })), total: 10, exact: true };
const few: Issued = { assets: many.assets.slice(0, 1), total: 1, exact: true };
const none: Issued = { assets: [], total: 0, exact: true };

function modelWith(issued: [string, Issued][], { expanded = [] as string[], lineage = lineageWith() } = {}): LineageModel {
  const loaded: Loaded = { sets: new Map(), pages: new Map(), issued: new Map(issued) };
  return buildModel(lineage, loaded, new Set(expanded), { assets: true });
}

const goneTo = (action: KeyAction | null) => (action?.do === "go" ? action.id : null);
const KID = named("KID", 0);
const model = modelWith([[ME, many], [KID, few]]);
const own = model.nodes.get(model.focus)!;
const kid = nodeNamed(model, KID)!;
const leaf = assetId(model.focus, "USDX");
const more = allAssetsId(model.focus);

describe("assets in the model", () => {
  it("are those of the account and of whom it is known that they issue some; nobody else is asked", () => {
    expect(model.issuing).toEqual({ issuers: [ME, KID], shown: 2, beyond: 0, unknown: 7 + 7 });
    expect(kid.assets).toEqual([assetId(kid.id, "USDX")]);
    expect(model.nodes.get(leaf)).toMatchObject({ kind: "asset", parent: model.focus, level: own.level + 1, creator: ME, asset: { code: "USDX", holders: 1_200 } });
  });

  it("are not there until somebody wants them, and change nothing else", () => {
    const plain = buildModel(lineageWith());
    expect(plain.issuing).toBeNull();
    expect([...model.nodes.values()].filter(({ kind }) => kind !== "asset").map(({ id, children, setSize }) => [id, children, setSize])).toEqual(
      [...plain.nodes.values()].map(({ id, children, setSize }) => [id, children, setSize]),
    );
  });

  it("are the first few, all that are told once somebody opens them, and how many more there are", () => {
    expect([own.assets.length, own.moreAssets]).toEqual([6, { value: 4, exact: true }]);
    const open = modelWith([[ME, many]], { expanded: [more] }).nodes.get(model.focus)!;
    expect([open.assets.length, open.moreAssets]).toEqual([8, { value: 2, exact: true }]);
  });

  it("say that nobody has read them, which is not that there are none", () => {
    const unread = modelWith([[ME, null]]);
    expect(unread.nodes.get(unread.focus)!.assets.map((id) => unread.nodes.get(id)!.asset)).toEqual([null]);
    expect(unread.issuing!.shown).toBe(0);
    expect(modelWith([[ME, none]]).nodes.get(model.focus)).toMatchObject({ assets: [], moreAssets: null });
    expect(modelWith([]).nodes.get(model.focus)!.assets).toEqual([]);
    const partly = modelWith([[ME, { ...few!, exact: false }]]);
    expect(partly.nodes.get(partly.focus)!.moreAssets).toEqual({ value: 0, exact: false });
  });

  it("ask a bounded number of accounts, and say how many are left", () => {
    const { issuing } = modelWith([], { lineage: lineageWith(30, 30) });
    expect(issuing!.issuers).toHaveLength(MOST_ISSUERS);
    expect(issuing!.beyond).toBe(31 - MOST_ISSUERS);
    expect(issuingWords(issuing!).open).toBe("7 more issuers are not asked. Of 7 accounts here it is not known whether they issue any.");
  });

  it("are told of as a whole", () => {
    expect(issuingWords(model.issuing!)).toEqual({ shown: "Assets of 2 issuers.", open: "Of 14 accounts here it is not known whether they issue any." });
    expect(issuingWords({ issuers: [ME], shown: 0, beyond: 0, unknown: 0 })).toEqual({ shown: "No account here is known to issue assets.", open: null });
  });
});

describe.each(FORMS)("in the form %s assets", (form) => {
  const layout = layoutOf(model, form);
  const scene = sceneOf(layout);

  it("are leaves with a shape and a name of their own", () => {
    expect(layout.placed.get(leaf)!.shown).toMatchObject({ kind: "asset", parent: model.focus, children: [], toggle: null });
    const diamonds = scene.marks.filter((mark) => mark.kind === "dot" && mark.diamond).map(({ id }) => id);
    expect(diamonds.toSorted()).toEqual([...own.assets, ...kid.assets].toSorted());
    const texts = scene.marks.filter((mark): mark is LabelMark => mark.kind === "label" && mark.id === leaf).map(({ text }) => text);
    expect(texts).toEqual(["USDX", "1,200 holders"]);
  });

  it("are found under the pointer, and told of", () => {
    const { x, y } = middleOf(layout.placed.get(leaf)!);
    expect(hitsOf(layout).at(x, y)).toEqual({ id: leaf, part: "card", dot: null });
    expect(spoken(inWords(layout.placed.get(leaf)!.shown))).toBe("asset USDX, issuer GMEAA…AAAAA, holders 1,200, in their hands 1");
  });

  it("are reached by the arrows, from their account and back", () => {
    const kids = actionOf("ArrowRight", layout, kid.id);
    expect(kids).toEqual({ do: "go", id: kid.assets[0] });
    expect(actionOf("ArrowLeft", layout, kid.assets[0]!)).toEqual({ do: "go", id: kid.id });
    const reached = new Set<string>();
    for (const key of ["ArrowUp", "ArrowDown"]) {
      let at: string | null = layout.placed.get(model.focus)!.shown.children[0]!.id;
      for (; at !== null; at = goneTo(actionOf(key, layout, at))) reached.add(at);
    }
    for (const id of [...own.assets, more]) expect(reached).toContain(id);
    expect(actionOf(" ", layout, more)).toEqual({ do: "toggle", id: more });
    expect(actionOf("Enter", layout, leaf)).toBeNull();
  });

  it("step back with the account that issues them", () => {
    const within = withinOf("2024-01", null)!;
    const { marks } = sceneOf(layout, { discs: { ...NO_DISCS, within } });
    const alphaOf = (id: string) => marks.find((mark) => mark.kind === "dot" && mark.id === id)!.alpha;
    expect([alphaOf(kid.assets[0]!), alphaOf(leaf)]).toEqual([0.3, 1]);
  });

  it("that nobody has read are hollow and say so", () => {
    const unread = modelWith([[ME, null]]);
    const id = unread.nodes.get(unread.focus)!.assets[0]!;
    const { marks } = sceneOf(layoutOf(unread, form));
    expect(marks.filter((mark) => mark.kind === "dot" && mark.id === id)).toMatchObject([{ hollow: true, diamond: true }]);
    expect(marks.filter((mark): mark is LabelMark => mark.kind === "label" && mark.id === id).map(({ text }) => text)).toEqual(["assets not read yet"]);
    expect(signsIn(unread)).toEqual([]);
  });

  it("come into a file, with their sign in the legend", () => {
    const file = new DOMParser().parseFromString(toSvg(scene, TOKENS, { title: form }), "application/xml");
    expect([...file.querySelectorAll("text")].map(({ textContent }) => textContent)).toEqual(expect.arrayContaining(["USDX", "GOLD", "+4 more assets"]));
    expect(signsIn(model)).toEqual([{ sign: "asset", text: "asset it issues", count: null }]);
  });
});

describe("assets in the outline", () => {
  const told = (of: LineageModel) => rowsOf(of).filter(({ parent }) => parent === of.focus);

  it("stand behind the children, in one set with them", () => {
    const rows = told(model);
    const set = own.setSize + 10;
    expect(rows.every(({ setSize }) => setSize === set)).toBe(true);
    expect(rows.map(({ position }) => position)).toEqual(rows.map((_, at) => at + 1));
    expect(rows.slice(-7).map((row) => wordsOf(row).title)).toEqual([...CODES.slice(0, 6), "Show 4 more assets"]);
    expect(wordsOf(rows.at(-7)!).spoken).toBe("asset USDX, issued by GMEAA…AAAAA, 1,200 holders");
    expect(rows.at(-1)).toMatchObject({ opens: more, node: null });
  });

  it("say what is not told, and what is not read", () => {
    const last = (issued: Issued, expanded: string[] = []) => wordsOf(told(modelWith([[ME, issued]], { expanded })).at(-1)!).spoken;
    expect(last(many, [more])).toBe("2 more assets, not told one by one");
    expect(last({ ...few!, exact: false })).toBe("perhaps more assets, not told one by one");
    expect(last(null)).toBe("assets not read yet, issued by GMEAA…AAAAA");
  });
});
