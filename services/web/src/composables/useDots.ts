/** The dots of discs: their colours, who they are as far as that is read, and reading on where it is not. */

import { useInfiniteQuery } from "@tanstack/vue-query";
import { computed, type Ref, shallowRef, watch } from "vue";
import { childrenPage, childrenQuery, NO_FILTER } from "@/api/queries";
import type { Life, Lineage } from "@/api/types";
import { describeDot, type Description } from "@/tree/describe";
import type { Colouring, TreeForm } from "@/tree/forms";
import type { DotPlace, LineageModel } from "@/tree/model";
import { type AgeScale, tintsOf } from "@/tree/rings/colours";
import { type ChildrenDots, dotsOf, minuteOf, monthOfDot, placeInMonth } from "@/tree/rings/dots";
import { yearsOf } from "@/tree/rings/years";

/** So many children are read by themselves when their balances are asked for; more on demand. */
const READ_AT_ONCE = 4_000;
/** A dot in a busier month than this is found in the list. */
const MOST_PAGES = 25;

export interface DotsOptions {
  readonly lineage: Readonly<Ref<Lineage>>;
  readonly model: Readonly<Ref<LineageModel | undefined>>;
  readonly form: Readonly<Ref<TreeForm>>;
  readonly wantedColouring: Readonly<Ref<Colouring>>;
}

export function useDots(network: string, { lineage, model, form, wantedColouring }: DotsOptions) {
  const rings = computed(() => form.value === "rings");
  /** Groups of months know when, and nothing else. */
  const colouring = computed<Colouring>(() => (rings.value ? wantedColouring.value : "age"));
  // The same pages as the list beside the tree: what one has read, the other knows.
  const list = useInfiniteQuery(() => ({ ...childrenQuery(network, lineage.value.address, NO_FILTER), enabled: rings.value }));
  const lives = computed(() => list.data.value?.pages.flatMap(({ children }) => children) ?? []);
  const found = shallowRef<ReadonlyMap<string, { readonly place: DotPlace; readonly life: Life }>>(new Map());

  const dots = computed(() => {
    if (!model.value || form.value === "tidy") return new Map<string, ChildrenDots>();
    return rings.value ? dotsOfSets(model.value, lives.value) : dotsOfSpans(model.value);
  });
  const own = computed(() => (model.value ? dots.value.get(model.value.focus) : undefined));
  const scale = computed<AgeScale>(() => ({
    from: minuteOf(lineage.value.children.histogram.first ?? lineage.value.as_of.slice(0, 7)),
    to: Date.parse(lineage.value.as_of) / 60_000,
  }));
  const discs = computed(() => ({
    tints: new Map([...dots.value].map(([id, each]) => [id, tintsOf(each, colouring.value, scale.value)])),
    colouring: colouring.value,
    years: own.value ? yearsOf(own.value) : [],
  }));

  const wanted = shallowRef(READ_AT_ONCE);
  const reading = computed(() => colouring.value === "balance" && list.hasNextPage.value && lives.value.length < wanted.value);
  watch(
    [reading, list.isFetching],
    ([wants, busy]) => {
      if (wants && !busy && !list.error.value) void list.fetchNextPage();
    },
    { immediate: true },
  );
  /** Of how many children the balance is read, when that is not all. */
  const unread = computed(() => (own.value && colouring.value === "balance" ? own.value.count - own.value.balancesRead : 0));

  function lifeAt({ of, at }: DotPlace): Life | null {
    if (of === model.value?.focus && lives.value[at]) return lives.value[at];
    for (const { place, life } of found.value.values()) if (place.of === of && place.at === at) return life;
    return null;
  }

  function inWords(place: DotPlace): Description {
    const count = dots.value.get(place.of)?.count ?? model.value?.nodes.get(place.of)?.count?.value ?? 0;
    return describeDot({ at: place.at, count }, { life: lifeAt(place), month: monthAt(place) });
  }

  function placeOf(address: string | null): DotPlace | null {
    if (address === null || !model.value) return null;
    const at = lives.value.findIndex((life) => life.address === address);
    return at < 0 ? (found.value.get(address)?.place ?? null) : { of: model.value.focus, at };
  }

  /** Who the dot is; null where that takes too many pages, or nobody knows. */
  async function find(place: DotPlace): Promise<Life | null> {
    const known = lifeAt(place);
    const each = dots.value.get(place.of);
    const address = model.value?.nodes.get(place.of)?.address;
    const month = monthAt(place);
    if (known || !each || !address || !month) return known;
    const life = await lifeInMonth({ network, address, month, at: placeInMonth(each, place.at) });
    if (life) found.value = new Map(found.value).set(life.address, { place, life });
    return life;
  }

  function monthAt({ of, at }: DotPlace): string | null {
    const each = dots.value.get(of);
    return each ? monthOfDot(each, at) : null;
  }

  function readMore(): void {
    wanted.value = lives.value.length + READ_AT_ONCE;
  }

  return { discs, colouring, inWords, placeOf, find, monthAt, reading, unread, readMore };
}

function dotsOfSets({ sets, focus }: LineageModel, lives: readonly Life[]): Map<string, ChildrenDots> {
  return new Map([...sets].map(([id, set]) => [id, dotsOf(set, id === focus ? lives : [])]));
}

function dotsOfSpans({ nodes }: LineageModel): Map<string, ChildrenDots> {
  const made = new Map<string, ChildrenDots>();
  for (const { id, span, count } of nodes.values())
    if (span) made.set(id, dotsOf({ total: count!.value, histogram: { first: span.first, counts: [...span.counts], undated: 0 } }));
  return made;
}

interface InMonth {
  readonly network: string;
  readonly address: string;
  readonly month: string;
  /** Its place among the children of that month. */
  readonly at: number;
}

/** Page after page until the one it stands on, or until that is too many. */
async function lifeInMonth(wanted: InMonth, cursor: string | null = null, pages = MOST_PAGES): Promise<Life | null> {
  const { network, address, month, at } = wanted;
  const { children, next_cursor } = await childrenPage(network, address, { q: "", from: month, to: month }, cursor);
  if (at < children.length) return children[at]!;
  if (next_cursor === null || pages === 1) return null;
  return lifeInMonth({ ...wanted, at: at - children.length }, next_cursor, pages - 1);
}
