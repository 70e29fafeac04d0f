/**
 * What is to be painted: a flat list of marks in order from back to front, for one zoom. Painters only paint it; hit
 * tests, exports and tests read it.
 */

import { barMarks, cardMarks } from "./cardMarks";
import { edgeMark, stubMark } from "./edges";
import { isBefore } from "./fold";
import { type HitIndex, hitsOf } from "./hits";
import { candidateOf, placeLabels } from "./labels";
import { type Box, boundsOf, type Layout, middleOf, type Placed } from "./layout";
import { type EdgeMark, type Mark, MOST_MARKS, VISIBLE_PX } from "./marks";
import { estimate, type Measure } from "./measure";
import { type DiscFacts, NO_DISCS, spotMarks } from "./spotScene";
import { rimOf } from "./spots";
import { isOutside, type Within } from "./within";

export interface SceneOptions {
  /** Screen pixels for one pixel of the layout. */
  readonly zoom: number;
  /** Only what touches this part of the layout is drawn; null: all. */
  readonly visible: Box | null;
  /** Something stands over this part of the layout: no name is put there. */
  readonly covered: Box | null;
  readonly selected: ReadonlySet<string>;
  readonly hovered: string | null;
  readonly measure: Measure;
  /** What is known of the dots on discs. */
  readonly discs: DiscFacts;
}

export interface Scene {
  readonly marks: readonly Mark[];
  readonly bounds: Box;
  readonly zoom: number;
  readonly hits: HitIndex;
}

/** What stands just beyond the screen is drawn too: its name may reach into it. */
const MARGIN_PX = 40;
const PALE = 0.3;
const ALL: SceneOptions = { zoom: 1, visible: null, covered: null, selected: new Set(), hovered: null, measure: estimate, discs: NO_DISCS };

export function sceneOf(layout: Layout, given: Partial<SceneOptions> = {}): Scene {
  const options = { ...ALL, ...given };
  const { zoom } = options;
  const path = pathOf(layout, options);
  const drawn = options.visible && grown(options.visible, MARGIN_PX / zoom);
  const seen = [...layout.placed.values()].filter((node) => touches(aroundNode(node), drawn));
  const marks = layout.form === "tidy" ? cardsOf(layout, seen, { ...options, path, visible: drawn }) : spotMarks(layout, seen, { ...options, path });
  return {
    marks: options.discs.within ? steppedBack(layout, marks, options.discs.within) : marks,
    bounds: boundsOf(layout.placed.values()),
    zoom,
    get hits() {
      return hitsOf(layout);
    },
  };
}

function cardsOf(layout: Layout, seen: readonly Placed[], options: SceneOptions & { path: ReadonlySet<string> }): Mark[] {
  const { zoom, path } = options;
  const edges = edgesOf(layout, path, options);
  const cards = seen.flatMap((node) => cardMarks(node, options));
  const bars = seen.flatMap((node) => barMarks(node, zoom)).filter((mark) => Math.max(mark.w, mark.h) * zoom >= VISIBLE_PX);
  const labels = placeLabels(seen.map((node) => candidateOf(node, { zoom, selected: options.selected, path })), zoom, options.measure);
  return within({ edges, cards, bars, labels });
}

/** Who was not created within is pale, with what it issues. */
function steppedBack(layout: Layout, marks: readonly Mark[], looked: Within): Mark[] {
  const pale = new Set<string>();
  for (const { shown } of layout.placed.values()) {
    const about = shown.kind === "asset" ? layout.placed.get(shown.parent!)!.shown : shown;
    if (about.node && isOutside(about.node, looked)) pale.add(shown.id);
  }
  return marks.map((mark) => (pale.has(mark.id) ? Object.assign({}, mark, { alpha: mark.alpha * PALE }) : mark));
}

interface Layers {
  readonly edges: readonly Mark[];
  readonly cards: readonly Mark[];
  readonly bars: readonly Mark[];
  readonly labels: readonly Mark[];
}

/** From back to front. When there is not room for all: cards with their edges, then labels, then dots and carets, then bars. */
function within({ edges, cards, bars, labels }: Layers): Mark[] {
  const boxes = cards.filter(({ kind }) => kind === "box");
  let room = MOST_MARKS - edges.length - boxes.length;
  const texts = labels.slice(0, Math.max(0, room));
  room -= texts.length;
  const whole = cards.length - boxes.length <= room;
  room -= whole ? cards.length - boxes.length : 0;
  return [...edges, ...(whole ? cards : boxes), ...(bars.length <= room ? bars : []), ...texts];
}

/** Ids from the outermost node to what is hovered, else to what is selected; from an earlier life to who created it, for the chain is of another. */
function pathOf(layout: Layout, { hovered, selected }: SceneOptions): ReadonlySet<string> {
  const path = new Set<string>();
  for (const end of hovered === null ? selected : [hovered]) {
    const shown = layout.placed.get(end)?.shown;
    if (shown && isBefore(shown.kind)) for (const { id } of [shown, ...shown.children]) path.add(id);
    else for (let at: string | null = end; at !== null && layout.placed.has(at); at = layout.placed.get(at)!.shown.parent) path.add(at);
  }
  return path;
}

/** Edges, those on the path last so that they lie on top. */
function edgesOf(layout: Layout, path: ReadonlySet<string>, { visible, zoom }: SceneOptions): Mark[] {
  const edges: EdgeMark[] = [];
  for (const node of layout.placed.values()) {
    const parent = node.shown.parent === null ? undefined : layout.placed.get(node.shown.parent);
    const edge = parent ? edgeMark(parent, node, { zoom, onPath: path.has(node.shown.id) }) : stubMark(node);
    if (edge && touches(aroundEdge(edge), visible)) edges.push(edge);
  }
  return edges.toSorted((a, b) => Number(path.has(a.id)) - Number(path.has(b.id)));
}

function aroundEdge({ x0, y0, x1, y1 }: EdgeMark): Box {
  return { x: x0, y: Math.min(y0, y1), w: x1 - x0, h: Math.abs(y1 - y0) };
}

function grown({ x, y, w, h }: Box, by: number): Box {
  return { x: x - by, y: y - by, w: w + 2 * by, h: h + 2 * by };
}

/** A disc is larger than the dot in its middle. */
function aroundNode(node: Placed): Box {
  const disc = node.spot?.disc;
  if (!disc) return node;
  const { x, y } = middleOf(node);
  const r = rimOf(disc);
  return { x: x - r, y: y - r, w: 2 * r, h: 2 * r };
}

function touches(box: Box, visible: Box | null): boolean {
  if (!visible) return true;
  const across = box.x <= visible.x + visible.w && box.x + box.w >= visible.x;
  return across && box.y <= visible.y + visible.h && box.y + box.h >= visible.y;
}
