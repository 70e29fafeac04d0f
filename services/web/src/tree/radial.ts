/**
 * Where dots stand. Rings: the account's children are a disc, those that have children grow from its rim. Radial: every
 * generation on a circle around the account. In both the chain of its creators runs to the left, each hop with its
 * siblings above and below where they are open.
 */

import { hierarchy, tree } from "d3-hierarchy";
import type { TreeForm } from "./forms";
import { type Box, boundsOf, gapAfter, type Layout, type Placed, type Spacing } from "./layout";
import { BUD, shootReach } from "./shoots";
import { rimOf, type Spot, type Sprout } from "./spots";

interface Point {
  readonly x: number;
  readonly y: number;
}
/** A part of a circle, from its middle. */
interface Sector {
  readonly facing: number;
  readonly sweep: number;
}

const DEGREE = Math.PI / 180;
/** What stays free on the left, for the chain. */
const AHEAD: Sector = { facing: 0, sweep: 296 * DEGREE };
const FAN = 170 * DEGREE;
const BESIDE = 120 * DEGREE;
const STEM = 30;
const RIM_STEM = 44;
/** Of the second of two neighbours that stand close. */
const STAGGER = 24;
const LEAST_ROOM = 13;
const WIDER = 1.12;
/** Beyond the end of a twig. */
const ROOM = 4;
const HOP = 132;
/** With names above and below. */
const ROOMY_HOP = 208;
/** How far below the middle the chain runs, of the radius of the disc: it bends up to the account. */
const DROP = 0.3;
/** From one name to the next along a circle, and from one generation to the next. */
export const AROUND: Spacing = { row: 19, shortest: 104, longest: 104 };
/** From one disc to the next. */
const BETWEEN = 12;
/** From one life to the next, and from the rim to all of them. */
const LIFE = { apart: 40, beside: 70 };
const FIRST_SWEEP = 150 * DEGREE;
const SWEEP_EACH = 15 * DEGREE;

export function layRadially(root: Sprout, form: TreeForm, spacing = AROUND): Layout {
  const placed = new Map<string, Placed>();
  const chain = chainOf(root);
  const focus = chain.at(-1)!;
  const children = form === "rings" ? aroundRim(focus) : inGenerations(focus, spacing);
  const start = startOf(chain, children);
  const lives = livesOf(focus, start.y);
  const beside = lives.size > 0 ? boundsOf(lives.values()).x - STEM : 0;
  placeChain(chain, { x: Math.min(start.x, beside), y: start.y }, placed);
  for (const [id, node] of [...children, ...lives]) placed.set(id, node);
  return { form, placed, bounds: boundsOf(discsOf(placed)), heart: boundsOf([...discsOf(children), ...lives.values()]) };
}

/** Earlier lives above the chain, between it and the first child, each with who created it. */
function livesOf({ lives, disc, r }: Sprout, level: number): Map<string, Placed> {
  const placed = new Map<string, Placed>();
  const x = -Math.max((disc ? rimOf(disc) : r) + LIFE.beside, (lives.length * LIFE.apart + LIFE.apart / 2) / Math.tan(Math.PI - AHEAD.sweep / 2));
  for (const [at, life] of lives.entries()) {
    const y = level - (at + 1) * LIFE.apart;
    put(life, { x, y }, { angle: Math.PI, label: "over" }, placed);
    for (const maker of life.children) put(maker, { x: x - HOP, y }, { angle: Math.PI, label: "over" }, placed);
  }
  return placed;
}

/** The account's own disc is larger than its node, and so is one with buds. */
function* discsOf(placed: ReadonlyMap<string, Placed>): Generator<Box> {
  yield* placed.values();
  for (const { shown, spot, x, y, w, h } of placed.values()) {
    if (spot?.buds) yield { x: x - BUD, y: y - BUD, w: w + 2 * BUD, h: h + 2 * BUD };
    const r = shown.kind === "focus" && spot?.disc ? rimOf(spot.disc) : 0;
    if (r > 0) yield { x: -r, y: -r, w: 2 * r, h: 2 * r };
  }
}

function chainOf(root: Sprout): Sprout[] {
  const chain = [root];
  while (chain.at(-1)!.shown.kind !== "focus") chain.push(chain.at(-1)!.children[0]!);
  return chain;
}

/** Where the chain begins: in the gap of the rim, unless what is open would stand in its way. */
function startOf(chain: readonly Sprout[], children: ReadonlyMap<string, Placed>): Point {
  const focus = chain.at(-1)!;
  const rim = focus.disc ? rimOf(focus.disc) : focus.r;
  const open = [chain.at(-2)?.children[1], ...focus.children.map((child) => child.children.find(({ shown }) => shown.kind !== "asset" && shown.kind !== "assets"))].some(Boolean);
  return { x: open ? Math.min(boundsOf(children.values()).x, -rim) : -rim, y: focus.disc ? rim * DROP : 0 };
}

/** The hops before the account, from the nearest on, each as far to the left as what grows beside it needs. */
function placeChain(chain: readonly Sprout[], { x, y }: Point, placed: Map<string, Placed>): void {
  const hops = chain.slice(0, -1);
  let left = x;
  const at = hops.toReversed().map((hop) => {
    const half = Math.max((hop.children.length > 1 ? ROOMY_HOP : HOP) / 2, widthBeside(hop) / 2);
    left -= 2 * half;
    return left + half;
  });
  for (const [order, hop] of hops.entries()) {
    const middle = { x: at[hops.length - 1 - order]!, y };
    put(hop, middle, { angle: Math.PI, label: "over" }, placed);
    for (const [sector, siblings] of besides(hop)) fanOut(siblings, middle, { sector, inner: hop.r, placed });
  }
}

/** Half of the siblings stand above the chain, half below. */
function besides(hop: Sprout): [Sector, readonly Sprout[]][] {
  const siblings = hop.children.slice(1);
  const half = Math.ceil(siblings.length / 2);
  const up = { facing: -Math.PI / 2, sweep: BESIDE };
  const down = { facing: Math.PI / 2, sweep: BESIDE };
  return [[up, siblings.slice(0, half)], [down, siblings.slice(half)]];
}

function widthBeside(hop: Sprout): number {
  const reaches = besides(hop).map(([{ sweep }, siblings]) => fanReach(siblings, hop.r, sweep));
  return 2 * Math.max(...reaches) * Math.sin(BESIDE / 2);
}

function aroundRim(focus: Sprout): Map<string, Placed> {
  const placed = new Map<string, Placed>();
  const rim = focus.disc ? rimOf(focus.disc) : focus.r;
  put(focus, { x: 0, y: 0 }, { angle: 0, label: "over" }, placed);
  fanOut(byTime(focus.children), { x: 0, y: 0 }, { sector: AHEAD, inner: rim + RIM_STEM - STEM, placed });
  return placed;
}

/** Clockwise by the time of creation; folds stand at the end. */
function byTime(children: readonly Sprout[]): Sprout[] {
  const timeOf = ({ shown }: Sprout) => shown.node?.createdAt ?? "~";
  return children.toSorted((a, b) => (timeOf(a) < timeOf(b) ? -1 : timeOf(a) > timeOf(b) ? 1 : 0));
}

/** On circles by generation, each wide enough for the names on it; few children look to the right. */
function inGenerations(focus: Sprout, spacing: Spacing): Map<string, Placed> {
  const whole = hierarchy(focus, ({ children }) => children as Sprout[]);
  const leaves = whole.leaves().length;
  const sweep = Math.min(AHEAD.sweep, FIRST_SWEEP + SWEEP_EACH * Math.max(0, leaves - 6));
  const laid = tree<Sprout>().size([sweep, 1]).separation((a, b) => (a.parent === b.parent ? 1 : 1.6))(whole);
  const radii = radiiOf(laid.descendants(), spacing);
  const placed = new Map<string, Placed>();
  for (const { data, x, depth, children } of laid.descendants()) {
    const angle = leaves === 1 ? 0 : x - sweep / 2;
    const [r, label] = [radii[depth]!, children ? ("over" as const) : ("out" as const)];
    put(data, { x: r * Math.cos(angle), y: r * Math.sin(angle) }, { angle, label }, placed);
  }
  return placed;
}

/** Each circle is a generation farther than the one before, and long enough for what stands on it. */
function radiiOf(nodes: readonly { x: number; depth: number; data: Sprout }[], spacing: Spacing): number[] {
  const radii = [0];
  const depths = Math.max(...nodes.map(({ depth }) => depth));
  for (let depth = 1; depth <= depths; depth += 1) {
    const circle = nodes.filter((node) => node.depth === depth).toSorted((a, b) => a.x - b.x);
    const needed = circle.slice(1).map((node, at) => roomOf(circle[at]!.data, node.data, spacing.row) / (node.x - circle[at]!.x));
    const gaps = nodes.filter((node) => node.depth === depth - 1).map(({ data }) => gapAfter(data.shown, spacing));
    radii.push(Math.max(radii[depth - 1]! + Math.max(...gaps), ...needed));
  }
  return radii;
}

function roomOf(a: Sprout, b: Sprout, along: number): number {
  return Math.max(along, a.r + b.r + BETWEEN);
}

interface Fan {
  readonly sector: Sector;
  /** Where it begins, from its middle. */
  readonly inner: number;
  readonly placed: Map<string, Placed>;
}

/** Places children on an arc, each with the room that what grows from it needs; what is left over is shared. */
function fanOut(children: readonly Sprout[], middle: Point, { sector, inner, placed }: Fan): void {
  if (children.length === 0) return;
  const { facing, sweep } = sector;
  const distance = distanceFor(children, inner, sweep);
  const needs = children.map((child) => angleFor(child, distance + child.r));
  const needed = needs.reduce((sum, need) => sum + need, 0);
  const spare = (Math.min(sweep, Math.max(needed, sweep * (sweep > Math.PI ? 1 : 0.5))) - needed) / children.length;
  const crowded = distance * (spare + needed / children.length) < 3.2 * STAGGER;
  let angle = facing - (needed + spare * children.length) / 2;
  for (const [at, child] of children.entries()) {
    const own = angle + (needs[at]! + spare) / 2;
    angle += needs[at]! + spare;
    const far = distance + child.r + (crowded && at % 2 === 1 ? STAGGER : 0);
    const place = { x: middle.x + far * Math.cos(own), y: middle.y + far * Math.sin(own) };
    put(child, place, { angle: own, label: child.children.length > 0 ? "over" : "out" }, placed);
    fanOut(child.children, place, { sector: { facing: own, sweep: FAN }, inner: child.r, placed });
  }
}

/** From the middle to the children: at least a stem from what is inside, farther until all have room. */
function distanceFor(children: readonly Sprout[], inner: number, sweep: number): number {
  let distance = inner + STEM;
  const needed = () => children.reduce((sum, child) => sum + angleFor(child, distance + child.r), 0);
  while (needed() > sweep) distance *= WIDER;
  return distance;
}

function angleFor(child: Sprout, distance: number): number {
  const reach = reachOf(child);
  const [own, grown] = [(child.r + BETWEEN / 2) / distance, reach / (distance + reach / 2)];
  return 2 * Math.asin(Math.min(1, Math.max(own, grown)));
}

const reaches = new WeakMap<Sprout, number>();

/** How far from its own place a node and everything that grows from it reaches. */
function reachOf(node: Sprout): number {
  const known = reaches.get(node);
  if (known !== undefined) return known;
  const alone = Math.max(LEAST_ROOM, shootReach(node) + (node.twigs > 0 ? ROOM : LEAST_ROOM / 2));
  const reach = node.children.length > 0 ? fanReach(node.children, node.r, FAN) : alone;
  reaches.set(node, reach);
  return reach;
}

function fanReach(children: readonly Sprout[], inner: number, sweep: number): number {
  if (children.length === 0) return 0;
  return distanceFor(children, inner, sweep) + Math.max(...children.map((child) => child.r + reachOf(child)));
}

function put(
  { shown, card, r, disc, twigs, buds }: Sprout,
  { x, y }: Point,
  { angle, label }: Pick<Spot, "angle" | "label">,
  placed: Map<string, Placed>,
): void {
  placed.set(shown.id, { x: x - r, y: y - r, w: 2 * r, h: 2 * r, card, shown, spot: { angle, r, disc, twigs, buds, label } });
}
