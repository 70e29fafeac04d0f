import { describe, expect, it } from "vitest";
import { hopsUp, relationOf, wayTo } from "@/lineage/way";
import { rowAction } from "@/outline/keyboard";
import { rowsOf } from "@/outline/rows";
import { everyShown, fold } from "@/tree/fold";
import { actionOf } from "@/tree/keyboard";
import { buildModel, pathTo } from "@/tree/model";
import { sceneOf } from "@/tree/scene";
import { lifeOf } from "../lives";
import { childSet, layoutOf, ME, named, world } from "./world";

const mine = world({ total: 3 }, 5);
/** The lineage of the ancestor two hops up: 400 children, of which one leads down to the account of the page. */
const theirs = (() => {
  const own = mine.ancestors[1]!;
  const notable = [{ ...childSet({ total: 1, notable: 1 }).notable[0]!, address: named("HOP", 4), created_op: mine.ancestors[0]!.created_op, children: 77 }];
  const children = { ...childSet({ total: 400 }), notable, notable_total: 1 };
  return { ...world({ total: 400 }, 3), address: own.address, incarnation: own, incarnations: [own], children };
})();

describe("the way between two accounts of a chain", () => {
  it("leads from a child of the ancestor down to the account", () => {
    expect(wayTo(mine, theirs).map(({ address }) => address)).toEqual([named("HOP", 4), ME]);
    expect(hopsUp(mine, theirs)).toBe(2);
    expect(relationOf(mine, theirs)).toBe("ancestor, 2 hops up");
    expect(relationOf(theirs, { ...mine, incarnations: [mine.incarnation!] })).toBe("descendant, 2 hops down");
  });

  it("is empty where neither descends from the other", () => {
    const stranger = { ...theirs, address: named("STRANGER", 1), incarnations: [] };
    expect(wayTo(mine, stranger)).toEqual([]);
    expect(relationOf(mine, stranger)).toBe("");
  });

  it("goes through the life that created it, of several of one address", () => {
    const earlier = lifeOf(mine.ancestors[1]!.address, null, 999);
    const twice = { ...mine, ancestors: [mine.ancestors[0]!, earlier, ...mine.ancestors.slice(1)] };
    expect(hopsUp(twice, theirs)).toBe(3);
  });
});

describe("the tree from an ancestor", () => {
  const model = buildModel(theirs, undefined, new Set(), { way: wayTo(mine, theirs) });
  const way = [...model.nodes.values()].filter((node) => node.way);

  it("shows its children, and the path to the account of the page among them, each once", () => {
    expect(way.map(({ address }) => address)).toEqual([named("HOP", 4), ME]);
    expect(pathTo(model, way[1]!.id).slice(-3)).toEqual([model.focus, way[0]!.id, way[1]!.id]);
    const below = model.nodes.get(model.focus)!.children.map((id) => model.nodes.get(id)!);
    expect(below.filter(({ address }) => address === named("HOP", 4))).toHaveLength(1);
    expect(below.reduce((sum, { kind, count }) => sum + (kind === "child" ? 1 : count!.value), 0)).toBe(400);
    expect(way[0]!.count).toEqual({ value: 77, exact: true });
  });

  it.each(["tidy", "radial", "rings"] as const)("draws the whole path warm, %s", (form) => {
    const shown = [...everyShown(fold(model, form))].filter(({ node }) => node?.way);
    expect(shown).toHaveLength(2);
    const marks = sceneOf(layoutOf(model, form)).marks.filter(({ id, kind }) => (kind === "edge" || kind === "link") && way.some((node) => node.id === id));
    expect(marks.map(({ ink }) => ink)).toEqual(["ancestry", "ancestry"]);
  });

  it("is a path of the outline, too", () => {
    const rows = rowsOf(model);
    const at = rows.findIndex(({ node }) => node?.address === named("HOP", 4));
    expect(rows[at + 1]!.node!.address).toBe(ME);
    expect(rows[at + 1]!.level).toBe(rows[at]!.level + 1);
  });

  it("is asked for by a key, on the canvas and in the outline", () => {
    const ancestor = model.ancestors[0]!;
    const layout = layoutOf(buildModel(theirs, undefined, new Set(["more:ancestors:0"])));
    const { address } = model.nodes.get(ancestor)!;
    expect(actionOf("r", layout, ancestor)).toEqual({ do: "root", address });
    const rows = rowsOf(model);
    expect(rowAction("R", rows, rows.findIndex(({ id }) => id === ancestor))).toEqual({ do: "root", address });
    expect(rowAction("R", rows, rows.findIndex(({ node }) => node?.kind === "span"))).toBeNull();
  });
});
