/** The dots of discs: their colours, and who they are. */

import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, type Ref, shallowRef } from "vue";
import { knownChildrenQuery } from "@/api/known";
import { childrenQuery, NO_FILTER } from "@/api/queries";
import { childAt, ringsQuery } from "@/api/rings";
import type { Life, Lineage } from "@/api/types";
import { describeDot, type Description, type DotFacts } from "@/tree/describe";
import type { Colouring, TreeForm } from "@/tree/forms";
import { legendOf, PALE, signsIn } from "@/tree/legend";
import type { DotPlace, LineageModel } from "@/tree/model";
import { BALANCE_CLASSES, UNKNOWN_BALANCE } from "@/tree/rings/balances";
import { type AgeScale, dimmedBut, dimmedOutside, tintsOf } from "@/tree/rings/colours";
import { type ChildrenDots, dotsOf, minuteOf, momentOf, monthOfDot } from "@/tree/rings/dots";
import { fittingDots, knownDots, placesOf } from "@/tree/rings/places";
import { yearsOf } from "@/tree/rings/years";
import type { Within } from "@/tree/within";

export interface DotsOptions {
  readonly lineage: Readonly<Ref<Lineage>>;
  readonly model: Readonly<Ref<LineageModel | undefined>>;
  readonly form: Readonly<Ref<TreeForm>>;
  readonly colouring: Readonly<Ref<Colouring>>;
  /** What is looked at. */
  readonly within: Readonly<Ref<Within | null>>;
}

export function useDots(network: string, { lineage, model, form, colouring, within }: DotsOptions) {
  const rings = computed(() => form.value === "rings");
  const cache = useQueryClient();
  const stream = useQuery(() => ({ ...ringsQuery(network, lineage.value.address), enabled: rings.value }));
  // The same pages as the list beside the tree: what that has read is known here.
  const list = useInfiniteQuery(() => ({ ...childrenQuery(network, lineage.value.address, NO_FILTER), enabled: rings.value }));
  // The thirty that stand out are in the lineage; what colours are about is known of more.
  const known = useQuery(() => ({ ...knownChildrenQuery(network, lineage.value.address), enabled: rings.value && colouring.value !== "age" }));
  const lives = computed(() => list.data.value?.pages.flatMap(({ children }) => children) ?? []);
  const found = shallowRef<ReadonlyMap<string, { readonly place: DotPlace; readonly life: Life }>>(new Map());

  const dots = computed(() => {
    if (!model.value || form.value === "tidy") return new Map<string, ChildrenDots>();
    return rings.value ? dotsOfSets(model.value, lives.value, stream.data.value) : dotsOfSpans(model.value);
  });
  const own = computed(() => (model.value ? dots.value.get(model.value.focus) : undefined));
  const scale = computed<AgeScale>(() => ({
    from: minuteOf(lineage.value.children.histogram.first ?? lineage.value.as_of.slice(0, 7)),
    to: Date.parse(lineage.value.as_of) / 60_000,
  }));
  const years = computed(() => (own.value ? yearsOf(own.value) : []));
  const faces = computed(() => {
    const { notable, notable_total: total, notable_truncated: truncated } = model.value?.sets.get(model.value.focus) ?? lineage.value.children;
    const page = rings.value ? known.data.value : undefined;
    const more = page?.notable.filter(({ address }) => !notable.some((child) => child.address === address)) ?? [];
    return { children: [...notable, ...more], all: page ? page.next_cursor === null && !page.known_truncated : total === notable.length && !truncated };
  });
  /** Dots of the account's own disc that are known to fit the filters of the tree; null where it has none, or none was read yet. */
  const fitting = computed(() => {
    const { nodes, focus, chosen } = model.value ?? {};
    if (!rings.value || !own.value || !chosen?.ofKnown) return null;
    const matches = nodes!.get(focus!)!.children.map((id) => nodes!.get(id)!).filter(({ kind, way }) => kind === "child" && !way);
    const places = placesOf(own.value, matches.map(({ createdAt, startingBalance }) => ({ created_at: createdAt, starting_balance_stroops: startingBalance })));
    return new Set(places.filter((at) => at !== null));
  });
  const told = computed(() => {
    if (!rings.value || !own.value) return [];
    const { minutes } = own.value;
    const { from, end } = within.value ?? { from: 0, end: Infinity };
    const all = knownDots(own.value, faces.value.children, colouring.value);
    const fits = fitting.value ? fittingDots(all, fitting.value, tintsOf(own.value, colouring.value, scale.value)) : all;
    return fits.filter(({ at }) => minutes[at]! >= from && minutes[at]! < end);
  });
  const discs = computed(() => ({
    tints: new Map([...dots.value].map(([id, each]) => [id, tintsIn(each, id === model.value?.focus ? fitting.value : null)])),
    colouring: colouring.value,
    within: within.value,
    scale: scale.value,
    known: told.value,
    ended: rings.value ? lives.value.flatMap(({ ended_op }, at) => (ended_op === null ? [] : [at])) : [],
    years: years.value,
  }));

  function tintsIn(each: ChildrenDots, lit: ReadonlySet<number> | null): Uint8Array | null {
    const all = tintsOf(each, colouring.value, scale.value);
    const tints = within.value ? dimmedOutside(all, each, within.value) : all;
    return lit ? dimmedBut(tints ?? new Uint8Array(each.count), lit) : tints;
  }

  const legend = computed(() => {
    const set = model.value?.sets.get(model.value.focus) ?? lineage.value.children;
    if (set.total === 0) return null;
    const signs = [...(model.value ? signsIn(model.value) : []), ...(fitting.value ? [PALE] : [])];
    return legendOf(set, { colouring: colouring.value, known: faces.value, dots: rings.value ? (own.value ?? null) : null, signs });
  });

  function lifeAt({ of, at }: DotPlace): Life | null {
    if (of === model.value?.focus && lives.value[at]) return lives.value[at];
    for (const { place, life } of found.value.values()) if (place.of === of && place.at === at) return life;
    return null;
  }

  function inWords(place: DotPlace): Description {
    const each = dots.value.get(place.of);
    const count = each?.count ?? model.value?.nodes.get(place.of)?.count?.value ?? 0;
    return describeDot({ at: place.at, count }, { life: lifeAt(place), ...factsOf(each, place.at) });
  }

  function placeOf(address: string | null): DotPlace | null {
    if (address === null || !model.value) return null;
    const at = lives.value.findIndex((life) => life.address === address);
    return at < 0 ? (found.value.get(address)?.place ?? null) : { of: model.value.focus, at };
  }

  /** Who the dot is. What the server says of it is what holds: the dots were counted a moment ago. */
  async function find(place: DotPlace): Promise<Life | null> {
    const address = model.value?.nodes.get(place.of)?.address;
    const read = lifeAt(place);
    if (read || !address) return read;
    const { child, count } = await childAt(network, address, place.at);
    if (count !== dots.value.get(place.of)?.count) void cache.invalidateQueries({ queryKey: ringsQuery(network, address).queryKey });
    found.value = new Map(found.value).set(child.address, { place, life: child });
    return child;
  }

  return { discs, legend, inWords, placeOf, find };
}

function factsOf(dots: ChildrenDots | undefined, at: number): Omit<DotFacts, "life"> {
  const month = dots && at < dots.count ? monthOfDot(dots, at) : null;
  const balance = dots?.balances[at] ?? UNKNOWN_BALANCE;
  return {
    month,
    moment: dots && month && at < dots.precise ? momentOf(dots.minutes[at]!) : null,
    balance: balance === UNKNOWN_BALANCE ? null : BALANCE_CLASSES[balance]!,
  };
}

/** The account's own to the minute once they are here and as many as the tree holds; those of others by their months. */
function dotsOfSets({ sets, focus }: LineageModel, lives: readonly Life[], stream: Omit<ChildrenDots, "precise"> | undefined): Map<string, ChildrenDots> {
  const made = new Map([...sets].map(([id, set]) => [id, dotsOf(set, id === focus ? lives : [])]));
  if (stream && stream.count === sets.get(focus)?.total) made.set(focus, { ...stream, precise: stream.count });
  return made;
}

function dotsOfSpans({ nodes }: LineageModel): Map<string, ChildrenDots> {
  const made = new Map<string, ChildrenDots>();
  for (const { id, span, count } of nodes.values())
    if (span) made.set(id, dotsOf({ total: count!.value, histogram: { first: span.first, counts: [...span.counts], undated: 0 } }));
  return made;
}
